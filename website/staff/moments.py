"""Days and moments in French words, at Paris: `moment` and `day`, filters of the templates too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from directory.french import spoken_date, spoken_time

PARIS = ZoneInfo("Europe/Paris")


def today() -> date:
    """The day at Paris."""
    return datetime.now(UTC).astimezone(PARIS).date()


def moment(when: datetime) -> str:
    """« 4 janvier 2027 à 9 h 30 », at Paris."""
    there = when.astimezone(PARIS)
    return f"{day(there.date())} à {spoken_time(there.time())}"


def day(when: date) -> str:
    """« 4 janvier 2027 »."""
    return f"{spoken_date(when)} {when.year}"
