"""Smaller sets of examples, and the files that are made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.examples import as_rasa, subset, write_by_intent
from bench.plan import WHOLE
from understanding.corpus import Example, read_corpus

CORPUS = [
    Example(f"phrase {intent} {number}", intent, voice="atelier" if number % 3 == 0 else "")
    for intent, count in (("financement", 40), ("formation", 12), ("saluer", 20))
    for number in range(count)
]
CATEGORIES = {"financement", "formation"}


def counts(examples: list[Example]) -> dict[str, int]:
    return {
        intent: sum(example.intent == intent for example in examples)
        for intent in ("financement", "formation", "saluer")
    }


def test_each_category_has_its_number_and_conversation_intents_theirs() -> None:
    assert counts(subset(CORPUS, 15, CATEGORIES, 10, seed=1)) == {"financement": 15, "formation": 12, "saluer": 10}
    assert counts(subset(CORPUS, 5, CATEGORIES, 10, seed=1)) == {"financement": 5, "formation": 5, "saluer": 5}


def test_the_whole_corpus_is_whole() -> None:
    assert subset(CORPUS, WHOLE, CATEGORIES, 10, seed=1) == CORPUS


@pytest.mark.parametrize("seed", range(5))
def test_a_smaller_set_is_part_of_a_larger_one(seed: int) -> None:
    small, large = (subset(CORPUS, size, CATEGORIES, 10, seed) for size in (6, 11))
    assert set(small) < set(large)


def test_the_choice_depends_on_the_seed_only() -> None:
    assert subset(CORPUS, 6, CATEGORIES, 10, 1) == subset(CORPUS, 6, CATEGORIES, 10, 1)
    assert subset(CORPUS, 6, CATEGORIES, 10, 1) != subset(CORPUS, 6, CATEGORIES, 10, 2)


TEXTS = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="[]") | st.just(" "), min_size=1, max_size=40
).map(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS.filter(bool), st.sampled_from(["", "atelier"])), min_size=1, max_size=8))
def test_examples_are_read_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("nlu")
    examples = [Example(text, "financement", voice=voice) for text, voice in rows]
    write_by_intent(examples, folder)
    found = [(example.text, example.intent, example.voice) for example in read_corpus(folder)]
    assert sorted(found) == sorted((example.text, "financement", example.voice) for example in examples)


def test_the_stock_project_gets_no_voices(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(as_rasa(CORPUS, voices=False), "utf-8")
    read = read_corpus(tmp_path)
    assert len(read) == len(CORPUS)
    assert {example.voice for example in read} == {""}
