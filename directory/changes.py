"""What changes in the plain values of the directory's files when an entry does; everything else keeps its form."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from directory.data import DAYS, AntennaEntry, ContactEntry, DirectoryData, Span, Week

Documents = Mapping[str, dict[str, Any]]
"""What each file says, by name."""

_ANTENNA_TEXTS = ("name", "address", "phone", "front_desk")
_CONTACT_TEXTS = ("name", "role", "email", "phone")


class UnknownEntryError(LookupError):
    """There is no such antenna or contact any more."""


class NoPlaceError(ValueError):
    """A contact cannot go further, or its neighbour stands in another file."""


def with_antenna(documents: Documents, old: AntennaEntry, new: AntennaEntry) -> Documents:
    """Change an antenna.

    Args:
        documents: The files.
        old: The antenna as they say it.
        new: As they shall say it; slug, commune and head office stay.

    Raises:
        UnknownEntryError: It is not there.
    """
    changed, raw = _found(documents, "antennas", "slug", old.slug)
    _set_texts(raw, old, new, _ANTENNA_TEXTS)
    if new.hours != old.hours:
        raw["hours"] = _week(raw.get("hours") or {}, old.hours, new.hours)
    return changed


def with_contact(documents: Documents, old: ContactEntry, new: ContactEntry) -> Documents:
    """Change a contact.

    Args:
        documents: The files.
        old: The contact as they say it.
        new: As they shall say it; id and antenna stay.

    Raises:
        UnknownEntryError: It is not there.
    """
    changed, raw = _found(documents, "contacts", "id", old.id)
    _set_texts(raw, old, new, _CONTACT_TEXTS)
    if new.categories != old.categories:
        _set(raw, "categories", list(new.categories))
    if new.deputy != old.deputy:
        _set(raw, "deputy", new.deputy)
    if new.absences != old.absences:
        known = dict(zip(old.absences, raw.get("absences") or ()))
        absences = [known.get(one, {"from": one.first, "to": one.last}) for one in new.absences]
        _set(raw, "absences", absences)
    return changed


def with_new_contact(documents: Documents, new: ContactEntry) -> Documents:
    """Add a contact after the last one of its antenna, or after all where it is the first there."""
    changed = copy.deepcopy(dict(documents))
    rows = list(_rows(changed, "contacts"))
    home = [place for place in rows if place[2].get("antenna") == new.antenna] or rows
    raw: dict[str, Any] = {"id": new.id, "name": new.name, "role": new.role, "antenna": new.antenna}
    raw |= {"email": new.email, "phone": new.phone, "categories": list(new.categories)}
    _set(raw, "deputy", new.deputy)
    _set(raw, "absences", [{"from": one.first, "to": one.last} for one in new.absences])
    file, position, _ = home[-1]
    changed[file]["contacts"].insert(position + 1, raw)
    return changed


def without_contact(documents: Documents, identifier: str) -> Documents:
    """Remove a contact.

    Raises:
        UnknownEntryError: It is not there.
    """
    changed, raw = _found(documents, "contacts", "id", identifier)
    for document in changed.values():
        rows = document.get("contacts") or []
        if raw in rows:
            rows.remove(raw)
    return changed


def with_contact_moved(documents: Documents, data: DirectoryData, identifier: str, *, up: bool) -> Documents:
    """Let a contact change places with its neighbour at the same antenna: who covers a category first is asked first.

    Args:
        documents: The files.
        data: What they say.
        identifier: The contact.
        up: Whether before the neighbour, or after.

    Raises:
        UnknownEntryError: It is not there.
        NoPlaceError: There is no neighbour on that side, or it stands in another file.
    """
    changed, raw = _found(documents, "contacts", "id", identifier)
    colleagues = [contact.id for contact in data.contacts if contact.antenna == str(raw.get("antenna"))]
    place = colleagues.index(identifier) + (-1 if up else 1)
    if not 0 <= place < len(colleagues):
        raise NoPlaceError(identifier)
    rows = next(document["contacts"] for document in changed.values() if raw in (document.get("contacts") or []))
    ids = [str(row["id"]) for row in rows]
    if colleagues[place] not in ids:
        raise NoPlaceError(identifier)
    target = ids.index(colleagues[place])
    rows.remove(raw)
    rows.insert(target, raw)
    return changed


def _found(documents: Documents, kind: str, key: str, name: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """A copy of all, and the entry in it."""
    changed = copy.deepcopy(dict(documents))
    for _, _, row in _rows(changed, kind):
        if str(row.get(key)) == name:
            return changed, row
    raise UnknownEntryError(name)


def _rows(documents: Documents, kind: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for file, document in documents.items():
        for position, row in enumerate(document.get(kind) or ()):
            yield file, position, row


def _set_texts(raw: dict[str, Any], old: Any, new: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if getattr(new, name) != getattr(old, name):
            raw[name] = getattr(new, name)


def _set(raw: dict[str, Any], name: str, value: Any) -> None:
    """Write a field, or leave it out where it is empty."""
    if value:
        raw[name] = value
    else:
        raw.pop(name, None)


def _week(raw: dict[str, Any], old: Week, new: Week) -> dict[str, Any]:
    """The opening hours; days that stay as they were keep the form in which they are written."""
    kept = {day for day, was, spans in zip(DAYS, old, new) if was == spans and day in raw}
    return {
        day: raw[day] if day in kept else _written(spans)
        for day, spans in zip(DAYS, new)
        if day in kept or day in raw or spans
    }


def _written(spans: tuple[Span, ...]) -> list[str]:
    return [f"{_clock(span.opens)}-{_clock(span.closes)}" for span in spans]


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"
