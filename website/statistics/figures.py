"""The figures: what was counted, put together by month, category and antenna."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import DirectoryData
from website.console.filters import Course
from website.statistics import queries
from website.statistics.period import Choice, Month
from website.statistics.queries import Cell, Remote

Key = TypeVar("Key")


@dataclass
class Tally:
    """What was counted for a month, a category, an antenna, or all three.

    Attributes:
        courses: Conversations by how they went.
        seconds: Of first answers, in opening hours.
        useful: Exchanges that members found useful.
        useless: Exchanges that they did not.
    """

    courses: Counter[Course] = field(default_factory=Counter)
    seconds: list[int] = field(default_factory=list)
    useful: int = 0
    useless: int = 0

    @property
    def conversations(self) -> int:
        """All in which the member wrote."""
        return self.courses.total()

    @property
    def rated(self) -> int:
        """Exchanges that members gave a word on."""
        return self.useful + self.useless

    @property
    def median(self) -> float | None:
        """Half of the first answers came sooner; None without any."""
        return percentile(self.seconds, 0.5)

    @property
    def late(self) -> float | None:
        """Nine of ten first answers came sooner; None without any."""
        return percentile(self.seconds, 0.9)

    def add(self, other: Tally) -> None:
        """Count another one in."""
        self.courses += other.courses
        self.seconds += other.seconds
        self.useful += other.useful
        self.useless += other.useless


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which a share of all lies, between two of them in proportion; None where there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True)
class Figures:
    """All figures of a period.

    Attributes:
        choice: What they are narrowed to.
        cells: By month, antenna and category.
        remote: Conversations from around an antenna where nobody covers their category, most first.
    """

    choice: Choice
    cells: Mapping[Cell, Tally]
    remote: Sequence[Remote]

    @property
    def total(self) -> Tally:
        """All together."""
        return _together(self.cells.items(), lambda cell: None).get(None, Tally())

    @property
    def by_month(self) -> dict[Month, Tally]:
        """Every month, empty ones too."""
        found = _together(self.cells.items(), lambda cell: cell.month)
        return {month: found.get(month, Tally()) for month in self.choice.months}

    @property
    def by_category(self) -> dict[str | None, Tally]:
        """Every category that occurs."""
        return _together(self.cells.items(), lambda cell: cell.category)

    @property
    def by_antenna(self) -> dict[str | None, Tally]:
        """Every antenna that occurs."""
        return _together(self.cells.items(), lambda cell: cell.antenna)


def _together(cells: Iterable[tuple[Cell, Tally]], key: Callable[[Cell], Key]) -> dict[Key, Tally]:
    sums: dict[Key, Tally] = {}
    for cell, tally in cells:
        sums.setdefault(key(cell), Tally()).add(tally)
    return sums


async def read_figures(session: AsyncSession, choice: Choice, data: DirectoryData | None) -> Figures:
    """Count.

    Args:
        session: A session for reading.
        choice: What to count.
        data: The directory, which says what is covered where.
    """
    cells: dict[Cell, Tally] = {}
    for cell, course, number in await queries.courses(session, choice):
        cells.setdefault(cell, Tally()).courses[course] += number
    for cell, seconds in await queries.first_answers(session, choice):
        cells.setdefault(cell, Tally()).seconds.append(seconds)
    for cell, useful, number in await queries.ratings(session, choice):
        tally = cells.setdefault(cell, Tally())
        if useful:
            tally.useful += number
        else:
            tally.useless += number
    covered = (
        {(contact.antenna, category) for contact in data.contacts for category in contact.categories} if data else set()
    )
    known = {antenna.slug for antenna in data.antennas} if data else set()
    remote = [
        one
        for one in await queries.by_nearest(session, choice)
        if one.near in known and (one.near, one.category) not in covered
    ]
    return Figures(choice, cells, sorted(remote, key=lambda one: (-one.number, one.near, one.category)))
