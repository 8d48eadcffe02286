"""Members over the real site with a stand-in for Rasa: what they count, and that they find what goes wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
import resource
import time
from collections import Counter
from typing import Any

import aiohttp
import pytest

from bench.load.dialogues import Dialogue, Turn
from bench.load.ledger import Faults
from bench.load.lines import SiteLine
from bench.load.members import SITE, Crowd, Order, Told, TooFewFilesError, allow_connections
from tests.support.fake_rasa import FakeRasa, contact, said
from tests.website.conftest import Site, StartSite
from tests.website.conftest import empty_database as empty_database
from tests.website.conftest import rasa as rasa
from tests.website.conftest import site as site
from tests.website.conftest import sqlite_url as sqlite_url
from tests.website.conftest import start_site as start_site

DIALOGUE = Dialogue("Il nous faut une aide pour un tour", "Jonzac", "Merci")


def _script(text: str) -> list[dict[str, Any]]:
    return [said("Voici", contact=contact())] if text == "Jonzac" else [said(f"Bien noté : {text}")]


def _order(base: str, **changes: Any) -> Order:
    now = time.monotonic()
    values = {"line": SITE, "members": 4, "idle": 3, "think": 0.05, "seed": 1, **changes}
    return Order(base=base, arriving=now, begin=now + 0.5, end=now + 2.5, **values)


async def test_every_message_is_answered_and_measured(site: Site, rasa: FakeRasa) -> None:
    rasa.script = _script
    told = await Crowd(_order(site.url), itertools.repeat(DIALOGUE)).run()
    assert told.faults == Faults() and told.failures == {}
    assert told.idle == 3
    assert 0 < len(told.answered) == len(told.accepted) <= told.messages
    assert all(0 < accepted <= answered for accepted, answered in zip(told.accepted, told.answered))
    assert told.conversations >= 8, "each member began anew after the thanks"
    assert told.lag and told.busy > 0
    assert Told.from_json(told.as_json()) == told


async def test_what_comes_too_soon_is_counted_and_sent_again(site: Site, rasa: FakeRasa) -> None:
    notes: list[str] = []
    async with aiohttp.ClientSession(site.url) as http:
        line = SiteLine(http, notes.append)
        await line.open()
        await asyncio.gather(*(line.say(Turn(f"message {number}")) for number in range(12)))
        await line.hang_up()
        assert await line.check() == Faults()
    assert set(notes) == {"status 429"}


async def test_what_is_lost_or_doubled_is_found(site: Site, rasa: FakeRasa) -> None:
    rasa.script = lambda text: [said("Deux fois"), said("Deux fois")]
    async with aiohttp.ClientSession(site.url) as http:
        line = SiteLine(http, print)
        await line.open()
        await line.say(Turn("Bonjour"))
        await line.hang_up()
        assert await line.check() == Faults(doubled=1)


async def test_a_site_that_is_gone_is_a_failure_of_each_member(start_site: StartSite, rasa: FakeRasa) -> None:
    gone = await start_site(rasa.port)
    await gone.stop()
    told = await Crowd(_order(gone.url, idle=0), itertools.repeat(DIALOGUE)).run()
    assert told.failures["ClientConnectorError"] >= 4
    assert told.answered == [] and told.conversations == 0


def test_too_many_connections_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    allow_connections(500)
    assert raised == [(600, 1024)]
    with pytest.raises(TooFewFilesError, match="2100 open files, and this system allows 1024"):
        allow_connections(2000)


def test_what_is_told_goes_through_json_with_its_failures() -> None:
    told = Told([0.2], [0.1], Counter({"status 429": 3, "no answer": 1}), Faults(lost=1), 8, 24, 2, 0.2, [0.001])
    assert Told.from_json(json.loads(json.dumps(told.as_json()))) == told
