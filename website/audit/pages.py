"""Administrators read the audit log: `/console/journal`."""

from __future__ import annotations

import codecs
from dataclasses import asdict, replace
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.hours import paris
from website import audit
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.accounts.models import Account
from website.audit.models import AuditEntry
from website.audit.reading import Filters, read
from website.audit.words import ACTIONS, DETAILS, FAMILIES, VALUES
from website.exports import csv_lines
from website.keys import STORAGE
from website.openapi import Operation, Route, csv_table, in_query, page
from website.staff.pages import render

PATH = "/console/journal"
REMOVED = "compte supprimé"
EXPORTED_AT_ONCE = 1000
"""Entries that an export reads and sends at a time."""


async def log_page(request: web.Request) -> web.StreamResponse:
    """The audit log."""
    filters = Filters.read(request.query)
    async with request.app[STORAGE].read() as session:
        entries, more = await read(session, filters)
        names = await _names(session)
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
        export=f"{PATH}/export.csv?{urlencode(asked)}",
        first_page=f"{PATH}?{urlencode(asked)}" if filters.before is not None else "",
    )


async def log_csv(request: web.Request) -> web.StreamResponse:
    """All entries that the filters let through, as CSV; the export stands in the log itself."""
    filters = replace(Filters.read(request.query), before=None)
    storage = request.app[STORAGE]
    chosen = {name: str(value) for name, value in asdict(filters).items() if value is not None}
    async with storage.write() as session:
        await audit.record(session, signed_in(request).id, "export.log", format="csv", fields=sorted(chosen))
    headers = {"Content-Disposition": 'attachment; filename="journal.csv"', "Cache-Control": "no-store"}
    response = web.StreamResponse(headers=headers)
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(request)
    await response.write(codecs.BOM_UTF8 + csv_lines([_COLUMNS]))
    more = True
    while more:
        async with storage.read() as session:
            entries, more = await read(session, filters, EXPORTED_AT_ONCE)
            names = await _names(session)
        await response.write(csv_lines(_line(entry, names) for entry in entries))
        filters = replace(filters, before=entries[-1].id if entries else None)
    return response


async def _names(session: AsyncSession) -> dict[str, str]:
    accounts = await session.execute(select(Account.id, Account.name).order_by(Account.name))
    return {row.id: row.name for row in accounts}


def _line(entry: AuditEntry, names: dict[str, str]) -> list[str | int | None]:
    row = _row(entry, names)
    return [
        entry.id,
        paris(entry.at).isoformat(sep=" ", timespec="seconds"),
        str(row["who"]),
        entry.account_id,
        entry.action,
        str(row["what"]),
        entry.conversation_id,
        entry.subject,
        str(row["details"]),
    ]


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


_COLUMNS = ("N°", "Quand", "Qui", "Compte", "Action", "Quoi", "Conversation", "Objet", "Précisions")
_QUERY = in_query("compte", "famille", "conversation", "du", "au", "avant")

ROUTES = (
    Route(
        "GET",
        PATH,
        log_page,
        Operation("The audit log, the newest first", parameters=_QUERY, answers={"200": page("The log")}),
        Access.ADMIN,
    ),
    Route(
        "GET",
        f"{PATH}/export.csv",
        log_csv,
        Operation(
            "The audit log as CSV",
            parameters=_QUERY,
            answers={"200": csv_table()},
        ),
        Access.ADMIN,
    ),
)
