"""Trainings run one at a time, can be called off, and leave everything as it was wherever they are killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from database.base import utc_now
from database.migrate import upgrade
from releases import queue, registry, wishes
from releases.hashes import code_hash
from releases.models import Training, TrainingCause, TrainingStatus
from releases.stages import Estimate
from settings import Settings
from supervisor import model
from tests.supervisor.shop import ACCOUNT, OVER, Shop, eventually
from tests.supervisor.stage import alive

STAGES = ["phrases", "apprentissage", "reglage", "ecriture"]


@pytest.fixture
async def shop(checkout: Path, rasa: Path, database_url: str, quick: None) -> AsyncIterator[Shop]:
    """A database of each kind, no runner yet."""
    upgrade(Settings(database_url=database_url))
    built = Shop(checkout, rasa, database_url)
    yield built
    await built.close()


async def test_a_training_leaves_a_model_that_serves_once_it_is_put_online(shop: Shop) -> None:
    shop.runner()
    done = await shop.over(await shop.ask())
    assert (done.status, done.message, done.progress, done.account_id) == (TrainingStatus.DONE, "", 1.0, ACCOUNT)
    assert "un avertissement" in done.log and "Apprentissage…" in done.log and "@" not in done.log
    assert set(done.durations) == {"lecture", *STAGES}
    assert done.model_id is not None and await shop.online() is None
    async with shop.storage.write() as session:
        (made,) = await registry.models(session)
        await registry.put_online(session, made.id, ACCOUNT, code=code_hash(shop.root))
    assert (made.id, made.account_id) == (done.model_id, ACCOUNT)
    assert await shop.online() == made.id


async def test_how_far_it_is_can_be_read_while_it_runs(sqlite_shop: Shop) -> None:
    sqlite_shop.hold("apprentissage")
    training_id = await sqlite_shop.ask()
    sqlite_shop.runner()
    running = await sqlite_shop.at(training_id, "apprentissage")
    assert running.status == TrainingStatus.RUNNING
    assert 0.2 < running.progress < 0.9
    assert running.seconds_left is not None and running.seconds_left > 0
    assert running.heartbeat_at is not None
    sqlite_shop.go_on()
    assert (await sqlite_shop.over(training_id)).status == TrainingStatus.DONE


async def test_one_runs_at_a_time_whoever_looks(shop: Shop) -> None:
    ids = []
    for go_online in (False, True):
        for cause in TrainingCause:
            ids.append(await shop.ask(cause, go_online))
    assert await shop.ask() == ids[0]  # one of this kind waits already
    for number in range(3):
        shop.runner(f"machine:{number}")
    seen: set[int] = set()
    for training_id in ids:
        while (await shop.get(training_id)).status not in OVER:
            async with shop.storage.read() as session:
                running = await session.scalars(select(Training.id).where(Training.status == TrainingStatus.RUNNING))
                now = list(running)
            assert len(now) <= 1
            seen.update(now)
            await asyncio.sleep(0.01)
    trainings = [await shop.get(training_id) for training_id in ids]
    assert {training.status for training in trainings} == {TrainingStatus.DONE}
    assert len(set((shop.beside / "pids").read_text().split())) == 1  # the others found that nothing had changed
    assert len({training.model_id for training in trainings}) == 1
    order = sorted(trainings, key=lambda training: str(training.started_at))
    assert [training.id for training in order] == ids


async def test_what_is_to_go_online_by_itself_does(sqlite_shop: Shop) -> None:
    sqlite_shop.runner(compare=[sys.executable, "-c", "raise SystemExit(1)"])
    done = await sqlite_shop.over(await sqlite_shop.ask(TrainingCause.ERASURE, go_online=True))
    assert (done.status, done.message) == (TrainingStatus.DONE, "")
    assert await sqlite_shop.online() == done.model_id


@pytest.mark.parametrize("stage", STAGES)
async def test_calling_it_off_leaves_nothing(sqlite_shop: Shop, stage: str) -> None:
    sqlite_shop.hold(stage)
    training_id = await sqlite_shop.ask()
    sqlite_shop.runner()
    await sqlite_shop.at(training_id, stage)
    async with sqlite_shop.storage.write() as session:
        await wishes.cancel_training(session, training_id)
    ended = await sqlite_shop.over(training_id)
    assert (ended.status, ended.model_id) == (TrainingStatus.CANCELLED, None)
    assert not alive(sqlite_shop.pid())
    assert sqlite_shop.files() == []
    sqlite_shop.go_on()
    assert (await sqlite_shop.over(await sqlite_shop.ask())).status == TrainingStatus.DONE


async def test_one_that_waits_is_called_off_at_once(sqlite_shop: Shop) -> None:
    training_id = await sqlite_shop.ask()
    async with sqlite_shop.storage.write() as session:
        await wishes.cancel_training(session, training_id)
    assert (await sqlite_shop.get(training_id)).status == TrainingStatus.CANCELLED
    async with sqlite_shop.storage.read() as session:
        assert await wishes.current_trainings(session) == []


@pytest.mark.parametrize("stage", STAGES)
async def test_a_training_that_is_killed_says_so_and_the_older_model_stays(sqlite_shop: Shop, stage: str) -> None:
    sqlite_shop.runner()
    first = await sqlite_shop.over(await sqlite_shop.ask(go_online=True))
    before = sqlite_shop.files()
    sqlite_shop.edit("nlu: [1]")
    sqlite_shop.hold(stage)
    training_id = await sqlite_shop.ask()
    await sqlite_shop.at(training_id, stage)
    os.kill(sqlite_shop.pid(), signal.SIGKILL)
    ended = await sqlite_shop.over(training_id)
    assert ended.status == TrainingStatus.FAILED and "faute de mémoire" in ended.message
    assert await sqlite_shop.online() == first.model_id
    assert sqlite_shop.files() == before


@pytest.mark.parametrize(
    ("says", "code", "said"),
    [
        ("OSError: [Errno 28] No space left on device", "1", "Le disque est plein"),
        ("numpy.core._exceptions._ArrayMemoryError: MemoryError", "1", "La mémoire de la machine"),
        ("autre chose", "3", "L’entraînement a échoué (code 3)"),
    ],
)
async def test_why_it_failed_is_said(sqlite_shop: Shop, says: str, code: str, said: str) -> None:
    (sqlite_shop.beside / "says").write_text(says)
    (sqlite_shop.beside / "code").write_text(code)
    sqlite_shop.runner()
    ended = await sqlite_shop.over(await sqlite_shop.ask())
    assert (ended.status, ended.model_id) == (TrainingStatus.FAILED, None)
    assert said in ended.message and says in ended.log


async def test_a_broken_file_is_named_with_its_line(sqlite_shop: Shop) -> None:
    sqlite_shop.edit("nlu:\n- intent: a\n  examples: |\n - b\n")
    sqlite_shop.runner()
    ended = await sqlite_shop.over(await sqlite_shop.ask())
    assert "Le fichier nlu/aides.yml, ligne 4, ne se lit pas" in ended.message


async def test_edits_meanwhile_are_left_to_the_next_training(sqlite_shop: Shop) -> None:
    sqlite_shop.hold("apprentissage")
    training_id = await sqlite_shop.ask()
    sqlite_shop.runner()
    await sqlite_shop.at(training_id, "apprentissage")
    sqlite_shop.edit("nlu: [1]")
    sqlite_shop.go_on()
    first = await sqlite_shop.over(training_id)
    second = await sqlite_shop.over(await sqlite_shop.ask())
    assert first.status == second.status == TrainingStatus.DONE
    async with sqlite_shop.storage.read() as session:
        newer, older = await registry.models(session)
    assert (older.id, newer.id) == (first.model_id, second.model_id)
    assert older.data_hash != newer.data_hash


async def test_a_conversation_erased_meanwhile_has_it_trained_again_without(shop: Shop) -> None:
    private = shop.root / "data/nlu/membres/aides.yml"
    private.parent.mkdir()
    private.write_text("nlu:\n- intent: a\n  examples:\n  - text: b\n    metadata: {conversation: c1}\n")
    shop.hold("apprentissage")
    training_id = await shop.ask(TrainingCause.ERASURE, go_online=True)
    shop.runner()
    await shop.at(training_id, "apprentissage")
    private.unlink()
    async with shop.storage.write() as session:
        await registry.retire_holding(session, "c1")
    shop.go_on()
    ended = await shop.over(training_id)
    assert ended.status == TrainingStatus.FAILED and "effacée pendant l’entraînement" in ended.message

    async def replaced() -> bool:
        return await shop.online() is not None

    await eventually(replaced)
    async with shop.storage.read() as session:
        (made,) = await registry.models(session)
    assert shop.files() == [f"{made.id}.json", f"{made.id}.tar.gz"]


async def _erased(shop: Shop) -> None:
    """What is in service has learnt a sentence that was erased since."""
    private = shop.root / "data/nlu/membres/aides.yml"
    private.parent.mkdir()
    private.write_text("nlu:\n- intent: a\n  examples:\n  - text: b\n    metadata: {conversation: c1}\n")
    await shop.over(await shop.ask(go_online=True))
    assert await shop.online() is not None
    private.unlink()
    async with shop.storage.write() as session:
        await registry.retire_holding(session, "c1")


async def _waiting(shop: Shop) -> Training:
    """The one training that waits."""
    async with shop.storage.read() as session:
        (found,) = await wishes.current_trainings(session)
    return found


async def _hasten(shop: Shop, training_id: int) -> Training:
    """How a training ends that is not left to wait for its moment."""
    async with shop.storage.write() as session:
        await wishes.hasten_training(session, training_id)
    return await shop.over(training_id)


async def test_what_an_erasure_needs_is_tried_again_later_and_later(shop: Shop) -> None:
    shop.runner()
    await _erased(shop)
    (shop.beside / "code").write_text("3")
    failed = await shop.over(await shop.ask(TrainingCause.ERASURE, go_online=True))
    waits = []
    for failures in (1, 2, 3):
        assert failed.status == TrainingStatus.FAILED and failed.ended_at is not None
        again = await _waiting(shop)
        assert (again.status, again.failures, again.go_online) == (TrainingStatus.QUEUED, failures, True)
        assert again.due_at is not None
        waits.append(round((again.due_at - failed.ended_at) / queue.RETRY_FIRST))
        failed = await _hasten(shop, again.id)
    assert waits == [1, 2, 4]
    (shop.beside / "code").unlink()
    done = await _hasten(shop, (await _waiting(shop)).id)
    assert done.status == TrainingStatus.DONE and await shop.online() == done.model_id
    async with shop.storage.read() as session:
        assert await wishes.current_trainings(session) == []


async def test_no_delay_is_longer_than_the_longest(shop: Shop) -> None:
    shop.runner()
    await _erased(shop)
    now = utc_now()
    async with shop.storage.write() as session:
        failed = Training(cause=TrainingCause.ERASURE, status=TrainingStatus.FAILED, go_online=True, failures=40)
        session.add(failed)
        again = await queue.retry_later(session, failed, now)
    assert again is not None and again.due_at == now + queue.RETRY_MOST


async def test_a_retry_ends_where_something_else_was_put_online(sqlite_shop: Shop) -> None:
    sqlite_shop.runner()
    await _erased(sqlite_shop)
    (sqlite_shop.beside / "code").write_text("3")
    await sqlite_shop.over(await sqlite_shop.ask(TrainingCause.ERASURE, go_online=True))
    again = await _waiting(sqlite_shop)
    (sqlite_shop.beside / "code").unlink()
    made = await sqlite_shop.over(await sqlite_shop.ask(go_online=True))
    ended = await _hasten(sqlite_shop, again.id)
    assert (ended.status, ended.message) == (TrainingStatus.CANCELLED, queue.NEEDED_NO_MORE)
    assert await sqlite_shop.online() == made.model_id


async def test_a_training_whose_supervisor_died_is_over_at_the_next_start(sqlite_shop: Shop) -> None:
    training_id, other_id = await sqlite_shop.ask(), await sqlite_shop.ask(TrainingCause.ERASURE, go_online=True)
    async with sqlite_shop.storage.write() as session:
        claimed = await queue.claim(session, "here:1/dead")
        assert claimed is not None and claimed.id == training_id
        assert await queue.claim(session, "there:1/other") is None
    sqlite_shop.runner("there:1")
    await asyncio.sleep(0.3)
    assert (await sqlite_shop.get(training_id)).status == TrainingStatus.RUNNING  # another machine's
    sqlite_shop.runner("here:1")
    ended = await sqlite_shop.over(training_id)
    assert (ended.status, ended.message) == (TrainingStatus.FAILED, queue.DIED)
    assert (await sqlite_shop.over(other_id)).status == TrainingStatus.DONE


async def test_a_supervisor_that_is_silent_loses_its_training(shop: Shop) -> None:
    training_id = await shop.ask(TrainingCause.ERASURE, go_online=True)
    async with shop.storage.write() as session:
        assert await queue.claim(session, "away:1/x")
    async with shop.storage.write() as session:
        training = await session.get_one(Training, training_id)
        assert training.heartbeat_at is not None
        training.heartbeat_at -= queue.LEASE * 2
        (other,) = [await wishes.request_training(session, None, TrainingCause.START)]
    shop.runner()
    assert (await shop.over(training_id)).message == queue.DIED
    assert (await shop.over(other.id)).status == TrainingStatus.DONE
    async with shop.storage.write() as session:
        told = Estimate(0.5, 1.0)
        assert not await queue.report(session, training_id, "away:1/x", stage="x", estimate=told, log="", durations={})
        assert not await queue.finish(session, training_id, "away:1/x", TrainingStatus.DONE, model_id="m")

    async def replaced() -> bool:  # what an erasure asked for is asked for again
        return await shop.online() is not None

    await eventually(replaced)


async def test_stopping_everything_ends_the_training_and_says_so(sqlite_shop: Shop) -> None:
    sqlite_shop.hold("apprentissage")
    training_id = await sqlite_shop.ask()
    supervisor = sqlite_shop.runner()
    await sqlite_shop.at(training_id, "apprentissage")
    supervisor.stop()
    await sqlite_shop.supervisors[0][1]
    ended = await sqlite_shop.get(training_id)
    assert (ended.status, ended.message) == (TrainingStatus.FAILED, queue.DIED)
    assert not alive(sqlite_shop.pid())
    assert sqlite_shop.files() == []


@pytest.mark.services
async def test_a_database_that_is_away_for_a_while_loses_nothing(
    checkout: Path, rasa: Path, postgres_url: str, quick: None
) -> None:
    upgrade(Settings(database_url=postgres_url))
    shop = Shop(checkout, rasa, postgres_url)
    try:
        shop.hold("reglage")
        training_id = await shop.ask()
        shop.runner()
        await shop.at(training_id, "reglage")
        for _ in range(5):
            async with shop.storage.write() as session:
                await session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await asyncio.sleep(0.1)
        shop.go_on()
        assert (await shop.over(training_id)).status == TrainingStatus.DONE
    finally:
        await shop.close()


async def test_the_comparison_is_the_last_stage(sqlite_shop: Shop) -> None:
    note = sqlite_shop.beside / "compared"
    body = f"import sys; open({str(note)!r}, 'w').write(sys.argv[1]); print('@étape comparaison 0.500', flush=True)"
    sqlite_shop.runner(compare=[sys.executable, "-c", body])
    done = await sqlite_shop.over(await sqlite_shop.ask())
    assert (done.status, done.message) == (TrainingStatus.DONE, "")
    assert note.read_text() == done.model_id
    assert done.stage == "comparaison" or "comparaison" in done.durations


async def test_a_comparison_that_fails_leaves_a_model_all_the_same(sqlite_shop: Shop) -> None:
    sqlite_shop.runner(compare=[sys.executable, "-c", "raise SystemExit(1)"])
    done = await sqlite_shop.over(await sqlite_shop.ask())
    assert done.status == TrainingStatus.DONE and done.model_id
    assert "comparaison" in done.message


async def test_a_model_that_the_command_line_trained_is_registered(sqlite_shop: Shop) -> None:
    made = await asyncio.to_thread(model.train, sqlite_shop.root, [sys.executable, str(sqlite_shop.rasa)])
    sqlite_shop.runner()

    async def known() -> bool:
        async with sqlite_shop.storage.read() as session:
            return [one.id for one in await registry.models(session)] == [made.id]

    await eventually(known)
