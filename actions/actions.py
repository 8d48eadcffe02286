"""The custom actions that Rasa calls: each plays one move of the dialogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.desk import open_desk
from actions.dossier import Dossier
from actions.moves import antennas, orient, talk, where
from actions.texts import text
from actions.turn import Desk, Reply, Turn
from actions.utterance import Utterance
from directory.french import typeset
from logs import CONVERSATION
from tracing import spans

ANSWERS = ("action_affirmer", "action_infirmer")
"""Actions that answer the question whether to erase; any other takes it back."""

Move = Callable[[Dossier, Turn, Desk], Reply]


class DialogueAction(Action):
    """Reads what is known, plays a move, says what it gives and keeps what is known now."""

    action_name: ClassVar[str]
    move: ClassVar[Move]

    def name(self) -> str:
        """Name in domain.yml."""
        return self.action_name

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Play the move.

        An answer to the pending question about the place goes first, whatever the classifier made of it: nearly any
        word may be the name of a commune.
        """
        with spans.joined("action.run", spans.CALLER.get()) as span:
            span.note(conversation=CONVERSATION.get(), action=self.action_name)
            return self._play(dispatcher, tracker)

    def _play(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with spans.step("directory.read"):
            desk = open_desk()
        before = Dossier.from_slots(tracker.slots)
        turn = Turn.from_message(tracker.latest_message, desk.catalogue)
        now = before.in_service(desk.catalogue)
        if self.action_name not in ANSWERS:
            now = now.without_erasure()
        now = where.with_declared(now, turn, desk)
        after, said = where.answer_to_pending(now, turn, desk) or type(self).move(now, turn, desk)
        for utterance in said:
            _say(dispatcher, utterance)
        slots, known = after.as_slots(), before.as_slots()
        return [SlotSet(name, value) for name, value in slots.items() if value != known[name]]


def _say(dispatcher: CollectingDispatcher, utterance: Utterance) -> None:
    dispatcher.utter_message(
        text=typeset(text(utterance.text, **utterance.values)),
        buttons=[button.as_dict() for button in utterance.buttons] or None,
        json_message=utterance.custom,
    )


def _action(name: str, move: Move) -> type[DialogueAction]:
    return type(name, (DialogueAction,), {"action_name": name, "move": staticmethod(move), "__doc__": move.__doc__})


ACTIONS: tuple[type[DialogueAction], ...] = (
    _action("action_orienter", orient.orient),
    _action("action_indiquer_lieu", where.indicate),
    _action("action_affirmer", talk.affirm),
    _action("action_infirmer", talk.refuse),
    _action("action_demander_humain", talk.hand_off),
    _action("action_demander_antenne", antennas.antennas),
    _action("action_effacer_donnees", talk.erase),
    _action("action_urgence", talk.emergency),
    _action("action_converser", talk.converse),
    _action("action_clarifier", talk.clarify),
)
