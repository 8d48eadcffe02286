"""What a real training leaves beside the model: how its examples were read by fits that had not learnt them."""

from __future__ import annotations

from releases.figures import figures, held_out_of
from tests.bot.conftest import Trained
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus


def test_a_trained_archive_tells_how_its_examples_were_read(trained: Trained) -> None:
    readings = held_out_of(trained.archive)
    catalogue = load_catalogue(trained.data / "categories.yml", trained.data / "conversation.yml")
    examples = {(example.text, example.intent) for example in read_corpus(trained.data / "nlu")}
    assert readings and {(reading.text, reading.intent) for reading in readings} <= examples
    assert {reading.intent for reading in readings} == set(catalogue.intents)
    found = figures(readings, list(catalogue.categories))
    assert found["labels"][: len(catalogue.categories)] == list(catalogue.categories)
    assert 0.2 < found["right"]["value"] < 1
    assert sum(map(sum, found["matrix"])) == found["n"] == len(readings)
