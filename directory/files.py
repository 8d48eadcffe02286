"""Reading `data/directory/*.yml`. Everything is checked before anything is handed on.

Several files are one directory: antennas and contacts are taken in the order of file names, then of the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from yaml.nodes import Node

from datafiles.syntax import SyntaxFaultError, compose, decoded
from directory.checks import LocatedAntenna, LocatedContact, check
from directory.data import DEFAULT_WEEK, AntennaEntry, ContactEntry, DirectoryData
from directory.faults import DirectoryError, DirectoryFault
from directory.fields import FaultLog, Fields
from understanding import paths
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable

__all__ = ["DirectoryData", "DirectoryError", "DirectoryFault", "read_contents", "read_directory"]

_TOP = ("antennas", "contacts")
_ANTENNA = ("slug", "name", "commune", "address", "phone", "front_desk", "head_office", "hours")
_CONTACT = ("id", "name", "role", "antenna", "email", "phone", "categories", "deputy", "absences")


def read_directory(catalogue: Catalogue, table: CommuneTable, folder: Path = paths.DIRECTORY) -> DirectoryData:
    """Read and check the whole directory.

    Args:
        catalogue: The categories that may be covered, and that must be.
        table: The communes that antennas may stand in.
        folder: Where the files are; those whose names end in `.yml` count.

    Raises:
        DirectoryError: Something is wrong; all faults that can be seen at once are listed. Where a file cannot be
            read at all, what holds between entries is not checked.
    """
    contents: dict[str, bytes | OSError] = {}
    for file in sorted(folder.glob("*.yml")):
        try:
            contents[file.name] = file.read_bytes()
        except OSError as error:
            contents[file.name] = error
    return read_contents(catalogue, table, contents, folder.name)


def read_contents(
    catalogue: Catalogue, table: CommuneTable, contents: Mapping[str, bytes | OSError], folder: str
) -> DirectoryData:
    """Read and check a directory from the contents of its files.

    Args:
        catalogue: The categories that may be covered, and that must be.
        table: The communes that antennas may stand in.
        contents: By file name, in order; an error where a file could not be read.
        folder: Named where there is no file.

    Raises:
        DirectoryError: As `read_directory`.
    """
    if not contents:
        raise DirectoryError([DirectoryFault(folder, 1, "aucun fichier .yml dans ce dossier")])
    faults: list[DirectoryFault] = []
    antennas: list[LocatedAntenna] = []
    contacts: list[LocatedContact] = []
    whole = True
    for name, content in contents.items():
        log = FaultLog(name)
        root = _compose(content, log)
        if root is None:
            whole = False
        else:
            top = Fields(root, log, "le fichier", _TOP)
            antennas += [_antenna(node, log) for node in top.items("antennas")]
            contacts += [_contact(node, log) for node in top.items("contacts")]
        faults += log.faults
    if whole:
        faults += check(antennas, contacts, catalogue, table, next(iter(contents)))
    if faults:
        raise DirectoryError(faults)
    in_service = (replace(item.entry, categories=_in_service(item.entry.categories, catalogue)) for item in contacts)
    return DirectoryData(tuple(item.entry for item in antennas), tuple(in_service))


def _in_service(categories: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Categories without those that were retired; who covered one that was merged covers what took its place."""
    return tuple(dict.fromkeys(found for slug in categories if (found := catalogue.successor(slug))))


def _compose(raw: bytes | OSError, log: FaultLog) -> Node | None:
    if isinstance(raw, OSError):
        log.add(1, f"le fichier ne peut pas être lu ({raw.strerror})")
        return None
    try:
        return compose(decoded(raw))
    except SyntaxFaultError as fault:
        log.add(fault.line, fault.sentence)
        return None


def _antenna(node: Node, log: FaultLog) -> LocatedAntenna:
    fields = Fields(node, log, "l’antenne", _ANTENNA)
    entry = AntennaEntry(
        slug=fields.key("slug"),
        name=fields.text("name"),
        commune=fields.text("commune"),
        address=fields.text("address"),
        phone=fields.phone("phone"),
        front_desk=fields.key("front_desk"),
        head_office=fields.flag("head_office"),
        hours=fields.week("hours") if "hours" in fields else DEFAULT_WEEK,
    )
    return LocatedAntenna(entry, log.file, fields)


def _contact(node: Node, log: FaultLog) -> LocatedContact:
    fields = Fields(node, log, "l’interlocuteur", _CONTACT)
    lines = dict(fields.texts("categories"))
    entry = ContactEntry(
        id=fields.key("id"),
        name=fields.text("name"),
        role=fields.text("role"),
        antenna=fields.key("antenna"),
        email=fields.email("email"),
        phone=fields.phone("phone"),
        categories=tuple(lines),
        deputy=fields.key("deputy", required=False) or None,
        absences=fields.absences("absences"),
    )
    return LocatedContact(entry, log.file, fields, lines)
