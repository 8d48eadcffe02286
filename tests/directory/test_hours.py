"""Opening hours: holidays, summer time, sentences."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.data import DEFAULT_WEEK, AntennaEntry, Span, Week
from directory.hours import (
    PARIS,
    NaiveTimeError,
    after_open,
    closing,
    is_holiday,
    is_open,
    next_opening,
    open_seconds,
    opening_sentence,
    today,
)


def _antenna(hours: Week = DEFAULT_WEEK) -> AntennaEntry:
    return AntennaEntry("rochefort", "Rochefort", "17299", "", "", "x", hours=hours)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("2026-11-23 08:59", "rouvre aujourd’hui à 9 h"),
        ("2026-11-23 09:00", "ouverte aujourd’hui jusqu’à 12 h 30"),
        ("2026-11-23 12:29", "ouverte aujourd’hui jusqu’à 12 h 30"),
        ("2026-11-23 12:30", "rouvre aujourd’hui à 13 h 30"),
        ("2026-11-23 17:00", "ouverte aujourd’hui jusqu’à 17 h 30"),
        ("2026-11-23 17:30", "rouvre demain à 9 h"),
        ("2026-11-27 20:00", "rouvre lundi à 9 h"),
        ("2026-11-29 10:00", "rouvre demain à 9 h"),
        ("2026-05-01 10:00", "rouvre lundi à 9 h"),
        ("2026-12-24 18:00", "rouvre lundi à 9 h"),
        ("2026-05-13 18:00", "rouvre vendredi à 9 h"),
        ("2026-05-22 18:00", "rouvre mardi à 9 h"),
    ],
)
def test_what_is_said(moment: str, sentence: str) -> None:
    assert opening_sentence(_antenna(), _at(moment)).replace("\u00a0", " ") == sentence


def test_a_far_opening_is_given_with_its_date() -> None:
    fridays: Week = ((), (), (), (), (Span(time(14, 5), time(16)),), (), ())
    said = opening_sentence(_antenna(fridays), _at("2026-12-24 18:00"))
    assert said.replace("\u00a0", " ") == "rouvre le 8 janvier à 14 h 05"


def test_an_antenna_that_never_opens() -> None:
    never = _antenna(((),) * 7)
    assert not is_open(never, _at("2026-11-23 10:00"))
    assert next_opening(never, _at("2026-11-23 10:00")) is None
    assert opening_sentence(never, _at("2026-11-23 10:00")) == "n’a pas d’horaires d’ouverture"


@pytest.mark.parametrize(
    "day", ["2026-01-01", "2026-04-06", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-12-25"]
)
def test_public_holidays_are_closed(day: str) -> None:
    assert is_holiday(date.fromisoformat(day))
    assert not is_open(_antenna(), _at(f"{day} 10:00"))


def test_good_friday_and_boxing_day_are_no_holidays_here() -> None:
    assert is_open(_antenna(), _at("2026-04-03 10:00"))
    assert not is_holiday(date(2026, 12, 26))


def test_hours_follow_the_clocks_of_paris_in_winter_and_summer() -> None:
    assert is_open(_antenna(), datetime(2026, 1, 5, 8, 0, tzinfo=UTC))
    assert not is_open(_antenna(), datetime(2026, 1, 5, 7, 59, tzinfo=UTC))
    assert is_open(_antenna(), datetime(2026, 7, 6, 7, 0, tzinfo=UTC))
    assert not is_open(_antenna(), datetime(2026, 7, 6, 15, 30, tzinfo=UTC))


def test_the_nights_on_which_clocks_change() -> None:
    whole_night: Week = ((),) * 6 + ((Span(time(1), time(4)),),)
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for day, hours in ((spring, 2), (autumn, 4)):
        opens = next_opening(_antenna(whole_night), datetime.combine(day, time(0), PARIS))
        assert opens is not None
        closes = closing(_antenna(whole_night), opens)
        assert closes is not None
        assert closes.astimezone(UTC) - opens.astimezone(UTC) == timedelta(hours=hours)


def test_the_day_is_that_of_paris() -> None:
    assert today(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == date(2026, 11, 23)
    assert today(datetime(2026, 7, 1, 21, 59, tzinfo=UTC)) == date(2026, 7, 1)


def test_a_moment_without_time_zone_is_refused() -> None:
    for ask in (is_open, next_opening, opening_sentence):
        with pytest.raises(NaiveTimeError):
            ask(_antenna(), datetime(2026, 1, 1))


_spans = st.lists(st.integers(0, 24 * 12 - 1), unique=True, max_size=6).map(
    lambda marks: tuple(
        Span(time(a // 12, a % 12 * 5), time(b // 12, b % 12 * 5))
        for a, b in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False)
    )
)


@given(
    week=st.tuples(*[_spans] * 7),
    now=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
)
def test_open_and_next_opening_agree(week: Week, now: datetime) -> None:
    antenna = _antenna(week)
    local = now.astimezone(PARIS)
    expected = not is_holiday(local.date()) and any(
        span.opens <= local.time() < span.closes for span in week[local.weekday()]
    )
    if local.utcoffset() == (local - timedelta(hours=3)).utcoffset() == (local + timedelta(hours=3)).utcoffset():
        assert is_open(antenna, now) == expected
    opens = next_opening(antenna, now)
    if opens is None:
        assert not any(week)
    else:
        assert opens > now
        assert not is_holiday(opens.date())
        assert is_open(antenna, opens)


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-11-27 17:00", "2026-11-30 09:10", 40 * 60),
        ("2026-11-27 12:00", "2026-11-27 14:00", 60 * 60),
        ("2026-11-27 12:00", "2026-11-27 12:00", 0),
        ("2026-11-30 09:10", "2026-11-27 17:00", 0),
        ("2026-11-11 09:00", "2026-11-11 18:00", 0),
        ("2026-03-27 17:00", "2026-03-30 10:00", 90 * 60),
    ],
    ids=["a weekend between", "noon", "no time", "backwards", "a holiday", "summer time begins"],
)
def test_seconds_open_between_two_moments(start: str, end: str, seconds: int) -> None:
    assert open_seconds(_antenna(), _at(start), _at(end)) == seconds


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),
    minutes=st.integers(min_value=1, max_value=3000),
)
def test_after_open_is_when_so_much_opening_time_has_passed(start: datetime, minutes: int) -> None:
    moment = start.replace(tzinfo=PARIS, microsecond=0)
    later = after_open(_antenna(), moment, timedelta(minutes=minutes))
    assert later is not None
    assert open_seconds(_antenna(), moment, later) == minutes * 60
    assert open_seconds(_antenna(), moment, later - timedelta(seconds=1)) < minutes * 60
