"""Reading the audit log: the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from website.audit.models import AuditEntry
from website.staff.moments import midnight, read_day

PAGE_SIZE = 50


@dataclass(frozen=True)
class Filters:
    """Which entries are asked for; None for any.

    Attributes:
        account: Id of who did it.
        family: First word of the action.
        conversation: Id of the conversation.
        since: The first day.
        until: The last day.
        before: Only entries with a lower number, for the next page.
    """

    account: str | None = None
    family: str | None = None
    conversation: str | None = None
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        """From an address; what cannot be read is left out."""
        return cls(
            account=query.get("compte") or None,
            family=query.get("famille") or None,
            conversation=(query.get("conversation") or "").strip() or None,
            since=read_day(query.get("du", "")),
            until=read_day(query.get("au", "")),
            before=int(query["avant"]) if query.get("avant", "").isdecimal() and len(query["avant"]) < 18 else None,
        )


async def read(session: AsyncSession, filters: Filters, size: int = PAGE_SIZE) -> tuple[list[AuditEntry], bool]:
    """A page of entries, and whether there are more."""
    asked = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(size + 1)
    conditions: dict[Any, Any] = {
        AuditEntry.account_id: filters.account,
        AuditEntry.conversation_id: filters.conversation,
    }
    for column, value in conditions.items():
        if value is not None:
            asked = asked.where(column == value)
    if filters.family is not None:
        asked = asked.where(AuditEntry.action.startswith(f"{filters.family}.", autoescape=True))
    if filters.since is not None:
        asked = asked.where(AuditEntry.at >= midnight(filters.since))
    if filters.until is not None:
        asked = asked.where(AuditEntry.at < midnight(filters.until + timedelta(days=1)))
    if filters.before is not None:
        asked = asked.where(AuditEntry.id < filters.before)
    entries = list(await session.scalars(asked))
    return entries[:size], len(entries) > size
