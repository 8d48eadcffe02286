"""One sentence, or several ticked ones: edit, move, delete, take back; where it comes from and what was done to it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from corpus.edition import Sentence
from corpus.errors import ChangedSentenceError
from directory.french import typeset
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.keys import STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio import names
from website.studio.desk import EXAMPLES
from website.studio.frame import studio_page
from website.studio.history import history
from website.studio.judging import Line
from website.studio.refusals import REFUSALS, sentence_of
from website.studio.subject import SLUG, SUBJECT
from website.studio.subjects import SUBJECTS, counted
from website.studio.verdicts import Verdict
from website.studio.writing import squeezed

SENTENCE = f"{SUBJECTS}/phrases/{{id}}"
_SECONDS = 5.0
"""How long a sentence's page waits for what the assistant says of it."""


def home(slug: str) -> str:
    """The page of a subject; that of all where there is none of that slug."""
    return f"{SUBJECTS}/{slug}" if names.category(slug) or slug in names.conversation() else SUBJECTS


@dataclass(frozen=True)
class Gone:
    """A sentence that changed while its page was open.

    Attributes:
        before: As it was.
        now: As it is in the file now; empty where nothing like it is there.
        now_id: Of that one.
        typed: What was typed meanwhile.
    """

    before: str
    now: str = ""
    now_id: str = ""
    typed: str = ""


async def show_sentence(request: web.Request) -> web.Response:
    """A sentence, its verdict and its history."""
    sentence = (await request.app[EXAMPLES].edition()).by_id.get(request.match_info["id"])
    if sentence is None:
        raise web.HTTPNotFound
    return await _sentence_page(request, sentence, sentence.text)


async def _sentence_page(
    request: web.Request,
    sentence: Sentence,
    text: str,
    *,
    verdict: Verdict | None = None,
    problems: tuple[str, ...] = (),
    status: int = 200,
) -> web.Response:
    desk = request.app[EXAMPLES]
    if verdict is None:
        (verdict,) = await desk.judge([Line(sentence.text, sentence.intent)], apart_from=sentence, seconds=_SECONDS)
    async with request.app[STORAGE].read() as session:
        lines = await history(session, sentence)
    return studio_page(
        request,
        "studio/sentence.html",
        status=status,
        sentence=sentence,
        slug=sentence.intent,
        label=names.label(sentence.intent),
        text=text,
        verdict=verdict,
        problems=problems,
        history=lines,
        groups=names.groups(),
        gone=None,
        editable=desk.owner,
    )


async def change_sentence(request: web.Request) -> web.Response:
    """Edit, move or delete a sentence."""
    desk, identifier = request.app[EXAMPLES], request.match_info["id"]
    act = await field(request, "geste")
    if act == "supprimer":
        return await _delete(request, await field(request, "subject"), [identifier])
    if act == "deplacer":
        return await _move(request, await field(request, "subject"), [identifier])
    text = squeezed(await field(request, "text"))
    sentence = (await desk.edition()).by_id.get(identifier)
    if sentence is None:
        return await _gone_page(request, text, await desk.instead_of(identifier))
    (verdict,) = await desk.judge([Line(text, sentence.intent)], apart_from=sentence)
    if verdict.refusal is not None:
        return await _sentence_page(request, sentence, text, verdict=verdict, problems=("",), status=422)
    try:
        changed = await desk.edit(signed_in(request).id, sentence, verdict.text)
    except ChangedSentenceError as error:
        return await _gone_page(request, text, error.now)
    except REFUSALS as error:
        return await _sentence_page(request, sentence, text, problems=(sentence_of(error),), status=409)
    return see_other(request, f"{SUBJECTS}/phrases/{changed}", "La phrase est enregistrée.")


async def _gone_page(request: web.Request, typed: str, now: Sentence | None) -> web.Response:
    """Say what stands now in the place of a sentence, and keep what was typed."""
    desk = request.app[EXAMPLES]
    before, slug = await field(request, "before"), await field(request, "subject")
    return studio_page(
        request,
        "studio/sentence.html",
        status=409,
        gone=Gone(before, now.text if now else "", now.id if now else "", typed),
        slug=slug,
        label=names.label(slug),
        editable=desk.owner,
    )


async def change_ticked(request: web.Request) -> web.Response:
    """Move or delete the sentences that are ticked on a subject's page."""
    slug = request.match_info["slug"]
    ids = [value for value in (await request.post()).getall("phrase", []) if isinstance(value, str)]
    if not ids:
        return see_other(request, home(slug), "Cochez d’abord des phrases.", "bad")
    if await field(request, "geste") == "deplacer":
        return await _move(request, slug, ids)
    return await _delete(request, slug, ids)


async def _move(request: web.Request, slug: str, ids: list[str]) -> web.Response:
    target = await field(request, "vers")
    if not names.is_subject(target) or target == slug:
        return see_other(request, home(slug), "Choisissez un autre sujet.", "bad")
    try:
        token = await request.app[EXAMPLES].move(signed_in(request).id, slug, ids, target)
    except REFUSALS as error:
        return see_other(request, home(slug), sentence_of(error), "bad")
    return _done(request, slug, token)


async def _delete(request: web.Request, slug: str, ids: list[str]) -> web.Response:
    try:
        token = await request.app[EXAMPLES].delete(signed_in(request).id, slug, ids)
    except REFUSALS as error:
        return see_other(request, home(slug), sentence_of(error), "bad")
    return _done(request, slug, token)


def _done(request: web.Request, slug: str, token: str) -> web.Response:
    """Lead back to the subject, where it is offered to take back what was done."""
    if token:
        return see_other(request, f"{home(slug)}?annuler={token}")
    return see_other(request, home(slug), "C’est fait. Une phrase vient d’être effacée : on ne peut pas annuler.")


async def take_back(request: web.Request) -> web.Response:
    """Undo a move or a deletion."""
    slug = request.match_info["slug"]
    try:
        number = await request.app[EXAMPLES].take_back(signed_in(request).id, await field(request, "jeton"))
    except REFUSALS as error:
        return see_other(request, home(slug), sentence_of(error), "bad")
    if not number:
        return see_other(request, home(slug), "Ce geste ne peut plus être annulé.", "bad")
    done = "La phrase est revenue." if number == 1 else f"{counted(number)} sont revenues."
    return see_other(request, home(slug), typeset(done))


_ID = ({"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},)
_DONE = {"303": redirect("Done, or a message why not")}

ROUTES = (
    Route(
        "GET",
        SENTENCE,
        show_sentence,
        Operation(
            "A sentence, its verdict and its history",
            parameters=_ID,
            answers={"200": page("The page"), "404": page("No such sentence")},
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        SENTENCE,
        change_sentence,
        Operation(
            "Edit, move or delete a sentence",
            parameters=_ID,
            body=form_body("geste", "text", "before", "subject", "vers"),
            answers={**_DONE, "409": page("It changed meanwhile: what stands now, and what was typed")},
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{SUBJECT}/phrases",
        change_ticked,
        Operation(
            "Move or delete sentences", parameters=SLUG, body=form_body("phrase", "geste", "vers"), answers=_DONE
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{SUBJECT}/retablir",
        take_back,
        Operation("Undo a move or a deletion", parameters=SLUG, body=form_body("jeton"), answers=_DONE),
        Access.TRAINER,
    ),
)
