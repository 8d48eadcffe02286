"""What a member says next, from what was said and answered."""

from __future__ import annotations

from itertools import islice
from typing import Any

from bench.load.dialogues import MOST_TURNS, SHORTEST, THANKS, Dialogue, Turn, dialogues
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus

DIALOGUE = Dialogue("Il nous faut un tour", "Jonzac", "Merci")
COMMUNE, THANKED = Turn("Jonzac"), Turn("Merci")
CHOICE = Turn("Financement", "/financement")


def _answer(*buttons: dict[str, str], contact: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"text": "…", "buttons": list(buttons), "contact": contact}


def test_question_commune_thanks() -> None:
    question = DIALOGUE.next_turn([], [])
    assert question == Turn("Il nous faut un tour")
    assert DIALOGUE.next_turn([question], [_answer()]) == COMMUNE
    assert DIALOGUE.next_turn([question, COMMUNE], [_answer(contact={"type": "contact"})]) == THANKED
    assert DIALOGUE.next_turn([question, COMMUNE, THANKED], [_answer()]) is None


def test_who_is_named_somebody_at_once_thanks_at_once() -> None:
    assert DIALOGUE.next_turn([Turn("x")], [_answer(contact={"type": "contact"})]) == THANKED


def test_a_category_or_a_place_that_is_offered_is_chosen_a_person_never() -> None:
    person = {"title": "Parler à un chargé de mission", "payload": "/demander_humain"}
    category = {"title": "Financement", "payload": "/financement", "category": "financement"}
    place = {"title": "Saintes", "payload": '/indiquer_lieu{"commune": "17415"}'}
    assert DIALOGUE.next_turn([Turn("x")], [_answer(person, category)]) == CHOICE
    assert DIALOGUE.next_turn([Turn("x")], [_answer(person, place)]) == Turn("Saintes", place["payload"])
    assert DIALOGUE.next_turn([Turn("x")], [_answer(person)]) == COMMUNE
    assert DIALOGUE.next_turn([Turn("x"), CHOICE], [_answer(category)]) == COMMUNE  # not the same again


def test_who_is_not_helped_thanks_in_the_end() -> None:
    said: list[Turn] = []
    while (turn := DIALOGUE.next_turn(said, [_answer()])) is not None:
        said.append(turn)
    assert said[-1] == THANKED and len(said) <= MOST_TURNS


def test_questions_are_examples_of_categories_and_the_same_for_a_seed() -> None:
    drawn = list(islice(dialogues(3), 50))
    categories = load_catalogue().categories
    examples = {row.text for row in read_corpus() if row.intent in categories}
    assert all(row.question in examples and len(row.question) >= SHORTEST for row in drawn)
    assert {row.thanks for row in drawn} <= set(THANKS)
    assert drawn == list(islice(dialogues(3), 50)) != list(islice(dialogues(4), 50))
