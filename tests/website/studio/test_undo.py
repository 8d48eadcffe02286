"""What trainers may take back: after a restart, on another site, for a day; never what somebody had erased."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from corpus.changes import Change
from corpus.edition import Origin, Sentence
from database.base import utc_now
from settings import Settings
from tests.support.staff import Staff
from tests.support.studio_data import KNOWN
from tests.website.console.desk import Desk
from tests.website.studio.conftest import Studio, words
from tests.website.studio.test_subjects import FORMATION, id_of
from website.conversations import erase_rows
from website.privacy.objection import set_objection
from website.privacy.retention import Retention
from website.records import locked
from website.studio import undo
from website.studio.models import StudioUndo, StudioUndoSource

ONE, OTHER_TRAINER = "1" * 32, "2" * 32


def change(*conversations: str) -> Change:
    """A deletion of sentences that came from conversations."""
    origins = [Origin("member", conversation) for conversation in conversations]
    file = "nlu/membres/formation.yml"
    return Change(
        removed=tuple(Sentence(f"s{n}", "zinc", "formation", file, n, origin=o) for n, o in enumerate(origins))
    )


async def kept(desk: Desk) -> int:
    """How many rows are kept of what may be taken back."""
    async with desk.storage.read() as session:
        numbers = [
            await session.scalar(select(func.count()).select_from(one)) for one in (StudioUndo, StudioUndoSource)
        ]
    return sum(number or 0 for number in numbers)


async def delete(trainer: Staff, text: str) -> str:
    """Delete a sentence; gives the address at which it is offered to take that back."""
    answer = await trainer.post(f"{FORMATION}/phrases", phrase=await id_of(trainer, text), geste="supprimer")
    assert answer.status == 303
    return answer.headers["Location"]


async def test_a_restart_of_the_site_loses_nothing(studio: Studio, trainer: Staff) -> None:
    before = studio.file("formation")
    address = await delete(trainer, KNOWN)
    studio.site.kill()
    studio.site.start()
    for where in (address, FORMATION):  # offered where it was done, and still when the page is opened anew
        _, page = await trainer.get(where)
        assert "Phrase supprimée." in words(page), where
    token = address.partition("=")[2]
    assert (await trainer.post(f"{FORMATION}/retablir", jeton=token)).status == 303
    assert studio.file("formation") == before


async def test_two_sites_take_it_back_once(studio: Studio, trainer: Staff) -> None:
    token = (await delete(trainer, KNOWN)).partition("=")[2]
    await asyncio.gather(*(trainer.post(f"{FORMATION}/retablir", jeton=token) for _ in range(4)))
    assert studio.sentences("formation").count(KNOWN) == 1
    restored = [one for one in await studio.log("example.restored") if one.account_id == trainer.account]
    assert len(restored) == 1


async def test_what_cannot_be_taken_back_now_is_still_offered(studio: Studio, trainer: Staff) -> None:
    address = await delete(trainer, KNOWN)
    broken = studio.data / "nlu" / "formation.yml"
    whole = broken.read_text("utf-8")
    broken.write_text("nlu:\n- intent: [\n", "utf-8")
    token = address.partition("=")[2]
    await trainer.post(f"{FORMATION}/retablir", jeton=token)
    broken.write_text(whole, "utf-8")
    assert KNOWN not in studio.sentences("formation")
    _, page = await trainer.get(address)
    assert re.search(rf'name="jeton" value="{token}"', page)


async def test_the_latest_are_kept_for_the_one_who_did_them(desk: Desk) -> None:
    for number in range(undo.MOST + 3):
        await desk.do(undo.remember, ONE, f"n° {number}", change(), "formation")
    await desk.do(undo.remember, OTHER_TRAINER, "à un autre", change(), "formation")
    async with desk.storage.read() as session:
        mine = [one.done for one in await undo.offered(session, ONE, "formation")]
        assert await undo.offered(session, ONE, "juridique") == []
    assert len(mine) == undo.MOST and "à un autre" not in mine and "n° 0" not in mine
    assert mine[0] == f"n° {undo.MOST + 2}"


async def test_after_a_day_it_is_gone(desk: Desk) -> None:
    now = utc_now()
    old = await desk.do(undo.remember, ONE, "hier", change(), "formation", now - undo.KEPT - timedelta(seconds=1))
    new = await desk.do(undo.remember, OTHER_TRAINER, "ce matin", change(), "formation", now)
    async with desk.storage.read() as session:
        assert await undo.offered(session, ONE, "formation") == []
    assert await desk.do(undo.take, ONE, old) is None
    assert await desk.do(undo.take, ONE, new) is None, "another's"
    counts = await Retention(desk.storage, Settings(), now=lambda: now).look()
    assert counts is not None and counts["undo"] == 1
    assert await desk.do(undo.take, OTHER_TRAINER, new) == change()
    assert await desk.do(undo.take, OTHER_TRAINER, new) is None


@pytest.mark.parametrize("objects", [True, False])
async def test_what_a_member_had_erased_cannot_be_taken_back(desk: Desk, objects: bool) -> None:
    gone, other = await desk.open("zinc"), await desk.open("zinc")
    token = await desk.do(undo.remember, ONE, "supprimée", change(gone, other), "formation")
    assert await kept(desk) == 3
    async with desk.storage.write() as session:
        if objects:
            await set_objection(session, await locked(session, gone), True)
        else:
            await erase_rows(session, await locked(session, gone))
    assert await kept(desk) == 0
    assert await desk.do(undo.take, ONE, token) is None
    assert await desk.do(undo.remember, ONE, "supprimée", change(gone), "formation") == "", (
        "the trainer had the page open"
    )
    assert await desk.do(undo.remember, ONE, "supprimée", change(other, "f" * 32), "formation")


async def test_an_erasure_waits_for_what_is_just_being_kept(desk: Desk) -> None:
    talk = await desk.open("zinc")

    async def erase() -> None:
        async with desk.storage.write() as session:
            await erase_rows(session, await locked(session, talk))

    async with desk.storage.write() as session:
        await undo.remember(session, ONE, "supprimée", change(talk), "formation")
        erasing = asyncio.create_task(erase())
        await asyncio.sleep(0.2)
        assert not erasing.done()
    await erasing
    assert await kept(desk) == 0
