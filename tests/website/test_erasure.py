"""Erasing a conversation: here at once, in Rasa as soon as it can."""

from __future__ import annotations

import asyncio

import aiohttp
from sqlalchemy import func, select

from tests.support.fake_rasa import FakeRasa, said
from tests.website.conftest import PATIENCE_SECONDS, Member, Site, StartSite, take
from website.models import Conversation, Message, Offer
from website.privacy import receipts


async def erase(member: Member) -> int:
    async with member.http.delete(member.address, headers=member.headers) as response:
        return response.status


async def rows(site: Site) -> list[int]:
    async with site.storage.read() as session:
        tables = (Conversation, Message, Offer)
        counts = [int(await session.scalar(select(func.count()).select_from(table)) or 0) for table in tables]
        return [*counts, len(await receipts.open_numbers(session))]


async def until_forgotten(rasa: FakeRasa, site: Site) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await rows(site))[-1] or not rasa.erased:
            await asyncio.sleep(0.05)


async def test_everything_goes(any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    member, other = await Member(http, any_site.url).open(), await Member(http, any_site.url).open()
    await member.ask("un choix")
    assert await erase(member) == 204
    assert await erase(member) == 404
    assert (await member.post({"text": "a", "client_id": "a"}))[0] == 404
    async with http.get(f"{member.address}/messages", headers=member.headers) as response:
        assert response.status == 404
    await until_forgotten(rasa, any_site)
    assert rasa.erased == [member.id]
    assert await rows(any_site) == [1, 1, 1, 0]
    assert (await other.read())["state"] == "bot"


async def test_survives_rasa_being_away_and_a_restart(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    rasa.away = True
    site = await start_site(rasa.port)
    member = await Member(http, site.url).open()
    await member.say("bonjour")
    assert await erase(member) == 204
    await asyncio.sleep(0.5)
    await site.stop()
    site = await start_site(rasa.port)
    assert (await rows(site))[-1] == 1
    rasa.away = False
    await until_forgotten(rasa, site)
    assert rasa.erased == [member.id]
    assert rasa.calls == []


async def test_message_in_flight_does_not_bring_it_back(
    any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    member = await Member(http, any_site.url).open()
    order: list[str] = []

    def script(text: str) -> list[dict[str, object]]:
        order.append("played")
        assert rasa.erased == []
        return [said("trop tard")]

    rasa.script = script
    rasa.delay = 1.0
    await member.say("bonjour")
    await asyncio.sleep(0.3)
    assert await erase(member) == 204
    await until_forgotten(rasa, any_site)
    assert order == ["played"]
    assert await rows(any_site) == [0, 0, 0, 0]


async def test_erased_in_the_dialogue(any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    member = await Member(http, any_site.url).open()
    rasa.script = lambda _: [said("C’est fait.", erase=True)]
    async with member.events() as events:
        await member.say("oui, tout effacer")
        heard = await take(events, lambda event: event.data.get("state") == "deleted")
        assert heard[-1].name == "state"
        assert [event async for event in events] == []
    await until_forgotten(rasa, any_site)
    assert rasa.erased == [member.id]
    assert await rows(any_site) == [0, 0, 0, 0]
