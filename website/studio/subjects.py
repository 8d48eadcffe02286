"""All subjects as cards: how well each is understood, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from corpus.edition import Edition, Sentence
from database.base import utc_now
from understanding.catalogue import current_catalogue
from website.accounts.access import Access
from website.keys import STORAGE
from website.openapi import Operation, Route, page
from website.studio import names
from website.studio.desk import EXAMPLES
from website.studio.frame import PATH, studio_page
from website.studio.health import Figures, Health, figures_online, health

SUBJECTS = f"{PATH}/sujets"
_NEW_DAYS = 30


@dataclass(frozen=True)
class Card:
    """A subject in short.

    Attributes:
        slug: Of the subject.
        label: Its name.
        health: How well it is understood.
        count: « 1 240 phrases d’exemple ».
        new: « 12 ajoutées depuis un mois »; empty where there are none.
    """

    slug: str
    label: str
    health: Health
    count: str
    new: str = ""


def counted(number: int) -> str:
    """« 1 240 phrases d’exemple »."""
    digits = f"{number:,}".replace(",", "\u202f")
    return f"{digits}\u00a0phrase{'s' if number > 1 else ''} d’exemple"


def _new(sentences: Sequence[Sentence]) -> str:
    since = utc_now() - timedelta(days=_NEW_DAYS)
    moments = [sentence.origin.at for sentence in sentences if sentence.origin]
    number = sum(at is not None and at >= since for at in moments)
    return f"{number} ajoutée{'s' if number > 1 else ''} depuis un mois" if number else ""


def _card(slug: str, label: str, edition: Edition, figures: Figures) -> Card:
    sentences = edition.by_intent.get(slug, ())
    return Card(slug, label, health(figures, slug), counted(len(sentences)), _new(sentences))


async def show_subjects(request: web.Request) -> web.Response:
    """All subjects."""
    desk = request.app[EXAMPLES]
    edition = await desk.edition()
    async with request.app[STORAGE].read() as session:
        figures = await figures_online(session)
    (_, subjects), (_, others) = names.groups()
    retired = current_catalogue().retired.values()
    return studio_page(
        request,
        "studio/subjects.html",
        intro=_intro(figures),
        cards=[_card(slug, names.label(slug), edition, figures) for slug, _ in subjects],
        others=[_card(slug, names.label(slug), edition, figures) for slug, _ in others],
        retired=[_card(one.slug, one.label, edition, {}) for one in retired],
        editable=desk.owner,
        broken=desk.faults(edition),
    )


def _intro(figures: Figures) -> str:
    if not figures:
        return (
            "Voici les sujets que l’assistant reconnaît. La qualité de sa compréhension sera mesurée au prochain "
            "entraînement."
        )
    return (
        "Voici les sujets que l’assistant reconnaît, et comment il comprend chacun. La mesure est faite sur des "
        "phrases qu’il n’avait pas lues."
    )


ROUTES = (
    Route(
        "GET",
        SUBJECTS,
        show_subjects,
        Operation("All subjects, and how well each is understood", answers={"200": page("The page")}),
        Access.TRAINER,
    ),
)
