"""How well each subject is understood, in a sentence first: from the figures of the model in service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from directory.french import typeset
from releases import registry
from website.studio import names
from website.studio.verdicts import percent

Figures = Mapping[str, Any]

_GOOD, _FAIR = 0.85, 0.7
_OFTEN = 0.03
"""Share of a subject's sentences that another must take to be named beside it."""
_LEAST = 3
_SHOWN = 4


@dataclass(frozen=True)
class Confused:
    """Another subject for which sentences are taken.

    Attributes:
        slug: Of the other.
        label: Its name.
        count: « 12 phrases ».
        often: Whether that is worth a word on the card.
        sentences: Some that are taken so.
    """

    slug: str
    label: str
    count: str
    often: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Health:
    """How well a subject is understood.

    Attributes:
        sentence: In a sentence.
        level: `good`, `fair`, `poor` or `unknown`.
        others: For what it is taken, the most frequent first.
        details: Figures, as names and values.
    """

    sentence: str
    level: str = "unknown"
    others: tuple[Confused, ...] = ()
    details: tuple[tuple[str, str], ...] = ()

    @property
    def confused(self) -> tuple[Confused, ...]:
        """The others that are worth a word."""
        return tuple(other for other in self.others if other.often)


async def figures_online(session: AsyncSession) -> Figures:
    """The figures of the model in service; empty where there is none, or none was measured."""
    model = await registry.online(session)
    return (model.figures or {}) if model is not None else {}


def health(figures: Figures, slug: str) -> Health:
    """How well a subject is understood.

    Args:
        figures: As `releases.figures` writes them; empty where nothing was measured.
        slug: Of the subject.
    """
    own = figures.get("categories", {}).get(slug)
    if not own or not own.get("right"):
        unknown = "Pas encore mesuré : l’assistant en service ne connaît pas ce sujet."
        return Health(typeset(unknown if figures else "Pas encore mesuré : cela vient avec le prochain entraînement."))
    share = own["right"]["value"]
    return Health(typeset(_sentence(share)), _level(share), tuple(_others(figures, slug, own)), tuple(_details(own)))


def _level(share: float) -> str:
    return "good" if share >= _GOOD else "fair" if share >= _FAIR else "poor"


def _sentence(share: float) -> str:
    tenths = min(round(share * 10), 9)
    if share >= 0.975:
        return "Presque toujours bien compris."
    if share >= _GOOD:
        return f"Bien compris : {tenths} phrases sur 10."
    if share >= _FAIR:
        return f"Assez bien compris : {tenths} phrases sur 10."
    return f"Mal compris : {tenths} phrase{'s' if tenths > 1 else ''} sur 10 seulement."


def _others(figures: Figures, slug: str, own: Mapping[str, Any]) -> list[Confused]:
    quoted = {
        row["as"]: tuple(sentence["text"] for sentence in row["sentences"])
        for row in figures.get("confusions", ())
        if row["of"] == slug
    }
    least = max(_LEAST, own["n"] * _OFTEN)
    return [
        Confused(
            row["label"], names.label(row["label"]), _phrases(row["count"]), row["count"] >= least, quoted[row["label"]]
        )
        for row in own["confused_with"]
        if quoted.get(row["label"])
    ][:_SHOWN]


def _details(own: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [("Phrases mesurées", f"{own['n']}"), ("Bon sujet en premier", _interval(own["right"]))]
    if own.get("offered"):
        rows.append(("Bon sujet parmi les trois premiers", _interval(own["offered"])))
    return rows


def _interval(share: Mapping[str, float]) -> str:
    return f"{percent(share['value'])} (entre {percent(share['low'])} et {percent(share['high'])})"


def _phrases(count: int) -> str:
    return f"{count}\u00a0phrase{'s' if count > 1 else ''}"
