"""Days and moments in French words, at Paris: `moment` and `day`, filters of the templates too."""

from __future__ import annotations

from datetime import date, datetime, time

from directory.french import spoken_date, spoken_time
from directory.hours import PARIS, paris


def moment(when: datetime) -> str:
    """« 4 janvier 2027 à 9 h 30 », at Paris."""
    there = paris(when)
    return f"{day(there.date())} à {spoken_time(there.time())}"


def day(when: date) -> str:
    """« 4 janvier 2027 »."""
    return f"{spoken_date(when)} {when.year}"


def read_day(text: str) -> date | None:
    """A day as a date field sends it; None where it is none, or of another age than ours."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def midnight(day: date) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(), PARIS)
