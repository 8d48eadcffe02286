"""How a release note speaks: of what the assistant does with a sentence, and of what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directory.french import typeset
from releases.readings import Reading
from website.console.words import subject
from website.statistics.words import number, plural

NBSP = "\u00a0"


def percent(value: float, digits: int = 1) -> str:
    """« 97,3 % »."""
    return f"{100 * value:.{digits}f}".replace(".", ",") + f"{NBSP}%"


def does(reading: Reading | None) -> str:
    """What the assistant does with a sentence."""
    if reading is None:
        return "inconnu"
    subjects = [typeset(subject(slug)) for slug in reading.categories]
    if reading.acts:
        return f"{' et '.join(subjects)}{NBSP}({percent(reading.certainty, 0)})"
    if reading.decision == "choose":
        return f"propose un choix ({', '.join(subjects)})"
    return "demande de reformuler" if reading.decision == "rephrase" else "propose de parler à une personne"


def balance(better: int, worse: int, changed: int) -> str:
    """« 12 questions mieux comprises, 1 moins bien : la voici. »"""
    if not better + worse:
        if not changed:
            return "Les questions connues sont comprises comme avant."
        return typeset(
            f"Rien de connu n’est mieux ou moins bien compris ; {plural(changed, 'phrase')} "
            f"{'sont lues' if changed > 1 else 'est lue'} autrement."
        )
    gained = f"{plural(better, 'question')} mieux comprise{'s' if better > 1 else ''}" if better else ""
    if not worse:
        return f"{gained}, aucune moins bien."
    here = "les voici" if worse > 1 else "la voici"
    if not better:
        return typeset(
            f"Aucune question mieux comprise, {plural(worse, 'question')} moins bien comprise{'s' if worse > 1 else ''}"
            f" : {here}."
        )
    return typeset(f"{gained}, {number(worse)} moins bien : {here}.")


def quality(share: float) -> str:
    """How well a version understands, in a sentence."""
    return f"Comprend {100 * share:.0f} phrases sur 100 qu’elle n’avait jamais lues."


def trend(part: Mapping[str, Any] | None) -> str:
    """What the difference between two versions is worth, from its interval."""
    if part is None:
        return ""
    difference = part["difference"]
    low, value, high = difference["low"], difference["value"], difference["high"]
    if low > 0:
        return typeset(f"Le progrès est net : {points(value)}.")
    if high < 0:
        return typeset(f"Le recul est net : {points(value)}.")
    if value == low == high == 0:
        return "Aucune différence."
    return typeset(f"La différence ({points(value)}) est trop petite pour être certaine.")


def points(value: float) -> str:
    """« +0,4 point »."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    text = f"{abs(100 * value):.1f}".replace(".", ",")
    return f"{sign}{text}{NBSP}point{'s' if abs(value) >= 0.02 else ''}"


def interval(part: Mapping[str, Any], side: str) -> str:
    """« 97,3 % (entre 97,1 % et 97,5 %) »."""
    share = part[side]
    return f"{percent(share['value'])} (entre {percent(share['low'])} et {percent(share['high'])})"
