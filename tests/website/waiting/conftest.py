"""The desk with people who are told, and the clock in the tests' hands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from database.storage import Storage
from settings import Settings
from tests.website.console.desk import ROCHEFORT, Desk
from tests.website.mail.conftest import server as server
from website.accounts.access import Role
from website.accounts.records import create
from website.console.officer import Officer
from website.mail.models import OutboxMail
from website.models import Handoff
from website.waiting.watch import Watch

SITE = "https://aide.example.org"
MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+01:00")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


class Office:
    """Officers who may be told, and what was queued for them and for members."""

    def __init__(self, desk: Desk, **settings: Any) -> None:
        self.desk = desk
        self.clock = Clock()
        self.settings = Settings(public_url=SITE, **settings)
        self.watch = Watch(desk.storage, self.settings, self.clock)
        self.roux = ROCHEFORT

    async def hire(self, email: str, antennas: Sequence[str], role: Role = Role.OFFICER, **columns: Any) -> Officer:
        """An account."""
        async with self.desk.storage.write() as session:
            account = await create(session, email, email.partition("@")[0], role, antennas)
            for name, value in columns.items():
                setattr(account, name, value)
        return Officer(account.id, account.name, tuple(antennas))

    async def waits(self, antenna: str | None = "rochefort", **columns: Any) -> str:
        """A conversation that begins to wait at the clock's moment."""
        columns = {"waiting_since": self.clock.now, **columns}
        conversation_id = await self.desk.open("le mot SECRET de l'adhérent", antenna=antenna, **columns)
        async with self.desk.storage.write() as session:
            await session.execute(
                update(Handoff)
                .where(Handoff.conversation_id == conversation_id)
                .values(handed_at=self.clock.now, antenna=antenna)
            )
        return conversation_id

    async def at(self, minutes: float) -> list[str]:
        """To whom mails stand in the outbox once so many minutes have passed."""
        self.clock.pass_minutes(minutes)
        await self.watch.look()
        return [mail.to for mail in await mails(self.desk.storage)]


async def mails(storage: Storage) -> list[OutboxMail]:
    """The outbox."""
    async with storage.read() as session:
        return list(await session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


@pytest.fixture
async def office(desk: Desk) -> Office:
    """An officer at Rochefort, one at the head office, an administrator."""
    made = Office(desk)
    made.roux = await made.hire("roux@example.org", ["rochefort"])
    await made.hire("siege@example.org", ["toulouse"])
    await made.hire("admin@example.org", [], Role.ADMIN)
    return made
