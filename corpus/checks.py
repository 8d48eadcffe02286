"""Whether a text can be an example, and which examples say the same or nearly so."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.edition import Edition, Sentence
from corpus.errors import InvalidSentenceError
from directory.french import typeset
from understanding.corpus import strip_annotations
from understanding.text import MAX_CHARACTERS, clean

NEAR = 0.8
"""Similarity from which two sentences are nearly the same."""
MOST = 10
_INVISIBLE = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
_MARK = "\ufeff"


@dataclass(frozen=True)
class Likeness:
    """Which examples a text is like.

    Attributes:
        same: One that says the same but for case, accents and punctuation, or None.
        near: Others that say nearly the same, each with its similarity from 0 to 1, the nearest first.
    """

    same: Sentence | None
    near: Sequence[tuple[Sentence, float]]


def look(text: str, edition: Edition) -> Likeness:
    """Which examples a text is like.

    Args:
        text: What somebody types.
        edition: The examples.
    """
    text = one_line(text)[:MAX_CHARACTERS]
    if not text:
        return Likeness(None, ())
    same = edition.keys.same(text)
    return Likeness(same[0] if same else None, edition.keys.near(text, NEAR, MOST))


def one_line(text: str) -> str:
    """A text as it is kept: on one line, with single spaces."""
    return " ".join(text.split())


def trouble(text: str) -> str | None:
    """Why a text cannot be an example, as a French sentence; None where it can."""
    text = one_line(text)
    if not text:
        return typeset("La phrase est vide.")
    if len(text) > MAX_CHARACTERS:
        return typeset(f"La phrase est trop longue : {MAX_CHARACTERS} caractères au plus.")
    if any(unicodedata.category(character) in _INVISIBLE or character == _MARK for character in text):
        return typeset("La phrase contient un caractère invisible ou interdit : retapez-la.")
    if not any(character.isalnum() for character in clean(text)):
        return typeset("La phrase ne contient ni lettre ni chiffre.")
    if strip_annotations(text) != text:
        return typeset("Un texte entre crochets suivi de parenthèses ou d’accolades ne peut pas être gardé.")
    return None


def accepted(text: str) -> str:
    """A text as it is kept.

    Raises:
        InvalidSentenceError: It cannot be an example.
    """
    fault = trouble(text)
    if fault:
        raise InvalidSentenceError(fault)
    return one_line(text)
