"""Calibrating a model on held-out examples: temperature, thresholds, and the detector of a second need."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import OUT_OF_SCOPE, Catalogue
from understanding.corpus import Example, TwoNeeds
from understanding.intents.decision import Thresholds
from understanding.intents.model import IntentModel, softmax
from understanding.intents.second import SecondNeed, describe

SEED = 20
COST_WRONG = 10.0
"""What a wrong contact costs, in questions asked back."""
COST_CHOICE = 1.0
COST_MISSED_CHOICE = 3.0
FALSE_SECOND = 0.02
"""Share of the messages with one need that may be given a second contact."""
LEAST_SECOND = 0.3
"""A choice that does not hold the right category: the member has to say so and is asked again."""


def fit_temperature(scores: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """The temperature with the least log loss on held-out examples (Guo et al. 2017, temperature scaling)."""
    candidates = np.geomspace(0.05, 2.0, 60)
    rows = np.arange(len(truth))
    losses = [-np.log(softmax(scores, t)[rows, truth] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def choose_thresholds(
    probabilities: NDArray[np.float64], truth: NDArray[np.int64], labels: Sequence[str], catalogue: Catalogue
) -> Thresholds:
    """The thresholds with the least expected cost on held-out examples."""
    is_category = np.array([label in catalogue.categories for label in labels])
    first = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    columns = np.flatnonzero(is_category)
    order = np.argsort(-probabilities[:, columns], axis=1)[:, :3]
    offered = columns[order]
    offered_mass = np.take_along_axis(probabilities, offered, axis=1).sum(axis=1)
    in_choice = (offered == truth[:, None]).any(axis=1)
    asked = np.where(in_choice, COST_CHOICE, COST_MISSED_CHOICE)
    candidates = is_category[first]
    best = (np.inf, 0.6)
    for threshold in np.linspace(0.2, 0.95, 76):
        answered = candidates & (confidence >= threshold)
        cost = np.where(answered, np.where(first == truth, 0.0, COST_WRONG), asked)[candidates].mean()
        best = min(best, (float(cost), float(threshold)))
    answer = best[1]
    unsure = candidates & (confidence < answer)
    choose = _least_mass(offered_mass[unsure], in_choice[unsure])
    conversational = ~is_category[first] & np.array([labels[index] != OUT_OF_SCOPE for index in first])
    conversation = _least_confidence(confidence[conversational], (first == truth)[conversational])
    return Thresholds(answer=answer, choose=choose, conversation=conversation)


def _least_mass(mass: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    """The least mass from which a choice of three holds the right category at least every other time."""
    for threshold in np.linspace(0.05, 0.9, 18):
        above = mass >= threshold
        if (
            above.any() and good[above & (mass < threshold + 0.05)].mean() >= 0.5
            if (above & (mass < threshold + 0.05)).any()
            else False
        ):
            return float(threshold)
    return 0.5


def _least_confidence(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The confidence that costs least: following a wrong conversation intent costs three questions, asking back one."""
    best = (np.inf, 0.5)
    for threshold in np.linspace(0.1, 0.9, 41):
        followed = confidence >= threshold
        cost = (
            float(np.where(followed, np.where(right, 0.0, COST_MISSED_CHOICE), COST_CHOICE).mean())
            if len(right)
            else 0.0
        )
        best = min(best, (cost, float(threshold)))
    return best[1]


def fit_second(
    fold_models: list[tuple[IntentModel, NDArray[np.int64]]],
    temperature: float,
    examples: Sequence[Example],
    scores: NDArray[np.float32],
    pairs: Sequence[TwoNeeds],
    pair_embeddings: NDArray[np.float32],
    catalogue: Catalogue,
) -> tuple[SecondNeed, float]:
    """Fit the detector of a second need on messages that no fold model has seen, and its threshold."""
    from sklearn.linear_model import LogisticRegression

    if len(pairs) < 20:
        return SecondNeed(), 1.0
    generator = random.Random(SEED)
    values: list[list[float]] = []
    truth: list[bool] = []
    singles: list[list[float]] = []
    for number, (fitted, held) in enumerate(fold_models):
        model = replace(fitted, temperature=temperature)
        columns = [index for index, label in enumerate(model.labels) if label in catalogue.categories]
        sample = [index for index in held if examples[index].intent in catalogue.categories]
        for index in generator.sample(sample, min(len(sample), 3 * len(pairs) // len(fold_models))):
            text = examples[index].text
            described = describe(model, text, softmax(scores[index], temperature), columns)[1]
            values.append(described)
            truth.append(False)
            singles.append(described)
        for index in range(number, len(pairs), len(fold_models)):
            pair = pairs[index]
            whole = softmax(model.scores_of(pair.text, pair_embeddings[index]), temperature)
            candidate, described = describe(model, pair.text, whole, columns)
            first = model.labels[columns[int(np.argmax(whole[columns]))]]
            values.append(described)
            truth.append({first, model.labels[candidate]} == {pair.first, pair.second})
    classifier = LogisticRegression(C=1.0, max_iter=1000).fit(values, truth)
    second = SecondNeed(tuple(float(weight) for weight in classifier.coef_[0]), float(classifier.intercept_[0]))
    of_singles = [second.probability(described) for described in singles]
    return second, max(LEAST_SECOND, float(np.quantile(of_singles, 1 - FALSE_SECOND)))
