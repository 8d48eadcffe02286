"""`/studio/temoins`: questions that must never be misunderstood again: listed, added, changed, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from aiohttp import web

from corpus.edition import Origin
from corpus.errors import CorpusChangeError
from corpus.regressions import Regression
from datafiles.snapshots import NotWritableError
from directory.french import typeset
from directory.writer import NotOwnerError
from releases.notes import drop_questions
from releases.registry import alone
from understanding.catalogue import current_catalogue
from website import audit
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.body import read_number
from website.console.colleagues import names
from website.console.models import ProposalStatus
from website.console.words import subject
from website.keys import RASA, SETTINGS, STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio.frame import PATH as STUDIO
from website.studio.frame import studio_page
from website.studio.models import QuestionProposal
from website.studio.proposed import open_proposals
from website.studio.questions import balance, lines, read_online, read_questions, without_personal_data, writer_of

PATH = f"{STUDIO}/temoins"
T = TypeVar("T")
_FIELDS = ("phrase", "sujet", "second", "note")
_NOT_HERE = "Les questions témoins se modifient sur une autre machine."
_NOT_WRITABLE = "Le fichier ne peut pas être écrit : demandez à qui installe le guichet de vérifier ses droits."


async def questions_page(request: web.Request) -> web.Response:
    """All regression questions, and those that officers propose."""
    return await _show(request)


async def _show(request: web.Request, typed: dict[str, str] | None = None, error: str = "") -> web.Response:
    rasa = request.app[RASA]
    found = await read_questions(request.app)
    async with request.app[STORAGE].read() as session:
        proposed = await open_proposals(session)
        people = await names(session)
    readings, shown = await asyncio.gather(
        read_online(rasa, found.questions), without_personal_data(rasa, [one.sentence for one in proposed])
    )
    all_lines = lines(found.questions, readings)
    catalogue = current_catalogue()
    return studio_page(
        request,
        "studio/questions.html",
        status=422 if error else 200,
        balance=typeset(balance(all_lines)),
        lines=all_lines,
        faults=[typeset(f"{fault.file}, ligne {fault.line} : {fault.sentence}.") for fault in found.faults],
        proposed=list(zip(proposed, shown)) if shown is not None else [],
        hidden=len(proposed) if shown is None else 0,
        people=people,
        owner=request.app[SETTINGS].data_owner,
        categories=[(slug, category.label) for slug, category in catalogue.categories.items()],
        others=[(slug, subject(slug)) for slug in catalogue.conversation],
        typed=typed or dict.fromkeys(_FIELDS, ""),
        error=error,
    )


async def _change(work: Callable[[], T]) -> T:
    """Change the files in a thread.

    Raises:
        CorpusChangeError: It is refused; the message is fit to show.
    """
    try:
        return await asyncio.to_thread(work)
    except NotOwnerError as error:
        raise CorpusChangeError(_NOT_HERE) from error
    except NotWritableError as error:
        raise CorpusChangeError(_NOT_WRITABLE) from error


async def _typed(request: web.Request) -> dict[str, str]:
    return {name: await field(request, name) for name in _FIELDS}


async def add_question(request: web.Request) -> web.Response:
    """Add a question that a trainer writes."""
    account, typed = signed_in(request), await _typed(request)
    writer = writer_of(request.app[SETTINGS])
    origin = Origin("studio", account=account.id, at=datetime.now(UTC))
    try:
        made = await _change(
            lambda: writer.add(typed["phrase"], typed["sujet"], typed["second"] or None, origin, typed["note"])
        )
    except CorpusChangeError as error:
        return await _show(request, typed, str(error))
    await _log(request, "question.added", made)
    return see_other(request, PATH, "La question témoin est ajoutée.")


async def edit_question(request: web.Request) -> web.Response:
    """Change a question; no version is held back by what it was."""
    typed, writer, question_id = await _typed(request), writer_of(request.app[SETTINGS]), request.match_info["id"]
    try:
        made = await _change(
            lambda: writer.edit(question_id, typed["phrase"], typed["sujet"], typed["second"] or None, typed["note"])
        )
    except CorpusChangeError as error:
        return see_other(request, PATH, str(error), "bad")
    await _log(request, "question.changed", made, question_id)
    return see_other(request, PATH, "La question témoin est modifiée.")


async def delete_question(request: web.Request) -> web.Response:
    """Delete a question; it holds no version back any more."""
    writer, question_id = writer_of(request.app[SETTINGS]), request.match_info["id"]
    try:
        gone = await _change(lambda: writer.delete(question_id))
    except CorpusChangeError as error:
        return see_other(request, PATH, str(error), "bad")
    await _log(request, "question.removed", gone, question_id)
    return see_other(request, PATH, "La question témoin est supprimée.")


async def _log(request: web.Request, action: str, question: Regression, before: str = "") -> None:
    async with request.app[STORAGE].write() as session:
        if before:
            await alone(session)  # a version may be asked the question as it was at this moment
            await drop_questions(session, [before])
        await audit.record(session, signed_in(request).id, action, subject=question.id, category=question.category)


async def decide_proposal(request: web.Request) -> web.Response:
    """Take a question that an officer proposes, or leave it."""
    account = signed_in(request)
    number, takes, category = read_number(request.match_info["id"]), await field(request, "choix"), ""
    async with request.app[STORAGE].read() as session:
        proposal = await session.get(QuestionProposal, number or 0)
    if proposal is None:
        raise web.HTTPNotFound
    if proposal.status is not ProposalStatus.OPEN:
        return see_other(request, PATH, "Quelqu’un s’en est déjà occupé.", "bad")
    if takes == "garder":
        category = await field(request, "sujet") or proposal.category
        shown = await without_personal_data(request.app[RASA], [proposal.sentence])
        if shown is None:
            return see_other(request, PATH, "L’assistant ne répond pas : réessayez dans un moment.", "bad")
        origin = Origin("officer", proposal.conversation_id, proposal.account_id, datetime.now(UTC))
        writer = writer_of(request.app[SETTINGS])
        try:
            await _change(lambda: writer.add(shown[0], category, None, origin, private=True))
        except CorpusChangeError as error:
            return see_other(request, PATH, str(error), "bad")
    action = "question.added" if category else "question.refused"
    async with request.app[STORAGE].write() as session:
        row = await session.get(QuestionProposal, proposal.id)
        if row is not None:
            row.status = ProposalStatus.ACCEPTED if category else ProposalStatus.REFUSED
            await audit.record(session, account.id, action, proposal.conversation_id, seq=proposal.seq)
    said = "La question témoin est ajoutée." if category else "La proposition est écartée."
    return see_other(request, PATH, said)


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_BACK = {"303": redirect("Back to the page")}

ROUTES = (
    Route(
        "GET",
        PATH,
        questions_page,
        Operation("Regression questions", answers={"200": page("The page")}),
        Access.TRAINER,
    ),
    Route(
        "POST",
        PATH,
        add_question,
        Operation(
            "Add a regression question", body=form_body(*_FIELDS), answers={**_BACK, "422": page("Why it is refused")}
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{PATH}/{{id}}",
        edit_question,
        Operation("Change a regression question", parameters=(_ID,), body=form_body(*_FIELDS), answers=_BACK),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{PATH}/{{id}}/supprimer",
        delete_question,
        Operation("Delete a regression question", parameters=(_ID,), body=form_body(), answers=_BACK),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{PATH}/propositions/{{id}}",
        decide_proposal,
        Operation(
            "Take (`garder`) or leave a proposed question",
            parameters=(_ID,),
            body=form_body("choix", "sujet"),
            answers={**_BACK, "404": page("No such proposal")},
        ),
        Access.TRAINER,
    ),
)
