"""Changing name and definition of a subject; who was overtaken sees both texts and chooses, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from corpus.categories import ChangedCategoryError
from corpus.checks import one_line
from corpus.errors import UnknownIntentError
from directory.french import typeset
from understanding.catalogue import Category
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio import names
from website.studio.definitions import Piece, as_written, pieces
from website.studio.frame import studio_page
from website.studio.refusals import REFUSALS, sentence_of
from website.studio.subject import PARTS, SLUG, SUBJECT, Entered, in_form, subject_page
from website.studio.subject_desk import SUBJECT_DESK, definition_digest
from website.studio.subjects import SUBJECTS

_FROM_FILE = "fichier"
_SAVED = "La définition est enregistrée."


@dataclass(frozen=True)
class Part:
    """A part of a definition that stands otherwise in the file than it was typed.

    Attributes:
        name: Of the field.
        label: What people call it.
        now: What the file says.
        typed: What was typed.
        from_file: Whether the file's text is likelier meant, as nobody touched it in the form.
    """

    name: str
    label: str
    now: list[Piece]
    typed: str
    from_file: bool


async def define_subject(request: web.Request) -> web.Response:
    """Change name and definition of a subject."""
    slug = request.match_info["slug"]
    typed = {name: one_line(await field(request, name)) for name in PARTS}
    before = {name: one_line(await field(request, f"{name}_before")) for name in PARTS}
    seen = await field(request, "seen")
    now = names.category(slug)
    chosen = {name: as_written(text) for name, text in typed.items()}
    entered = Entered(dict(typed), before, seen)
    for name in PARTS:
        if now is not None and await field(request, f"{name}_choice") == _FROM_FILE:
            chosen[name] = getattr(now, name)  # that this is what was shown, `seen` proves when it is written
            entered.values[name] = in_form(now)[name]
    try:
        wanted = Category(slug, chosen["label"], chosen["scope"], chosen["boundary"])
        await request.app[SUBJECT_DESK].define(signed_in(request).id, seen, wanted)
    except ChangedCategoryError as error:
        return _overtaken(request, error.now, typed, before)
    except UnknownIntentError:
        return _gone(request, slug, typed)
    except REFUSALS as error:
        if now is None or now.retired:
            return _gone(request, slug, typed)
        return await subject_page(request, slug, replace(entered, problem=sentence_of(error)), status=422)
    return see_other(request, f"{SUBJECTS}/{slug}", _SAVED)


def _overtaken(
    request: web.Request, now: Category, typed: Mapping[str, str], before: Mapping[str, str]
) -> web.Response:
    """Both texts of what differs; nothing is to be chosen where the file says already what was typed."""
    shown = in_form(now)
    parts = [
        Part(name, label, pieces(getattr(now, name)), typed[name], from_file=typed[name] == before[name])
        for name, label in PARTS.items()
        if as_written(typed[name]) != one_line(getattr(now, name))
    ]
    if not parts:
        return see_other(request, f"{SUBJECTS}/{now.slug}", _SAVED)
    return studio_page(
        request,
        "studio/definition_conflict.html",
        status=409,
        slug=now.slug,
        label=typeset(now.label),
        parts=parts,
        same={name: text for name, text in typed.items() if name not in {part.name for part in parts}},
        before=shown,
        seen=definition_digest(now),
    )


def _gone(request: web.Request, slug: str, typed: Mapping[str, str]) -> web.Response:
    """The subject was merged, retired or taken out of the file; what was typed can still be copied."""
    return studio_page(
        request,
        "studio/definition_conflict.html",
        status=409,
        slug=slug if names.category(slug) else "",
        label=names.label(slug),
        parts=[Part(name, label, [], typed[name], from_file=False) for name, label in PARTS.items()],
        seen="",
    )


ROUTES = (
    Route(
        "POST",
        SUBJECT,
        define_subject,
        Operation(
            "Change name and definition of a subject",
            parameters=SLUG,
            body=form_body("seen", *(f"{name}{more}" for name in PARTS for more in ("", "_before", "_choice"))),
            answers={
                "303": redirect("Done"),
                "409": page("It changed meanwhile: what stands now, what was typed, and a form to choose"),
                "422": page("The subject's page with what was typed, and why it is not written"),
            },
        ),
        Access.TRAINER,
    ),
)
