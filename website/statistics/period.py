"""Months, as clocks in Paris count them, and what the figures are narrowed to; all of it stands in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from directory.french import month_name
from website.staff.moments import midnight

MOST_MONTHS = 36
USUAL_MONTHS = 12


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> Month | None:
        """From « 2026-03 », or None."""
        match = re.fullmatch(r"(20\d{2})-(0[1-9]|1[0-2])", text)
        return cls(int(match[1]), int(match[2])) if match else None

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    def plus(self, months: int) -> Month:
        """So many months later."""
        total = self.year * 12 + self.number - 1 + months
        return Month(total // 12, total % 12 + 1)

    def until(self, last: Month) -> list[Month]:
        """All months from this one to another, both included."""
        count = (last.year - self.year) * 12 + last.number - self.number + 1
        return [self.plus(number) for number in range(count)]

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.plus(1).first_day - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return midnight(self.first_day)

    @property
    def label(self) -> str:
        """« mars 2026 »."""
        return f"{month_name(self.number)} {self.year}"


@dataclass(frozen=True)
class Choice:
    """What the figures are narrowed to.

    Attributes:
        first: The first month.
        last: The last month.
        antenna: Slug of an antenna; empty for all.
        category: Slug of a category; empty for all.
    """

    first: Month
    last: Month
    antenna: str = ""
    category: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> Choice:
        """From an address; what is not understood there is left out.

        Args:
            query: Of the address.
            today: The day in Paris.
        """
        last = Month.read(query.get("au", "")) or Month.of(today)
        first = Month.read(query.get("du", "")) or last.plus(1 - USUAL_MONTHS)
        first, last = min(first, last), max(first, last)
        first = max(first, last.plus(1 - MOST_MONTHS))
        return cls(first, last, query.get("antenne", "")[:64], query.get("categorie", "")[:64])

    @property
    def months(self) -> list[Month]:
        """All months, the first first."""
        return self.first.until(self.last)

    @property
    def query(self) -> str:
        """The address's query that leads here, without « ? »."""
        values = {"du": str(self.first), "au": str(self.last), "antenne": self.antenna, "categorie": self.category}
        return urlencode({name: value for name, value in values.items() if value})
