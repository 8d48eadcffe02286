"""One subject: its sentences with search, how well it is understood, who covers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from corpus.checks import one_line
from corpus.edition import Edition, Sentence
from directory.french import typeset
from directory.repository import NoDirectoryError
from releases.figures import LONGEST_QUOTE
from understanding.catalogue import Category
from understanding.text import comparison_key
from website.accounts.access import Access, Role
from website.accounts.guard import signed_in
from website.body import read_number
from website.directory.desk import DESK
from website.keys import STORAGE
from website.openapi import Operation, Route, page
from website.staff.moments import moment
from website.studio import names, undo
from website.studio.definitions import as_typed, pieces
from website.studio.desk import EXAMPLES
from website.studio.frame import studio_page
from website.studio.health import Confused, figures_online, health
from website.studio.subject_desk import definition_digest
from website.studio.subjects import SUBJECTS, counted
from website.studio.verdicts import shortened

PAGE_SIZE = 50
SUBJECT = f"{SUBJECTS}/{{slug}}"


PARTS: Mapping[str, str] = {"label": "Nom", "scope": "Définition", "boundary": "Ce que ce n’est pas"}
"""What trainers describe a subject by: the form's fields, and what people call them."""


@dataclass(frozen=True)
class Entered:
    """The form of a definition.

    Attributes:
        values: What stands in it, by field.
        before: What stood in it when it was opened.
        seen: Digest of the definition that is changed.
        problem: Why it is not written; empty while nobody tried.
    """

    values: dict[str, str]
    before: Mapping[str, str]
    seen: str
    problem: str = ""


async def show_subject(request: web.Request) -> web.Response:
    """A subject with its sentences."""
    return await subject_page(request, request.match_info["slug"])


async def subject_page(
    request: web.Request, slug: str, entered: Entered | None = None, *, status: int = 200
) -> web.Response:
    """The page of a subject.

    Args:
        request: The call.
        slug: Of the subject.
        entered: What was typed into the form of its definition and not written.
        status: Of the answer.

    Raises:
        HTTPNotFound: There is no such subject.
    """
    desk = request.app[EXAMPLES]
    edition = await desk.edition()
    category = names.category(slug)
    if category is None and slug not in names.conversation():
        raise web.HTTPNotFound
    query = request.query.get("q", "").strip()
    found = matching(edition.by_intent.get(slug, ()), query)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(read_number(request.query.get("page", "1")) or 1, 1), pages)
    async with request.app[STORAGE].read() as session:
        state = health(await figures_online(session), slug)
        undos = await undo.offered(session, signed_in(request).id, slug)
    groups = names.groups()
    subjects_only = [(group, [entry for entry in entries if entry[0] != slug]) for group, entries in groups[:1]]
    shown = in_form(category) if category else {}
    entered = entered or Entered(shown, shown, definition_digest(category) if category else "")
    return studio_page(
        request,
        "studio/subject.html",
        status=status,
        slug=slug,
        label=typeset(category.label) if category else names.label(slug),
        scope=pieces(category.scope if category else names.conversation()[slug]),
        boundary=pieces(category.boundary) if category else [],
        is_category=category is not None,
        retired=category is not None and category.retired,
        entered=entered,
        health=state,
        others=[_linked(other, edition, slug) for other in state.others],
        contacts=await _contacts(request, slug),
        admin=signed_in(request).role is Role.ADMIN,
        query=query,
        found=_found(len(found), len(edition.by_intent.get(slug, ())), query),
        sentences=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        number=number,
        pages=pages,
        groups=groups,
        subjects_only=subjects_only,
        undo=next((one for one in undos if one.token == request.query.get("annuler")), None),
        undos=undos if desk.owner else [],
        when=moment,
        editable=desk.owner,
        broken=desk.faults(edition),
    )


def in_form(category: Category) -> dict[str, str]:
    """Name and definition as the form shows them, by field."""
    texts = {"label": category.label, "scope": as_typed(category.scope), "boundary": as_typed(category.boundary)}
    return {name: one_line(text) for name, text in texts.items()}


def matching(sentences: Sequence[Sentence], query: str) -> list[Sentence]:
    """Sentences that hold every word of a query, the newest first; case and accents do not count."""
    wanted = comparison_key(query).split()
    return [
        sentence
        for sentence in reversed(sentences)
        if not wanted or all(word in comparison_key(sentence.text) for word in wanted)
    ]


def _found(number: int, total: int, query: str) -> str:
    if not total:
        return "Aucune phrase pour l’instant. Écrivez-en une : elle apparaîtra ici.".replace(" :", "\u00a0:")
    if not query:
        return f"{counted(total)}, les dernières d’abord."
    if not number:
        return typeset(f"Aucune phrase ne contient « {query} ».")
    return typeset(f"{counted(number)} avec « {query} ».")


def _linked(other: Confused, edition: Edition, slug: str) -> dict[str, Any]:
    """A confusion whose sentences lead to their pages, where they are still there."""
    known = {sentence.text[:LONGEST_QUOTE]: sentence for sentence in edition.by_intent.get(slug, ())}
    return {
        "slug": other.slug,
        "label": other.label,
        "count": other.count,
        "examples": [_quoted(text, known.get(text)) for text in other.sentences],
    }


def _quoted(text: str, sentence: Sentence | None) -> tuple[str, str]:
    """A quoted sentence, which may have been cut, and the id of the example; empty where it is gone."""
    return (shortened(sentence.text, LONGEST_QUOTE), sentence.id) if sentence else (text, "")


async def _contacts(request: web.Request, slug: str) -> list[dict[str, str]]:
    try:
        data = (await request.app[DESK].state()).data
    except NoDirectoryError:
        return []
    antennas = {antenna.slug: antenna.name for antenna in data.antennas}
    return [
        {"id": contact.id, "name": contact.name, "antenna": antennas.get(contact.antenna, contact.antenna)}
        for contact in data.contacts
        if slug in contact.categories
    ]


SLUG = ({"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}},)
_SHOWN = {"200": page("The page"), "404": page("No such subject")}

ROUTES = (
    Route(
        "GET",
        SUBJECT,
        show_subject,
        Operation("A subject and its sentences", parameters=SLUG, answers=_SHOWN),
        Access.TRAINER,
    ),
)
