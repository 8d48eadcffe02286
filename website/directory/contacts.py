"""Editing contacts: adding, changing, moving up or down, removing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from aiohttp import web

from datafiles.snapshots import ChangedMeanwhileError
from directory.changes import Documents, with_contact, with_contact_moved, with_new_contact, without_contact
from directory.data import AntennaEntry, ContactEntry, DirectoryData
from directory.writer import Change
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.directory import forms, words
from website.directory.answers import REFUSALS, Conflict, conflict, find, read_form, sentences
from website.directory.desk import DESK, DirectoryDesk, State
from website.directory.overview import PATH
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import render, see_other


async def contact_form(request: web.Request) -> web.Response:
    """The form of a contact."""
    state = await request.app[DESK].state()
    entry = find(state.data.contacts, "id", request.match_info["id"])
    return _form(request, state, _home(state, entry), entry, forms.contact_draft(entry))


async def new_contact_form(request: web.Request) -> web.Response:
    """The form of a new contact at an antenna."""
    state = await request.app[DESK].state()
    antenna = find(state.data.antennas, "slug", request.match_info["slug"])
    return _form(request, state, antenna, None, forms.contact_draft(None))


async def save_contact(request: web.Request) -> web.Response:
    """Change a contact."""
    desk, identifier = request.app[DESK], request.match_info["id"]
    state = await desk.state()
    old = find(state.data.contacts, "id", identifier)
    typed = await read_form(request)
    new, draft = forms.contact(typed, old, list(desk.catalogue.categories))

    def change(documents: Documents, data: DirectoryData) -> Documents:
        return with_contact(documents, old, new)

    return await _save(request, state, typed.text("seen"), old, new, draft, change, "directory.contact_changed")


async def add_contact(request: web.Request) -> web.Response:
    """Add a contact to an antenna."""
    desk = request.app[DESK]
    state = await desk.state()
    antenna = find(state.data.antennas, "slug", request.match_info["slug"])
    typed = await read_form(request)
    identifier = forms.new_identifier(typed.text("name"), [contact.id for contact in state.data.contacts])
    empty = ContactEntry(identifier, "", "", antenna.slug, "", "")
    new, draft = forms.contact(typed, empty, list(desk.catalogue.categories))

    def change(documents: Documents, data: DirectoryData) -> Documents:
        return with_new_contact(documents, new)

    return await _save(request, state, typed.text("seen"), None, new, draft, change, "directory.contact_added")


async def _save(
    request: web.Request,
    state: State,
    seen: str,
    old: ContactEntry | None,
    new: ContactEntry,
    draft: forms.ContactDraft,
    change: Change,
    action: str,
) -> web.Response:
    """Make a change to a contact, or show the form again and say why not."""
    desk, antenna = request.app[DESK], _home(state, new)
    if draft.errors:
        return _form(request, state, antenna, old, draft, seen=seen, status=422)
    try:
        changed = await desk.change(signed_in(request).id, seen, change, action, new.id)
    except ChangedMeanwhileError as error:

        def rows(data: DirectoryData) -> Sequence[words.Row] | None:
            found = _entry(data, new.id)
            return words.contact_rows(found, data, desk.catalogue) if found else None

        told = conflict(desk, seen, error, rows, words.contact_rows(new, state.data, desk.catalogue))
        _keep_theirs(desk, seen, old, draft)
        return _form(request, state, antenna, old, draft, told=told, status=409)
    except REFUSALS as error:
        return _form(request, state, antenna, old, draft, problems=sentences(error), seen=seen, status=422)
    done = f"{new.name} : c’est enregistré." if changed else "Rien n’a changé."
    return see_other(request, f"{PATH}#{antenna.slug}", done)


def _keep_theirs(desk: DirectoryDesk, seen: str, now: ContactEntry | None, draft: forms.ContactDraft) -> None:
    """Where only the file changed, and not what was typed, let the form show what the file says now."""
    before = desk.writer.remembered(seen)
    base = _entry(before.data, now.id) if before and now else None
    if base is None or now is None:
        return
    was, theirs = forms.contact_draft(base), forms.contact_draft(now)
    for name, value in draft.values.items():
        if value == was.values[name]:
            draft.values[name] = theirs.values[name]
    if draft.categories == was.categories:
        draft.categories = theirs.categories
    if draft.absences == was.absences:
        draft.absences = theirs.absences


async def move_contact(request: web.Request) -> web.Response:
    """Let a contact be asked earlier or later than a colleague."""
    identifier = request.match_info["id"]
    typed = await read_form(request)

    def change(documents: Documents, data: DirectoryData) -> Documents:
        return with_contact_moved(documents, data, identifier, up=typed.text("sens") == "haut")

    return await _do(request, typed.text("seen"), change, "directory.contact_moved", "L’ordre est enregistré.")


async def remove_contact(request: web.Request) -> web.Response:
    """Remove a contact."""
    identifier = request.match_info["id"]
    typed = await read_form(request)

    def change(documents: Documents, data: DirectoryData) -> Documents:
        return without_contact(documents, identifier)

    return await _do(request, typed.text("seen"), change, "directory.contact_removed", "L’interlocuteur est retiré.")


async def _do(request: web.Request, seen: str, change: Change, action: str, done: str) -> web.Response:
    """Make a change that has no form to be shown again."""
    desk, identifier = request.app[DESK], request.match_info["id"]
    antenna = find((await desk.state()).data.contacts, "id", identifier).antenna
    try:
        await desk.change(signed_in(request).id, seen, change, action, identifier)
    except REFUSALS as error:
        return see_other(request, f"{PATH}#{antenna}", " ".join(sentences(error)[:3]), "bad")
    return see_other(request, f"{PATH}#{antenna}", done)


def _entry(data: DirectoryData, identifier: str) -> ContactEntry | None:
    return next((contact for contact in data.contacts if contact.id == identifier), None)


def _home(state: State, contact: ContactEntry) -> AntennaEntry:
    return find(state.data.antennas, "slug", contact.antenna)


def _form(
    request: web.Request,
    state: State,
    antenna: AntennaEntry,
    entry: ContactEntry | None,
    draft: forms.ContactDraft,
    *,
    told: Conflict | None = None,
    problems: Sequence[str] = (),
    seen: str = "",
    status: int = 200,
) -> web.Response:
    desk = request.app[DESK]
    empty = [("", "")] * forms.EMPTY_ABSENCES
    return render(
        request,
        "directory/contact.html",
        status=status,
        antenna=antenna,
        contact=entry,
        action=f"{PATH}/interlocuteurs/{entry.id}" if entry else f"{PATH}/antennes/{antenna.slug}/ajouter",
        draft=draft,
        errors=defaultdict(str, draft.errors),
        absences=[*draft.absences, *empty],
        categories=desk.catalogue.categories.values(),
        antennas=[
            (one, [who for who in state.data.contacts if who.antenna == one.slug and (not entry or who.id != entry.id)])
            for one in state.data.antennas
        ],
        seen=seen or state.digest,
        editable=bool(state.digest),
        conflict=told,
        problems=problems,
    )


def _path_parameter(name: str) -> tuple[dict[str, object]]:
    return ({"name": name, "in": "path", "required": True, "schema": {"type": "string"}},)


_FIELDS = ("seen", "name", "role", "email", "phone", "categories", "deputy", "absence-du", "absence-au")
_SAVED = {
    "303": redirect("Done"),
    "404": page("No such entry"),
    "409": page("The files changed meanwhile: both versions"),
    "422": page("Refused, with the reason"),
}
_DONE = {"303": redirect("Done, or a message why not"), "404": page("No such contact")}
_SHOWN = {"200": page("The form"), "404": page("No such entry")}
_CONTACT = f"{PATH}/interlocuteurs/{{id}}"
_NEW = f"{PATH}/antennes/{{slug}}/ajouter"

ROUTES = (
    Route(
        "GET",
        _CONTACT,
        contact_form,
        Operation("Form of a contact", parameters=_path_parameter("id"), answers=_SHOWN),
        Access.ADMIN,
    ),
    Route(
        "POST",
        _CONTACT,
        save_contact,
        Operation(
            "Change a contact in the directory's files",
            parameters=_path_parameter("id"),
            body=form_body(*_FIELDS),
            answers=_SAVED,
        ),
        Access.ADMIN,
    ),
    Route(
        "GET",
        _NEW,
        new_contact_form,
        Operation("Form of a new contact", parameters=_path_parameter("slug"), answers=_SHOWN),
        Access.ADMIN,
    ),
    Route(
        "POST",
        _NEW,
        add_contact,
        Operation(
            "Add a contact to an antenna", parameters=_path_parameter("slug"), body=form_body(*_FIELDS), answers=_SAVED
        ),
        Access.ADMIN,
    ),
    Route(
        "POST",
        f"{_CONTACT}/deplacer",
        move_contact,
        Operation(
            "Move a contact before or after a colleague",
            parameters=_path_parameter("id"),
            body=form_body("seen", "sens"),
            answers=_DONE,
        ),
        Access.ADMIN,
    ),
    Route(
        "POST",
        f"{_CONTACT}/retirer",
        remove_contact,
        Operation("Remove a contact", parameters=_path_parameter("id"), body=form_body("seen"), answers=_DONE),
        Access.ADMIN,
    ),
)
