"""Playing one message through Rasa, once: what both of our channels share."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, ContextManager, Dict, List, Optional, Set, Text, Tuple

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUtteranceReverted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import ErasableTrackerStore, behind
from logs import CONVERSATION
from tracing import spans
from understanding.reading import FALLBACK

UNDERSTANDING = "understanding"
DECLARED_COMMUNE = "declared_commune"
TEXT_GUARD = "\u2060"
"""A word joiner put before a text while it is parsed, so that Rasa does not read a leading "/" as a command."""
_LONG_RUN = re.compile(r"([^\w\s])\1{9,}")
_PAYLOAD = re.compile(r"^/(?P<intent>[a-z_]+)(?P<entities>\{.*\})?$")

BotMessage = Dict[Text, Any]


def guarded(text: Text) -> Text:
    """A text in the form in which it is parsed: never a command, and long runs of a sign cut to ten.

    spaCy's time for a run such as "#####…" grows with the square of its length: 2,000 signs took 0.9 s.
    """
    return TEXT_GUARD + _LONG_RUN.sub(lambda run: run[1] * 10, text)


class UnknownPayload(ValueError):
    """A payload that no button of this conversation offered."""


class NoAnswer(RuntimeError):
    """The actions gave no answer (the action server is away or failed); the message may be tried again."""


def bot_message(text: Optional[Text], data: Dict[Text, Any]) -> BotMessage:
    """One bot utterance in the form in which the site receives it."""
    custom = data.get("custom") or {}
    kind = custom.get("type")
    return {
        "text": text or "",
        "buttons": data.get("buttons") or [],
        "contact": custom if kind == "contact" else None,
        "handoff": {"antenna": custom.get("antenna")} if kind == "handoff" else None,
        "erase": kind == "erase",
    }


class Collector(OutputChannel):
    """Collects what the bot says, an utterance with text, buttons and contact as one message."""

    def __init__(self) -> None:
        self.messages: List[BotMessage] = []

    @classmethod
    def name(cls) -> Text:
        """Name of the channel."""
        return "site"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep a message."""
        self.messages.append(bot_message(message.get("text"), message))


def _answers(events: List[Event], message_id: Text) -> Optional[List[BotMessage]]:
    """What was answered to a message, or None where the conversation does not hold it."""
    found: Optional[List[BotMessage]] = None
    for event in events:
        if isinstance(event, UserUttered):
            if found is not None:
                break
            if event.message_id == message_id:
                found = []
        elif isinstance(event, BotUttered) and found is not None:
            found.append(bot_message(event.text, event.data))
    return found


def _understanding(events: List[Event], message_id: Text) -> Optional[Dict[Text, Any]]:
    """What was understood of a message that was answered before."""
    for event in reversed(events):
        if isinstance(event, UserUttered) and event.message_id == message_id:
            understanding: Optional[Dict[Text, Any]] = (event.parse_data or {}).get(UNDERSTANDING)
            return understanding
    return None


def was_offered(tracker: Optional[DialogueStateTracker], payload: Text) -> bool:
    """Whether a button of this conversation carries the payload."""
    return tracker is not None and any(
        button.get("payload") == payload
        for event in tracker.events
        if isinstance(event, BotUttered)
        for button in event.data.get("buttons") or []
    )


def read_payload(payload: Text) -> Dict[Text, Any]:
    """The parse of a pressed button, e.g. ``/indiquer_lieu{"commune": "17197"}``.

    Raises:
        UnknownPayload: It is not of that form.
    """
    match = _PAYLOAD.match(payload)
    try:
        entities = json.loads(match["entities"] or "{}") if match else None
    except ValueError:
        entities = None
    if match is None or not isinstance(entities, dict):
        raise UnknownPayload(payload)
    intent = {"name": match["intent"], "confidence": 1.0}
    return {
        "text": payload,
        "intent": intent,
        "entities": [{"entity": key, "value": value} for key, value in entities.items()],
        "intent_ranking": [intent],
        "pressed": True,
    }


def known(parsed: Dict[Text, Any], intents: Set[Text]) -> Dict[Text, Any]:
    """The parse of a pressed button that an older model may have offered.

    An intent that no rule answers would have Rasa repeat its fallback action ten times: one that the model does not
    know becomes `nlu_fallback`, and the actions find what was pressed under `pressed_intent`.
    """
    name = parsed["intent"]["name"]
    if name in intents:
        return parsed
    fallback = {"name": FALLBACK, "confidence": 1.0}
    return {**parsed, "intent": fallback, "intent_ranking": [fallback], "pressed_intent": name}


def _at_hand(agent: Agent, sender: Text, tracker: Optional[DialogueStateTracker]) -> ContextManager[None]:
    """Spare Rasa reading again, and storing empty, a conversation that was just read and is locked."""
    store = behind(agent.tracker_store)
    if not isinstance(store, ErasableTrackerStore):
        return contextlib.nullcontext()
    return store.at_hand(store.init_tracker(sender) if tracker is None else tracker)


async def play(
    agent: Agent,
    sender: Text,
    message_id: Text,
    text: Optional[Text],
    payload: Optional[Text] = None,
    commune: Optional[Text] = None,
) -> Tuple[List[BotMessage], Optional[Dict[Text, Any]]]:
    """Play a message, or return what was already answered to it.

    Args:
        agent: Rasa's agent, ready.
        sender: Id of the conversation.
        message_id: Id of the message: the same id again is never played twice.
        text: What the member typed: always text, whatever it begins with.
        payload: In place of text: what a pressed button carries.
        commune: INSEE code of the commune that the host website declares; the actions take it as the member's place
            until the member names one.

    Returns:
        The bot's messages, and what was understood of the text (None for a button).

    Raises:
        UnknownPayload: The payload was not offered in this conversation.
        NoAnswer: The actions said nothing.
    """
    processor = agent.processor
    assert processor is not None
    CONVERSATION.set(sender)
    async with agent.lock_store.lock(sender):
        tracker = await agent.tracker_store.retrieve(sender)
        if tracker is not None:
            events = tracker.applied_events()
            answers = _answers(events, message_id)
            if answers:
                return answers, _understanding(events, message_id)
            if answers is not None:
                # heard but not answered, since the actions failed: unhear it, then play it again
                tracker.update(UserUtteranceReverted(), processor.domain)
                # taking a message back takes the listening before it back too
                tracker.update(ActionExecuted(ACTION_LISTEN_NAME), processor.domain)
                await agent.tracker_store.save(tracker)
        if payload is not None:
            if not was_offered(tracker, payload):
                raise UnknownPayload(payload)
            parsed = known(read_payload(payload), set(processor.domain.intents))
        else:
            with spans.step("understand"):
                parsed = await processor.parse_message(UserMessage(guarded(text or ""), sender_id=sender))
            parsed["text"] = text
        if commune is not None:
            parsed[DECLARED_COMMUNE] = commune
        collector = Collector()
        message = UserMessage(
            payload or text,
            collector,
            sender,
            parse_data=parsed,
            input_channel=Collector.name(),
            message_id=message_id,
        )
        with spans.step("dialogue"), _at_hand(agent, sender, tracker):
            await processor.handle_message(message)
    if not collector.messages:
        raise NoAnswer(message_id)
    return collector.messages, parsed.get(UNDERSTANDING)
