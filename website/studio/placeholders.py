"""The first tab, until its page is written."""

from __future__ import annotations

from aiohttp import web

from website.accounts.access import Access
from website.openapi import Operation, Route, page
from website.studio.frame import PATH, studio_page


async def soon(request: web.Request) -> web.Response:
    """Say that the page will come."""
    return studio_page(request, "studio/soon.html", title="À relire", text="Cette page n’existe pas encore.")


ROUTES = (Route("GET", PATH, soon, Operation("The studio", answers={"200": page("The page")}), Access.TRAINER),)
