"""Sentences find their way into the queue: which, masked, grouped, once; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import delete, select, update

from database.base import utc_now
from settings import Settings
from tests.support.fake_rasa import SECRET, FakeRasa
from tests.website.console.desk import ROCHEFORT, Desk
from tests.website.studio.conversations import (
    OTHER_TOPIC,
    SOMETHING_ELSE,
    UNSURE,
    count,
    pressed,
    queued,
    typed,
    understood,
)
from understanding.catalogue import load_catalogue
from website.console.proposals import propose
from website.models import Conversation, State
from website.rasa import Rasa, RasaAwayError
from website.studio.grouping import Groups
from website.studio.review_gather import Gatherer
from website.studio.review_models import ReviewGroup, ReviewItem, Status


@pytest.fixture
async def names(rasa: FakeRasa) -> AsyncIterator[Rasa]:
    """Rasa's channel, which knows two names."""
    async with aiohttp.ClientSession() as http:
        yield Rasa(Settings(rasa_port=rasa.port, shared_secret=SECRET), http)


@pytest.fixture
def gatherer(desk: Desk, names: Rasa) -> Gatherer:
    """The task, looking when it is told to."""
    return Gatherer(desk.storage, names)


async def test_what_is_worth_a_look(desk: Desk, gatherer: Gatherer) -> None:
    await gatherer.look()  # nothing there
    talk = await desk.open(state=State.BOT)
    await typed(desk, talk, "Un prêt pour un tour, chez vous ?", understood())
    await typed(desk, talk, "Le truc bleu de la machine", UNSURE)
    await typed(desk, talk, "Peut-être une aide", understood(certainty=0.5))
    await typed(desk, talk, "Quelle météo demain ?", understood("hors_perimetre", decision="conversation"))
    await typed(desk, talk, "I need a loan", understood(decision="human", language="en", certainty=0.2))
    await typed(desk, talk, "Texte pour le chargé de mission", None)
    await typed(desk, talk, "?!", UNSURE)
    await pressed(desk, talk, "Formation", "/formation")
    await gatherer.look()
    assert await queued(desk) == {
        "Le truc bleu de la machine": ("unsure",),
        "Peut-être une aide": ("unsure",),
        "Quelle météo demain ?": ("out_of_scope",),
    }


async def test_what_a_member_refused(desk: Desk, gatherer: Gatherer) -> None:
    by_button, after_place, by_word, of_choice, of_other = [await desk.open(state=State.BOT) for _ in range(5)]
    await typed(desk, by_button, "Refus par bouton d’un tour", understood())
    await pressed(desk, by_button, "Autre sujet", OTHER_TOPIC)
    await typed(desk, after_place, "Refus après la commune", understood())
    await typed(desk, after_place, "Saintes", understood("indiquer_lieu", decision="conversation", categories=[]))
    await pressed(desk, after_place, "Autre sujet", OTHER_TOPIC)
    await typed(desk, by_word, "Refus par un mot", understood())
    await typed(desk, by_word, "Non pas du tout", understood("infirmer", decision="conversation", categories=[]))
    await typed(desk, of_choice, "Refus d’un choix", UNSURE)
    await pressed(desk, of_choice, "Autre chose", SOMETHING_ELSE)
    await typed(desk, of_other, "Gardez ma conversation", understood())
    await pressed(desk, of_other, "Non, garder", '/infirmer{"question": "effacement"}')
    await gatherer.look()
    assert await queued(desk) == {
        "Refus par bouton d’un tour": ("refused",),
        "Refus après la commune": ("refused",),
        "Refus par un mot": ("refused",),
        "Refus d’un choix": ("refused", "unsure"),
    }


async def test_what_an_officer_proposes_even_where_nobody_read_it(desk: Desk, gatherer: Gatherer) -> None:
    talk = await desk.open()
    seq = await typed(desk, talk, "On en est où de la formation ?", None)
    await gatherer.look()
    assert await queued(desk) == {}
    await desk.do(propose, ROCHEFORT, talk, seq, "formation", load_catalogue())
    await gatherer.look()
    assert await queued(desk) == {"On en est où de la formation ?": ("corrected",)}
    async with desk.storage.read() as session:
        item = (await session.scalars(select(ReviewItem))).one()
        assert item.proposed == "formation" and item.understood == {"ranking": [], "decision": ""}


async def test_personal_data_never_reach_the_queue(desk: Desk, gatherer: Gatherer) -> None:
    talk = await desk.open(state=State.BOT)
    await typed(desk, talk, "Je suis Marie Martin, 05 36 49 00 22, m.martin@exemple.fr, de Pau", UNSURE)
    await gatherer.look()
    assert list(await queued(desk)) == ["Je suis [nom], [téléphone], [courriel], de Pau"]


async def test_while_names_cannot_be_masked_nothing_is_queued(desk: Desk, gatherer: Gatherer, rasa: FakeRasa) -> None:
    talk = await desk.open(state=State.BOT)
    await typed(desk, talk, "Je suis Marie Martin, un tour ?", UNSURE)
    rasa.away = True
    for _ in range(2):
        with pytest.raises(RasaAwayError):
            await gatherer.look()
    assert await queued(desk) == {}
    rasa.away = False
    await gatherer.look()
    assert list(await queued(desk)) == ["Je suis [nom], un tour ?"]


async def test_looking_again_changes_nothing_and_sees_what_is_new(desk: Desk, gatherer: Gatherer) -> None:
    talk = await desk.open(state=State.BOT)
    await typed(desk, talk, "Une aide pour ce tour ?", understood(certainty=0.5))
    for _ in range(3):
        await gatherer.look()
    assert await queued(desk) == {"Une aide pour ce tour ?": ("unsure",)}
    await pressed(desk, talk, "Autre sujet", OTHER_TOPIC)
    await gatherer.look()
    assert await queued(desk) == {"Une aide pour ce tour ?": ("refused", "unsure")}
    assert await count(desk, ReviewGroup) == 1
    async with desk.storage.read() as session:
        group = (await session.scalars(select(ReviewGroup))).one()
        assert (group.rank, group.size) == (2, 1)


async def test_old_conversations_are_not_read_again(desk: Desk, names: Rasa) -> None:
    talk = await desk.open(state=State.BOT)
    await typed(desk, talk, "Une aide pour ce tour ?", UNSURE)
    await Gatherer(desk.storage, names, lambda: utc_now() + timedelta(hours=1)).look()
    async with desk.storage.write() as session:
        await session.execute(delete(ReviewItem))
    await Gatherer(desk.storage, names, lambda: utc_now() + timedelta(hours=2)).look()
    assert await queued(desk) == {}


async def test_many_conversations(desk: Desk, gatherer: Gatherer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("website.studio.review_gather.AT_ONCE", 3)
    wanted = set()
    for number in range(10):
        talk = await desk.open(state=State.BOT)
        text = f"{number} {chr(97 + number) * 2} sujet {'xyzuvwabcd'[number] * 9}"
        await typed(desk, talk, text, UNSURE)
        wanted.add(text)
    await gatherer.look()
    assert set(await queued(desk)) == wanted


async def test_near_identical_sentences_are_one_task(desk: Desk, gatherer: Gatherer) -> None:
    for text in ("Il me faut une aide !", "il me faut une aide", "il me faut un aide", "Quel salon en juin ?"):
        await typed(desk, await desk.open(state=State.BOT), text, UNSURE)
    await gatherer.look()
    async with desk.storage.read() as session:
        assert sorted(await session.scalars(select(ReviewGroup.size))) == [1, 3]


async def test_what_was_decided_is_not_asked_again_unless_an_officer_corrects(desk: Desk, gatherer: Gatherer) -> None:
    await typed(desk, await desk.open(state=State.BOT), "Il me faut une aide", UNSURE)
    await gatherer.look()
    async with desk.storage.write() as session:
        await session.execute(update(ReviewGroup).values(status=Status.DISCARDED, decided_at=utc_now()))
    talk = await desk.open()
    seq = await typed(desk, talk, "Il me faut une aide !", UNSURE)
    await gatherer.look()
    async with desk.storage.read() as session:
        assert list(await session.scalars(select(ReviewGroup.status))) == [Status.DISCARDED]
    await desk.do(propose, ROCHEFORT, talk, seq, "formation", load_catalogue())
    await gatherer.look()
    async with desk.storage.read() as session:
        assert sorted(await session.scalars(select(ReviewGroup.status))) == [Status.DISCARDED, Status.OPEN]


async def test_nothing_is_kept_of_who_erases_or_objects(desk: Desk, gatherer: Gatherer) -> None:
    erased, objects, never = [await desk.open(state=State.BOT) for _ in range(3)]
    for number, talk in enumerate((erased, objects, never)):
        await typed(desk, talk, f"{'abc'[number] * 8} quelle aide {'xyz'[number] * 8}", UNSURE)
    await self_objects(desk, never)
    await gatherer.look()
    assert len(await queued(desk)) == 2
    await self_objects(desk, objects)
    async with desk.storage.write() as session:
        await session.delete(await session.get_one(Conversation, erased))
    await gatherer.look()
    assert await queued(desk) == {} and await count(desk, ReviewGroup) == 0


async def self_objects(desk: Desk, conversation: str) -> None:
    """The member does not want their sentences to be used."""
    async with desk.storage.write() as session:
        await session.execute(update(Conversation).where(Conversation.id == conversation).values(objected_at=utc_now()))


async def test_one_site_looks_at_a_time(desk: Desk, names: Rasa) -> None:
    await typed(desk, await desk.open(state=State.BOT), "Il me faut une aide", UNSURE)
    late = timedelta(minutes=6)
    one, other = Gatherer(desk.storage, names), Gatherer(desk.storage, names)
    await one._lease()
    await other.look()
    assert await queued(desk) == {}
    await Gatherer(desk.storage, names, lambda: utc_now() + late).look()
    assert len(await queued(desk)) == 1


async def test_sites_at_once_queue_everything_once(desk: Desk, names: Rasa) -> None:
    for number in range(6):
        await typed(desk, await desk.open(state=State.BOT), f"{number} {'abcdef'[number] * 9} aide", UNSURE)
    sites = [Gatherer(desk.storage, names) for _ in range(4)]
    await asyncio.gather(*(site.look() for site in sites))
    assert await count(desk, ReviewItem) == 6


def test_groups() -> None:
    groups = Groups([("Où trouver un tourneur ?", 1), ("Un salon", 2)])
    assert groups.find("ou trouver un tourneur") == 1
    assert groups.find("où trouver un tourneurs") == 1
    assert groups.find("où trouver un fraiseur ?") is None
    assert Groups([]).find("x") is None
