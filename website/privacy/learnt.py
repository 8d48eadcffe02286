"""What an erasure does to models: those that hold a sentence are retired, and the erasure lasts until none serves."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from releases.models import BotModel, BotModelSource, RasaInstance, Training, TrainingCause, TrainingStatus
from releases.registry import latest_release, retire_holding
from releases.serving import ALIVE
from releases.wishes import request_training
from website.privacy.models import Erasure, Kind

PATIENCE = timedelta(days=30)
"""For so long what has merely expired waits for the trainers' next version, before a training is queued for it."""
TRY_AGAIN = timedelta(minutes=10)
"""After a training that somebody called off; one that failed is queued again by who ran it (`releases.queue`)."""


async def may_wait(session: AsyncSession, receipt: Erasure, now: datetime) -> bool:
    """Whether models that hold a sentence may stay for the time being: nobody asked for it, and one is in service."""
    if receipt.kind is not Kind.EXPIRED or now - receipt.asked_at > PATIENCE:
        return False
    held = select(BotModelSource.model_id).where(BotModelSource.conversation_id == receipt.conversation_id)
    holding = set(await session.scalars(held))
    released = await latest_release(session)
    serving = await session.scalars(select(RasaInstance.model_id).where(RasaInstance.heartbeat_at > now - ALIVE))
    return bool(holding & {*serving, released.id if released else None})


async def retire(session: AsyncSession, receipt: Erasure, now: datetime) -> None:
    """Retire what holds a sentence of the conversation."""
    assert receipt.conversation_id is not None
    receipt.models += len(await retire_holding(session, receipt.conversation_id))
    receipt.retired_at = now


async def replaced(session: AsyncSession, receipt: Erasure, now: datetime) -> bool:
    """Whether no model that was retired is in service; a training is queued where one was.

    Args:
        session: The caller's transaction.
        receipt: With `cleaned_at`: only a training that begins later learns without the sentence.
        now: The present moment.
    """
    assert receipt.cleaned_at is not None
    released = await latest_release(session)
    if released is not None and released.retired_at is not None:
        await _train(session, receipt, now)
        return False
    served = (
        exists()
        .where(RasaInstance.heartbeat_at > now - ALIVE, BotModel.retired_at.is_not(None))
        .where(BotModel.id == RasaInstance.model_id)
    )
    under_way = exists().where(
        Training.status == TrainingStatus.RUNNING, Training.started_at <= receipt.cleaned_at
    )  # its copy of the files holds the sentence still
    return not (await session.scalar(select(served)) or await session.scalar(select(under_way)))


async def _train(session: AsyncSession, receipt: Erasure, now: datetime) -> None:
    running = (Training.status == TrainingStatus.RUNNING) & (Training.started_at > receipt.cleaned_at)
    waits = or_(Training.status == TrainingStatus.QUEUED, running)
    follows = select(Training.id).where(Training.cause == TrainingCause.ERASURE, Training.go_online, waits).limit(1)
    following = await session.scalar(follows)
    if following is not None:
        receipt.training_id = following
        return
    before = await session.get(Training, receipt.training_id) if receipt.training_id else None
    if before is not None and before.ended_at is not None and now - before.ended_at < TRY_AGAIN:
        return
    training = await request_training(session, None, TrainingCause.ERASURE, go_online=True)
    receipt.training_id = training.id


async def retired_models(session: AsyncSession) -> list[str]:
    """The ids of all models that may not be used any more."""
    return list(await session.scalars(select(BotModel.id).where(BotModel.retired_at.is_not(None))))


def delete_archives(folder: Path, ids: list[str]) -> None:
    """Delete the files of models on this machine: the archive and what stands beside it."""
    for model_id in ids:
        for file in folder.glob(f"{model_id}.*"):
            file.unlink(missing_ok=True)
