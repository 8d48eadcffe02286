"""Probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from understanding.catalogue import Catalogue, Category
from understanding.intents.calibration import SHARE_OUT_OF_SCOPE, SHARE_TALK, fit_calibration, traffic
from understanding.intents.model import Calibration

CATALOGUE = Catalogue({"a": Category("a", "A", "")}, {"saluer": "", "hors_perimetre": ""})
FLAT = Calibration(0.5, (0.0, 0.4, 0.6, 1.0), (0.01, 0.5, 0.5, 0.9))


@given(arrays(np.float32, (3, 5), elements=st.floats(-4, 4, width=32)))
def test_calibrating_keeps_the_order_and_the_sum(scores: np.ndarray) -> None:
    found = FLAT.probabilities(scores)
    assert found.sum(axis=1) == pytest.approx(1)
    for row, ranked in zip(scores, found):
        assert np.all(np.diff(ranked[np.argsort(row, kind="stable")]) >= -1e-12)


def test_without_knots_it_is_a_softmax() -> None:
    assert Calibration().probabilities(np.zeros(4, np.float32)) == pytest.approx(0.25)


def test_overconfident_scores_are_corrected() -> None:
    pytest.importorskip("sklearn", reason="training needs scikit-learn, which comes with Rasa")
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 4, 8_000)
    scores = generator.normal(size=(8_000, 4)).astype(np.float32)
    said = np.where(generator.random(8_000) < 0.7, truth, generator.integers(0, 4, 8_000))
    scores[np.arange(8_000), said] += 40.0  # always sure, and right in three of four cases
    found = fit_calibration(scores, truth, np.ones(8_000)).probabilities(scores)
    right = found.argmax(axis=1) == truth
    assert abs(found.max(axis=1).mean() - right.mean()) < 0.05


def test_categories_talk_and_noise_count_as_in_traffic() -> None:
    intents = np.array(["a"] * 2 + ["saluer"] * 30 + ["hors_perimetre"] * 68)
    weights = traffic(intents, CATALOGUE)
    assert weights.sum() == pytest.approx(100)
    assert weights[intents == "saluer"].sum() == pytest.approx(100 * SHARE_TALK)
    assert weights[intents == "hors_perimetre"].sum() == pytest.approx(100 * SHARE_OUT_OF_SCOPE)
