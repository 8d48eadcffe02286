"""A new subject: name, definition, sentences and who covers it, checked together and then written."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from directory.french import typeset
from directory.repository import NoDirectoryError
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.directory.desk import DESK
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio import names
from website.studio.batch import summary
from website.studio.definitions import as_written
from website.studio.desk import EXAMPLES
from website.studio.frame import studio_page
from website.studio.judging import Line
from website.studio.refusals import REFUSALS, sentence_of
from website.studio.sheets import SheetError, read_pasted
from website.studio.subject_desk import SUBJECT_DESK, NewSubject
from website.studio.subjects import SUBJECTS
from website.studio.verdicts import Verdict
from website.studio.writing import squeezed

NEW = f"{SUBJECTS}/nouveau"
LEAST_SENTENCES = 20
_MOST_LABEL = 80
_MOST_WORDS = 600
_FIELDS = ("label", "scope", "boundary", "phrases")
_MOST_BYTES = 1_000_000


@dataclass
class Draft:
    """The form in work.

    Attributes:
        values: Text by field, as typed.
        contacts: Ids that are ticked.
        errors: Sentence by field.
        verdicts: On the sentences.
    """

    values: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_FIELDS, ""))
    contacts: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    verdicts: Sequence[Verdict] = ()

    @property
    def good(self) -> list[Verdict]:
        """Verdicts on the sentences that can be written."""
        return [verdict for verdict in self.verdicts if verdict.refusal is None]

    @property
    def mark(self) -> str:
        """Marks exactly what is typed."""
        typed = json.dumps([self.values, sorted(self.contacts)], sort_keys=True)
        return hashlib.sha256(typed.encode("utf-8", "surrogatepass")).hexdigest()


async def show_new_subject(request: web.Request) -> web.Response:
    """The empty form."""
    return await _form(request, Draft())


async def create_subject(request: web.Request) -> web.Response:
    """Check everything; write it where exactly this was checked and shown before."""
    sent = await request.post()
    texts = {name: str(sent.get(name, "")).replace("\r\n", "\n").strip() for name in (*_FIELDS, "seen")}
    seen = texts.pop("seen")
    contacts = tuple(value for value in sent.getall("contacts", []) if isinstance(value, str))
    draft = Draft({name: text if name == "phrases" else squeezed(text) for name, text in texts.items()}, contacts)
    await _check(request, draft)
    if draft.errors:
        return await _form(request, draft, status=422)
    if seen != draft.mark:
        return await _form(request, draft, seen=draft.mark, ready=_ready(draft))
    scope, boundary = as_written(draft.values["scope"]), as_written(draft.values["boundary"])
    new = NewSubject(draft.values["label"], scope, boundary, draft.contacts)
    try:
        slug = await request.app[SUBJECT_DESK].create(signed_in(request).id, new, draft.good)
    except REFUSALS as error:
        return await _form(request, draft, problems=(sentence_of(error),), status=409)
    done = f"Le sujet « {new.label} » est créé avec {len(draft.good)} phrases. Il reste à entraîner l’assistant."
    return see_other(request, f"{SUBJECTS}/{slug}", done)


def _ready(draft: Draft) -> str:
    return typeset(
        f"Tout est en ordre : {len(draft.good)} phrases, {len(draft.contacts)} "
        f"interlocuteur{'s' if len(draft.contacts) > 1 else ''}. Relisez, puis créez le sujet."
    )


async def _check(request: web.Request, draft: Draft) -> None:
    """Note all that is wrong with a draft."""
    errors = {}
    label = draft.values["label"]
    if not label:
        errors["label"] = "Indiquez un nom."
    elif len(label) > _MOST_LABEL:
        errors["label"] = f"Raccourcissez à {_MOST_LABEL} caractères."
    elif names.is_subject(label):
        errors["label"] = "Ce nom est déjà pris. Ouvrez ce sujet pour le compléter, ou choisissez un autre nom."
    if not draft.values["scope"]:
        errors["scope"] = "Dites ce qui relève de ce sujet."
    elif len(draft.values["scope"]) > _MOST_WORDS:
        errors["scope"] = f"Raccourcissez à {_MOST_WORDS} caractères."
    draft.values["boundary"] = draft.values["boundary"][:_MOST_WORDS]
    try:
        rows = read_pasted(draft.values["phrases"], lambda name: False)
        lines = [Line(squeezed(row.text), "", row.number) for row in rows]
        draft.verdicts = await request.app[EXAMPLES].judge(lines)
        missing = LEAST_SENTENCES - len(draft.good)
        if missing > 0:
            errors["phrases"] = (
                f"Il faut au moins {LEAST_SENTENCES} phrases : il en manque {missing}. "
                "Les phrases refusées ne comptent pas ; leurs raisons sont ci-dessous."
            )
    except SheetError as error:
        errors["phrases"] = error.message
    known = {contact for _, people in await _people(request) for contact in people}
    draft.contacts = tuple(contact for contact in draft.contacts if contact in known)
    if not draft.contacts:
        errors["contacts"] = "Cochez au moins une personne : l’assistant doit pouvoir nommer quelqu’un."
    draft.errors = {name: typeset(sentence) for name, sentence in errors.items()}


async def _people(request: web.Request) -> list[tuple[str, dict[str, dict[str, str]]]]:
    """Contacts by antenna."""
    try:
        data = (await request.app[DESK].state()).data
    except NoDirectoryError:
        return []
    return [
        (
            antenna.name,
            {
                contact.id: {"id": contact.id, "name": contact.name, "role": contact.role}
                for contact in data.contacts
                if contact.antenna == antenna.slug
            },
        )
        for antenna in data.antennas
    ]


async def _form(
    request: web.Request,
    draft: Draft,
    *,
    problems: tuple[str, ...] = (),
    seen: str = "",
    ready: str = "",
    status: int = 200,
) -> web.Response:
    return studio_page(
        request,
        "studio/new_subject.html",
        status=status,
        values=draft.values,
        contacts=draft.contacts,
        errors=defaultdict(str, draft.errors),
        noted=[verdict for verdict in draft.verdicts if verdict.refusal or not verdict.advised],
        summary=typeset(summary(draft.verdicts)) if draft.verdicts else "",
        antennas=[(antenna, list(people.values())) for antenna, people in await _people(request)],
        problems=problems,
        seen=seen,
        ready=ready,
        editable=request.app[EXAMPLES].owner,
    )


_FORM = page("The form, with what is wrong")

ROUTES = (
    Route(
        "GET",
        NEW,
        show_new_subject,
        Operation("Form of a new subject", answers={"200": page("The form")}),
        Access.TRAINER,
    ),
    Route(
        "POST",
        NEW,
        create_subject,
        Operation(
            "Check a new subject, then create it",
            body=form_body("label", "scope", "boundary", "phrases", "contacts", "seen", kind="multipart/form-data"),
            answers={"200": _FORM, "303": redirect("Created"), "409": _FORM, "422": _FORM},
        ),
        Access.TRAINER,
        most_bytes=_MOST_BYTES,
    ),
)
