"""Pages that everybody may read: what becomes of members' data, how far an erasure is."""

from __future__ import annotations

from aiohttp import web

from website.accounts.access import Access
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, page
from website.privacy import receipts
from website.privacy.words import period
from website.public_pages import render_public

ABOUT = "/donnees"
HEADERS = {"Cache-Control": "no-store"}


async def about_page(request: web.Request) -> web.Response:
    """Say who reads the messages, what for, how long, and which rights members have."""
    settings = request.app[SETTINGS]
    days = {
        "conversations": period(settings.retention_days_conversations),
        "review": period(settings.retention_days_review),
        "mails": period(settings.retention_days_mails),
        "log": period(settings.retention_days_log),
    }
    return render_public(request, "privacy/about.html", headers=HEADERS, settings=settings, periods=days)


async def receipt_page(request: web.Request) -> web.Response:
    """Say how far an erasure is."""
    async with request.app[STORAGE].read() as session:
        receipt = await receipts.find(session, request.match_info["number"])
    status = 404 if receipt is None else 200
    return render_public(request, "privacy/receipt.html", status=status, headers=HEADERS, receipt=receipt)


_NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}

ROUTES = (
    Route(
        "GET",
        ABOUT,
        about_page,
        Operation("What becomes of members' data", answers={"200": page("A page")}),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/effacement/{number}",
        receipt_page,
        Operation(
            "How far an erasure is",
            parameters=(_NUMBER,),
            answers={"200": page("Done or under way"), "404": page("No such number")},
        ),
        Access.PUBLIC,
    ),
)
