"""A conversation that an older model has led goes on with another one, whatever its intents, slots and actions were."""

from __future__ import annotations

import json
import sqlite3
import uuid

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

from tests.actions.server import call
from tests.bot.conftest import Running
from tests.bot.data import RETIRED

GONE = "categorie_disparue"


def _older_events() -> list[Event]:
    buttons = [{"title": slug, "payload": f"/{slug}"} for slug in (GONE, RETIRED, "financement")]
    entity = {"entity": "entite_disparue", "value": "x"}
    intent = {"name": GONE, "confidence": 0.9}
    return [
        ActionExecuted("action_session_start"),
        ActionExecuted("action_listen"),
        UserUttered("une question d'avant", intent, [entity], {"intent": intent, "intent_ranking": [intent]}),
        ActionExecuted("action_disparue", policy="policy_disparue", confidence=1.0),
        SlotSet("emplacement_disparu", ["x"]),
        SlotSet("besoins", [GONE]),
        SlotSet("lieu", {"another": "shape"}),
        BotUttered("Voici", {"buttons": buttons}),
        ActionExecuted("action_listen"),
    ]


@pytest.fixture
def conversation(desk: Running) -> str:
    """A conversation whose events an older model has left in the tracker store."""
    sender = f"avant-{uuid.uuid4().hex}"
    known = {"sender": sender, "message_id": f"{sender}:0", "text": "bonjour"}
    assert call(f"{desk.site}/webhook", {**known, "sender": f"{sender}-other"})[0] == 200  # the table is there now
    with sqlite3.connect(desk.folder / "rasa.db", timeout=20) as database:
        for number, event in enumerate(_older_events()):
            content = {**event.as_dict(), "timestamp": 1_700_000_000.0 + number}
            database.execute(
                "insert into events (sender_id, type_name, timestamp, intent_name, action_name, data)"
                " values (?, ?, ?, ?, ?, ?)",
                (
                    sender,
                    content["event"],
                    content["timestamp"],
                    (content.get("parse_data") or {}).get("intent", {}).get("name"),
                    content.get("name"),
                    json.dumps(content),
                ),
            )
    return sender


def _say(desk: Running, sender: str, **message: str) -> list[str]:
    status, answer = call(f"{desk.site}/webhook", {"sender": sender, "message_id": uuid.uuid4().hex, **message})
    assert status == 200, answer
    assert answer["messages"]
    return [row["text"] for row in answer["messages"]]


def test_it_goes_on_by_text(desk: Running, conversation: str) -> None:
    for text in ("bonjour", "une aide pour acheter une machine", "nous sommes à Pau", "merci"):
        assert all(_say(desk, conversation, text=text))


@pytest.mark.parametrize("slug", [GONE, RETIRED, "financement"])
def test_it_goes_on_by_any_button_that_it_offered(desk: Running, conversation: str, slug: str) -> None:
    said = _say(desk, conversation, payload=f"/{slug}")
    assert all(said) and len(said) == 1
    assert all(_say(desk, conversation, text="nous sommes à Pau"))
