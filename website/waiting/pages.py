"""The pages behind the links of mails. Looking at one does nothing: mail scanners look at all links."""

from __future__ import annotations

from aiohttp import web

from website.accounts.access import Access
from website.openapi import Operation, Route, page
from website.page_templates import environment


async def resume_page(request: web.Request) -> web.Response:
    """Ask for a click that brings the member back to the conversation."""
    return _page("waiting/resume.html")


async def stop_page(request: web.Request) -> web.Response:
    """Ask for a click that stops the mails."""
    return _page("waiting/stop.html")


def _page(template: str) -> web.Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(text=environment.get_template(template).render(), content_type="text/html", headers=headers)


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
