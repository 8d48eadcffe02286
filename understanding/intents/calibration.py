"""Calibrating a model on held-out examples: probabilities, thresholds, and the detector of a second need."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import OUT_OF_SCOPE, Catalogue
from understanding.corpus import Example, TwoNeeds
from understanding.intents.decision import Thresholds
from understanding.intents.features import Features, stack
from understanding.intents.model import Calibration, IntentModel, softmax
from understanding.intents.second import SecondNeed, describe, parts

logger = logging.getLogger(__name__)

SEED = 20
COST_WRONG = 10.0
"""What a wrong contact costs, in questions asked back."""
COST_CHOICE = 1.0
COST_MISSED_CHOICE = 3.0
"""A choice that does not hold the right category: the member has to say so and is asked again."""
SHARE_OUT_OF_SCOPE = 0.1
SHARE_TALK = 0.1
"""Of members' messages: what is out of scope, and talk (greetings, thanks, yes and no, places)."""
LEAST_PROBABILITY = 1e-4
"""No intent is ever impossible."""
KNOTS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.96, 0.98, 0.99, 1.0)
"""Probabilities at which the calibration is kept; between them it is a straight line."""
FALSE_SECOND = 0.01
"""Share of the messages with one need that may be given a second contact."""
LEAST_SECOND = 0.3
LEAST_PAIRS = 20
"""Messages with two needs, below which nothing is learnt from them."""


def traffic(intents: NDArray[np.str_], catalogue: Catalogue) -> NDArray[np.float64]:
    """Weight of each held-out example, so that categories, talk and what is out of scope count as in real traffic.

    The corpus holds far more of the latter two than members write, and much of it is written to mislead.
    """
    kinds = np.array(
        [OUT_OF_SCOPE if i == OUT_OF_SCOPE else "category" if i in catalogue.categories else "talk" for i in intents]
    )
    weights = np.ones(len(kinds))
    for kind, share in (
        ("category", 1 - SHARE_TALK - SHARE_OUT_OF_SCOPE),
        ("talk", SHARE_TALK),
        (OUT_OF_SCOPE, SHARE_OUT_OF_SCOPE),
    ):
        if (own := kinds == kind).any():
            weights[own] = share * len(kinds) / own.sum()
    return weights


def fit_calibration(scores: NDArray[np.float32], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> Calibration:
    """The calibration with the least log loss on held-out examples.

    First a temperature (Guo et al. 2017), then isotonic regression of « is it this label? » on the probability of each
    label (Zadrozny and Elkan 2002), all labels together.
    """
    from sklearn.isotonic import IsotonicRegression

    candidates = np.geomspace(0.05, 2.0, 60)
    rows = np.arange(len(truth))
    losses = [-(weights * np.log(softmax(scores, t)[rows, truth] + 1e-12)).sum() for t in candidates]
    temperature = float(candidates[int(np.argmin(losses))])
    probabilities = softmax(scores, temperature)
    hits = np.zeros_like(probabilities)
    hits[rows, truth] = 1.0
    repeated = np.repeat(weights, probabilities.shape[1])
    isotonic = IsotonicRegression(y_min=LEAST_PROBABILITY, y_max=1.0, out_of_bounds="clip")
    # rounded: nearly the same probabilities are one, else the few highest of all would count for themselves
    isotonic.fit(np.round(probabilities, 3).ravel(), hits.ravel(), sample_weight=repeated)
    return Calibration(temperature, KNOTS, tuple(float(value) for value in isotonic.predict(np.array(KNOTS))))


def choose_thresholds(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    labels: Sequence[str],
    catalogue: Catalogue,
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
    for threshold in np.linspace(0.2, 0.98, 79):
        answered = candidates & (confidence >= threshold)
        costs = np.where(answered, np.where(first == truth, 0.0, COST_WRONG), asked)
        best = min(best, (float((weights * costs)[candidates].sum()), float(threshold)))
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
    calibration: Calibration,
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
    ordered: list[bool] = []
    for number, (fitted, held) in enumerate(fold_models):
        model = replace(fitted, calibration=calibration)
        columns = [index for index, label in enumerate(model.labels) if label in catalogue.categories]
        sample = [index for index in held if examples[index].intent in catalogue.categories]
        for index in generator.sample(sample, min(len(sample), 4 * len(pairs) // len(fold_models))):
            texts.append(examples[index].text)
            values.append(
                describe(model, texts[-1], parts(texts[-1]), model.probabilities(scores[index]), columns).values
            )
            two.append(False)
            found.append(False)
        for index in range(number, len(pairs), len(fold_models)):
            pair = pairs[index]
            whole = model.probabilities(model.scores_of(pair.text, pair_embeddings[index]))
            candidate = describe(model, pair.text, parts(pair.text), whole, columns)
            first = model.labels[columns[int(np.argmax(whole[columns]))]]
            texts.append(pair.text)
            values.append(candidate.values)
            two.append(True)
            ordered.append((first == pair.first) is not candidate.leads)
            found.append({first, model.labels[candidate.column]} == {pair.first, pair.second})
    right = [good for good, both in zip(ordered, np.array(found)[two]) if both]
    logger.info("second need: %d of %d in the order in which they are voiced", sum(right), len(right))
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
    judged = cross_val_predict(weigher, whole, found, cv=unseen, method="predict_proba")[:, 1]
    weigher.fit(whole, found)
    second = SecondNeed(
        weights=tuple(float(weight) for weight in weigher.coef_[0]),
        bias=float(weigher.intercept_[0]),
        phrasing=phrasing.coef_[0].astype(np.float32),
        phrasing_bias=float(phrasing.intercept_[0]),
    )
    threshold = max(LEAST_SECOND, float(np.quantile(judged[~two], 1 - FALSE_SECOND)))
    logger.info("second need: %.0f %% of %d found", 100 * (found & (judged >= threshold)).sum() / two.sum(), two.sum())
    return second, threshold
