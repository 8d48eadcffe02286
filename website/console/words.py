"""How the console says what it shows: how long somebody waits, when something was, what was understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from directory.french import spoken_date, typeset
from directory.hours import paris
from understanding.catalogue import current_catalogue
from website.models import Conversation

NBSP = "\u00a0"

CONVERSATION = {
    "saluer": "Salutation",
    "au_revoir": "Au revoir",
    "remercier": "Remerciement",
    "affirmer": "Oui",
    "infirmer": "Non",
    "demander_humain": "Demande une personne",
    "demander_robot": "Demande si c’est un robot",
    "demander_aide": "Demande ce que fait l’assistant",
    "indiquer_lieu": "Indique un lieu",
    "demander_antenne": "Question sur une antenne",
    "effacer_donnees": "Effacement des données",
    "urgence": "Urgence",
    "hors_perimetre": "Hors de nos sujets",
}
"""What messages are called that are no question on a subject."""

_CERTAINTY = ((0.9, "presque sûr"), (0.7, "assez sûr"), (0.45, "hésitant"), (0.0, "très hésitant"))
_DECISIONS = {
    "choose": "a proposé un choix",
    "rephrase": "a demandé de reformuler",
    "human": "a proposé une personne",
}


def subject(slug: str | None) -> str:
    """What a category or another kind of message is called; one that is not known any more by its slug."""
    if not slug:
        return ""
    catalogue = current_catalogue()
    category = catalogue.categories.get(slug) or catalogue.retired.get(slug)
    return category.label if category else CONVERSATION.get(slug, slug.replace("_", " ").capitalize())


def topic(conversation: Conversation) -> str:
    """What a conversation is about; with a question mark where nobody was named for it yet."""
    if conversation.category or not conversation.supposed_category:
        return subject(conversation.category) or "Sujet à préciser"
    return f"{subject(conversation.supposed_category)}{NBSP}?"


def duration(start: datetime, now: datetime) -> str:
    """« moins d’une minute », « 12 min », « 3 h 05 », « 2 jours »."""
    minutes = max(0, int((now - start).total_seconds() // 60))
    if minutes < 1:
        return "moins d’une minute"
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}{NBSP}h{NBSP}{minutes:02}"
    return f"{hours // 24}{NBSP}jour{'s' if hours >= 48 else ''}"


def waits(start: datetime, now: datetime) -> str:
    """« attend depuis 12 min »; « vient d’écrire » in the first minute."""
    return "vient d’écrire" if (now - start).total_seconds() < 60 else f"attend depuis {duration(start, now)}"


def clock(moment: datetime) -> str:
    """« 14:05 », as the clocks in Paris show it."""
    return paris(moment).strftime("%H:%M")


def day(moment: datetime, now: datetime) -> str:
    """« aujourd’hui », « hier », « 4 janvier », « 4 janvier 2025 »."""
    then, current = paris(moment).date(), paris(now).date()
    if then == current:
        return "aujourd’hui"
    if (current - then).days == 1:
        return "hier"
    return f"{spoken_date(then)}{NBSP}{then.year}" if then.year != current.year else spoken_date(then)


def local_day(moment: datetime) -> date:
    """The day in Paris."""
    return paris(moment).date()


def when(moment: datetime, now: datetime) -> str:
    """« 14:05 » of today, else « hier », « 4 janvier »."""
    return clock(moment) if local_day(moment) == local_day(now) else day(moment, now)


@dataclass(frozen=True)
class Understood:
    """What the assistant understood of a message, in words.

    Attributes:
        slug: Of what it takes for the most likely; the proposal of a better one begins here.
        subject: Its name.
        certainty: « presque sûr », …
        percent: « 93 % ».
        place: The place as the member wrote it; empty where none was found.
        then: What the assistant did instead of answering; empty where it answered.
    """

    slug: str
    subject: str
    certainty: str
    percent: str
    place: str
    then: str

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        parts = [f"{self.subject}, {self.certainty} ({self.percent})"]
        if self.place:
            parts.append(f"lieu « {self.place} »")
        if self.then:
            parts.append(self.then)
        return typeset(" · ".join(parts))


def understood(understanding: Mapping[str, Any] | None) -> Understood | None:
    """What was understood of a message, from what Rasa said; None where there is nothing to say."""
    ranking = (understanding or {}).get("ranking") or []
    if understanding is None or not ranking:
        return None
    slug, probability = ranking[0][0], float(ranking[0][1])
    certainty = next(word for least, word in _CERTAINTY if probability >= least)
    place = understanding.get("place") or {}
    return Understood(
        slug=slug,
        subject=subject(slug),
        certainty=certainty,
        percent=f"{probability * 100:.0f}{NBSP}%",
        place=str(place.get("text") or ""),
        then=_DECISIONS.get(str(understanding.get("decision")), ""),
    )
