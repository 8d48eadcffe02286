"""Administrators see which erasures are under way, and what the daily deletion did: `/console/effacements`."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import func, select

from website.accounts.access import Access
from website.audit.words import DETAILS
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, page
from website.privacy.models import Erasure, RetentionRun
from website.privacy.words import KINDS, left_to_do, period
from website.staff.pages import render

PATH = "/console/effacements"
SHOWN = 50


async def erasures_page(request: web.Request) -> web.Response:
    """Open and closed receipts, the daily deletion, how long what is kept."""
    async with request.app[STORAGE].read() as session:
        waiting = list(
            await session.scalars(select(Erasure).where(Erasure.closed_at.is_(None)).order_by(Erasure.asked_at))
        )
        done = list(
            await session.scalars(
                select(Erasure).where(Erasure.closed_at.is_not(None)).order_by(Erasure.closed_at.desc()).limit(SHOWN)
            )
        )
        total = await session.scalar(select(func.count()).where(Erasure.closed_at.is_not(None)))
        run = await session.scalar(
            select(RetentionRun).where(RetentionRun.finished_at.is_not(None)).order_by(RetentionRun.day.desc()).limit(1)
        )
    settings = request.app[SETTINGS]
    return render(
        request,
        "privacy/erasures.html",
        open=[(receipt, left_to_do(receipt)) for receipt in waiting[:SHOWN]],
        waiting=len(waiting),
        done=done,
        total=total or 0,
        kinds=KINDS,
        run=run,
        deleted=[(DETAILS.get(name, name), count) for name, count in run.counts.items() if count] if run else [],
        periods=[
            ("Conversations, après le dernier message", period(settings.retention_days_conversations)),
            ("Phrases proposées aux formateurs", period(settings.retention_days_review)),
            ("Trace des courriels envoyés", period(settings.retention_days_mails)),
            ("Journal", period(settings.retention_days_log)),
            ("Reçus d’effacement", period(settings.retention_days_receipts)),
        ],
    )


ROUTES = (
    Route(
        "GET",
        PATH,
        erasures_page,
        Operation("Erasures under way and done, and what was kept long enough", answers={"200": page("The list")}),
        Access.ADMIN,
    ),
)
