"""What must hold between the entries of the directory, and with categories and communes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from directory.data import AntennaEntry, ContactEntry
from directory.faults import DirectoryFault
from directory.fields import Fields
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable


@dataclass(frozen=True)
class LocatedAntenna:
    """An antenna and where it is written."""

    entry: AntennaEntry
    file: str
    fields: Fields

    def fault(self, field: str, sentence: str) -> DirectoryFault:
        """A fault of one of its fields."""
        return DirectoryFault(self.file, self.fields.line_for(field), sentence)


@dataclass(frozen=True)
class LocatedContact:
    """A contact and where it is written; `category_lines` has the line of each category."""

    entry: ContactEntry
    file: str
    fields: Fields
    category_lines: dict[str, int]

    def fault(self, field: str, sentence: str) -> DirectoryFault:
        """A fault of one of its fields."""
        return DirectoryFault(self.file, self.fields.line_for(field), sentence)


def check(
    antennas: Sequence[LocatedAntenna],
    contacts: Sequence[LocatedContact],
    catalogue: Catalogue,
    table: CommuneTable,
    first_file: str,
) -> Iterator[DirectoryFault]:
    """All faults between entries. What a field could not be read as was noted before and is skipped here.

    Args:
        antennas: In file order.
        contacts: In file order.
        catalogue: The categories in service.
        table: The communes.
        first_file: Named for faults that no single entry causes.
    """
    yield from _duplicates(antennas, contacts)
    yield from _communes(antennas, table)
    yield from _head_office(antennas, first_file)
    yield from _front_desks(antennas, contacts)
    yield from _antennas_of_contacts(antennas, contacts)
    yield from _categories(contacts, catalogue, first_file)
    yield from _deputies(contacts)


def _duplicates(antennas: Sequence[LocatedAntenna], contacts: Sequence[LocatedContact]) -> Iterator[DirectoryFault]:
    slugs: dict[str, LocatedAntenna] = {}
    for antenna in antennas:
        first = slugs.setdefault(antenna.entry.slug, antenna)
        if antenna.entry.slug and first is not antenna:
            where = f"{first.file}, ligne {first.fields.line_for('slug')}"
            yield antenna.fault("slug", f"l’antenne « {antenna.entry.slug} » existe déjà ({where})")
    ids: dict[str, LocatedContact] = {}
    for contact in contacts:
        earlier = ids.setdefault(contact.entry.id, contact)
        if contact.entry.id and earlier is not contact:
            where = f"{earlier.file}, ligne {earlier.fields.line_for('id')}"
            yield contact.fault("id", f"l’interlocuteur « {contact.entry.id} » existe déjà ({where})")


def _communes(antennas: Sequence[LocatedAntenna], table: CommuneTable) -> Iterator[DirectoryFault]:
    for antenna in antennas:
        code = antenna.entry.commune
        if not code:
            continue
        if code not in table:
            yield antenna.fault("commune", f"« {code} » n’est le code INSEE d’aucune commune")
        elif table[code].lat is None:
            name = table[code].name
            yield antenna.fault("commune", f"la position de la commune {code} ({name}) n’est pas connue")


def _head_office(antennas: Sequence[LocatedAntenna], first_file: str) -> Iterator[DirectoryFault]:
    head_offices = [antenna for antenna in antennas if antenna.entry.head_office]
    if not head_offices:
        yield DirectoryFault(first_file, 1, "aucune antenne n’est le siège (head_office: true)")
    for antenna in head_offices[1:]:
        first = head_offices[0].entry.slug
        yield antenna.fault("head_office", f"il ne peut y avoir qu’un siège, et « {first} » l’est déjà")


def _front_desks(antennas: Sequence[LocatedAntenna], contacts: Sequence[LocatedContact]) -> Iterator[DirectoryFault]:
    by_id = {contact.entry.id: contact.entry for contact in contacts}
    for antenna in antennas:
        front_desk = antenna.entry.front_desk
        if not front_desk:
            continue
        if front_desk not in by_id:
            yield antenna.fault("front_desk", f"l’accueil « {front_desk} » n’est l’identifiant d’aucun interlocuteur")
        elif by_id[front_desk].antenna not in ("", antenna.entry.slug):
            other = by_id[front_desk].antenna
            yield antenna.fault("front_desk", f"l’accueil « {front_desk} » travaille à une autre antenne, « {other} »")


def _antennas_of_contacts(
    antennas: Sequence[LocatedAntenna], contacts: Sequence[LocatedContact]
) -> Iterator[DirectoryFault]:
    slugs = {antenna.entry.slug for antenna in antennas}
    for contact in contacts:
        if contact.entry.antenna and contact.entry.antenna not in slugs:
            yield contact.fault("antenna", f"l’antenne « {contact.entry.antenna} » n’existe pas")


def _categories(contacts: Sequence[LocatedContact], catalogue: Catalogue, first_file: str) -> Iterator[DirectoryFault]:
    covered: set[str] = set()
    for contact in contacts:
        for category, line in contact.category_lines.items():
            covered.add(catalogue.successor(category) or category)
            if category not in catalogue.categories and category not in catalogue.retired:
                yield DirectoryFault(contact.file, line, f"la catégorie « {category} » est inconnue")
    for category in catalogue.categories:
        if category not in covered:
            yield DirectoryFault(first_file, 1, f"personne ne couvre la catégorie « {category} »")


def _deputies(contacts: Sequence[LocatedContact]) -> Iterator[DirectoryFault]:
    by_id = {contact.entry.id: contact for contact in contacts if contact.entry.id}
    reported: set[str] = set()
    for contact in contacts:
        deputy = contact.entry.deputy
        if deputy is None:
            continue
        if deputy not in by_id:
            yield contact.fault("deputy", f"le remplaçant « {deputy} » n’est l’identifiant d’aucun interlocuteur")
            continue
        loop = _loop_from(contact.entry, by_id)
        if loop and not reported.intersection(loop):
            reported.update(loop)
            chain = " → ".join([*loop, loop[0]])
            yield contact.fault("deputy", f"les remplaçants tournent en rond : {chain}")


def _loop_from(start: ContactEntry, by_id: dict[str, LocatedContact]) -> list[str]:
    """The ids of the loop of deputies that begins and ends at `start`; empty where there is none."""
    chain = [start.id]
    current = start
    while current.deputy is not None and current.deputy in by_id:
        if current.deputy == start.id:
            return chain
        if current.deputy in chain:
            return []
        chain.append(current.deputy)
        current = by_id[current.deputy].entry
    return []
