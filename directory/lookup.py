"""Who is right for a category at a place. Pure: a directory, the commune table and a day give the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from directory import reasons
from directory.data import AntennaEntry, ContactEntry, DirectoryData
from directory.reasons import Found
from understanding.catalogue import Catalogue, current_catalogue
from understanding.places.table import Commune, CommuneTable

NEARLY_AS_NEAR = 1.15
"""A second antenna less than 15 % further than the nearest is named as an alternative."""

Distances = tuple[tuple[AntennaEntry, float], ...]
"""Antennas with their distances in km, nearest first, those equally far in file order."""


class UnknownCategoryError(LookupError):
    """No category in service has this slug."""


class UnknownCommuneError(LookupError):
    """No commune has this INSEE code."""


@dataclass(frozen=True)
class Answer:
    """The right person, and why.

    Attributes:
        category: Slug.
        category_label: What members read.
        commune: The member's commune, or None where only an area or « elsewhere » is known.
        antenna: The nearest antenna, or the head office for places outside the two regions.
        distance_km: From the commune to the antenna; None without a commune or outside.
        person: Whom to contact.
        front_desk: The antenna's territorial officer where the person works elsewhere.
        alternative: Another antenna that is nearly as near, with its distance in km.
        reason: One French sentence: why this person.
    """

    category: str
    category_label: str
    commune: Commune | None
    antenna: AntennaEntry
    distance_km: float | None
    person: ContactEntry
    front_desk: ContactEntry | None
    alternative: tuple[AntennaEntry, float] | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The answer as custom actions utter it and the site's API returns it; distances to 0.1 km."""
        return {
            "type": "contact",
            "category": self.category,
            "category_label": self.category_label,
            "commune": {"code": self.commune.code, "name": self.commune.name} if self.commune else None,
            "antenna": _antenna_json(self.antenna, self.distance_km),
            "person": {**_person_json(self.person), "antenna": self.person.antenna},
            "front_desk": _person_json(self.front_desk) if self.front_desk else None,
            "alternative_antenna": _antenna_json(*self.alternative) if self.alternative else None,
            "reason": self.reason,
        }


def _antenna_json(antenna: AntennaEntry, distance_km: float | None) -> dict[str, Any]:
    rounded = None if distance_km is None else round(distance_km, 1)
    return {"slug": antenna.slug, "name": antenna.name, "distance_km": rounded}


def _person_json(contact: ContactEntry) -> dict[str, str]:
    return {
        "id": contact.id,
        "name": contact.name,
        "role": contact.role,
        "email": contact.email,
        "phone": contact.phone,
    }


class Lookup:
    """The lookup rule over one directory. Safe to share between threads.

    Args:
        data: A directory that was checked.
        table: The commune table.
        catalogue: The categories, for their labels; read from the data files where not given.
    """

    def __init__(self, data: DirectoryData, table: CommuneTable, catalogue: Catalogue | None = None) -> None:
        self.data = data
        self.table = table
        self._labels = {slug: c.label for slug, c in (catalogue or current_catalogue()).categories.items()}
        self.antennas: Mapping[str, AntennaEntry] = {antenna.slug: antenna for antenna in data.antennas}
        self.contacts: Mapping[str, ContactEntry] = {contact.id: contact for contact in data.contacts}
        self.head_office = next(antenna for antenna in data.antennas if antenna.head_office)
        self._covering: dict[tuple[str, str], list[ContactEntry]] = {}
        for contact in data.contacts:
            for category in contact.categories:
                self._covering.setdefault((contact.antenna, category), []).append(contact)
        self._nearest: dict[str, Distances] = {}
        self._whole: dict[str, AntennaEntry | None] = {}

    def contacts_at(self, slug: str) -> list[ContactEntry]:
        """The contacts of an antenna, in file order."""
        return [contact for contact in self.data.contacts if contact.antenna == slug]

    def front_desk(self, antenna: AntennaEntry) -> ContactEntry:
        """The antenna's territorial officer."""
        return self.contacts[antenna.front_desk]

    def nearest(self, code: str) -> Distances:
        """All antennas by their distance from a commune.

        Args:
            code: INSEE code of a commune whose point is known.

        Raises:
            UnknownCommuneError: There is no such commune.
            ValueError: The commune has no point (some communes outside the two regions).
        """
        known = self._nearest.get(code)
        if known is None:
            here = self._commune(code)
            pairs = [(antenna, here.distance_km(self.table[antenna.commune])) for antenna in self.data.antennas]
            known = self._nearest[code] = tuple(sorted(pairs, key=lambda pair: pair[1]))
        return known

    def for_commune(self, category: str, code: str, today: date) -> Answer:
        """The answer for a member at a commune, also at one outside the two regions.

        Args:
            category: Slug of a category in service.
            code: INSEE code.
            today: The day in Paris.

        Raises:
            UnknownCategoryError: There is no such category in service.
            UnknownCommuneError: There is no such commune.
        """
        commune = self._commune(code)
        if not self.table.served(commune):
            return self._outside(category, commune)
        ranking = self.nearest(code)
        distance, second = ranking[0][1], ranking[1] if len(ranking) > 1 else None
        alternative = second if second and distance > 0 and second[1] < NEARLY_AS_NEAR * distance else None
        return self._answer(category, commune, ranking, today, distance, alternative)

    def for_area(self, category: str, departements: Iterable[str], today: date) -> Answer | None:
        """The answer for a member of whom only the département or the region is known.

        Args:
            category: Slug of a category in service.
            departements: Codes of the départements of the area.
            today: The day in Paris.

        Returns:
            None where the commune must be asked: not all communes of the area have the same nearest antenna, or only
            a part of the area lies in the two regions.

        Raises:
            UnknownCategoryError: There is no such category in service.
        """
        self._label(category)
        codes = sorted(set(departements))
        known = [self.table.departements[code] for code in codes if code in self.table.departements]
        if not known or len(known) < len(codes):
            return None
        if not any(departement.served for departement in known):
            return self._outside(category, None)
        if not all(departement.served for departement in known):
            return None
        nearest = self._antenna_of_all(codes[0])
        if nearest is None or any(self._antenna_of_all(code) != nearest for code in codes[1:]):
            return None
        return self._answer(category, None, self.nearest(nearest.commune), today, None, None)

    def outside(self, category: str, today: date) -> Answer:
        """The answer for a member outside the two regions: the head office.

        Args:
            category: Slug of a category in service.
            today: The day in Paris; the front desk is named whatever the day.

        Raises:
            UnknownCategoryError: There is no such category in service.
        """
        return self._outside(category, None)

    def _commune(self, code: str) -> Commune:
        if code not in self.table:
            raise UnknownCommuneError(code)
        return self.table[code]

    def _label(self, category: str) -> str:
        if category not in self._labels:
            raise UnknownCategoryError(category)
        return self._labels[category]

    def _antenna_of_all(self, departement: str) -> AntennaEntry | None:
        """The antenna that is nearest to every commune of a département, if one is."""
        if departement not in self._whole:
            communes = self.table.by_departement.get(departement, [])
            found = {self.nearest(commune.code)[0][0] for commune in communes}
            self._whole[departement] = found.pop() if len(found) == 1 else None
        return self._whole[departement]

    def _present(self, antenna: AntennaEntry, category: str, today: date) -> tuple[ContactEntry, Found] | None:
        """The person who answers for a category at an antenna today, with how that person was found."""
        covering = self._covering.get((antenna.slug, category), [])
        for contact in covering:
            if contact.present(today):
                return contact, Found(antenna)
        for contact in covering:
            deputy = self.contacts.get(contact.deputy) if contact.deputy else None
            if deputy is not None and deputy.present(today):
                return deputy, Found(antenna, stands_in_for=contact, works_at=self.antennas[deputy.antenna])
        return None

    def _answer(
        self,
        category: str,
        commune: Commune | None,
        ranking: Distances,
        today: date,
        distance: float | None,
        alternative: tuple[AntennaEntry, float] | None,
    ) -> Answer:
        label = self._label(category)
        nearest = ranking[0][0]
        person, found = self.front_desk(nearest), None
        absent: list[AntennaEntry] = []
        for antenna, _ in ranking:
            candidate = self._present(antenna, category, today)
            if candidate is not None:
                person, found = candidate
                break
            if (antenna.slug, category) in self._covering:
                absent.append(antenna)
        return Answer(
            category=category,
            category_label=label,
            commune=commune,
            antenna=nearest,
            distance_km=distance,
            person=person,
            front_desk=None if person.antenna == nearest.slug else self.front_desk(nearest),
            alternative=alternative,
            reason=reasons.inside(label, commune, nearest, found, absent),
        )

    def _outside(self, category: str, commune: Commune | None) -> Answer:
        return Answer(
            category=category,
            category_label=self._label(category),
            commune=commune,
            antenna=self.head_office,
            distance_km=None,
            person=self.front_desk(self.head_office),
            front_desk=None,
            alternative=None,
            reason=reasons.outside(commune, self.head_office),
        )
