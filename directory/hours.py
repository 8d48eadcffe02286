"""When an antenna is open, and how to say so. All hours are local time in Paris."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from directory.data import DAYS, AntennaEntry
from directory.french import spoken_date, spoken_time

PARIS = ZoneInfo("Europe/Paris")

_HORIZON_DAYS = 60
"""An antenna that is open at all opens within this many days, whatever the holidays."""


class NaiveTimeError(ValueError):
    """A moment was given without its time zone."""


def paris(now: datetime) -> datetime:
    """A moment as the clocks in Paris show it.

    Raises:
        NaiveTimeError: The moment has no time zone.
    """
    if now.tzinfo is None:
        raise NaiveTimeError("a moment needs a time zone")
    return now.astimezone(PARIS)


def today(now: datetime | None = None) -> date:
    """The day in Paris, now or at a given moment."""
    return paris(now or datetime.now(UTC)).date()


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday in metropolitan France."""
    return day in _holidays(day.year)


def _spans(antenna: AntennaEntry, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing moments from a day on, in UTC: moments of one zone would be compared by their clock faces."""
    for offset in range(days):
        day = first + timedelta(days=offset)
        if is_holiday(day):
            continue
        for span in antenna.hours[day.weekday()]:
            yield _moment(day, span.opens), _moment(day, span.closes)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=PARIS).astimezone(UTC)


def closing(antenna: AntennaEntry, now: datetime) -> datetime | None:
    """When an antenna that is open now closes, in Paris time; None where it is closed.

    Raises:
        NaiveTimeError: The moment has no time zone.
    """
    for opens, closes in _spans(antenna, paris(now).date(), 1):
        if opens <= now < closes:
            return paris(closes)
    return None


def is_open(antenna: AntennaEntry, now: datetime) -> bool:
    """Whether an antenna is open; public holidays count as closed.

    Raises:
        NaiveTimeError: The moment has no time zone.
    """
    return closing(antenna, now) is not None


def next_opening(antenna: AntennaEntry, now: datetime) -> datetime | None:
    """The next moment after now at which an antenna opens, in Paris time; None for one that never opens.

    Raises:
        NaiveTimeError: The moment has no time zone.
    """
    for opens, _ in _spans(antenna, paris(now).date(), _HORIZON_DAYS):
        if opens > now:
            return paris(opens)
    return None


def after_open(antenna: AntennaEntry, start: datetime, delay: timedelta) -> datetime | None:
    """The moment at which an antenna will have been open for so long since a start; None for one that never opens.

    Args:
        antenna: Whose opening hours count.
        start: From when on.
        delay: How long; for none, the start or the next opening.

    Raises:
        NaiveTimeError: The start has no time zone.
    """
    for opens, closes in _spans(antenna, paris(start).date(), _HORIZON_DAYS):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if delay <= closes - begins:
            return (begins + delay).astimezone(UTC)
        delay -= closes - begins
    return None


def open_seconds(antenna: AntennaEntry, start: datetime, end: datetime) -> int:
    """How many seconds an antenna was open between two moments; 0 where the end comes first.

    Raises:
        NaiveTimeError: A moment has no time zone.
    """
    first = paris(start).date()
    days = (paris(end).date() - first).days + 1
    spans = ((max(opens, start), min(closes, end)) for opens, closes in _spans(antenna, first, days))
    return int(sum((until - since).total_seconds() for since, until in spans if until > since))


def opening_sentence(antenna: AntennaEntry, now: datetime) -> str:
    """What to say after the antenna's name.

    « ouverte aujourd’hui jusqu’à 12 h 30 », « rouvre aujourd’hui à 13 h 30 », « rouvre demain à 9 h »,
    « rouvre lundi à 9 h », « rouvre le 4 janvier à 9 h », or « n’a pas d’horaires d’ouverture ».

    Raises:
        NaiveTimeError: The moment has no time zone.
    """
    closes = closing(antenna, now)
    if closes is not None:
        return f"ouverte aujourd’hui jusqu’à {spoken_time(closes.time())}"
    opens = next_opening(antenna, now)
    if opens is None:
        return "n’a pas d’horaires d’ouverture"
    return f"rouvre {_spoken_day(opens.date(), today(now))} à {spoken_time(opens.time())}"


def _spoken_day(day: date, current: date) -> str:
    days = (day - current).days
    if days == 0:
        return "aujourd’hui"
    if days == 1:
        return "demain"
    return DAYS[day.weekday()] if days < 7 else f"le {spoken_date(day)}"
