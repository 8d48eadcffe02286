"""What a supervisor does with trainings: takes one up, says how it gets on, ends it.

A training belongs to a supervisor as long as its heartbeat is younger than the lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from releases.models import Training, TrainingCause, TrainingStatus
from releases.registry import alone, latest_release
from releases.stages import Estimate
from releases.wishes import request_training

LEASE = timedelta(seconds=60)
"""A supervisor that was silent for so long is taken for dead."""
LOG_LINES = 200
_EARLIER = 20
"""Trainings that are asked how long they took; of those that found nothing to do some say nothing."""
RETRY_FIRST = timedelta(minutes=5)
"""After a failure, before a training that is needed is tried again; doubled each time."""
RETRY_MOST = timedelta(hours=6)
"""Never longer."""
RETRY_DOUBLINGS = 10
"""Enough to reach it; what fails for months would be counted into an overflow."""
NEEDED_NO_MORE = "Une version sans les phrases effacées est déjà en service."
DIED = "Le guichet s’est arrêté pendant cet entraînement\u00a0; rien n’a changé, vous pouvez le relancer."


async def is_any_due(session: AsyncSession) -> bool:
    """Whether something runs, or waits and may be taken up now; takes no lock."""
    runs = Training.status == TrainingStatus.RUNNING
    return bool(await session.scalar(select(exists().where(or_(runs, _due(utc_now()))))))


def _due(now: datetime) -> ColumnElement[bool]:
    return (Training.status == TrainingStatus.QUEUED) & or_(Training.due_at.is_(None), Training.due_at <= now)


async def claim(session: AsyncSession, worker: str, now: datetime | None = None) -> Training | None:
    """Take up the oldest training that waits, unless one runs anywhere.

    Args:
        session: The caller's transaction.
        worker: Who takes it.
        now: The present moment.
    """
    now = now or utc_now()
    await alone(session)
    await _bury(session, Training.heartbeat_at < now - LEASE)
    if await session.scalar(select(exists().where(Training.status == TrainingStatus.RUNNING))):
        return None
    training = await session.scalar(
        select(Training)
        .where(_due(now))
        .order_by(func.coalesce(Training.due_at, Training.asked_at), Training.id)
        .limit(1)
    )
    if training is not None and training.failures and not await _is_needed(session, training):
        training.status, training.ended_at, training.message = TrainingStatus.CANCELLED, now, NEEDED_NO_MORE
        await session.flush()
        return None
    if training is not None:
        training.status = TrainingStatus.RUNNING
        training.worker, training.started_at, training.heartbeat_at = worker, now, now
        await session.flush()
    return training


async def bury_own(session: AsyncSession, machine: str) -> None:
    """At the start of a supervisor: what it ran before is over.

    Args:
        session: The caller's transaction.
        machine: With what the names of its earlier workers begin.
    """
    await alone(session)
    await _bury(session, Training.worker.startswith(machine, autoescape=True))


async def _bury(session: AsyncSession, whose: ColumnElement[bool]) -> None:
    dead = (await session.scalars(select(Training).where(Training.status == TrainingStatus.RUNNING, whose))).all()
    for training in dead:
        training.status = TrainingStatus.CANCELLED if training.cancel_asked else TrainingStatus.FAILED
        training.ended_at = utc_now()
        training.message = "" if training.cancel_asked else DIED
    await session.flush()
    for training in dead:
        if training.cause == TrainingCause.ERASURE and training.status == TrainingStatus.FAILED:
            again = await request_training(session, training.account_id, training.cause, training.go_online)
            again.failures = max(again.failures, training.failures)


async def retry_later(session: AsyncSession, training: Training, now: datetime | None = None) -> Training | None:
    """Queue a training again that failed, if something still waits for its model; the later the more often it failed.

    Args:
        session: The caller's transaction, in which it ended.
        training: The one that failed.
        now: The present moment.

    Returns:
        The one that waits now; None where none is needed.
    """
    now = now or utc_now()
    await alone(session)
    if training.cause != TrainingCause.ERASURE or not await _is_needed(session, training):
        return None
    again = await request_training(session, training.account_id, training.cause, training.go_online)
    if not again.failures:
        again.failures = training.failures + 1
        again.due_at = now + min(RETRY_FIRST * 2 ** min(training.failures, RETRY_DOUBLINGS), RETRY_MOST)
        await session.flush()
    return again


async def _is_needed(session: AsyncSession, training: Training) -> bool:
    """Whether what was put online last holds an erased sentence still, which is why an erasure has one trained."""
    if training.cause != TrainingCause.ERASURE:
        return True
    released = await latest_release(session)
    return released is not None and released.retired_at is not None


async def report(
    session: AsyncSession,
    training_id: int,
    worker: str,
    *,
    stage: str,
    estimate: Estimate,
    log: str,
    durations: Mapping[str, float],
) -> bool:
    """Say how a training gets on, and that its supervisor lives.

    Returns:
        Whether to go on: False where its end was asked for, or it is not this supervisor's any more.
    """
    changed = await session.execute(
        update(Training)
        .where(
            Training.id == training_id,
            Training.worker == worker,
            Training.status == TrainingStatus.RUNNING,
            Training.cancel_asked.is_(False),
        )
        .values(
            heartbeat_at=utc_now(),
            stage=stage,
            progress=estimate.share,
            seconds_left=round(estimate.left),
            overdue=estimate.overdue,
            log=log,
            durations=dict(durations),
        )
        .returning(Training.id)
    )
    return changed.first() is not None


async def finish(
    session: AsyncSession,
    training_id: int,
    worker: str,
    status: TrainingStatus,
    *,
    message: str = "",
    model_id: str | None = None,
    log: str = "",
    durations: Mapping[str, float] | None = None,
) -> bool:
    """End a training.

    Returns:
        False where it is not this supervisor's any more; then nothing is changed.
    """
    values: dict[str, object] = {
        "status": status,
        "ended_at": utc_now(),
        "message": message,
        "model_id": model_id,
        "seconds_left": None,
        "overdue": False,
        "log": log,
        "durations": dict(durations or {}),
    }
    if status == TrainingStatus.DONE:
        values["progress"] = 1.0
    changed = await session.execute(
        update(Training)
        .where(Training.id == training_id, Training.worker == worker, Training.status == TrainingStatus.RUNNING)
        .values(values)
        .returning(Training.id)
    )
    return changed.first() is not None


async def earlier_durations(session: AsyncSession) -> list[dict[str, float]]:
    """What each stage took in the trainings that came to an end, the latest first."""
    rows = await session.scalars(
        select(Training.durations)
        .where(Training.status == TrainingStatus.DONE)
        .order_by(Training.ended_at.desc(), Training.id.desc())
        .limit(_EARLIER)
    )
    return list(rows)
