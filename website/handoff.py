"""To which antenna a conversation is handed, and what the member is told about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import AntennaEntry, DirectoryData
from directory.french import de, short_name, typeset
from directory.hours import is_open, next_opening, opening_sentence
from directory.repository import NoDirectoryError, load

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


def explanation(antenna: AntennaEntry | None, now: datetime) -> str:
    """What happens next, truly: never that somebody comes at once.

    Args:
        antenna: The antenna that the conversation was handed to.
        now: The moment, with its time zone.
    """
    if antenna is None:
        return typeset(WITHOUT_DIRECTORY)
    name, phone = short_name(antenna.name), antenna.phone.replace(" ", "\u00a0")
    if is_open(antenna, now):
        return typeset(
            f"Votre conversation est transmise à l’antenne {de(antenna.name)}, {opening_sentence(antenna, now)}.\n"
            "Dès qu’un chargé de mission est disponible, sa réponse s’affiche ici.\n"
            f"Si c’est pressé : {phone}."
        )
    when = "Nos bureaux sont fermés"
    if next_opening(antenna, now) is not None:
        when += f" ; {name} {opening_sentence(antenna, now)}"
    return typeset(
        f"{when}.\n"
        f"Votre conversation est transmise à cette antenne, qui la lira à son retour. Téléphone : {phone}.\n"
        "Laissez ici votre adresse électronique si vous préférez une réponse par courriel."
    )
