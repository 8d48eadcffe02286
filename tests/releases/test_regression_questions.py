"""The regression questions, public ones and those that stay on this machine, put to the model that fits the data."""

from __future__ import annotations

import pytest

from corpus.regressions import read_regressions
from releases.notes import passes
from releases.rasa_side import readings
from settings import ROOT
from supervisor.model import train

pytestmark = pytest.mark.rasa


def test_every_question_that_must_stay_right_is_right() -> None:
    """A model is trained where none fits the data and the code; it stays for `make serve`."""
    found = read_regressions()
    assert [str(fault) for fault in found.faults] == []
    (read,) = readings([train(ROOT).path], [question.text for question in found.questions])
    assert read is not None
    wrong = [
        f"{question.file}:{question.line}: {question.text} → {reading.decision} {reading.categories}"
        for question, reading in zip(found.questions, read)
        if not passes(question, reading)
    ]
    assert wrong == []
