"""The page on which an example is written, with its verdict."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from aiohttp import web

from corpus.edition import Sentence
from directory.french import typeset
from understanding.text import MAX_CHARACTERS
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.console import words
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio import names
from website.studio.desk import EXAMPLES
from website.studio.frame import PATH, studio_page
from website.studio.judging import Line
from website.studio.refusals import REFUSALS, sentence_of
from website.studio.verdicts import Verdict

WRITING = f"{PATH}/ecrire"
_RECENT = 5


def squeezed(text: str) -> str:
    """A sentence as it is kept: on one line, letters composed."""
    return unicodedata.normalize("NFC", " ".join(text.split()))[: MAX_CHARACTERS + 1]


async def show_writing(request: web.Request) -> web.Response:
    """The empty form; a subject is chosen already where the address says so."""
    return await writing_page(request, category=request.query.get("sujet", ""), focus=True)


async def write_sentence(request: web.Request) -> web.Response:
    """Write an example whose verdict was seen; else show the verdict first."""
    desk = request.app[EXAMPLES]
    text, category = squeezed(await field(request, "text")), await field(request, "category")
    if not text or not category:
        error = "Choisissez un sujet." if text else "Écrivez une phrase."
        return await writing_page(request, category=category, text=text, error=error, status=422)
    (verdict,) = await desk.judge([Line(text, category)])
    mark = f"{category} {text}"
    if verdict.refusal is not None:
        return await writing_page(request, category=category, text=text, verdict=verdict, status=422)
    if await field(request, "seen") != mark:
        return await writing_page(request, category=category, text=text, verdict=verdict, seen=mark)
    try:
        await desk.add(signed_in(request).id, [verdict])
    except REFUSALS as error:
        return await writing_page(request, category=category, text=text, error=sentence_of(error), status=409)
    masked = " Ce qui est personnel y est masqué." if verdict.text != text else ""
    done = f"La phrase est ajoutée à « {words.subject(category)} ». Elle servira au prochain entraînement.{masked}"
    return see_other(request, f"{WRITING}?sujet={category}", done)


async def writing_page(
    request: web.Request,
    *,
    category: str = "",
    text: str = "",
    verdict: Verdict | None = None,
    seen: str = "",
    error: str = "",
    pasted: str = "",
    focus: bool = False,
    status: int = 200,
) -> web.Response:
    """The page, with what was typed.

    Args:
        request: The call.
        category: The subject that is chosen.
        text: The sentence.
        verdict: What is said of it; None where nothing was asked.
        seen: Marks that the verdict of exactly this sentence is shown.
        error: Why nothing was written.
        pasted: Sentences for the second form.
        focus: Whether the field takes the focus.
        status: Of the answer.
    """
    desk = request.app[EXAMPLES]
    edition = await desk.edition()
    return studio_page(
        request,
        "studio/writing.html",
        status=status,
        groups=names.groups(),
        names={slug: words.subject(slug) for slug in edition.by_intent},
        category=category,
        text=text,
        verdict=verdict,
        seen=seen,
        error=typeset(error),
        pasted=pasted,
        focus=focus,
        recent=_recent(edition.sentences, signed_in(request).id),
        editable=desk.owner,
        broken=desk.faults(edition),
    )


def _recent(sentences: Sequence[Sentence], account: str) -> list[Sentence]:
    """What somebody wrote last, the latest first."""
    own = [
        (sentence.origin.at, place, sentence)
        for place, sentence in enumerate(sentences)
        if sentence.origin and sentence.origin.account == account and sentence.origin.at
    ]
    return [sentence for *_, sentence in sorted(own, key=lambda row: row[:2], reverse=True)[:_RECENT]]


_FORM = page("The form, with verdict")

ROUTES = (
    Route(
        "GET", WRITING, show_writing, Operation("Write an example", answers={"200": page("The form")}), Access.TRAINER
    ),
    Route(
        "POST",
        WRITING,
        write_sentence,
        Operation(
            "Show a verdict, or write an example whose verdict was seen",
            body=form_body("category", "text", "seen"),
            answers={"200": _FORM, "303": redirect("Written"), "409": _FORM, "422": _FORM},
        ),
        Access.TRAINER,
    ),
)
