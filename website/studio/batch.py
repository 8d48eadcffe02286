"""Many sentences at once, pasted or from a file: first a table of verdicts, then what was ticked is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from directory.french import typeset
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import see_other
from website.studio import names
from website.studio.desk import EXAMPLES
from website.studio.frame import studio_page
from website.studio.judging import Line
from website.studio.refusals import REFUSALS, sentence_of
from website.studio.sheets import MOST_BYTES, MOST_ROWS, NoSentenceError, Row, SheetError, read_file, read_pasted
from website.studio.verdicts import Verdict
from website.studio.writing import WRITING, squeezed, writing_page

BATCH = f"{WRITING}/lot"
_MOST_SENT = 2 * MOST_BYTES
"""What a form may hold: the file, or all sentences that were in it."""
_ORIGINS = ("studio", "import")


@dataclass(frozen=True)
class Shown:
    """A line of the table.

    Attributes:
        place: In what the form sends back.
        number: Of the line in what was brought along.
        verdict: What is said of it.
        ticked: Whether it is proposed.
    """

    place: int
    number: int
    verdict: Verdict
    ticked: bool

    @property
    def subject(self) -> str:
        """The subject's name."""
        return names.label(self.verdict.category) if self.verdict.category else ""


async def check_batch(request: web.Request) -> web.Response:
    """Show the verdicts of what was pasted or sent as a file."""
    sent = await request.post()
    category, pasted, file = await field(request, "category"), str(sent.get("phrases", "")), sent.get("fichier")
    try:
        origin, rows = _read(file, pasted)
    except SheetError as error:
        return await writing_page(request, category=category, pasted=pasted, error=error.message, status=422)
    lines = [Line(squeezed(row.text), _slug(row, category), row.number) for row in rows]
    verdicts = await request.app[EXAMPLES].judge(lines)
    ticked = [verdict.advised for verdict in verdicts]
    return _table(request, lines, verdicts, ticked, origin, heading="Verdicts")


def _read(file: object, pasted: str) -> tuple[str, list[Row]]:
    if isinstance(file, web.FileField) and file.filename:
        return "import", read_file(file.file.read(MOST_BYTES + 1), names.is_subject)
    if not pasted.strip():
        raise NoSentenceError
    return "studio", read_pasted(pasted, names.is_subject)


def _slug(row: Row, category: str) -> str:
    return (names.find(row.subject) or row.subject) if row.subject else category


async def add_batch(request: web.Request) -> web.Response:
    """Write what was ticked; what cannot be written any more is shown again, with the reason."""
    desk = request.app[EXAMPLES]
    sent = await request.post()
    lines = read_lines(str(sent.get("lignes", "")))
    kept = {value for value in sent.getall("garder", []) if isinstance(value, str)}
    chosen = [line for place, line in enumerate(lines) if str(place) in kept]
    origin = str(sent.get("origine", ""))
    if not chosen:
        return see_other(request, WRITING, "Aucune phrase n’était cochée : rien n’a été ajouté.", "bad")
    verdicts = await desk.judge(chosen, read=False)
    good = [verdict for verdict in verdicts if verdict.refusal is None]
    try:
        await desk.add(signed_in(request).id, good, origin if origin in _ORIGINS else "studio")
    except REFUSALS as error:
        ticked = [True] * len(chosen)
        told = sentence_of(error)
        return _table(
            request, chosen, verdicts, ticked, origin, heading="Rien n’a été ajouté", message=told, status=409
        )
    done = f"{_count(len(good))} : elles serviront au prochain entraînement." if len(good) > 1 else _count(len(good))
    refused = [(line, verdict) for line, verdict in zip(chosen, verdicts) if verdict.refusal]
    if not refused:
        return see_other(request, WRITING, done)
    return _table(
        request,
        [line for line, _ in refused],
        [verdict for _, verdict in refused],
        [False] * len(refused),
        origin,
        heading="Phrases qui n’ont pas été ajoutées",
        message=done,
        kind="ok",
        status=409,
    )


def _count(number: int) -> str:
    if number == 0:
        return "Aucune phrase n’a été ajoutée"
    return "1 phrase ajoutée" if number == 1 else f"{number} phrases ajoutées"


def read_lines(text: str) -> list[Line]:
    """The lines that the table's form sends back; those that it cannot have sent are left out."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(rows, list):
        return []
    return [
        Line(squeezed(row[0]), row[1], row[2])
        for row in rows[:MOST_ROWS]
        if isinstance(row, list) and list(map(type, row)) == [str, str, int]
    ]


def _table(
    request: web.Request,
    lines: Sequence[Line],
    verdicts: Sequence[Verdict],
    ticked: Sequence[bool],
    origin: str,
    *,
    heading: str,
    message: str = "",
    kind: str = "bad",
    status: int = 200,
) -> web.Response:
    rows = [
        Shown(place, line.number, verdict, tick)
        for place, (line, verdict, tick) in enumerate(zip(lines, verdicts, ticked))
    ]
    sent = [[line.text, line.category, line.number] for line in lines]
    return studio_page(
        request,
        "studio/batch.html",
        status=status,
        heading=heading,
        message=typeset(message),
        kind=kind,
        summary=typeset(summary(verdicts)),
        rows=rows,
        lines=json.dumps(sent, ensure_ascii=False),
        origin=origin,
    )


def summary(verdicts: Sequence[Verdict]) -> str:
    """« 12 phrases à ajouter, 3 presque identiques à d’autres, 2 refusées »."""
    refused = sum(verdict.refusal is not None for verdict in verdicts)
    near = sum(verdict.refusal is None and not verdict.advised for verdict in verdicts)
    good = len(verdicts) - refused - near
    parts = [f"{good} phrase{'s' if good > 1 else ''} à ajouter"]
    if near:
        parts.append(f"{near} presque identique{'s' if near > 1 else ''} à d’autres (non cochées)")
    if refused:
        parts.append(f"{refused} refusée{'s' if refused > 1 else ''}, avec la raison")
    return ", ".join(parts) + "."


_TABLE = page("The table of verdicts")

ROUTES = (
    Route(
        "POST",
        BATCH,
        check_batch,
        Operation(
            "Verdicts on many sentences; nothing is written",
            body=form_body("category", "phrases", "fichier", kind="multipart/form-data"),
            answers={"200": _TABLE, "422": page("The form, with the reason")},
        ),
        Access.TRAINER,
        most_bytes=_MOST_SENT,
    ),
    Route(
        "POST",
        f"{BATCH}/ajouter",
        add_batch,
        Operation(
            "Write the sentences that were ticked",
            body=form_body("lignes", "garder", "origine", kind="multipart/form-data"),
            answers={"303": redirect("Written"), "409": _TABLE},
        ),
        Access.TRAINER,
        most_bytes=_MOST_SENT,
    ),
)
