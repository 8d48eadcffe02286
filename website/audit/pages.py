"""Administrators read the audit log: `/console/journal`."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import select

from website.accounts.access import Access
from website.accounts.models import Account
from website.audit.models import AuditEntry
from website.audit.reading import Filters, read
from website.audit.words import ACTIONS, DETAILS, FAMILIES, VALUES
from website.keys import STORAGE
from website.openapi import Operation, Route, page
from website.staff.pages import render

PATH = "/console/journal"
REMOVED = "compte supprimé"


async def log_page(request: web.Request) -> web.StreamResponse:
    """The audit log."""
    filters = Filters.read(request.query)
    async with request.app[STORAGE].read() as session:
        entries, more = await read(session, filters)
        accounts = await session.execute(select(Account.id, Account.name).order_by(Account.name))
        names = {row.id: row.name for row in accounts}
    asked = {name: value for name, value in request.query.items() if name != "avant" and value}
    next_page = f"{PATH}?{urlencode({**asked, 'avant': entries[-1].id})}" if more else ""
    return render(
        request,
        "audit/log.html",
        rows=[_row(entry, names) for entry in entries],
        filters=filters,
        names=names,
        families=FAMILIES,
        next_page=next_page,
        first_page=f"{PATH}?{urlencode(asked)}" if filters.before is not None else "",
    )


def _row(entry: AuditEntry, names: dict[str, str]) -> dict[str, object]:
    subject = names.get(entry.subject or "", entry.subject)
    if entry.subject == entry.account_id:
        subject = None
    return {
        "at": entry.at,
        "who": names.get(entry.account_id, REMOVED) if entry.account_id else "–",
        "what": ACTIONS.get(entry.action, entry.action),
        "conversation": entry.conversation_id,
        "subject": subject,
        "details": " · ".join(
            f"{DETAILS.get(name, name)} {_shown(value, names)}" for name, value in entry.details.items()
        ),
    }


def _shown(value: object, names: dict[str, str]) -> str:
    words = [str(word) for word in (value if isinstance(value, list) else [value])]
    return ", ".join(names.get(word) or VALUES.get(word, word) for word in words)


_QUERY = tuple(
    {"name": name, "in": "query", "schema": {"type": "string"}}
    for name in ("compte", "famille", "conversation", "du", "au", "avant")
)

ROUTES = (
    Route(
        "GET",
        PATH,
        log_page,
        Operation("The audit log, the newest first", parameters=_QUERY, answers={"200": page("The log")}),
        Access.ADMIN,
    ),
)
