"""Antennas and contacts in words and rows, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence

from directory.data import DAYS, AbsenceEntry, AntennaEntry, ContactEntry, DirectoryData, Span, Week
from directory.french import spoken_time, typeset
from understanding.catalogue import Catalogue
from website.staff import moments

Row = tuple[str, str]
"""A field's name and what it says."""


def hours(week: Week) -> list[Row]:
    """Opening hours, equal days in a row put together: « lundi à vendredi », « 9 h – 12 h 30 et 13 h 30 – 17 h 30 »."""
    rows: list[tuple[int, int]] = []
    for day in range(len(DAYS)):
        if rows and week[rows[-1][0]] == week[day]:
            rows[-1] = (rows[-1][0], day)
        else:
            rows.append((day, day))
    return [(_days(first, last), spans(week[first])) for first, last in rows]


def _days(first: int, last: int) -> str:
    if first == last:
        return DAYS[first]
    return f"{DAYS[first]} {'et' if last == first + 1 else 'à'} {DAYS[last]}"


def spans(day: Sequence[Span]) -> str:
    """The hours of one day."""
    return " et ".join(f"{spoken_time(span.opens)} – {spoken_time(span.closes)}" for span in day) or "fermée"


def absence(entry: AbsenceEntry) -> str:
    """« du 24 décembre 2026 au 2 janvier 2027 », « le 1er mai 2026 »."""
    if entry.first == entry.last:
        return f"le {moments.day(entry.first)}"
    return f"du {moments.day(entry.first)} au {moments.day(entry.last)}"


def antenna_rows(entry: AntennaEntry, data: DirectoryData) -> list[Row]:
    """What can be changed of an antenna."""
    return [
        ("Nom", entry.name),
        ("Adresse", entry.address),
        ("Téléphone", entry.phone),
        ("Accueil", name_of(data, entry.front_desk)),
        *[(f"Horaires, {day}", spans(week)) for day, week in zip(DAYS, entry.hours)],
    ]


def contact_rows(entry: ContactEntry, data: DirectoryData, catalogue: Catalogue) -> list[Row]:
    """What can be changed of a contact."""
    return [
        ("Nom", entry.name),
        ("Fonction", entry.role),
        ("Adresse électronique", entry.email),
        ("Téléphone", entry.phone),
        ("Sujets suivis", ", ".join(label(catalogue, slug) for slug in entry.categories) or "aucun"),
        ("Remplaçant", name_of(data, entry.deputy) if entry.deputy else "aucun"),
        ("Absences", " ; ".join(map(absence, entry.absences)) or "aucune"),
    ]


def label(catalogue: Catalogue, slug: str) -> str:
    """What members read for a category."""
    return typeset(catalogue.label(slug)) if slug in catalogue.categories else slug


def name_of(data: DirectoryData, identifier: str | None) -> str:
    """The name of a contact; the id where there is none."""
    return next((contact.name for contact in data.contacts if contact.id == identifier), identifier or "")


def differences(
    now: Sequence[Row], mine: Sequence[Row], before: Sequence[Row] | None
) -> list[tuple[str, str | None, str, str]]:
    """Where the file and what was typed differ: field, what the file said before, what it says now, what was typed."""
    earlier: dict[str, str | None] = dict(before) if before else {}
    return [
        (name, earlier.get(name), typeset(current), typeset(typed))
        for (name, current), (_, typed) in zip(now, mine)
        if current != typed or (before and earlier.get(name) != current)
    ]
