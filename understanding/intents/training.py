"""Training the intent model: fits it, calibrates it and sets its thresholds on held-out examples.

Needs scikit-learn and scipy, which come with Rasa; serving needs neither.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import OUT_OF_SCOPE, Catalogue
from understanding.corpus import Example, TwoNeeds
from understanding.intents.decision import Thresholds
from understanding.intents.embedding import centre, embed
from understanding.intents.features import Features
from understanding.intents.model import IntentModel, softmax
from understanding.intents.second import SecondNeed, describe

logger = logging.getLogger(__name__)

FOLDS = 4
REGULARISATION = 0.3
"""C of the linear support vector classifier; 0.15 to 1 give the same within a point (docs/understanding.md)."""
DENSE_SCALE = 0.3
"""Weight of the embedding beside the n-grams, each of length 1."""
SEED = 20
COST_WRONG = 10.0
"""What a wrong contact costs, in questions asked back."""
COST_CHOICE = 1.0
COST_MISSED_CHOICE = 3.0
FALSE_SECOND = 0.01
"""Share of the messages with one need that may be given a second contact."""
LEAST_SECOND = 0.3
"""A choice that does not hold the right category: the member has to say so and is asked again."""


def fit(texts: Sequence[str], intents: NDArray[np.str_], embeddings: NDArray[np.float32]) -> IntentModel:
    """Fit the classifier, neither calibrated nor with thresholds."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    features = Features.fit(list(texts))
    rows = [features.row(text) for text in texts]
    pointers = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    sparse = csr_matrix(
        (np.concatenate([values for _, values in rows]), np.concatenate([columns for columns, _ in rows]), pointers),
        shape=(len(rows), features.size),
    )
    mean = np.asarray(embeddings.mean(axis=0), np.float32)
    dense = centre(embeddings, mean) * DENSE_SCALE
    classifier = LinearSVC(C=REGULARISATION, random_state=SEED)
    classifier.fit(hstack([sparse, csr_matrix(dense)]).tocsr(), intents)
    coefficients = np.atleast_2d(classifier.coef_).astype(np.float32)
    return IntentModel(
        labels=tuple(str(label) for label in classifier.classes_),
        features=features,
        weights=np.ascontiguousarray(coefficients[:, : features.size].T),
        dense_weights=np.ascontiguousarray(coefficients[:, features.size :].T * DENSE_SCALE),
        bias=classifier.intercept_.astype(np.float32),
        mean=mean,
        temperature=1.0,
        thresholds=Thresholds(),
        second=SecondNeed(),
    )


def score(model: IntentModel, texts: Sequence[str], embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores of many texts, shape (texts, labels)."""
    dense = centre(embeddings, model.mean) @ model.dense_weights
    sparse = np.vstack([model.sparse_scores(text) for text in texts])
    return np.asarray(sparse + dense, np.float32)


def folds(examples: Sequence[Example], catalogue: Catalogue, number: int = FOLDS, seed: int = SEED) -> list[NDArray[np.int64]]:
    """Indices of the examples to hold out together.

    Where at least two writers have a voice of their own, one writer's questions are held out at a time, since members are
    writers whom the model has not read; the first writer's, without a voice, always train. Conversation intents and
    corpora without voices are spread evenly over the folds.
    """
    voices = sorted({example.voice for example in examples if example.voice})
    if len(voices) >= 2:
        number = len(voices)
    members: list[list[int]] = [[] for _ in range(number)]
    spread: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        if len(voices) >= 2 and example.voice:
            members[voices.index(example.voice)].append(index)
        elif len(voices) < 2 or example.intent not in catalogue.categories:
            spread.setdefault(example.intent, []).append(index)
    generator = random.Random(seed)
    for intent in sorted(spread):
        generator.shuffle(spread[intent])
        for position, index in enumerate(spread[intent]):
            members[position % number].append(index)
    return [np.array(sorted(fold), dtype=np.int64) for fold in members]


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
        if above.any() and good[above & (mass < threshold + 0.05)].mean() >= 0.5 if (above & (mass < threshold + 0.05)).any() else False:
            return float(threshold)
    return 0.5


def _least_confidence(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The confidence that costs least: following a wrong conversation intent costs three questions, asking back one."""
    best = (np.inf, 0.5)
    for threshold in np.linspace(0.1, 0.9, 41):
        followed = confidence >= threshold
        cost = float(np.where(followed, np.where(right, 0.0, COST_MISSED_CHOICE), COST_CHOICE).mean()) if len(right) else 0.0
        best = min(best, (cost, float(threshold)))
    return best[1]


def train(examples: Sequence[Example], two_needs: Sequence[TwoNeeds], catalogue: Catalogue) -> IntentModel:
    """Train, calibrate and set the thresholds.

    Args:
        examples: The corpus.
        two_needs: Messages that voice two needs.
        catalogue: Which intents are categories.

    Returns:
        A model ready to serve.
    """
    started = time.monotonic()
    texts = [example.text for example in examples]
    intents = np.array([example.intent for example in examples])
    embeddings = embed(texts)
    logger.info("embedded %d examples in %.0f s", len(texts), time.monotonic() - started)
    pairs = [pair for pair in two_needs if pair.first in catalogue.categories and pair.second in catalogue.categories]
    pair_embeddings = embed([pair.text for pair in pairs]) if pairs else np.zeros((0, embeddings.shape[1]), np.float32)

    labels = sorted(set(intents))
    column = {label: index for index, label in enumerate(labels)}
    truth = np.array([column[intent] for intent in intents])
    scores = np.zeros((len(texts), len(labels)), np.float32)
    fold_models: list[tuple[IntentModel, NDArray[np.int64]]] = []
    for held in folds(examples, catalogue):
        kept = np.setdiff1d(np.arange(len(texts)), held)
        model = fit([texts[index] for index in kept], intents[kept], embeddings[kept])
        assert list(model.labels) == labels, "every intent needs examples in every fold"
        scores[held] = score(model, [texts[index] for index in held], embeddings[held])
        fold_models.append((model, held))
        logger.info("fold %d after %.0f s", len(fold_models), time.monotonic() - started)
    held_out = np.concatenate([held for _, held in fold_models])
    temperature = fit_temperature(scores[held_out], truth[held_out])
    thresholds = choose_thresholds(softmax(scores[held_out], temperature), truth[held_out], labels, catalogue)
    second, least = _fit_second(
        fold_models, temperature, examples, scores, pairs, pair_embeddings, catalogue
    )
    model = fit(texts, intents, embeddings)
    logger.info(
        "held out: %.1f %% right at first, temperature %.2f, %s, %.0f s",
        100 * (scores[held_out].argmax(axis=1) == truth[held_out]).mean(), temperature, thresholds, time.monotonic() - started,
    )  # fmt: skip
    return replace(model, temperature=temperature, thresholds=replace(thresholds, second=least), second=second)


def _fit_second(
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
            whole = softmax(score(model, [pair.text], pair_embeddings[index : index + 1])[0], temperature)
            candidate, described = describe(model, pair.text, whole, columns)
            first = model.labels[columns[int(np.argmax(whole[columns]))]]
            values.append(described)
            truth.append({first, model.labels[candidate]} == {pair.first, pair.second})
    classifier = LogisticRegression(C=1.0, max_iter=1000).fit(values, truth)
    second = SecondNeed(tuple(float(weight) for weight in classifier.coef_[0]), float(classifier.intercept_[0]))
    of_singles = [second.probability(described) for described in singles]
    return second, max(LEAST_SECOND, float(np.quantile(of_singles, 1 - FALSE_SECOND)))
