"""Telling a message that is wholly in English or Spanish from a French one."""

from __future__ import annotations

import re

from understanding.text import clean, fold

_WORD = re.compile(r"[^\W\d_]+")
_MARKS = {
    "en": frozenset(
        "the is are am was were we you they he she it i my our your their this that these those what where when who which how why "
        "can could would should will do does did have has had need want looking for from with about and or but not of to in on at by an "
        "please hello hi thanks thank help someone anybody company there be been if us me".split()
    ),
    "es": frozenset(
        "el la los las un una unos unas es son soy somos estamos esta estan yo nosotros usted ustedes mi nuestro nuestra su que donde cuando "
        "quien cual como por para porque puedo puede podria podemos necesito necesitamos quiero queremos busco buscamos con sobre y o pero no de "
        "en al del hola gracias ayuda alguien empresa hay muy mas".split()
    ),
    "fr": frozenset(
        "le la les un une des du de et ou mais est sont suis sommes etes nous vous on je tu il elle ils elles mon ma mes notre nos votre vos "
        "son sa ses ce cet cette ces qui que quoi ou quand comment pourquoi quel quelle pour avec dans sur chez par pas ne plus bonjour merci "
        "aide besoin cherche veux peut faut faire avoir c ca j l d n qu y a au aux en se si".split()
    ),
}
LEAST_WORDS = 3


def language(text: str) -> str:
    """ "en" or "es" where a message of three words or more is clearly so, else "fr"."""
    words = _WORD.findall(fold(clean(text)))
    if len(words) < LEAST_WORDS:
        return "fr"
    counts = {code: sum(word in marks for word in words) for code, marks in _MARKS.items()}
    accents = set(clean(text).lower())
    if accents & set("ñ¿¡"):
        counts["es"] += 2
    if accents & set("çèêàùœ"):
        counts["fr"] += 2
    best = max(("en", "es"), key=lambda code: counts[code])
    clearly = counts[best] >= 2 and counts[best] >= 0.25 * len(words) and counts[best] >= counts["fr"] + 2
    return best if clearly else "fr"
