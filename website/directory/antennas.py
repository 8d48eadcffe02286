"""Editing an antenna: name, address, telephone, front desk, opening hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from aiohttp import web

from datafiles.snapshots import ChangedMeanwhileError
from directory.changes import Documents, with_antenna
from directory.data import DAYS, AntennaEntry, DirectoryData
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.directory import forms, words
from website.directory.answers import REFUSALS, Conflict, conflict, find, read_form, sentences
from website.directory.desk import DESK, State
from website.directory.overview import PATH
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import render, see_other


async def antenna_form(request: web.Request) -> web.Response:
    """The form of an antenna."""
    state = await request.app[DESK].state()
    entry = find(state.data.antennas, "slug", request.match_info["slug"])
    return _form(request, state, entry, forms.Draft(forms.antenna_values(entry)))


async def save_antenna(request: web.Request) -> web.Response:
    """Change an antenna."""
    desk, slug = request.app[DESK], request.match_info["slug"]
    state = await desk.state()
    old = find(state.data.antennas, "slug", slug)
    typed = await read_form(request)
    new, draft = forms.antenna(typed, old)
    seen = typed.text("seen")
    if draft.errors:
        return _form(request, state, old, draft, seen=seen, status=422)

    def change(documents: Documents, data: DirectoryData) -> Documents:
        return with_antenna(documents, old, new)

    try:
        changed = await desk.change(signed_in(request).id, seen, change, "directory.antenna_changed", slug)
    except ChangedMeanwhileError as error:

        def rows(data: DirectoryData) -> Sequence[words.Row] | None:
            return next((words.antenna_rows(one, data) for one in data.antennas if one.slug == slug), None)

        told = conflict(desk, seen, error, rows, words.antenna_rows(new, state.data))
        before = desk.writer.remembered(seen)
        base = next((one for one in before.data.antennas if one.slug == slug), None) if before else None
        if base is not None:
            earlier, now = forms.antenna_values(base), forms.antenna_values(old)
            draft.values = {
                name: now.get(name, "") if typed_value == earlier.get(name, "") else typed_value
                for name, typed_value in draft.values.items()
            }
        return _form(request, state, old, draft, told=told, status=409)
    except REFUSALS as error:
        return _form(request, state, old, draft, problems=sentences(error), seen=seen, status=422)
    return see_other(request, f"{PATH}#{slug}", f"{new.name} : c’est enregistré." if changed else "Rien n’a changé.")


def _form(
    request: web.Request,
    state: State,
    entry: AntennaEntry,
    draft: forms.Draft,
    *,
    told: Conflict | None = None,
    problems: Sequence[str] = (),
    seen: str = "",
    status: int = 200,
) -> web.Response:
    contacts = [contact for contact in state.data.contacts if contact.antenna == entry.slug]
    return render(
        request,
        "directory/antenna.html",
        status=status,
        antenna=entry,
        values=defaultdict(str, draft.values),
        errors=defaultdict(str, draft.errors),
        contacts=contacts,
        days=[(day, forms.rows(entry, day)) for day in DAYS],
        most=max(forms.rows(entry, day) for day in DAYS),
        seen=seen or state.digest,
        editable=bool(state.digest),
        conflict=told,
        problems=problems,
    )


_SLUG = ({"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}},)

ROUTES = (
    Route(
        "GET",
        f"{PATH}/antennes/{{slug}}",
        antenna_form,
        Operation(
            "Form of an antenna", parameters=_SLUG, answers={"200": page("The form"), "404": page("No such antenna")}
        ),
        Access.ADMIN,
    ),
    Route(
        "POST",
        f"{PATH}/antennes/{{slug}}",
        save_antenna,
        Operation(
            "Change an antenna in the directory's files",
            parameters=_SLUG,
            body=form_body("seen", "name", "address", "phone", "front_desk"),
            answers={
                "303": redirect("Changed"),
                "404": page("No such antenna"),
                "409": page("The files changed meanwhile: both versions"),
                "422": page("Refused, with the reason"),
            },
        ),
        Access.ADMIN,
    ),
)
