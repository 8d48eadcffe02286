"""Which conversations a list shows: everything stands in the address, so that a list can be kept and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from website.body import read_number
from website.staff.moments import midnight, read_day

PAGE_SIZE = 50
LONGEST = 200
"""Characters of a value in the address."""


class Box(StrEnum):
    """The lists, by what stands in the address."""

    WAITING = "attente"
    MINE = "miennes"
    ANTENNA = "antenne"
    BOT = "assistant"
    CLOSED = "closes"
    ALL = "toutes"

    @property
    def label(self) -> str:
        """What an officer reads."""
        return _LABELS[self]

    @property
    def key(self) -> str:
        """The key that leads to it after « g »."""
        return _KEYS[self]


_LABELS = {
    Box.WAITING: "En attente",
    Box.MINE: "Les miennes",
    Box.ANTENNA: "Mon antenne",
    Box.BOT: "Assistant",
    Box.CLOSED: "Closes",
    Box.ALL: "Toutes",
}
_KEYS = {Box.WAITING: "a", Box.MINE: "m", Box.ANTENNA: "n", Box.BOT: "b", Box.CLOSED: "c", Box.ALL: "t"}


class Course(StrEnum):
    """How a conversation went, by what stands in the address.

    Attributes:
        ALONE: The assistant named a contact, and nobody else was asked for.
        HANDED: It was put into a person's hands.
        UNFINISHED: Neither.
    """

    ALONE = "assistant"
    HANDED = "transmise"
    UNFINISHED = "sans-suite"


@dataclass(frozen=True)
class Filters:
    """A list and what narrows it.

    Attributes:
        box: The list.
        category: Slug of a category.
        antenna: Slug of the antenna that it belongs to.
        officer: Id of an account.
        since: First day, in Paris.
        until: Last day, in Paris.
        rating: « utile » or « inutile ».
        words: What is searched for, as typed.
        page: From 1 on.
        near: Slug of the antenna nearest to the member.
        course: How it went.
    """

    box: Box = Box.WAITING
    category: str = ""
    antenna: str = ""
    officer: str = ""
    since: date | None = None
    until: date | None = None
    rating: str = ""
    words: str = ""
    page: int = 1
    near: str = ""
    course: Course | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        """From an address; what is not understood there is left out."""
        words = query.get("q", "").strip()[:LONGEST]
        value = query.get("liste", "")
        box = Box(value) if value in set(Box) else (Box.ALL if words else Box.WAITING)
        rating, course = query.get("avis", ""), query.get("suite", "")
        return cls(
            box=box,
            category=query.get("categorie", "")[:64],
            antenna=query.get("antenne", "")[:64],
            near=query.get("proche", "")[:64],
            course=Course(course) if course in set(Course) else None,
            officer=query.get("officier", "")[:32],
            since=read_day(query.get("du", "")),
            until=read_day(query.get("au", "")),
            rating=rating if rating in ("utile", "inutile") else "",
            words=words,
            page=min(1000, read_number(query.get("page", "")) or 1),
        )

    @property
    def narrowed(self) -> bool:
        """Whether more than a list was chosen."""
        return replace(self, page=1) != Filters(box=self.box)

    @property
    def query(self) -> str:
        """The address's query that leads here, without « ? »."""
        values = {
            "liste": self.box.value,
            "q": self.words,
            "categorie": self.category,
            "antenne": self.antenna,
            "proche": self.near,
            "suite": self.course.value if self.course else "",
            "officier": self.officer,
            "du": self.since.isoformat() if self.since else "",
            "au": self.until.isoformat() if self.until else "",
            "avis": self.rating,
            "page": str(self.page) if self.page > 1 else "",
        }
        return urlencode({name: value for name, value in values.items() if value})

    def at(self, page: int) -> Filters:
        """The same on another page."""
        return replace(self, page=page)

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """The moments from which, and before which, a conversation may have begun."""
        since = midnight(self.since) if self.since else None
        return since, midnight(self.until + timedelta(days=1)) if self.until else None
