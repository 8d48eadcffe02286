"""The pages behind the links of mails. Looking at one does nothing: mail scanners look at all links."""

from __future__ import annotations

from aiohttp import web

from website.accounts.access import Access
from website.openapi import Operation, Route, page
from website.public_pages import render_public

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


async def resume_page(request: web.Request) -> web.Response:
    """Ask for a click that brings the member back to the conversation."""
    return render_public(request, "waiting/resume.html", headers=HEADERS)


async def stop_page(request: web.Request) -> web.Response:
    """Ask for a click that stops the mails."""
    return render_public(request, "waiting/stop.html", headers=HEADERS)


ROUTES = (
    Route(
        "GET",
        "/reprendre",
        resume_page,
        Operation("The page of a mail's link to the conversation", answers={"200": page("A button")}),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/stop",
        stop_page,
        Operation("The page of a mail's link that ends the mails", answers={"200": page("A button")}),
        Access.PUBLIC,
    ),
)
