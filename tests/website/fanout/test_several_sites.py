"""Two real sites over one PostgreSQL and one Redis: what happens at one is seen at the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest

from tests.support.fake_rasa import OFFICER_BUTTON, FakeRasa
from tests.support.redis_server import RedisServer
from tests.support.staff import staff
from tests.website.conftest import Event, Member, Site, StartSite, take
from website import worker
from website.keys import CHANNEL, WORKER

pytestmark = pytest.mark.services

ANTENNAS = ("rochefort", "bordeaux")


@pytest.fixture
async def sites(postgres_copy: str, redis: RedisServer, rasa: FakeRasa, start_site: StartSite) -> tuple[Site, Site]:
    """Two sites that hear each other."""
    options = {"database_url": postgres_copy, "redis_url": redis.url}
    both = await start_site(rasa.port, **options), await start_site(rasa.port, data_owner=False, **options)
    for site in both:
        await _hears(site)
    return both


async def _hears(site: Site) -> None:
    async with asyncio.timeout(20):
        await site.app[CHANNEL].subscribed.wait()


def _answer_to(seq: int) -> Callable[[Event], bool]:
    return lambda event: event.name == "answered" and event.data["answered_to"] == seq


def _elsewhere(member: Member, site: Site) -> Member:
    """The same member, who calls another site."""
    return Member(member.http, site.url, member.id, member.token)


@asynccontextmanager
async def _listening_elsewhere(
    sites: tuple[Site, Site], http: aiohttp.ClientSession
) -> AsyncIterator[tuple[Member, AsyncIterator[Event]]]:
    """A member of the first site, and what the second one streams of the conversation once it is open."""
    first, second = sites
    member = await Member(http, first.url).open()
    async with _elsewhere(member, second).events() as events:
        await take(events, lambda event: event.id == 1)
        yield member, events


async def test_an_answer_given_at_one_site_is_streamed_by_the_other(
    sites: tuple[Site, Site], http: aiohttp.ClientSession
) -> None:
    async with _listening_elsewhere(sites, http) as (member, events):
        seq = await member.say("un financement")
        told = await take(events, _answer_to(2))
    assert [event.id for event in told if event.id] == [seq, seq + 1]
    assert "typing" in {event.name for event in told}, "the stream goes on by hints, not by a look into the database"


async def test_nothing_is_missed_while_redis_is_away_and_when_it_comes_back(
    sites: tuple[Site, Site], redis: RedisServer, http: aiohttp.ClientSession
) -> None:
    async with _listening_elsewhere(sites, http) as (member, events):
        redis.kill()
        await member.ask("un financement")
        told = await take(events, _answer_to(2))
        assert [event.id for event in told if event.id] == [2, 3]
        redis.start()
        for site in sites:
            await _hears(site)
        await member.ask("un financement")
        told = await take(events, _answer_to(4))
        assert [event.id for event in told if event.id] == [4, 5]


async def test_what_was_erased_while_redis_was_away_ends_the_stream(
    sites: tuple[Site, Site], redis: RedisServer, http: aiohttp.ClientSession
) -> None:
    async with _listening_elsewhere(sites, http) as (member, events):
        redis.kill()
        async with http.delete(member.address, headers=member.headers) as response:
            assert response.status == 204
        told = await take(events, lambda event: event.name == "state" and event.data["state"] == "deleted")
    assert told


async def test_a_site_that_is_stopped_says_its_last_words(
    sites: tuple[Site, Site], rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    async with _listening_elsewhere(sites, http) as (member, events):
        await member.say("un financement")
        await sites[0].stop()
        told = await take(events, _answer_to(2))
    assert [event.id for event in told if event.id] == [2, 3], "answered once, by whichever site"


async def test_officer_and_member_at_different_sites(sites: tuple[Site, Site], http: aiohttp.ClientSession) -> None:
    first, second = sites
    member = await Member(http, first.url).open()
    await member.ask("un financement")
    async with staff(second.storage, second.url, antennas=ANTENNAS) as officer, member.events(3) as events:
        await member.answered(await member.press(OFFICER_BUTTON["payload"]))
        status, _ = await officer.call(f"/api/officer/conversations/{member.id}/claim")
        assert status == 200
        taken = await take(events, lambda event: event.name == "state" and event.data["state"] == "officer")
        assert taken[-1].data["officer"]
        await officer.call(f"/api/officer/conversations/{member.id}/typing", {"here": True, "typing": True})
        await take(events, lambda event: event.name == "typing" and event.data == {"typing": True, "sender": "officer"})
        await officer.call(f"/api/officer/conversations/{member.id}/messages", {"text": "Bonjour", "client_id": "1"})
        said = await take(events, lambda event: event.name == "message" and event.data["sender"] == "officer")
        assert said[-1].data["text"] == "Bonjour"


async def test_two_officers_at_different_sites_see_each_other(
    sites: tuple[Site, Site], http: aiohttp.ClientSession
) -> None:
    first, second = sites
    member = await Member(http, first.url).open()
    await member.ask("un financement")
    await member.answered(await member.press(OFFICER_BUTTON["payload"]))
    async with (
        staff(first.storage, first.url, antennas=ANTENNAS) as one,
        staff(second.storage, second.url, antennas=ANTENNAS, email="b@exemple.fr", name="Luc Roy") as other,
    ):
        async with one.http.get(f"{first.url}/api/officer/stream") as stream:
            await other.call(f"/api/officer/conversations/{member.id}/typing", {"here": True, "typing": True})
            async with asyncio.timeout(10):
                while b"Luc Roy" not in await stream.content.readline():
                    pass
        await other.call(f"/api/officer/conversations/{member.id}/claim")
        status, refused = await one.call(f"/api/officer/conversations/{member.id}/claim")
        assert status == 409
        assert "Luc Roy" in refused["error"]["message"]


async def test_two_sites_ask_rasa_once_for_each_message(
    sites: tuple[Site, Site], rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    """Messages of one conversation come in at both: one site answers, in order."""
    first, second = sites
    member = await Member(http, first.url).open()
    rasa.delay = 0.2
    seqs = []
    for number in range(6):
        seqs.append(await (member if number % 2 else _elsewhere(member, second)).say(f"un financement {number}"))
    answered = await member.answered(seqs[-1])
    assert [row["reply_to"] for row in answered["messages"] if row["reply_to"]] == seqs
    assert [call["message_id"] for call in rasa.calls] == [f"{member.id}:{seq}" for seq in seqs]


async def test_a_site_takes_over_what_another_one_left(
    postgres_copy: str,
    rasa: FakeRasa,
    start_site: StartSite,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "TAKE_OVER", timedelta(seconds=0.5))
    first = await start_site(rasa.port, database_url=postgres_copy)
    second = await start_site(rasa.port, database_url=postgres_copy, data_owner=False)
    member = await Member(http, first.url).open()
    await first.app[WORKER].stop()  # as if it were killed once a message is stored
    seq = await member.say("un financement")
    answered = await _elsewhere(member, second).answered(seq)
    assert [message["reply_to"] for message in answered["messages"] if message["reply_to"]] == [seq]
