"""Handing a conversation to an officer and back: who holds it, who speaks, what the member is told."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from directory.data import AntennaEntry, DirectoryData
from directory.files import read_directory
from directory.importer import import_directory
from settings import Settings
from tests.support.fake_rasa import FakeRasa, contact, said
from tests.website.conftest import Member, Site, StartSite
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable
from website.handoff import explanation, responsible
from website.models import Conversation, State
from website.records import locked, set_state
from website.texts import CONTINUE_PAYLOAD, HANDOFF_PAYLOAD, RESUMED

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def directory() -> DirectoryData:
    """The demonstration directory."""
    return read_directory(load_catalogue(), CommuneTable())


@pytest.fixture
async def any_site(database_url: str, rasa: FakeRasa, start_site: StartSite, directory: DirectoryData) -> Site:
    """The site with the directory imported."""
    await asyncio.to_thread(import_directory, Settings(database_url=database_url), directory)
    return await start_site(rasa.port, database_url=database_url)


@pytest.fixture
async def member(any_site: Site, http: aiohttp.ClientSession) -> Member:
    return await Member(http, any_site.url).open()


async def antenna_of(site: Site, member: Member) -> str | None:
    async with site.storage.read() as session:
        return (await session.get_one(Conversation, member.id)).antenna


def continue_buttons(transcript: dict[str, Any]) -> list[int]:
    return [
        message["seq"]
        for message in transcript["messages"]
        if any(button["payload"] == CONTINUE_PAYLOAD for button in message["buttons"])
    ]


async def test_silent_while_waiting_then_back(any_site: Site, member: Member, rasa: FakeRasa) -> None:
    transcript = await member.answered(await member.press(HANDOFF_PAYLOAD))
    assert transcript["state"] == "waiting"
    assert await antenna_of(any_site, member) == "rochefort"
    notice = transcript["messages"][-1]
    assert (notice["sender"], notice["buttons"]) == (
        "system",
        [{"title": "Continuer avec l’assistant", "payload": CONTINUE_PAYLOAD}],
    )
    assert "antenne" in notice["text"] and "05\u00a036\u00a049\u00a000\u00a050" in notice["text"]
    asked = len(rasa.calls)
    for text in ("vous êtes là ?", "je laisse mon numéro"):
        transcript = await member.ask(text)
    assert [message["sender"] for message in transcript["messages"][-2:]] == ["member", "member"]
    assert len(rasa.calls) == asked
    assert len(continue_buttons(transcript)) == 1
    transcript = await member.answered(await member.press(CONTINUE_PAYLOAD))
    assert (transcript["state"], transcript["messages"][-1]["text"]) == ("bot", RESUMED)
    assert await antenna_of(any_site, member) is None
    transcript = await member.ask("nous y revoilà")
    assert transcript["messages"][-1]["sender"] == "bot"
    assert [call.get("text") for call in rasa.calls[asked:]] == ["nous y revoilà"]
    transcript = await member.answered(await member.press(HANDOFF_PAYLOAD))
    assert len(continue_buttons(transcript)) == 2


async def test_belongs_to_the_antenna_of_the_last_person_named(any_site: Site, member: Member, rasa: FakeRasa) -> None:
    await member.ask("payer un tour")
    assert (await member.answered(await member.press(HANDOFF_PAYLOAD)))["state"] == "waiting"
    assert await antenna_of(any_site, member) == "bordeaux"


async def test_belongs_to_the_antenna_that_the_bot_names(any_site: Site, member: Member, rasa: FakeRasa) -> None:
    rasa.script = lambda _: [said("Je transmets.", handoff={"antenna": "futuroscope"})]
    await member.ask("quelqu'un svp")
    assert await antenna_of(any_site, member) == "futuroscope"


@pytest.mark.parametrize("named", [None, "n-existe-pas"])
async def test_else_to_the_head_office(any_site: Site, member: Member, rasa: FakeRasa, named: str | None) -> None:
    rasa.script = lambda _: [said("Je transmets.", handoff={"antenna": named})]
    await member.ask("quelqu'un svp")
    assert await antenna_of(any_site, member) == "toulouse"


async def test_person_asked_for_while_rasa_is_away(any_site: Site, member: Member, rasa: FakeRasa) -> None:
    rasa.away = True
    await member.say("une question sans réponse")
    transcript = await member.answered(await member.press(HANDOFF_PAYLOAD))
    assert transcript["state"] == "waiting"
    assert len(continue_buttons(transcript)) == 1
    rasa.away = False
    transcript = await member.ask("toujours rien ?")
    assert rasa.calls == []
    assert "bot" not in {message["sender"] for message in transcript["messages"]}


async def test_what_rasa_knows_of_the_place_counts_for_a_button_that_it_does_not_know(
    any_site: Site, member: Member, rasa: FakeRasa
) -> None:
    rasa.forgetful = True
    rasa.script = lambda text: [said("Je transmets.", handoff={"antenna": "futuroscope"})]
    transcript = await member.answered(await member.press(HANDOFF_PAYLOAD))
    assert await antenna_of(any_site, member) == "futuroscope"
    assert [message["sender"] for message in transcript["messages"][1:]] == ["member", "bot", "system"]
    assert rasa.calls[0]["text"] == "Parler à un chargé de mission"


async def test_person_who_was_asked_for_by_button_always_comes(member: Member, rasa: FakeRasa) -> None:
    rasa.script = lambda text: [said("Que voulez-vous dire ?")]
    transcript = await member.answered(await member.press(HANDOFF_PAYLOAD))
    assert transcript["state"] == "waiting"
    assert [message["sender"] for message in transcript["messages"][1:]] == ["member", "system"]


async def test_person_asked_for_while_rasa_refuses_everything(member: Member, rasa: FakeRasa) -> None:
    rasa.fault = 422
    assert (await member.answered(await member.press(HANDOFF_PAYLOAD)))["state"] == "waiting"


async def put(site: Site, member: Member, state: State, officer: str | None = None) -> None:
    async with site.storage.write() as session:
        set_state(await locked(session, member.id), state, antenna="rochefort", officer=officer)


async def test_bot_is_silent_beside_an_officer(any_site: Site, member: Member, rasa: FakeRasa) -> None:
    await member.answered(await member.press(HANDOFF_PAYLOAD))
    asked = len(rasa.calls)
    await put(any_site, member, State.OFFICER, "Sandrine Aubron")
    transcript = await member.ask("bonjour Sandrine")
    assert (transcript["state"], transcript["messages"][-1]["sender"]) == ("officer", "member")
    transcript = await member.answered(await member.press(CONTINUE_PAYLOAD))
    assert (transcript["state"], transcript["messages"][-1]["sender"]) == ("officer", "member")
    assert len(rasa.calls) == asked


async def test_bot_does_not_talk_over_an_officer_who_came_meanwhile(
    any_site: Site, member: Member, rasa: FakeRasa
) -> None:
    rasa.delay = 1.0
    seq = await member.say("bonjour")
    await asyncio.sleep(0.3)
    await put(any_site, member, State.OFFICER, "Sandrine Aubron")
    transcript = await member.answered(seq)
    assert transcript["messages"][-1]["sender"] == "member"
    assert transcript["state"] == "officer"


async def test_without_a_directory(start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    site = await start_site(rasa.port)
    member = await Member(http, site.url).open()
    transcript = await member.answered(await member.press(HANDOFF_PAYLOAD))
    assert transcript["state"] == "waiting"
    assert "notre équipe" in transcript["messages"][-1]["text"]


def antenna(slug: str, name: str, *, head_office: bool = False) -> AntennaEntry:
    return AntennaEntry(slug, name, "17299", "Rue", "05 36 49 00 50", "quelqu-un", head_office)


DATA = DirectoryData((antenna("a", "Agen"), antenna("b", "Bordeaux", head_office=True)), ())


@pytest.mark.parametrize(
    ("contacts", "proposed", "expected"),
    [
        ([], None, "b"),
        ([], "a", "a"),
        ([contact(person={"antenna": "a"}), contact(person={"antenna": "b"})], "b", "a"),
        ([contact(person={}, antenna={"slug": "a"})], None, "a"),
        ([contact(person={"antenna": "closed-down"}, antenna={"slug": "gone-too"})], "a", "a"),
    ],
)
def test_responsible(contacts: list[dict[str, Any]], proposed: str | None, expected: str) -> None:
    found = responsible(DATA, contacts, proposed)
    assert found is not None and found.slug == expected


@pytest.mark.parametrize(
    ("moment", "parts"),
    [
        ("2026-11-20T10:00", ["transmise à l’antenne d’Agen, ouverte aujourd’hui jusqu’à 12_h_30.", "05_36_49_00_50"]),
        ("2026-11-20T13:00", ["Nos bureaux sont fermés_; Agen rouvre aujourd’hui à 13_h_30."]),
        ("2026-11-21T13:00", ["Nos bureaux sont fermés_; Agen rouvre lundi à 9_h.", "Téléphone_: 05_36_49_00_50"]),
        ("2026-12-31T19:00", ["Agen rouvre lundi à 9_h."]),
    ],
)
def test_explanation_is_true_at_the_moment(moment: str, parts: list[str]) -> None:
    text = explanation(DATA.antennas[0], datetime.fromisoformat(moment).replace(tzinfo=PARIS))
    for part in parts:
        assert part.replace("_", "\u00a0") in text
    assert "instant" not in text
    assert len(text.splitlines()) <= 3


def test_what_the_bot_has_said_is_not_said_again() -> None:
    open_now, closed = (datetime(2026, 11, 20, hour, tzinfo=PARIS) for hour in (10, 20))
    for moment in (open_now, closed):
        text = explanation(DATA.antennas[0], moment, said="Je transmets votre conversation à l’antenne d’Agen.")
        assert "transmise" not in text and "lira" not in text and "05\u00a036\u00a049\u00a000\u00a050" in text


@pytest.mark.parametrize("antenna", [None, DATA.antennas[0]])
def test_an_address_is_asked_for_unless_one_was_left(antenna: AntennaEntry | None) -> None:
    moment = datetime(2026, 11, 20, 10, tzinfo=PARIS)
    assert "Laissez ici" in explanation(antenna, moment)
    assert "Laissez ici" not in explanation(antenna, moment, reachable=True)


def test_explanation_for_an_antenna_that_never_opens() -> None:
    closed = AntennaEntry("a", "Agen", "47001", "Rue", "05 36 49 00 50", "x", hours=((),) * 7)
    text = explanation(closed, datetime(2026, 11, 20, 10, tzinfo=PARIS))
    assert text.startswith("Nos bureaux sont fermés.\n")
