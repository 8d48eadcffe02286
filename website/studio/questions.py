"""What the pages of regression questions work on: the files, and how the version in service reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from corpus.regressions import Regression, Regressions, RegressionWriter
from directory.french import typeset
from releases.notes import passes
from releases.readings import Reading
from settings import Settings
from understanding import paths
from website.console.words import subject
from website.keys import SETTINGS
from website.privacy import masked
from website.rasa import Rasa, RasaAwayError
from website.studio import note_words as words

MOST = 500
"""Texts in one call to Rasa."""
ORIGINS = {
    "studio": "écrite dans le studio",
    "import": "importée",
    "officer": "proposée par un chargé de mission",
    "member": "posée par un adhérent",
}
"""Where a question comes from, by the kind of its origin."""


@dataclass(frozen=True)
class Line:
    """A question as its page shows it.

    Attributes:
        question: As the files have it.
        truth: What it is about, in words.
        origin: Where it comes from; empty where the file does not say so.
        does: What the version in service does with it; empty where nobody knows.
        passes: Whether that is right; None where nobody knows.
    """

    question: Regression
    truth: str
    origin: str
    does: str
    passes: bool | None


def writer_of(settings: Settings) -> RegressionWriter:
    """Who reads and changes the files."""
    return RegressionWriter(paths.DATA, settings.data_owner)


async def read_questions(app: web.Application) -> Regressions:
    """The questions as the files have them now."""
    return await asyncio.to_thread(writer_of(app[SETTINGS]).read)


def standing(app: web.Application, found: Regressions) -> tuple[Regression, ...] | None:
    """The questions that stand; None where this machine's files do not tell: others own them, or one is broken."""
    return found.questions if app[SETTINGS].data_owner and not found.faults else None


async def without_personal_data(rasa: Rasa, texts: Sequence[str]) -> list[str] | None:
    """Texts of members' as trainers may read them; None where names cannot be masked now."""
    shown: list[str] = []
    try:
        for start in range(0, len(texts), MOST):
            shown += await rasa.mask([masked(text) for text in texts[start : start + MOST]])
    except RasaAwayError:
        return None
    return shown


async def read_online(rasa: Rasa, questions: Sequence[Regression]) -> list[Reading] | None:
    """How the version in service reads questions; None where it cannot be asked now."""
    if not questions:
        return []
    try:
        found = await rasa.understand([question.text for question in questions])
    except RasaAwayError:
        return None
    return [Reading(one.ranking[:3], one.decision, one.categories) for one in found]


def lines(questions: Sequence[Regression], readings: Sequence[Reading] | None) -> list[Line]:
    """The questions in words; those that are not understood come first."""
    found = [_line(one, readings[number] if readings is not None else None) for number, one in enumerate(questions)]
    return sorted(found, key=lambda line: line.passes is not False)


def _line(question: Regression, reading: Reading | None) -> Line:
    return Line(
        question,
        typeset(" et ".join(subject(slug) for slug in (question.category, question.second) if slug)),
        ORIGINS.get(question.origin.kind, "") if question.origin else "",
        words.does(reading) if reading else "",
        passes(question, reading) if reading else None,
    )


def balance(found: Sequence[Line]) -> str:
    """How many of the questions the version in service understands, in a sentence."""
    failing = sum(line.passes is False for line in found)
    if not found:
        return ""
    if found[0].passes is None:
        return "L’assistant ne répond pas pour l’instant : on ne sait pas comment il comprend ces questions."
    if not failing:
        return "La version en service comprend toutes ces questions."
    understood = len(found) - failing
    return f"La version en service comprend {understood} de ces {len(found)} questions."
