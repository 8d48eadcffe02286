"""The database goes away at moments that matter: what it stored without saying so is neither lost nor kept back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from sqlalchemy import make_url

from faults.network import COMMITTING, Network
from tests.support.fake_rasa import Answer, FakeRasa, said
from tests.website.conftest import PATIENCE_SECONDS, Member, StartSite, take
from tests.website.test_outage import answers
from website import worker

pytestmark = pytest.mark.services


@pytest.fixture(autouse=True)
def nobody_looks_for_what_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is left behind stay so until the site starts again."""
    monkeypatch.setattr(worker, "SWEEP_SECONDS", 3600.0)


@dataclass
class Away:
    """A site over PostgreSQL behind a network that can break."""

    member: Member
    network: Network


@pytest.fixture
async def away(
    postgres_url: str, start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> AsyncIterator[Away]:
    """A member of such a site."""
    address = make_url(postgres_url)
    network = Network(address.port or 5432)
    await network.open()
    through = address.set(host="127.0.0.1", port=network.port).render_as_string(hide_password=False)
    site = await start_site(rasa.port, database_url=through)
    yield Away(await Member(http, site.url).open(), network)
    await site.stop()
    await network.close()


async def test_an_answer_whose_storing_is_not_confirmed_reaches_the_open_stream(away: Away, rasa: FakeRasa) -> None:
    def script(text: str) -> list[Answer]:
        away.network.unconfirmed = COMMITTING
        return [said("joué une fois")]

    rasa.script = script
    async with away.member.events() as events:
        await take(events, lambda event: event.name == "answered")
        seq = await away.member.say("bonjour")
        await away.member.answered(seq)
        away.network.unconfirmed = None
        heard = await take(events, lambda event: event.name == "answered" and event.data["answered_to"] == seq)
    assert [event.data["text"] for event in heard if event.name == "message"] == ["bonjour", "joué une fois"]


async def test_a_message_whose_storing_was_not_confirmed_is_answered(away: Away) -> None:
    body = {"text": "bonjour", "client_id": "a"}
    away.network.unconfirmed = COMMITTING
    assert (await away.member.post(body))[0] == 500
    away.network.unconfirmed = None
    assert await away.member.post(body) == (202, {"seq": 2})
    assert answers(await away.member.answered(2)) == [2]


async def test_rasa_fails_while_the_database_is_away(away: Away, rasa: FakeRasa) -> None:
    loop, failed = asyncio.get_running_loop(), threading.Event()

    def script(text: str) -> list[Answer]:
        if failed.is_set():
            return [said("joué une fois")]
        loop.call_soon_threadsafe(away.network.cut)
        time.sleep(0.3)
        failed.set()
        raise ValueError(text)

    rasa.script = script
    seq = await away.member.say("bonjour")
    assert await asyncio.to_thread(failed.wait, PATIENCE_SECONDS)
    await asyncio.sleep(0.5)
    away.network.mend()
    assert answers(await away.member.answered(seq)) == [seq]
