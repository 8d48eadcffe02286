"""Trainers take sentences from the queue: the most telling first, never the same one twice; on both databases."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from database.base import utc_now
from tests.website.console.desk import ROCHEFORT, Desk
from tests.website.studio.conversations import UNSURE, typed
from understanding.catalogue import load_catalogue
from website.console.models import Proposal, ProposalStatus
from website.console.proposals import propose
from website.models import Conversation, State
from website.studio import queue
from website.studio.review_models import RANKS, Reason, ReviewGroup, ReviewItem, Status

ONE, OTHER = "1" * 32, "2" * 32
FIRST = datetime.fromisoformat("2026-11-02T08:00:00+00:00")


async def waiting(desk: Desk, sentence: str, *reasons: Reason, size: int = 1, hours: int = 0) -> int:
    """A group in the queue."""
    talk = await desk.open(state=State.BOT)
    seqs = [await typed(desk, talk, sentence, UNSURE) for _ in range(size)]
    found = reasons or (Reason.UNSURE,)
    async with desk.storage.write() as session:
        at = FIRST + timedelta(hours=hours)
        group = ReviewGroup(rank=max(RANKS[reason] for reason in found), size=size, first_at=at)
        session.add(group)
        await session.flush()
        for seq in seqs:
            item = ReviewItem(group_id=group.id, conversation_id=talk, seq=seq, sentence=sentence, written_at=at)
            item.reasons, item.understood = [str(reason) for reason in found], {"ranking": [], "decision": "choose"}
            session.add(item)
    return group.id


async def take(desk: Desk, who: str, after: timedelta = timedelta()) -> str | None:
    """The sentence that a trainer is given."""
    task = await desk.do(queue.claim, who, utc_now() + after)
    return task.item.sentence if task else None


async def decide(desk: Desk, who: str, group: int, status: Status, category: str | None, at: datetime) -> None:
    """What a trainer decides."""
    async with desk.storage.write() as session:
        task = await queue.shown(session, await queue.held(session, who, group, at))
        await queue.settle(session, who, task, status, category, at)


async def test_the_most_telling_first(desk: Desk) -> None:
    await waiting(desk, "Récente", hours=2)
    await waiting(desk, "Ancienne", hours=1)
    await waiting(desk, "Fréquente", Reason.OUT_OF_SCOPE, size=3, hours=3)
    await waiting(desk, "Refusée", Reason.REFUSED, Reason.UNSURE, hours=4)
    await waiting(desk, "Corrigée", Reason.CORRECTED, hours=5)
    seen = []
    for _ in range(5):
        task = await desk.do(queue.claim, ONE, utc_now())
        assert task is not None
        seen.append(task.item.sentence)
        assert await desk.see(queue.left, utc_now()) == 6 - len(seen)
        await decide(desk, ONE, task.group.id, Status.DISCARDED, None, utc_now())
    assert seen == ["Corrigée", "Refusée", "Fréquente", "Ancienne", "Récente"]
    assert await take(desk, ONE) is None


async def test_two_trainers_get_two_sentences_and_locks_free_themselves(desk: Desk) -> None:
    await waiting(desk, "A", hours=1)
    await waiting(desk, "B", hours=2)
    assert (await take(desk, ONE), await take(desk, OTHER)) == ("A", "B")
    assert (await take(desk, ONE), await take(desk, OTHER)) == ("A", "B")  # the page read again
    assert await take(desk, "3" * 32) is None
    assert await take(desk, "3" * 32, queue.LOCK + timedelta(seconds=5)) == "A"


async def test_an_open_page_keeps_its_sentence(desk: Desk) -> None:
    group = await waiting(desk, "A")
    assert await take(desk, ONE) == "A"
    later = utc_now() + timedelta(minutes=9)
    await desk.do(queue.renew, ONE, group, later)
    assert await take(desk, OTHER, timedelta(minutes=15)) is None
    with pytest.raises(queue.TakenError):
        await desk.do(queue.renew, OTHER, group, later)
    with pytest.raises(queue.UnknownGroupError):
        await desk.do(queue.renew, ONE, group + 1, later)


async def test_a_late_decision_counts_unless_somebody_else_has_it(desk: Desk) -> None:
    first, second = await waiting(desk, "A", hours=1), await waiting(desk, "B", hours=2)
    await take(desk, ONE)
    late = utc_now() + timedelta(hours=1)
    await decide(desk, ONE, first, Status.CONFIRMED, "financement", late)
    with pytest.raises(queue.DecidedError):
        await decide(desk, ONE, first, Status.DISCARDED, None, late)
    await take(desk, ONE)
    await desk.do(queue.claim, OTHER, late)
    with pytest.raises(queue.TakenError):
        await decide(desk, ONE, second, Status.DISCARDED, None, late)


async def test_what_is_put_off_comes_back(desk: Desk) -> None:
    group = await waiting(desk, "A")
    await decide(desk, ONE, group, Status.LATER, None, utc_now())
    assert await take(desk, ONE) is None and await desk.see(queue.left, utc_now()) == 0
    assert await desk.see(queue.resting, utc_now()) == 1
    assert await take(desk, OTHER, queue.REST + timedelta(seconds=5)) == "A"
    await decide(desk, OTHER, group, Status.DISCARDED, None, utc_now() + queue.REST + timedelta(seconds=9))


async def test_ones_own_last_ten_decisions_can_be_taken_back(desk: Desk) -> None:
    groups = [await waiting(desk, f"phrase {number}", hours=number) for number in range(12)]
    now = utc_now()
    for number, group in enumerate(groups):
        await decide(desk, ONE, group, Status.DISCARDED, None, now + timedelta(seconds=number))
    assert [task.group.id for task in await desk.see(queue.recent, ONE)] == groups[:1:-1]
    for who, group in ((OTHER, groups[11]), (ONE, groups[1])):
        with pytest.raises(queue.DecidedError):
            await desk.do(queue.undo, who, group, now)
    await desk.do(queue.undo, ONE, groups[5], now)
    assert await take(desk, ONE) == "phrase 5"
    assert await take(desk, OTHER) is None
    with pytest.raises(queue.DecidedError):
        await desk.do(queue.undo, ONE, groups[5], now)


async def test_officers_proposals_follow(desk: Desk) -> None:
    talk = await desk.open()
    seq = await typed(desk, talk, "Une formation", UNSURE)
    proposal = await desk.do(propose, ROCHEFORT, talk, seq, "formation", load_catalogue())
    async with desk.storage.write() as session:
        group = ReviewGroup(rank=3, size=1, first_at=FIRST)
        session.add(group)
        await session.flush()
        item = ReviewItem(group_id=group.id, conversation_id=talk, seq=seq, sentence="Une formation", written_at=FIRST)
        item.reasons, item.understood = ["corrected"], {}
        session.add(item)

    async def status() -> ProposalStatus:
        async with desk.storage.read() as session:
            return (await session.get_one(Proposal, proposal.id)).status

    for decision, category, expected in (
        (Status.CORRECTED, "formation", ProposalStatus.ACCEPTED),
        (Status.CORRECTED, "financement", ProposalStatus.REFUSED),
        (Status.DISCARDED, None, ProposalStatus.REFUSED),
    ):
        await decide(desk, ONE, group.id, decision, category, utc_now())
        assert await status() is expected
        await desk.do(queue.undo, ONE, group.id, utc_now())
        assert await status() is ProposalStatus.OPEN


async def test_a_sentence_that_was_erased_is_gone(desk: Desk) -> None:
    group = await waiting(desk, "A")
    await take(desk, ONE)
    async with desk.storage.write() as session:
        await session.delete((await session.scalars(select(Conversation))).one())
    assert await take(desk, ONE) is None and await desk.see(queue.left, utc_now()) == 0
    with pytest.raises(queue.UnknownGroupError):
        await decide(desk, ONE, group, Status.DISCARDED, None, utc_now())


@pytest.mark.parametrize("seed", range(6))
async def test_random_interleavings_of_trainers(desk: Desk, seed: int) -> None:
    """Trainers claim, decide, put off, take back, leave pages open past their locks: at each moment one has a sentence,
    none is decided twice without having been taken back, and in the end all are decided."""
    chance = random.Random(seed)
    groups = {await waiting(desk, f"{seed} {number}", hours=number) for number in range(8)}
    clock = [utc_now()]
    decided: Counter[int] = Counter()
    holds: dict[int, tuple[str, datetime]] = {}

    turn = asyncio.Lock()  # what is written down here is written down in the order of the transactions

    async def take_one(who: str) -> int | None:
        now = clock[0] = clock[0] + timedelta(seconds=chance.choice([1, 5, 60]))
        task = await desk.do(queue.claim, who, now)
        if task is None:
            clock[0] += timedelta(days=1)  # what was put off comes back
            return None
        group = task.group.id
        holder, until = holds.get(group, (who, now))
        assert holder == who or until <= now
        holds[group] = (who, now + queue.LOCK)
        return group

    async def settle_one(who: str, group: int) -> None:
        status = chance.choice([Status.CONFIRMED, Status.DISCARDED, Status.LATER])
        try:
            await decide(desk, who, group, status, None, clock[0])
        except (queue.TakenError, queue.DecidedError):
            return
        holds.pop(group, None)
        decided[group] += status is not Status.LATER
        if chance.random() < 0.2 and status is not Status.LATER:
            await desk.do(queue.undo, who, group, clock[0])
            for mine in [key for key, (holder, _) in holds.items() if holder == who]:
                del holds[mine]
            holds[group] = (who, clock[0] + queue.LOCK)
            decided[group] -= 1

    async def trainer(who: str) -> None:
        while len(+decided) < len(groups):
            await asyncio.sleep(chance.random() / 200)
            async with turn:
                group = await take_one(who)
            if group is None:
                continue
            clock[0] += timedelta(seconds=chance.choice([1, 1, 1, 700]))
            await asyncio.sleep(chance.random() / 200)
            async with turn:
                await settle_one(who, group)

    async with asyncio.timeout(60):
        await asyncio.gather(trainer(ONE), trainer(OTHER))
    assert set(+decided) == groups and set(decided.values()) == {1}
    assert await desk.see(queue.left, clock[0] + timedelta(days=9)) == 0
