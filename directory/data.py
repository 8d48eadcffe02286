"""The directory as plain values, whether it was read from files or from the database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, time
from functools import cached_property
from hashlib import sha256

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
"""Names of the days as files and sentences write them; the index is `date.weekday()`."""


@dataclass(frozen=True, order=True)
class Span:
    """A span of time on one day, local time in Paris; `closes` is the first moment at which it is closed again."""

    opens: time
    closes: time


Week = tuple[tuple[Span, ...], ...]
"""Seven entries from Monday to Sunday, each with the spans of that day in order."""

_WORKDAY = (Span(time(9), time(12, 30)), Span(time(13, 30), time(17, 30)))
DEFAULT_WEEK: Week = (_WORKDAY,) * 5 + ((), ())
"""Opening hours of an antenna that gives none."""


@dataclass(frozen=True)
class AbsenceEntry:
    """Days on which a contact is away, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class AntennaEntry:
    """A local office.

    Attributes:
        slug: Its key everywhere.
        name: What members read.
        commune: INSEE code; its point in the commune table is the antenna's point.
        address: Postal address.
        phone: Telephone number as shown.
        front_desk: Id of its territorial officer.
        head_office: Whether it is the cluster's head office; one is.
        hours: Weekly opening hours.
    """

    slug: str
    name: str
    commune: str
    address: str
    phone: str
    front_desk: str
    head_office: bool = False
    hours: Week = DEFAULT_WEEK


@dataclass(frozen=True)
class ContactEntry:
    """A person, or a function, at an antenna.

    Attributes:
        id: Key everywhere.
        name: What members read.
        role: What members read below the name.
        antenna: Slug of the antenna.
        email: Mail address.
        phone: Telephone number as shown.
        categories: Slugs of the categories covered.
        deputy: Id of the contact who stands in on days of absence.
        absences: Days away.
    """

    id: str
    name: str
    role: str
    antenna: str
    email: str
    phone: str
    categories: tuple[str, ...] = ()
    deputy: str | None = None
    absences: tuple[AbsenceEntry, ...] = ()

    def present(self, day: date) -> bool:
        """Whether no absence covers the day."""
        return not any(absence.first <= day <= absence.last for absence in self.absences)


@dataclass(frozen=True)
class DirectoryData:
    """The whole directory, antennas and contacts in file order."""

    antennas: tuple[AntennaEntry, ...]
    contacts: tuple[ContactEntry, ...]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content in hexadecimal: the same for files that differ only in form or comments."""
        text = json.dumps(asdict(self), ensure_ascii=True, sort_keys=True, default=str)
        return sha256(text.encode("ascii")).hexdigest()
