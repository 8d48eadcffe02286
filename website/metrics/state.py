"""Figures that are read when they are asked for: what waits, what is up."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from sqlalchemy import func, select

from database.base import utc_now
from releases.models import Training, TrainingStatus
from website.keys import HEALTH, STORAGE, WORKER
from website.mail.models import OutboxMail
from website.metrics import measures
from website.models import Conversation, State


async def refresh(app: web.Application) -> None:
    """Read what the figures of this moment say; each query uses an index and counts few rows."""
    now = utc_now()
    health = await app[HEALTH].check()
    for part in ("bot", "actions", "database"):
        measures.PARTS.labels(part).set(health[part] == "ok")
    if health["database"] == "ok":
        await _read_database(app, now)
    backlog = app[WORKER].backlog()
    measures.QUEUE.set(backlog.conversations)
    measures.QUEUE_AGE.set(_age(utc_now(), backlog.oldest))


async def _read_database(app: web.Application, now: datetime) -> None:
    waits = select(func.count(), func.min(Conversation.waiting_since)).where(Conversation.state == State.WAITING)
    unsent = OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None), OutboxMail.not_before <= now
    lost = OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_not(None)
    async with app[STORAGE].read() as session:
        waiting, oldest = (await session.execute(waits)).one()
        due = await session.scalar(select(func.count()).select_from(OutboxMail).where(*unsent))
        given_up = await session.scalar(select(func.count()).select_from(OutboxMail).where(*lost))
        rows = await session.execute(select(Training.status, func.count()).group_by(Training.status))
        trainings = {status: number for status, number in rows}  # noqa: C416
    measures.WAITING.set(waiting)
    measures.WAITING_AGE.set(_age(now, oldest))
    measures.MAILS_DUE.set(due or 0)
    measures.MAILS_LOST.set(given_up or 0)
    for status in TrainingStatus:
        measures.TRAININGS.labels(status.value).set(trainings.get(status, 0))


def _age(now: datetime, then: datetime | None) -> float:
    return 0.0 if then is None else max(0.0, (now - then).total_seconds())
