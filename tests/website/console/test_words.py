"""How the console says things, and what it remembers of who looks where."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from directory.hours import PARIS
from tests.browser.staff import UNDERSTOOD
from understanding.catalogue import load_catalogue
from website.console import words
from website.console.canned import fill_in
from website.console.openings import SECONDS, Openings
from website.console.presence import LOOKING_SECONDS, TYPING_SECONDS, LocalPresence

NOW = datetime(2026, 11, 27, 14, 5, tzinfo=PARIS)
NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "vient d’écrire"),
        (timedelta(minutes=12), "attend depuis 12 min"),
        (timedelta(hours=3, minutes=5), "attend depuis 3 h 05"),
        (timedelta(hours=30), "attend depuis 1 jour"),
        (timedelta(days=3), "attend depuis 3 jours"),
    ],
)
def test_waiting_in_words(ago: timedelta, said: str) -> None:
    assert words.waits(NOW - ago, NOW).replace(NBSP, " ") == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-27 09:05", "09:05"),
        ("2026-11-26 23:59", "hier"),
        ("2026-11-01 10:00", "1er novembre"),
        ("2025-11-27 10:00", "27 novembre 2025"),
    ],
)
def test_moments_in_words(moment: str, said: str) -> None:
    then = datetime.fromisoformat(moment).replace(tzinfo=PARIS)
    assert words.when(then, NOW).replace(NBSP, " ") == said


def test_what_was_understood_in_words() -> None:
    found = words.understood(UNDERSTOOD)
    assert found is not None
    assert found.sentence.replace(NBSP, " ") == "Financement et aides, presque sûr (93 %) · lieu « Saintes »"
    unsure = {"ranking": [["formation", 0.5]], "decision": "choose", "place": None}
    found = words.understood(unsure)
    assert found is not None and found.sentence.replace(NBSP, " ") == "Formation, hésitant (50 %) · a proposé un choix"
    assert words.understood(None) is None and words.understood({}) is None


def test_every_kind_of_message_has_a_name() -> None:
    assert set(words.CONVERSATION) == set(load_catalogue().conversation)


def test_variables() -> None:
    values = {"officier": "Mme Roux", "telephone": "05 36"}
    assert fill_in("Ici {Officier} : {téléphone}, {commune} {x y} {", values).replace(NBSP, " ") == (
        "Ici Mme Roux : 05 36, {commune} {x y} {"
    )


class Clock:
    """Seconds that grow when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_looks_and_types() -> None:
    clock = Clock()
    presence = LocalPresence(clock)
    assert presence.mark("c", "1", "Mme Roux", here=True, typing=False)
    assert not presence.mark("c", "1", "Mme Roux", here=True, typing=False), "no news"
    assert presence.mark("c", "1", "Mme Roux", here=True, typing=True)
    assert [(person.name, person.typing) for person in presence.who("c")] == [("Mme Roux", True)]
    clock.now += TYPING_SECONDS + 1
    assert not presence.who("c")[0].typing
    assert presence.mark("c", "2", "M. Petit", here=True, typing=False)
    clock.now += LOOKING_SECONDS - TYPING_SECONDS
    assert [person.name for person in presence.who("c")] == ["M. Petit"]
    assert presence.mark("c", "2", "M. Petit", here=False, typing=False)
    assert presence.who("c") == []


def test_an_opening_is_noted_once() -> None:
    clock = Clock()
    openings = Openings(clock)
    assert openings.is_new("s", "c", refresh=True), "a refresh of what was never opened is an opening"
    assert not openings.is_new("s", "c", refresh=True)
    assert openings.is_new("s", "c", refresh=False)
    clock.now += SECONDS + 1
    assert openings.is_new("s", "c", refresh=True)
