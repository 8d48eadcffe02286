"""The member's word: asked after a person's work only."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.website.console.desk import ROCHEFORT, Desk
from website.console import operations
from website.models import Outcome
from website.texts import RATING_QUESTION, USEFUL_BUTTON, USELESS_BUTTON
from website.waiting import rating
from website.waiting.models import Rating


async def close(desk: Desk, conversation_id: str) -> None:
    await desk.do(operations.close, ROCHEFORT, conversation_id, Outcome.RESOLVED)


async def exchange(desk: Desk, conversation_id: str, client_id: str = "c") -> None:
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await desk.do(operations.reply, ROCHEFORT, conversation_id, client_id, "Voilà.")
    await close(desk, conversation_id)


async def ratings(desk: Desk) -> list[Rating]:
    async with desk.storage.read() as session:
        return list(await session.scalars(select(Rating).order_by(Rating.id)))


async def test_asked_when_a_person_closes_who_wrote(desk: Desk) -> None:
    conversation_id = await desk.open()
    await exchange(desk, conversation_id)
    last = await desk.last(conversation_id)
    assert (last.text, last.buttons) == (RATING_QUESTION, [USEFUL_BUTTON, USELESS_BUTTON])
    (row,) = await ratings(desk)
    assert row.handoff_id is not None and row.useful is None


async def test_not_asked_where_nobody_wrote(desk: Desk) -> None:
    conversation_id = await desk.open()
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await close(desk, conversation_id)
    assert (await desk.last(conversation_id)).text != RATING_QUESTION
    assert await ratings(desk) == []


async def test_not_asked_again_for_a_second_closing_without_a_word(desk: Desk) -> None:
    conversation_id = await desk.open()
    await exchange(desk, conversation_id)
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await close(desk, conversation_id)
    assert len(await ratings(desk)) == 1


async def test_each_exchange_has_a_rating_of_its_own(desk: Desk) -> None:
    conversation_id = await desk.open()
    await exchange(desk, conversation_id, "1")
    await desk.do(rating.give, conversation_id, True, "Merci\u00a0!")
    await exchange(desk, conversation_id, "2")
    await desk.do(rating.give, conversation_id, False, None)
    first, second = await ratings(desk)
    assert (first.useful, first.text, second.useful, second.text) == (True, "Merci\u00a0!", False, None)
    assert first.handoff_id != second.handoff_id


async def test_a_later_word_replaces_an_earlier_one_and_keeps_the_sentence(desk: Desk) -> None:
    conversation_id = await desk.open()
    await exchange(desk, conversation_id)
    await desk.do(rating.give, conversation_id, True, "Bien")
    await desk.do(rating.give, conversation_id, False, None)
    (row,) = await ratings(desk)
    assert (row.useful, row.text) == (False, "Bien")


async def test_nothing_to_rate(desk: Desk) -> None:
    conversation_id = await desk.open()
    with pytest.raises(rating.NotAskedError):
        await desk.do(rating.give, conversation_id, True, None)
