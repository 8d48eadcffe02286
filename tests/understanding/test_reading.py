"""The text that the classifier reads: without the name of the place."""

from __future__ import annotations

from understanding.places.place import Place
from understanding.reading import without


def test_the_place_says_nothing_of_the_need() -> None:
    place = Place("commune", "Jonzac", codes=("17197",))
    assert "Jonzac" not in without("une aide pour payer un tour, on est à Jonzac", place)


def test_a_text_that_is_little_else_stays_whole() -> None:
    place = Place("commune", "Albi", codes=("81004",))
    assert without("labo Albi ?", place) == "labo Albi ?"


def test_without_a_place_nothing_changes() -> None:
    assert without("une aide pour payer un tour", None) == "une aide pour payer un tour"


def test_only_the_place_that_was_read_goes() -> None:
    place = Place("commune", "Pau", codes=("64445",))
    assert without("de Pau à Pau il faut un transporteur", place).count("Pau") == 1
