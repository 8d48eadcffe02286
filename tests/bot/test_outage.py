"""Rasa without its action server: nothing is lost, and nothing is answered twice."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tests.actions.server import call
from tests.bot.conftest import Running


def _say(rasa: Running, sender: str, message_id: str, text: str) -> tuple[int, Any]:
    return call(f"{rasa.site}/webhook", {"sender": sender, "message_id": message_id, "text": text})


def _heard(rasa: Running, sender: str) -> list[str]:
    """Ids of the messages in Rasa's tracker store that were not taken back."""
    with sqlite3.connect(rasa.folder / "rasa.db") as database:
        rows = database.execute("select data from events where sender_id = ? order by id", (sender,)).fetchall()
    ids: list[str] = []
    for event in (json.loads(row[0]) for row in rows):
        if event["event"] == "user":
            ids.append(event["message_id"])
        elif event["event"] == "undo" or event["event"] == "rewind":
            ids.pop()
    return ids


def test_a_message_waits_for_the_action_server_and_is_answered_once(rasa: Running) -> None:
    sender = "waits"
    for _ in range(2):
        assert _say(rasa, sender, "1", "on est basés à Tarbes") == (503, {"error": "no_answer"})
    with rasa.actions():
        status, answer = _say(rasa, sender, "1", "on est basés à Tarbes")
        assert status == 200 and "Tarbes" in answer["messages"][0]["text"]
        assert _say(rasa, sender, "1", "on est basés à Tarbes") == (200, answer)
    assert _say(rasa, sender, "1", "on est basés à Tarbes") == (200, answer)
    assert _heard(rasa, sender) == ["1"]


def test_what_was_known_before_an_outage_is_known_after_it(rasa: Running) -> None:
    sender = "knows"
    with rasa.actions():
        offered = _say(rasa, sender, "1", "on est basés à Saint-Sauveur")[1]["messages"][0]["buttons"]
    payload = next(button["payload"] for button in offered if button["title"] == "Saint-Sauveur (33)")
    pressed = {"sender": sender, "message_id": "2", "payload": payload}
    assert call(f"{rasa.site}/webhook", pressed) == (503, {"error": "no_answer"})
    with rasa.actions():
        status, answer = call(f"{rasa.site}/webhook", pressed)
        assert status == 200 and "Saint-Sauveur" in answer["messages"][0]["text"]
        assert _say(rasa, sender, "3", "bonjour")[0] == 200
    assert _heard(rasa, sender) == ["1", "2", "3"]


def test_the_rest_channel_says_that_there_is_no_answer(rasa: Running) -> None:
    body = {"sender": "rest", "message": "bonjour"}
    assert call(f"{rasa.rest}/webhook", body) == (503, {"error": "no_answer"})
