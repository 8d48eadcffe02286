"""What each machine serves, and what it is to serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from releases.models import RasaInstance, Release
from releases.registry import online

ALIVE = timedelta(seconds=60)
"""A machine that was silent for longer serves nothing any more."""


@dataclass(frozen=True)
class InService:
    """The model that is to serve.

    Attributes:
        model_id: Which model.
        decision: Number of the release that says so last.
    """

    model_id: str
    decision: int


async def in_service(session: AsyncSession, code: str | None = None) -> InService | None:
    """What is to serve, or None where nothing was decided yet.

    Args:
        session: Reading suffices.
        code: Hash of the code that serves; that of this checkout where None.
    """
    model = await online(session, code)
    if model is None:
        return None
    decision = await session.scalar(select(func.max(Release.id)).where(Release.model_id == model.id))
    return InService(model.id, decision or 0)


async def report(
    session: AsyncSession, machine: str, model_id: str | None, next_model_id: str | None, trouble: str
) -> None:
    """Note what a machine serves at this moment.

    Args:
        session: The caller's transaction.
        machine: Host and port.
        model_id: What answers there; None before anything does.
        next_model_id: What is being started there, or None.
        trouble: Why what is to serve does not, or "".
    """
    row = RasaInstance(
        name=machine,
        model_id=model_id or "",
        next_model_id=next_model_id,
        heartbeat_at=utc_now(),
        trouble=trouble,
    )
    await session.merge(row)


async def outage(session: AsyncSession, now: datetime | None = None) -> str:
    """Why no machine has a model to serve, one French sentence; empty where one has, or none says so.

    Args:
        session: Reading suffices.
        now: The present moment.
    """
    alive = RasaInstance.heartbeat_at > (now or utc_now()) - ALIVE
    found = (await session.execute(select(RasaInstance.model_id, RasaInstance.trouble).where(alive))).all()
    if any(model_id for model_id, _ in found):
        return ""
    return next((trouble for _, trouble in found if trouble), "")


async def sign_off(session: AsyncSession, machine: str) -> None:
    """Note that a machine serves nothing any more."""
    await session.execute(delete(RasaInstance).where(RasaInstance.name == machine))
