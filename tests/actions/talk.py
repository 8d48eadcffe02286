"""Conversations with the real actions: what a test says goes the way of a Rasa call, but for the classifier."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.actions import ACTIONS, DialogueAction
from actions.utterance import payload
from understanding.catalogue import Catalogue
from understanding.intents.decision import Decision, Ranking
from understanding.places.reader import PlaceReader
from understanding.reading import FALLBACK, read_message

ROOT = Path(__file__).resolve().parents[2]


def _constants(path: Path) -> dict[str, Any]:
    """The literal constants of a module that cannot be imported here."""
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


RULES = _constants(ROOT / "bot" / "importer.py")
"""Which action answers which intent: Rasa's rules are made from the same constants."""
BY_NAME: dict[str, type[DialogueAction]] = {action.action_name: action for action in ACTIONS}


class Judge:
    """Stands in for the trained classifier: it says what the test says."""

    def __init__(self, kind: str, intents: tuple[str, ...]) -> None:
        self.kind = kind
        self.intents = intents

    def understand(self, text: str, catalogue: Catalogue) -> tuple[Ranking, Decision]:
        """The test's verdict, with a ranking that goes with it."""
        rest = [slug for slug in catalogue.intents if slug not in self.intents]
        ranking = [(slug, 0.9 / len(self.intents)) for slug in self.intents] + [(slug, 0.0) for slug in rest]
        return ranking, Decision(self.kind, self.intents if self.kind != "rephrase" else ())  # type: ignore[arg-type]


@dataclass
class Said:
    """What the bot said in one turn."""

    messages: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """All texts, one a line."""
        return "\n".join(message["text"] for message in self.messages)

    @property
    def titles(self) -> list[str]:
        """Titles of all buttons."""
        return [button["title"] for message in self.messages for button in message["buttons"]]

    @property
    def contacts(self) -> list[dict[str, Any]]:
        """The contacts, in order."""
        return [m["custom"] for m in self.messages if m["custom"].get("type") == "contact"]

    @property
    def people(self) -> list[tuple[str, str]]:
        """Antenna and person of each contact."""
        return [(contact["antenna"]["slug"], contact["person"]["id"]) for contact in self.contacts]

    def custom(self, kind: str) -> list[dict[str, Any]]:
        """The JSON messages of a type."""
        return [m["custom"] for m in self.messages if m["custom"].get("type") == kind]

    def button(self, title: str) -> str:
        """The payload of the button with this title."""
        found = [b["payload"] for message in self.messages for b in message["buttons"] if b["title"] == title]
        assert found, f"no button {title!r} among {self.titles}"
        return str(found[0])


@dataclass
class Talk:
    """One conversation.

    Attributes:
        places: Finds the place of a message, as in Rasa.
        catalogue: Categories and conversation intents.
        slots: What is kept between two turns.
        last: What the bot said last.
        declared: INSEE code of the commune that the host website declares; empty where it declares none.
    """

    places: PlaceReader
    catalogue: Catalogue
    slots: dict[str, Any] = field(default_factory=dict)
    last: Said = field(default_factory=lambda: Said([]))
    declared: str = ""

    def ask(self, text: str, *needs: str) -> Said:
        """A question of which the classifier is sure: one category, or two."""
        return self._heard(text, "answer", needs)

    def doubt(self, text: str, *choices: str) -> Said:
        """A question between several categories."""
        return self._heard(text, "choose", choices)

    def mumble(self, text: str) -> Said:
        """Something that is not understood, but for a place in it."""
        return self._heard(text, "rephrase", ("hors_perimetre",))

    def chat(self, text: str, intent: str) -> Said:
        """A conversation intent."""
        return self._heard(text, "conversation", (intent,))

    def press(self, title: str) -> Said:
        """Press a button of the last turn."""
        return self.send(self.last.button(title))

    def send(self, pressed: str) -> Said:
        """Send a payload as Rasa hands it on."""
        intent, _, entities = pressed.removeprefix("/").partition("{")
        values = ast.literal_eval("{" + entities) if entities else {}
        assert pressed == payload(intent, **values)
        rows = [{"entity": key, "value": value} for key, value in values.items()]
        message = {"text": pressed, "intent": {"name": intent}, "entities": rows, "pressed": True}
        if intent not in self.catalogue.intents:  # as bot.conversation does for what the model does not know
            message |= {"intent": {"name": FALLBACK}, "pressed_intent": intent}
            intent = FALLBACK
        return self._play(intent, message)

    def _heard(self, text: str, kind: str, intents: tuple[str, ...]) -> Said:
        judge: Any = Judge(kind, intents)
        understood = read_message(text, judge, self.places, self.catalogue)
        rows = [{"entity": "lieu", "value": "…"}] if understood.place else []
        message = {"text": text, "intent": {"name": understood.intent}, "entities": rows}
        return self._play(understood.intent, {**message, "understanding": understood.as_dict()})

    def _play(self, intent: str, message: dict[str, Any]) -> Said:
        name = RULES["CATEGORY_ACTION"] if intent in self.catalogue.categories else None
        name = name or (RULES["FALLBACK_RULE"][1] if intent == FALLBACK else None)
        name = name or RULES["CONVERSATION_ACTIONS"].get(intent, RULES["DEFAULT_ACTION"])
        dispatcher = CollectingDispatcher()
        if self.declared:
            message = {**message, "declared_commune": self.declared}
        tracker = Tracker("t", dict(self.slots), message, [], False, None, {}, "action_listen")
        run: Callable[..., Any] = BY_NAME[name]().run
        for event in run(dispatcher, tracker, {}):
            assert event["event"] == "slot"
            self.slots[event["name"]] = event["value"]
        self.last = Said(dispatcher.messages)
        assert self.last.messages, f"nothing was said to {message['text']!r}"
        assert all(m["text"].strip() for m in self.last.messages), "a message without text"
        return self.last
