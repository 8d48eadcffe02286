"""Why this person: one French sentence for every way in which the lookup rule can end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.data import AntennaEntry, ContactEntry
from directory.french import at, de, typeset
from understanding.places.table import Commune


@dataclass(frozen=True)
class Found:
    """How a person was found.

    Attributes:
        antenna: The antenna at which the category is covered.
        stands_in_for: The absent contact whose deputy the person is, or None.
        works_at: Where the deputy works.
    """

    antenna: AntennaEntry
    stands_in_for: ContactEntry | None = None
    works_at: AntennaEntry | None = None


def outside(commune: Commune | None, head_office: AntennaEntry) -> str:
    """For a place outside the two regions."""
    where = f"{commune.name} se trouve" if commune else "Vous êtes"
    return typeset(
        f"{where} hors de Nouvelle-Aquitaine et d’Occitanie : voici l’accueil de notre siège, {at(head_office.name)}."
    )


def inside(
    label: str, commune: Commune | None, nearest: AntennaEntry, found: Found | None, absent: Sequence[AntennaEntry]
) -> str:
    """For a place in the two regions.

    Args:
        label: The category's label.
        commune: The member's commune; None where only an area is known.
        nearest: The nearest antenna.
        found: How the person was found; None where nobody is present anywhere.
        absent: Antennas, nearest first, that cover the category but where nobody is present today.
    """
    if found is None:
        sentence = _nobody(label, commune, nearest, bool(absent))
    elif found.antenna == nearest:
        sentence = _at_nearest(label, commune, nearest, found)
    else:
        sentence = _elsewhere(label, commune, nearest, found, absent)
    return typeset(sentence)


def _nearest_to(commune: Commune | None) -> str:
    return f"la plus proche {de(commune.name)}" if commune else "la plus proche où que vous soyez dans ce secteur"


def _nobody(label: str, commune: Commune | None, nearest: AntennaEntry, covered: bool) -> str:
    why = (
        f"Aucun interlocuteur « {label} » n’est présent aujourd’hui"
        if covered
        else f"Aucune antenne n’a d’expert « {label} »"
    )
    return f"{why} : voici l’accueil de l’antenne {de(nearest.name)}, {_nearest_to(commune)}."


def _at_nearest(label: str, commune: Commune | None, nearest: AntennaEntry, found: Found) -> str:
    if found.stands_in_for is None:
        return f"C’est l’interlocuteur « {label} » de l’antenne {de(nearest.name)}, {_nearest_to(commune)}."
    place = f", depuis l’antenne {de(found.works_at.name)}" if found.works_at and found.works_at != nearest else ""
    return (
        f"C’est la personne qui remplace aujourd’hui {found.stands_in_for.name}, interlocuteur « {label} » "
        f"de votre antenne {de(nearest.name)}{place}."
    )


def _elsewhere(
    label: str, commune: Commune | None, nearest: AntennaEntry, found: Found, absent: Sequence[AntennaEntry]
) -> str:
    name = de(nearest.name)
    here = "personne n’est présent aujourd’hui" if nearest in absent else "il n’y a pas d’expert"
    if found.stands_in_for is not None:
        return (
            f"C’est la personne qui remplace aujourd’hui {found.stands_in_for.name}, interlocuteur « {label} » "
            f"de l’antenne {de(found.antenna.name)} : à votre antenne {name}, {here} sur ce sujet."
        )
    who = f"C’est l’interlocuteur « {label} »{' présent aujourd’hui' if absent else ''} le plus proche"
    if commune is None:
        return f"{who} de votre antenne {name}, où {here} sur ce sujet."
    if nearest in absent:
        return f"{who} : à votre antenne {name}, {here} sur ce sujet."
    return f"{who} : votre antenne {name} n’a pas d’expert sur ce sujet."
