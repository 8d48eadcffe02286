"""Wishes for trainings: asked for, hastened, taken back.

Each function works inside the caller's transaction. What takes them up is in `releases.queue`.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from releases.errors import UnknownTrainingError
from releases.models import Training, TrainingCause, TrainingStatus
from releases.registry import alone


async def request_training(
    session: AsyncSession,
    account_id: str | None,
    cause: TrainingCause = TrainingCause.ASKED,
    go_online: bool = False,
) -> Training:
    """Queue a training; where one of the same kind waits already, give that one.

    Args:
        session: The caller's transaction.
        account_id: Who asks; None where the system does.
        cause: Why.
        go_online: Whether its model takes over by itself.
    """
    await alone(session)
    waiting = await session.scalar(
        select(Training)
        .where(
            Training.status == TrainingStatus.QUEUED,
            Training.cause == cause,
            Training.go_online == go_online,
            Training.cancel_asked.is_(False),
        )
        .limit(1)
    )
    if waiting is not None:
        return waiting
    training = Training(account_id=account_id, cause=cause, go_online=go_online)
    session.add(training)
    await session.flush()
    return training


async def cancel_training(session: AsyncSession, training_id: int) -> Training:
    """End a training that waits, or ask for the end of one that runs; one that has ended stays as it is.

    Raises:
        UnknownTrainingError: There is none of this id.
    """
    training = await _locked(session, training_id)
    if training.status == TrainingStatus.QUEUED:
        training.status = TrainingStatus.CANCELLED
        training.ended_at = utc_now()
    elif training.status == TrainingStatus.RUNNING:
        training.cancel_asked = True
    await session.flush()
    return training


async def hasten_training(session: AsyncSession, training_id: int) -> Training:
    """Let a training that waits for its moment be taken up at once; any other stays as it is.

    Raises:
        UnknownTrainingError: There is none of this id.
    """
    training = await _locked(session, training_id)
    if training.status == TrainingStatus.QUEUED:
        training.due_at = None
    await session.flush()
    return training


async def current_trainings(session: AsyncSession) -> list[Training]:
    """The training that runs, then those that wait, in the order in which they are taken up."""
    open_states = (TrainingStatus.RUNNING, TrainingStatus.QUEUED)
    found = await session.scalars(
        select(Training).where(Training.status.in_(open_states)).order_by(Training.asked_at, Training.id)
    )
    now = utc_now()
    return sorted(found, key=lambda one: (one.status != TrainingStatus.RUNNING, max(one.due_at or now, now)))


async def _locked(session: AsyncSession, training_id: int) -> Training:
    """A training as it is now, that nobody else changes until the transaction ends."""
    await alone(session)
    training = await session.get(Training, training_id, populate_existing=True)
    if training is None:
        raise UnknownTrainingError
    return training
