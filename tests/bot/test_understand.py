"""Reading sentences that belong to no conversation, in a running Rasa."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

import pytest

from tests.actions.server import call
from tests.bot.conftest import Running
from tests.bot.data import NEW, NEW_SENTENCES


def _read(rasa: Running, texts: Any) -> tuple[int, Any]:
    return call(f"{rasa.site}/understand", {"texts": texts})


def test_sentences_are_read_as_conversations_read_them(desk: Running) -> None:
    texts = [NEW_SENTENCES[0], "on est basés à Saint-Sauveur", "/restart", ""]
    status, answer = _read(desk, texts)
    assert status == 200
    first, place, command, empty = answer["understood"]
    assert first["ranking"][0][0] == NEW and first["categories"] == [NEW]
    assert len(first["ranking"]) == 3
    assert "Saint-Sauveur" in place["place"]["text"] and place["place"]["codes"]
    assert command["decision"] and empty["decision"] == "rephrase"
    for text, read in zip(texts[:2], answer["understood"]):
        message = {"sender": "lecture", "message_id": f"lecture:{text}", "text": text}
        played = call(f"{desk.site}/webhook", message)[1]["understanding"]
        assert {**played, "ranking": played["ranking"][:3]} == read


def test_nothing_of_it_is_kept(rasa: Running) -> None:
    assert _read(rasa, ["phrase sans conversation"])[0] == 200
    with sqlite3.connect(rasa.folder / "rasa.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        rows = [str(row) for table in tables for row in database.execute(f'select * from "{table}"')]
    assert not [row for row in rows if "phrase sans conversation" in row]


@pytest.mark.parametrize("texts", [None, [], "bonjour", [1], ["a"] * 501, ["a" * 2_001], {"a": "b"}], ids=range(7))
def test_what_cannot_be_read_is_refused(rasa: Running, texts: Any) -> None:
    assert _read(rasa, texts)[0] == 400


def test_it_takes_the_secret(rasa: Running) -> None:
    assert call(f"{rasa.site}/understand", {"texts": ["bonjour"]}, headers={"X-Shared-Secret": "x"})[0] == 403


def test_messages_are_answered_while_many_sentences_are_read(desk: Running) -> None:
    message = {"sender": "pendant", "message_id": "pendant:0", "text": "bonjour"}
    assert call(f"{desk.site}/webhook", message)[0] == 200
    done: list[float] = []

    def read_many() -> None:
        assert _read(desk, [f"{text} {number}" for number in range(36) for text in NEW_SENTENCES[:13]])[0] == 200
        done.append(time.monotonic())

    reading = threading.Thread(target=read_many)
    reading.start()
    answered: list[float] = []
    number = 0
    while reading.is_alive():
        number += 1
        assert call(f"{desk.site}/webhook", {**message, "message_id": f"pendant:{number}"})[0] == 200
        answered.append(time.monotonic())
    reading.join()
    assert len([moment for moment in answered if moment < done[0]]) >= 3
