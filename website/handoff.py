"""To which antenna a conversation is handed, and what the member is told about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import AntennaEntry, DirectoryData
from directory.french import de, short_name, typeset
from directory.hours import is_open, next_opening, opening_sentence
from directory.lookup import Lookup, UnknownCommuneError
from directory.models import Antenna
from directory.repository import NoDirectoryError, load
from website.communes import communes

WITHOUT_DIRECTORY = "Votre conversation est transmise à notre équipe, qui la lira dès que possible."


async def directory(session: AsyncSession) -> DirectoryData | None:
    """The directory as it is now, or None where none was imported."""
    try:
        return await session.run_sync(load)
    except NoDirectoryError:
        return None


def responsible(
    data: DirectoryData | None, contacts: Iterable[dict[str, Any]], proposed: str | None
) -> AntennaEntry | None:
    """The antenna that a handoff belongs to: the last person's, else the nearest, else the head office.

    Args:
        data: The directory.
        contacts: Answers with a contact of this conversation, the latest first.
        proposed: Slug of the antenna that the bot names, or None.

    Returns:
        None where there is no directory.
    """
    if data is None:
        return None
    antennas = {antenna.slug: antenna for antenna in data.antennas}
    slugs: list[str | None] = []
    for contact in contacts:
        slugs += [(contact.get("person") or {}).get("antenna"), (contact.get("antenna") or {}).get("slug")]
    found = next((antennas[slug] for slug in [*slugs, proposed] if slug in antennas), None)
    return found or next((antenna for antenna in data.antennas if antenna.head_office), None)


def nearest(data: DirectoryData, code: str) -> str | None:
    """Slug of the antenna nearest to a commune, or None where no point is known of it.

    Args:
        data: The directory.
        code: The commune's INSEE code.
    """
    try:
        return Lookup(data, communes()).nearest(code)[0][0].slug
    except (UnknownCommuneError, ValueError):
        return None


async def antenna_name(session: AsyncSession, slug: str | None) -> str | None:
    """The name of an antenna inside a sentence, or None where it is not known."""
    name = await session.scalar(select(Antenna.name).where(Antenna.slug == slug))
    return short_name(name) if name else None


OFFER = "Laissez ici une adresse électronique ou un téléphone : nous vous y répondrons."


def explanation(antenna: AntennaEntry | None, now: datetime, *, said: str = "", reachable: bool = False) -> str:
    """What happens next, truly: never that somebody comes at once.

    Args:
        antenna: The antenna that the conversation was handed to.
        now: The moment, with its time zone.
        said: What the bot has just said; where it names the antenna, nothing of it is said again.
        reachable: Whether the member left an address or a number already.
    """
    offer = [] if reachable else [OFFER]
    if antenna is None:
        return typeset("\n".join([WITHOUT_DIRECTORY, *offer]))
    name, phone = short_name(antenna.name), antenna.phone.replace(" ", "\u00a0")
    told = de(antenna.name) in said
    if is_open(antenna, now):
        sentence = opening_sentence(antenna, now)
        first = (
            f"L’antenne est {sentence}."
            if told
            else (f"Votre conversation est transmise à l’antenne {de(antenna.name)}, {sentence}.")
        )
        second = f"Un chargé de mission vous répond ici dès qu’il est disponible. Si c’est pressé : {phone}."
        return typeset("\n".join([first, second, *offer]))
    first = "Nos bureaux sont fermés"
    if next_opening(antenna, now) is not None:
        first += f" ; {name} {opening_sentence(antenna, now)}"
    second = f"Téléphone : {phone}."
    if not told:
        second = f"Cette antenne lira votre conversation à son retour. {second}"
    return typeset("\n".join([f"{first}.", second, *offer]))
