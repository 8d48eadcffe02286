"""Lists with filters that officers keep under a name."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from aiohttp import web
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from website.accounts.access import Access
from website.accounts.browser import field
from website.body import read_number
from website.console.acts import officer_of
from website.console.filters import Filters
from website.console.models import SavedView
from website.keys import STORAGE
from website.openapi import Operation, Route, form_body, redirect
from website.staff.pages import see_other

MAX_NAME = 60
MAX_VIEWS = 20


async def of(session: AsyncSession, account_id: str) -> Sequence[SavedView]:
    """What an officer kept, by name."""
    rows = await session.scalars(select(SavedView).where(SavedView.account_id == account_id).order_by(SavedView.name))
    return rows.all()


async def keep(session: AsyncSession, account_id: str, name: str, query: str) -> bool:
    """Keep a list under a name; the same name again replaces it.

    Returns:
        False where the officer has too many already.
    """
    kept = await of(session, account_id)
    same = next((view for view in kept if view.name == name), None)
    if same is not None:
        same.query = query
    elif len(kept) >= MAX_VIEWS:
        return False
    else:
        session.add(SavedView(account_id=account_id, name=name, query=query))
    return True


async def keep_view(request: web.Request) -> web.Response:
    """Keep the list that the form was sent from."""
    name = " ".join((await field(request, "nom")).split())[:MAX_NAME]
    query = Filters.read(dict(parse_qsl(await field(request, "vue")))).at(1).query
    if not name:
        return see_other(request, f"/console?{query}", "Donnez un nom à la vue, puis gardez-la.", "bad")
    async with request.app[STORAGE].write() as session:
        kept = await keep(session, officer_of(request).id, name, query)
    if not kept:
        message = f"Vous gardez déjà {MAX_VIEWS} vues. Supprimez-en une, puis recommencez."
        return see_other(request, f"/console?{query}", message, "bad")
    return see_other(request, f"/console?{query}", f"La vue « {name} » est gardée.")


async def drop_view(request: web.Request) -> web.Response:
    """Drop a kept list."""
    number = read_number(await field(request, "vue"))
    mine = SavedView.account_id == officer_of(request).id
    async with request.app[STORAGE].write() as session:
        await session.execute(delete(SavedView).where(SavedView.id == number, mine))
    return see_other(request, "/console", "La vue est supprimée.")


ROUTES = (
    Route(
        "POST",
        "/console/vues",
        keep_view,
        Operation("Keep a list under a name", body=form_body("nom", "vue"), answers={"303": redirect("To the list")}),
        Access.OFFICER,
    ),
    Route(
        "POST",
        "/console/vues/supprimer",
        drop_view,
        Operation("Drop a kept list", body=form_body("vue"), answers={"303": redirect("To the lists")}),
        Access.OFFICER,
    ),
)
