"""What is said of a sentence before it becomes an example: how it is understood today, what it resembles, why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.checks import Likeness
from corpus.edition import Sentence
from directory.french import typeset
from website.console import words
from website.rasa import Reading

_SHOWN_CHARACTERS = 90
_SURE = frozenset({"answer", "conversation"})
"""Decisions with which the assistant acts at once."""


class Kind(StrEnum):
    """What a remark is about."""

    UNUSABLE = "unusable"
    UNKNOWN_SUBJECT = "unknown_category"
    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    MASKED = "masked"
    NAMES_UNKNOWN = "names_unknown"
    NEAR = "near"
    WELL = "well"
    OTHER = "other"
    UNSURE = "unsure"
    NOT_READ = "not_read"


REFUSED = frozenset({Kind.UNUSABLE, Kind.UNKNOWN_SUBJECT, Kind.CONTRADICTION, Kind.DUPLICATE})
"""Remarks with which a sentence does not become an example."""


@dataclass(frozen=True)
class Remark:
    """One thing that is said of a sentence.

    Attributes:
        kind: What it is about.
        sentence: In French.
    """

    kind: Kind
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """All that is said of a sentence.

    Attributes:
        text: The sentence as it would be written: names and numbers of people are masked.
        category: Slug of what it shall be an example of; as it was given where nothing has that name.
        remarks: The weightiest first.
    """

    text: str
    category: str
    remarks: tuple[Remark, ...] = ()

    @property
    def refusal(self) -> Remark | None:
        """Why it cannot become an example; None where it can."""
        return next((remark for remark in self.remarks if remark.kind in REFUSED), None)

    @property
    def advised(self) -> bool:
        """Whether it teaches something that the examples do not say already."""
        return not any(remark.kind in REFUSED or remark.kind is Kind.NEAR for remark in self.remarks)

    def as_dict(self) -> dict[str, object]:
        """The JSON form."""
        remarks = [{"kind": remark.kind.value, "sentence": remark.sentence} for remark in self.remarks]
        return {
            "text": self.text,
            "category": self.category,
            "refused": self.refusal is not None,
            "verdicts": remarks,
        }


def shortened(text: str, most: int = _SHOWN_CHARACTERS) -> str:
    """A sentence as another sentence quotes it."""
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def percent(share: float) -> str:
    """« 96 % »; never 100 for what is not certain."""
    return f"{min(share, 0.99) * 100:.0f}{words.NBSP}%"


def on_likeness(text: str, category: str, likeness: Likeness) -> list[Remark]:
    """What is said of the examples that a sentence resembles.

    Args:
        text: The sentence.
        category: What it shall be an example of.
        likeness: What it resembles.
    """
    same = likeness.same
    if same is not None:
        return [_on_same(text, category, same)]
    return [
        Remark(Kind.NEAR, typeset(_near(category, sentence, likeness_share)))
        for sentence, likeness_share in likeness.near[:1]
    ]


def _on_same(text: str, category: str, same: Sentence) -> Remark:
    if same.intent == category:
        also = "" if same.text == text else f" : « {shortened(same.text)} »"
        return Remark(Kind.DUPLICATE, typeset(f"Existe déjà dans ce sujet{also}."))
    subject = words.subject(same.intent)
    also = "" if same.text == text else f" (« {shortened(same.text)} »)"
    return Remark(
        Kind.CONTRADICTION,
        typeset(
            f"Existe déjà dans « {subject} »{also} : contradiction. "
            "L’assistant ne saurait plus quel sujet choisir ; déplacez l’autre phrase, ou écrivez-la autrement."
        ),
    )


def _near(category: str, sentence: Sentence, share: float) -> str:
    where = "" if sentence.intent == category else f", dans « {words.subject(sentence.intent)} »"
    return f"Presque identique à « {shortened(sentence.text)} »{where} ({percent(share)} en commun)."


def on_reading(category: str, reading: Reading | None) -> Remark:
    """What is said of how the assistant understands a sentence today.

    Args:
        category: What it shall be an example of.
        reading: How it is understood; None where the assistant does not answer now.
    """
    if reading is None or not reading.ranking:
        sentence = (
            "L’assistant ne répond pas en ce moment : on ne peut ni dire comment il comprend cette phrase, "
            "ni y chercher des noms de personnes. Vérifiez qu’il n’y en a pas."
        )
        return Remark(Kind.NOT_READ, typeset(sentence))
    slug, share = reading.ranking[0]
    sure = reading.decision in _SURE
    if slug == category and sure:
        return Remark(Kind.WELL, typeset(f"Déjà bien compris ({percent(share)})."))
    if slug == category:
        return Remark(Kind.UNSURE, typeset(f"Compris ainsi, mais sans certitude ({percent(share)})."))
    if sure:
        return Remark(Kind.OTHER, typeset(f"Compris comme « {words.subject(slug)} » aujourd’hui ({percent(share)})."))
    names = " et ".join(f"« {words.subject(other)} »" for other, _ in reading.ranking[:2])
    return Remark(Kind.UNSURE, typeset(f"Pas encore compris : l’assistant hésite entre {names}."))


def on_masks(text: str, shown: str) -> list[Remark]:
    """What is said where something of a person was masked.

    Args:
        text: What was typed.
        shown: With what is personal masked.
    """
    if text == shown:
        return []
    if shown.count("[nom]") > text.count("[nom]"):
        return [Remark(Kind.MASKED, typeset("Un nom de personne a été masqué. Ne mettez pas de nom dans un exemple."))]
    sentence = "Une donnée personnelle (adresse, numéro) a été masquée. N’en mettez pas dans un exemple."
    return [Remark(Kind.MASKED, typeset(sentence))]


def order(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Remarks, the weightiest first."""
    weights = {kind: place for place, kind in enumerate(Kind)}
    return tuple(sorted(remarks, key=lambda remark: weights[remark.kind]))
