"""Small words of French sentences: « de » and « à » before names of places, days, hours, no-break spaces."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

_NO_BREAK_SPACE = "\u00a0"
_BEFORE = re.compile(r" (?=[:;?!»])")
_AFTER = re.compile(r"(?<=«) ")
_PARENTHESES = re.compile(r"\s*\([^)]*\)")
_ELIDED = re.compile(r"[aeiou]|h[aeiouy]|y(?![aeiou])")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})

_SPOKEN_WITH_ARTICLE = {"Futuroscope": "Le Futuroscope"}
"""Places that are written without the article with which they are spoken of."""

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def typeset(sentence: str) -> str:
    """A sentence written with ordinary spaces and apostrophes, with those that French typography asks for."""
    sentence = _BEFORE.sub(_NO_BREAK_SPACE, sentence)
    return _AFTER.sub(_NO_BREAK_SPACE, sentence).replace("'", "’")


def short_name(name: str) -> str:
    """A name as it is spoken inside a sentence: « Toulouse (siège) » → « Toulouse »."""
    return _PARENTHESES.sub("", name).strip() or name


def _spoken(name: str) -> str:
    name = short_name(name)
    return _SPOKEN_WITH_ARTICLE.get(name, name)


def _with_preposition(name: str, preposition: str, masculine: str, plural: str, elided: str) -> str:
    name = _spoken(name)
    if name.startswith("Le "):
        return f"{masculine} {name[3:]}"
    if name.startswith("Les "):
        return f"{plural} {name[4:]}"
    if elided and begins_with_vowel(name):
        return elided + name
    return f"{preposition} {name}"


def begins_with_vowel(name: str) -> bool:
    """Whether « de » is elided before a name."""
    folded = unicodedata.normalize("NFKD", name.lower().translate(_LIGATURES))
    return _ELIDED.match("".join(letter for letter in folded if not unicodedata.combining(letter))) is not None


def de(name: str) -> str:
    """« de » before the name of a place or a person: « de Rochefort », « d’Agen », « du Haillan », « des Angles »."""
    return typeset(_with_preposition(name, "de", "du", "des", "d’"))


def at(name: str) -> str:
    """« à » before the name of a place: « à Rochefort », « au Haillan », « aux Angles »."""
    return typeset(_with_preposition(name, "à", "au", "aux", ""))


def spoken_time(moment: time) -> str:
    """« 9 h », « 12 h 30 »."""
    minutes = f"{_NO_BREAK_SPACE}{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour}{_NO_BREAK_SPACE}h{minutes}"


def spoken_date(day: date) -> str:
    """« 4 janvier », « 1er mai »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{_NO_BREAK_SPACE}{_MONTHS[day.month - 1]}"


def month_name(number: int) -> str:
    """« janvier » for 1, « décembre » for 12."""
    return _MONTHS[number - 1]


def kilometres(distance: float) -> str:
    """« 33 km », « 4,2 km » below ten, « moins d’un kilomètre »."""
    if distance < 1:
        return f"moins d’un{_NO_BREAK_SPACE}kilomètre"
    number = f"{distance:.0f}" if distance >= 10 else f"{distance:.1f}".replace(".", ",").removesuffix(",0")
    return f"{number}{_NO_BREAK_SPACE}km"
