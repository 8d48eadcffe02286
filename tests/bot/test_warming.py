"""A warmed-up process has played a conversation of which nothing is kept."""

from __future__ import annotations

import sqlite3

from bot.warming import SENTENCES
from tests.actions.server import call
from tests.bot.conftest import Running


def _kept(rasa: Running) -> int:
    with sqlite3.connect(rasa.folder / "rasa.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return sum(database.execute(f'select count(*) from "{table}"').fetchone()[0] for table in tables)


def test_nothing_is_kept_of_it(desk: Running) -> None:
    message = {"sender": "avant", "message_id": "avant:0", "text": "bonjour"}
    assert call(f"{desk.site}/webhook", message)[0] == 200
    before = _kept(desk)
    assert call(f"{desk.site}/warm", {}) == (200, {"status": "ok"})
    assert _kept(desk) == before and len(SENTENCES) > 1


def test_it_takes_the_secret(rasa: Running) -> None:
    assert call(f"{rasa.site}/warm", {}, headers={"X-Shared-Secret": "x"})[0] == 403


def test_an_action_server_that_is_away_does_not_matter(rasa: Running) -> None:
    assert call(f"{rasa.site}/warm", {}) == (200, {"status": "ok"})
