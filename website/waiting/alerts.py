"""Telling officers of conversations that wait: planned when they begin to, told when nobody came.

The delays count in the opening hours of the antenna. What is planned stands in the database, so that a restart loses
nothing, and every mail has a key, so that several sites tell everybody once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import AntennaEntry, DirectoryData
from directory.french import short_name
from directory.hours import after_open, today
from settings import Settings
from understanding.catalogue import current_catalogue
from website.accounts.models import Account
from website.mail import enqueue
from website.models import Conversation, Handoff, State
from website.waiting import letters, recipients
from website.waiting.models import WaitingAlert

ALERT = "alert"
"""The kind of these mails."""


def _is_waiting() -> tuple[ColumnElement[bool], ...]:
    held = and_(Conversation.state == State.OFFICER, Conversation.waiting_since.is_not(None))
    return (or_(Conversation.state == State.WAITING, held), Handoff.closed_at.is_(None))


def unplanned() -> Select[Handoff, Conversation, WaitingAlert]:
    """What waits and is not planned for, or for another antenna or officer than have it now."""
    return (
        select(Handoff, Conversation, WaitingAlert)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(WaitingAlert, WaitingAlert.handoff_id == Handoff.id)
        .where(
            *_is_waiting(),
            or_(
                WaitingAlert.handoff_id.is_(None),
                WaitingAlert.antenna.is_distinct_from(Conversation.antenna),
                WaitingAlert.officer_account.is_distinct_from(Conversation.officer_account),
            ),
        )
    )


def over() -> Select[int]:
    """Plans for what waits no more."""
    waiting = select(Handoff.id).join(Conversation, Conversation.id == Handoff.conversation_id).where(*_is_waiting())
    return select(WaitingAlert.handoff_id).where(WaitingAlert.handoff_id.not_in(waiting))


def due(now: datetime) -> Select[int]:
    """Plans whose moment has come."""
    return select(WaitingAlert.handoff_id).where(
        or_(WaitingAlert.antenna_due <= now, WaitingAlert.head_office_due <= now)
    )


@dataclass(frozen=True)
class Alerts:
    """Plans and tells, each call inside one transaction that no other site is in.

    Attributes:
        settings: Give the delays and the address of the console.
    """

    settings: Settings

    async def plan(self, session: AsyncSession, directory: DirectoryData | None, now: datetime) -> None:
        """Plan for what waits newly; forget what waits no more."""
        await session.execute(delete(WaitingAlert).where(WaitingAlert.handoff_id.in_(over())))
        for handoff, conversation, before in (await session.execute(unplanned())).all():
            known: WaitingAlert | None = before  # an outer join
            plan = known or WaitingAlert(handoff_id=handoff.id)
            plan.antenna, plan.officer_account = conversation.antenna, conversation.officer_account
            antenna = _antenna(directory, plan.antenna)
            if conversation.state is State.OFFICER:
                self._plan_held(plan, conversation, antenna, now)
            else:
                plan.since = handoff.handed_at if known is None and handoff.claimed_at is None else now
                await self._plan_free(session, plan, antenna, now)
            session.add(plan)

    def _plan_held(
        self, plan: WaitingAlert, conversation: Conversation, antenna: AntennaEntry | None, now: datetime
    ) -> None:
        """Who took it knows of it, and is told late; whom it was given to may not know."""
        taken, asked = conversation.claimed_at, conversation.waiting_since
        plan.since = max(taken, asked) if taken and asked else now
        minutes = self.settings.alert_head_office_minutes if taken else self.settings.alert_antenna_minutes
        plan.antenna_due, plan.head_office_due = _later(antenna, plan.since, minutes), None

    async def _plan_free(
        self, session: AsyncSession, plan: WaitingAlert, antenna: AntennaEntry | None, now: datetime
    ) -> None:
        if not await recipients.at_antenna(session, plan.antenna, today(now)):
            plan.antenna_due, plan.head_office_due = None, now
            return
        first, second = self.settings.alert_antenna_minutes, self.settings.alert_head_office_minutes
        plan.antenna_due = _later(antenna, plan.since, first)
        plan.head_office_due = _later(antenna, plan.since, max(first, second))

    async def tell(
        self, session: AsyncSession, handoff_id: int, directory: DirectoryData | None, now: datetime
    ) -> None:
        """Queue the mails of one plan whose moment has come."""
        plan = await session.get(WaitingAlert, handoff_id, populate_existing=True)
        handoff = await session.get(Handoff, handoff_id)
        if plan is None or handoff is None:
            return
        conversation = await session.get_one(Conversation, handoff.conversation_id)
        if conversation.officer_account != plan.officer_account:
            await session.delete(plan)  # in other hands since; planned anew if it still waits
            return
        day = today(now)
        if plan.antenna_due is not None and plan.antenna_due <= now:
            plan.antenna_due = None
            holder = await recipients.officer(session, plan.officer_account, day)
            officers = holder or await recipients.at_antenna(session, plan.antenna, day)
            why = letters.Why.YOURS if holder else letters.Why.ANTENNA
            if not await self._write(session, plan, conversation, directory, officers, why):
                plan.head_office_due = now  # they went away since: the head office at once
        if plan.head_office_due is not None and plan.head_office_due <= now:
            plan.head_office_due = None
            officers = await recipients.at_antenna(session, _head_office(directory), day)
            if not await self._write(session, plan, conversation, directory, officers, letters.Why.NOBODY):
                officers = await recipients.administrators(session, day)
                await self._write(session, plan, conversation, directory, officers, letters.Why.NOBODY)

    async def _write(
        self,
        session: AsyncSession,
        plan: WaitingAlert,
        conversation: Conversation,
        directory: DirectoryData | None,
        officers: Sequence[Account],
        why: letters.Why,
    ) -> bool:
        """Queue a mail for each officer who was not told of this waiting yet; whether there was one."""
        antenna = _antenna(directory, plan.antenna)
        category = current_catalogue().categories.get(conversation.category or "")
        letter = letters.alert(
            category=category.label if category else None,
            place=conversation.place_name,
            antenna=short_name(antenna.name) if antenna else None,
            since=plan.since,
            link=f"{self.settings.site_url}/console/c/{conversation.id}",
            why=why,
        )
        queued = [
            await enqueue(
                session,
                to=officer.email,
                subject=letter.subject,
                text=letter.text,
                kind=ALERT,
                key=f"{ALERT}:{plan.handoff_id}:{plan.since.timestamp():.0f}:{officer.id}",
                conversation_id=conversation.id,
            )
            for officer in officers
        ]
        return any(queued)


def _antenna(directory: DirectoryData | None, slug: str | None) -> AntennaEntry | None:
    return next((antenna for antenna in directory.antennas if antenna.slug == slug), None) if directory else None


def _head_office(directory: DirectoryData | None) -> str | None:
    return next((antenna.slug for antenna in directory.antennas if antenna.head_office), None) if directory else None


def _later(antenna: AntennaEntry | None, since: datetime, minutes: int) -> datetime:
    """So many minutes later in opening hours; on the clock where an antenna has none."""
    delay = timedelta(minutes=minutes)
    opened = after_open(antenna, since, delay) if antenna else None
    return opened or since + delay
