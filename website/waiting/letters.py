"""The texts of the mails, in French. Nothing that a member typed stands in one, nor a title of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from directory.french import de, spoken_date, spoken_time, typeset
from directory.hours import paris


class Why(Enum):
    """Why somebody is told that a member waits.

    Attributes:
        ANTENNA: It waits at the reader's antenna.
        NOBODY: Nobody at its antenna took it.
        YOURS: The reader has it.
    """

    ANTENNA = auto()
    NOBODY = auto()
    YOURS = auto()


@dataclass(frozen=True)
class Text:
    """A mail's subject and text."""

    subject: str
    text: str


def alert(
    *, category: str | None, place: str | None, antenna: str | None, since: datetime, link: str, why: Why
) -> Text:
    """Tells an officer that a member waits.

    Args:
        category: Label of the category of the last contact named, or None.
        place: Name of the commune of that contact, or None.
        antenna: Name of the antenna that the conversation belongs to, or None.
        since: When the waiting began.
        link: Address of the conversation in the console.
        why: Why the reader is told.
    """
    local = paris(since)
    when = f"le {spoken_date(local.date())} à {spoken_time(local.time())}"
    whose = "votre réponse" if why is Why.YOURS else "la réponse d'un chargé de mission"
    lines = [f"Un adhérent attend {whose} depuis {when}."]
    if why is Why.NOBODY and antenna:
        lines.append(f"Personne à l'antenne {de(antenna)} ne s'en occupe pour le moment.")
    facts = [("Sujet", category or "à préciser"), ("Commune", place), ("Antenne", antenna)]
    lines += ["", *(f"{name} : {value}" for name, value in facts if value)]
    lines += ["", "Pour la lire et y répondre :", link]
    what = ", ".join(filter(None, (category or "sujet à préciser", place)))
    subject = f"Un adhérent attend {'votre' if why is Why.YOURS else 'une'} réponse : {what}"
    return _typeset(subject, lines)


def answer_waits(antenna: str | None, link: str, stop: str) -> Text:
    """The first mail to an address: says that there is an answer, not which."""
    lines = [
        "Bonjour,",
        "",
        f"{_who(antenna)} a répondu à votre question. La réponse vous attend ici :",
        link,
        "",
        "Ce lien rouvre votre conversation. Il sert une seule fois, pendant sept jours.",
        "En l'ouvrant, vous confirmez votre adresse : les réponses suivantes arriveront entières par courriel.",
        *_foot(stop),
    ]
    return _typeset("Une réponse vous attend", lines)


def answer(antenna: str | None, officer: str | None, words: Sequence[str], link: str, stop: str) -> Text:
    """A mail to a confirmed address: carries what the officer wrote.

    Args:
        antenna: Name of the antenna, or None.
        officer: Name of who answers, or None.
        words: The officer's messages, in order, as they were written.
        link: Brings the member back.
        stop: Ends the mails.
    """
    head = typeset(f"Bonjour,\n\n{officer or _who(antenna)} vous a répondu :")
    tail = [
        "Pour répondre à votre tour, rouvrez la conversation :",
        link,
        "",
        "Ce lien sert une seule fois, pendant sept jours. Une réponse à ce courriel ne nous parviendrait pas.",
        *_foot(stop),
    ]
    text = "\n\n".join([head, *words, _typeset("", tail).text])
    return Text("Votre interlocuteur vous a répondu", text)


def _who(antenna: str | None) -> str:
    return f"L'antenne {de(antenna)}" if antenna else "Notre équipe"


def _foot(stop: str) -> list[str]:
    return [
        "",
        "-- ",
        "Vous recevez ce message parce que cette adresse a été laissée dans notre tchat.",
        "Ce n'était pas vous, ou vous ne voulez plus de courriels ?",
        stop,
    ]


def _typeset(subject: str, lines: Sequence[str]) -> Text:
    """With French spaces and apostrophes; addresses of pages are left as they are."""
    return Text(typeset(subject), "\n".join(line if "://" in line else typeset(line) for line in lines) + "\n")
