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
from understanding.intents.features import Features, stack
from understanding.intents.model import IntentModel, softmax
from understanding.intents.second import SecondNeed, describe, parts

SEED = 20
COST_WRONG = 10.0
"""What a wrong contact costs, in questions asked back."""
COST_CHOICE = 1.0
COST_MISSED_CHOICE = 3.0
"""A choice that does not hold the right category: the member has to say so and is asked again."""
FALSE_SECOND = 0.01
"""Share of the messages with one need that may be given a second contact."""
LEAST_SECOND = 0.3
LEAST_PAIRS = 20
"""Messages with two needs, below which nothing is learnt from them."""


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
        band = (mass >= threshold) & (mass < threshold + 0.05)
        if band.any() and good[band].mean() >= 0.5:
            return float(threshold)
    return 0.5


def _least_confidence(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The confidence that costs least: following a wrong conversation intent costs three questions, asking back one."""
    candidates = np.linspace(0.1, 0.9, 41)
    if not len(right):
        return float(candidates[0])
    followed = confidence >= candidates[:, None]
    costs = np.where(followed, np.where(right, 0.0, COST_MISSED_CHOICE), COST_CHOICE).mean(axis=1)
    return float(candidates[int(np.argmin(costs))])


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
    if len(pairs) < LEAST_PAIRS:
        return SecondNeed(), 1.0
    generator = random.Random(SEED)
    texts: list[str] = []
    values: list[list[float]] = []
    found: list[bool] = []
    two: list[bool] = []
    for number, (fitted, held) in enumerate(fold_models):
        model = replace(fitted, temperature=temperature)
        columns = [index for index, label in enumerate(model.labels) if label in catalogue.categories]
        sample = [index for index in held if examples[index].intent in catalogue.categories]
        for index in generator.sample(sample, min(len(sample), 4 * len(pairs) // len(fold_models))):
            texts.append(examples[index].text)
            values.append(describe(model, texts[-1], parts(texts[-1]), softmax(scores[index], temperature), columns)[1])
            two.append(False)
            found.append(False)
        for index in range(number, len(pairs), len(fold_models)):
            pair = pairs[index]
            whole = softmax(model.scores_of(pair.text, pair_embeddings[index]), temperature)
            candidate, described = describe(model, pair.text, parts(pair.text), whole, columns)
            first = model.labels[columns[int(np.argmax(whole[columns]))]]
            texts.append(pair.text)
            values.append(described)
            two.append(True)
            found.append({first, model.labels[candidate]} == {pair.first, pair.second})
    return _weigh(fold_models[0][0].features, texts, np.array(values), np.array(two), np.array(found))


def _weigh(
    features: Features, texts: list[str], values: NDArray[np.float64], two: NDArray[np.bool_], found: NDArray[np.bool_]
) -> tuple[SecondNeed, float]:
    """Fit the phrasing, then the weights over it and the values; both are judged on messages left out of the fit."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    sparse = stack([features.word_row(text) for text in texts], len(features.words.vocabulary))
    unseen = StratifiedKFold(4, shuffle=True, random_state=SEED)
    phrasing = LogisticRegression(C=10.0, max_iter=200, class_weight="balanced")
    phrased = cross_val_predict(phrasing, sparse, two, cv=unseen, method="decision_function")
    phrasing.fit(sparse, two)
    whole = np.column_stack([values, phrased])
    weigher = LogisticRegression(C=1.0, max_iter=1000)
    of_singles = cross_val_predict(weigher, whole, found, cv=unseen, method="predict_proba")[~two, 1]
    weigher.fit(whole, found)
    second = SecondNeed(
        weights=tuple(float(weight) for weight in weigher.coef_[0]),
        bias=float(weigher.intercept_[0]),
        phrasing=phrasing.coef_[0].astype(np.float32),
        phrasing_bias=float(phrasing.intercept_[0]),
    )
    return second, max(LEAST_SECOND, float(np.quantile(of_singles, 1 - FALSE_SECOND)))
