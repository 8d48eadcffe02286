"""Normalising what people type: once, here, for training and for serving."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_CHARACTERS = 2_000
"""Longest text that is looked at, in code points; the site refuses longer messages."""

_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"}
)
_SPACES = re.compile(r"\s+")


MOST_CHARACTERS_KNOWN = 4_096
"""Characters of which a table remembers what becomes of them: who writes all of Unicode does not fill the memory."""


class _Table(dict[int, str | None]):
    """What becomes of each character, found out when it is first met: most texts are made of a hundred."""

    def __missing__(self, point: int) -> str | None:
        kept = self.becomes(chr(point))
        if len(self) < MOST_CHARACTERS_KNOWN:
            self[point] = kept
        return kept

    def becomes(self, character: str) -> str | None:
        """What stands for a character; None where nothing does."""
        raise NotImplementedError


class _Visible(_Table):
    """Characters that can be seen, and spaces."""

    def becomes(self, character: str) -> str | None:
        category = unicodedata.category(character)
        return None if category == "Cf" else " " if category[0] in "CZ" else character


class _Base(_Table):
    """Characters without the accents that combine with them."""

    def becomes(self, character: str) -> str | None:
        return None if unicodedata.combining(character) else character


_VISIBLE, _BASE = _Visible(), _Base()
_LONG_RUN = re.compile(r"(\D)\1{3,}")


def clean(text: str) -> str:
    """Make any string safe and canonical, keeping case and accents.

    Lone surrogates, control and invisible format characters (zero-width, right-to-left marks) go away, compatibility
    forms such as full-width letters become plain ones, white space becomes single spaces.

    Args:
        text: Anything, of any length; what is beyond `MAX_CHARACTERS` is dropped.

    Returns:
        A string of at most `MAX_CHARACTERS` code points.
    """
    text = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFKC", text)
    text = text[:MAX_CHARACTERS].translate(_VISIBLE)
    # once more: an invisible character may have kept a letter and its accent apart
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lower case without accents, ligatures spelt out, runs of a letter cut to two: « Évrrrry œuf » → "evrry oeuf"."""
    text = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES)).translate(_BASE)
    return _LONG_RUN.sub(r"\1\1", text)


_WORD = re.compile(r"[^\W_]+(?:[.,/+&][^\W_]+)*", re.UNICODE)


def words(text: str) -> list[str]:
    """The words of a folded text; « ta6v », « l'atelier » → "l", "atelier"; « 2,5 » and « r&d » stay whole."""
    return _WORD.findall(text)


_KEY = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=8192)
def comparison_key(text: str) -> str:
    """Two texts with the same key differ only by case, accents, punctuation or spacing."""
    return _KEY.sub(" ", fold(clean(text))).strip()
