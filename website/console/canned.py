"""Canned texts: who sees which, and what stands in place of their variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.data import AntennaEntry
from directory.french import short_name, typeset
from directory.hours import opening_sentence
from website.console.models import CannedText
from website.console.officer import Officer
from website.console.words import subject
from website.models import Conversation

VARIABLES = {
    "officier": "votre nom",
    "antenne": "l’antenne de la conversation",
    "telephone": "le téléphone de l’antenne",
    "adresse": "l’adresse de l’antenne",
    "horaires": "« ouverte aujourd’hui jusqu’à 17 h 30 »",
    "sujet": "la catégorie de la question",
    "commune": "la commune de l’adhérent",
    "membre": "l’adresse ou le téléphone que l’adhérent a laissé",
}
"""What may stand in braces, and what it gives."""

STARTERS = (
    (
        "Je prends le relais",
        "Bonjour, ici {officier}, antenne {antenne}. J’ai lu votre échange et je prends le relais.",
    ),
    ("Demander une précision", "Pour vous répondre au mieux, pouvez-vous me dire pour quand vous en avez besoin ?"),
    ("Proposer un appel", "Le plus simple est d’en parler de vive voix : vous pouvez me joindre au {telephone}."),
    ("Conclure", "Je reste à votre disposition : l’antenne {antenne} est joignable au {telephone}. Bonne journée !"),
)
"""Shown until somebody writes the first text."""

_VARIABLE = re.compile(r"\{([^\W\d_]+)\}")
_UNACCENTED = {"téléphone": "telephone"}


@dataclass(frozen=True)
class Ready:
    """A canned text, filled in for a conversation; what is not known keeps its braces."""

    title: str
    text: str


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """A text with its variables replaced; those without a value stay, so that the officer sees them."""

    def value(match: re.Match[str]) -> str:
        name = match[1].lower()
        return values.get(_UNACCENTED.get(name, name)) or match[0]

    return typeset(_VARIABLE.sub(value, text))


def values_for(
    officer: Officer, conversation: Conversation, antenna: AntennaEntry | None, member: str = ""
) -> dict[str, str]:
    """What the variables stand for in a conversation.

    Args:
        officer: Who writes.
        conversation: Where.
        antenna: Its antenna, or the officer's.
        member: What the member left to be reached by.
    """
    known = {
        "officier": officer.name,
        "sujet": subject(conversation.category),
        "commune": conversation.place_name or "",
        "membre": member,
    }
    if antenna is not None:
        known |= {
            "antenne": short_name(antenna.name),
            "telephone": antenna.phone.replace(" ", "\u00a0"),
            "adresse": antenna.address,
            "horaires": opening_sentence(antenna, utc_now()),
        }
    return known


async def texts_of(session: AsyncSession, officer: Officer) -> list[CannedText]:
    """The texts that an officer may use: those of all antennas and of their own, by title."""
    chosen = select(CannedText).order_by(CannedText.title, CannedText.id)
    if not officer.admin:
        chosen = chosen.where(or_(CannedText.antenna.is_(None), CannedText.antenna.in_(officer.antennas)))
    return list(await session.scalars(chosen))


async def ready_texts(session: AsyncSession, officer: Officer, values: Mapping[str, str]) -> list[Ready]:
    """The texts that an officer may use, filled in."""
    kept = [(text.title, text.text) for text in await texts_of(session, officer)] or STARTERS
    return [Ready(title, fill_in(text, values)) for title, text in kept]


def may_change(officer: Officer, antenna: str | None) -> bool:
    """Whether an officer may write or change a text of an antenna, or of all (None)."""
    return officer.admin or antenna in officer.antennas
