"""What the worker takes to Rasa, and how often it asks the database for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.website.console.desk import Desk
from website.delivery import Delivery
from website.events import LocalHub, News
from website.models import State
from website.pending import Pending
from website.rasa import BotMessage, Rasa, Reply
from website.worker import Backoff, Worker

PATIENCE_SECONDS = 20.0


class CountedDelivery(Delivery):
    """The real one, which also counts."""

    looks = 0

    async def next(self, conversation_id: str) -> Pending | None:
        self.looks += 1
        return await super().next(conversation_id)


class StubRasa(Rasa):
    """Says the same to everything, after what a test does meanwhile."""

    def __init__(self, meanwhile: Callable[[int], Awaitable[None]]) -> None:
        self.was_up = True
        self.played: list[int] = []
        self._meanwhile = meanwhile

    async def send(
        self, conversation_id: str, seq: int, *, text: str, payload: str | None, commune: str | None = None
    ) -> Reply:
        self.played.append(seq)
        await self._meanwhile(seq)
        return Reply((BotMessage("Oui"),), None)


@asynccontextmanager
async def serving(desk: Desk, rasa: Rasa) -> AsyncIterator[tuple[Worker, CountedDelivery, LocalHub]]:
    """A worker over the desk's database, until the end of the context."""
    hub = LocalHub()
    delivery = CountedDelivery(desk.storage, hub)
    worker = Worker(delivery, rasa, hub, backoff=Backoff(0.01, 0.01))
    yield worker, delivery, hub
    await worker.stop()


async def _nothing(seq: int) -> None:
    """Nothing happens meanwhile."""


async def _at_rest(worker: Worker) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while worker.backlog().conversations:
            await asyncio.sleep(0.01)


async def test_nothing_is_looked_up_again_once_the_last_answer_is_stored(desk: Desk) -> None:
    conversation_id = await desk.open(state=State.BOT)
    await desk.say(conversation_id, "Une question")
    rasa = StubRasa(_nothing)
    async with serving(desk, rasa) as (worker, delivery, _):
        worker.wake(conversation_id)
        await _at_rest(worker)
    assert (rasa.played, delivery.looks) == ([3], 1)
    assert (await desk.get(conversation_id)).answered_to == 3


async def test_what_another_site_stores_before_the_answer_is_answered_without_a_bell(desk: Desk) -> None:
    conversation_id = await desk.open(state=State.BOT)
    await desk.say(conversation_id, "Une question")

    async def elsewhere(seq: int) -> None:
        if seq == 3:
            await desk.say(conversation_id, "Encore une")

    rasa = StubRasa(elsewhere)
    async with serving(desk, rasa) as (worker, delivery, _):
        worker.wake(conversation_id)
        await _at_rest(worker)
    assert (rasa.played, delivery.looks) == ([3, 4], 2)
    assert (await desk.get(conversation_id)).answered_to == 4


async def test_what_is_stored_the_moment_the_answer_is_told_is_answered(desk: Desk) -> None:
    conversation_id = await desk.open(state=State.BOT)
    await desk.say(conversation_id, "Une question")
    rasa, more = StubRasa(_nothing), list[asyncio.Task[None]]()
    async with serving(desk, rasa) as (worker, _, hub):

        async def say_more() -> None:
            await desk.say(conversation_id, "Encore une")
            worker.wake(conversation_id)

        def told(_: str, news: News) -> None:
            if news.answered and not more:
                more.append(asyncio.create_task(say_more()))

        hub.watch(told)
        worker.wake(conversation_id)
        await _at_rest(worker)
        await asyncio.gather(*more)
        await _at_rest(worker)
    assert rasa.played == [3, 5]
    assert (await desk.get(conversation_id)).answered_to == 5


async def test_each_step_says_whether_more_waits(desk: Desk) -> None:
    conversation_id = await desk.open(state=State.BOT)
    for text in ("Une question", "Encore une"):
        await desk.say(conversation_id, text)
    delivery = Delivery(desk.storage, LocalHub())
    reply = Reply((BotMessage("Oui"),), None)
    assert await delivery.note_silently(conversation_id, 3), "the assistant has it: nothing is answered by that"
    assert await delivery.answer(conversation_id, 3, reply)
    assert await delivery.answer(conversation_id, 3, reply), "it is answered already, the second is not"
    assert not await delivery.answer(conversation_id, 4, reply)


async def test_nothing_waits_in_a_conversation_that_an_answer_erased(desk: Desk) -> None:
    conversation_id = await desk.open(state=State.BOT)
    for text in ("Efface tout", "Encore une"):
        await desk.say(conversation_id, text)
    delivery = Delivery(desk.storage, LocalHub())
    assert not await delivery.answer(conversation_id, 3, Reply((BotMessage("", erase=True),), None))
