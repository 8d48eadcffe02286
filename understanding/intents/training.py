"""Training the intent model: fits it, and calibrates it on held-out examples.

Needs scikit-learn and scipy, which come with Rasa; serving needs neither.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understanding import progress
from understanding.catalogue import Catalogue
from understanding.corpus import Example, TwoNeeds
from understanding.intents.calibration import choose_thresholds, fit_calibration, fit_second, traffic
from understanding.intents.decision import Thresholds
from understanding.intents.embedding import DIMENSIONS, centre, embed
from understanding.intents.features import Features, stack
from understanding.intents.held_out import RANKED, HeldOut
from understanding.intents.lexicon import EMPTY, Lexicon
from understanding.intents.model import Calibration, IntentModel
from understanding.intents.second import SecondNeed

logger = logging.getLogger(__name__)

FOLDS = 4
TOLERANCE = 0.01
"""Of the fit; a hundredth of it gives the same figures and takes a quarter longer."""
REST = "_"
"""In place of all intents of the other part."""


@dataclass(frozen=True)
class Part:
    """Intents that are fitted with the same options.

    Attributes:
        dense_scale: Weight of the embedding beside the character n-grams, each of length 1.
        regularisation: C of the linear support vector classifier.
        rarity: How much more an intent's examples weigh the fewer there are: 0 not at all, 1 fully.
    """

    dense_scale: float
    regularisation: float
    rarity: float


CATEGORIES = Part(dense_scale=0.3, regularisation=0.3, rarity=0.2)
"""Categories are told apart by the trade's words."""
CONVERSATION = Part(dense_scale=1.2, regularisation=0.1, rarity=0.5)
"""Talk and what is out of scope are endless in words: the meaning counts for more (docs/understanding.md)."""
SEED = 20
EMBEDDED_AT_ONCE = 1_024
"""Sentences between two words on how far the embedding is."""
WORKERS = 2
"""Fits at a time: scikit-learn leaves Python's lock while it fits."""


Report = Callable[[str, float], None]
"""Told the stage and how much of it is done."""


@dataclass(frozen=True)
class Trained:
    """What comes out of a training.

    Attributes:
        model: Ready to serve.
        held_out: How fits that had not read them read the examples.
    """

    model: IntentModel
    held_out: list[HeldOut]


@dataclass(frozen=True)
class Table:
    """The examples as numbers, made once for all fits.

    Attributes:
        intents: Intent of each example.
        categories: Which intents are problem categories.
        features: Vocabularies and idf of all examples. A fit that leaves some out shares them: an n-gram that only
            those hold gets no weight.
        sparse: N-grams and lexicon, a scipy CSR matrix of shape (examples, sparse columns).
        embeddings: Shape (examples, 512).
    """

    intents: NDArray[np.str_]
    categories: frozenset[str]
    features: Features
    sparse: Any
    embeddings: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        intents: NDArray[np.str_],
        catalogue: Catalogue,
        lexicon: Lexicon,
        embeddings: NDArray[np.float32],
    ) -> Table:
        """The table of some texts."""
        features = Features.fit(list(texts), lexicon)
        sparse = stack([features.row(text) for text in texts], features.size)
        return cls(intents, frozenset(catalogue.categories), features, sparse, embeddings)

    def fit(self, rows: NDArray[np.int64]) -> IntentModel:
        """Fit the classifier on some rows, neither calibrated nor with thresholds."""
        labels = sorted({str(intent) for intent in self.intents[rows]})
        column = {label: index for index, label in enumerate(labels)}
        size, width = self.features.size, len(labels)
        weights, bias = np.zeros((size, width), np.float32), np.zeros(width, np.float32)
        dense_weights = np.zeros((self.embeddings.shape[1], width), np.float32)
        mean = np.asarray(self.embeddings[rows].mean(axis=0), np.float32)
        for part, own in (
            (CATEGORIES, [label for label in labels if label in self.categories]),
            (CONVERSATION, [label for label in labels if label not in self.categories]),
        ):
            for label, coefficients, intercept in self._fit_part(part, own, rows, mean):
                weights[:, column[label]] = coefficients[:size]
                dense_weights[:, column[label]] = coefficients[size:] * part.dense_scale
                bias[column[label]] = intercept
        return IntentModel(
            labels=tuple(labels),
            features=self.features,
            weights=weights,
            dense_weights=dense_weights,
            bias=bias,
            mean=mean,
            calibration=Calibration(),
            thresholds=Thresholds(),
            second=SecondNeed(),
        )

    def _fit_part(
        self, part: Part, own: Sequence[str], rows: NDArray[np.int64], mean: NDArray[np.float32]
    ) -> Iterator[tuple[str, NDArray[np.float64], float]]:
        """Each of a part's intents against all others, as its weights and its bias."""
        from scipy.sparse import csr_matrix, hstack
        from sklearn.svm import LinearSVC

        if not own:
            return
        weights = class_weights(self.intents[rows], part.rarity)
        intents = np.where(np.isin(self.intents[rows], own), self.intents[rows], REST)
        dense = csr_matrix(centre(self.embeddings[rows], mean) * part.dense_scale)
        classifier = LinearSVC(
            C=part.regularisation,
            tol=TOLERANCE,
            random_state=SEED,
            class_weight={label: weights.get(label, 1.0) for label in np.unique(intents).tolist()},
        )
        classifier.fit(hstack([self.sparse[rows], dense]).tocsr(), intents)
        labels, coefficients, biases = classifier.classes_, classifier.coef_, classifier.intercept_
        if len(labels) == 2:
            # of two classes scikit-learn fits the second alone
            coefficients, biases = np.vstack([-coefficients, coefficients]), np.concatenate([-biases, biases])
        for label, row, intercept in zip(labels, coefficients, biases):
            if label != REST:
                yield str(label), row, float(intercept)

    def scores(self, model: IntentModel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores of some rows, shape (rows, labels)."""
        dense = centre(self.embeddings[rows], model.mean) @ model.dense_weights
        return np.asarray(self.sparse[rows] @ model.weights + dense + model.bias, np.float32)


def _in_service(two_needs: Sequence[TwoNeeds], catalogue: Catalogue) -> Iterator[TwoNeeds]:
    """Messages whose two needs are still two categories."""
    for pair in two_needs:
        first, second = catalogue.successor(pair.first), catalogue.successor(pair.second)
        if first and second and first != second:
            yield TwoNeeds(pair.text, first, second)


def class_weights(intents: NDArray[np.str_], rarity: float) -> dict[str, float]:
    """How many times fewer examples an intent has than all together, to the power `rarity`.

    Each intent is fitted against all others: unweighed, emergencies and other small ones would be missed; weighed
    fully, they would cost the categories more than they gain.
    """
    counts = Counter(intents.tolist())
    return {intent: (counts.total() / count) ** rarity for intent, count in counts.items()}


def spread_evenly(intents: dict[int, str], number: int, seed: int) -> list[list[int]]:
    """Examples dealt out to folds, so that each fold holds as many of every intent.

    Args:
        intents: Intent of each example, by its index.
        number: How many folds.
        seed: Of the shuffling.
    """
    members: list[list[int]] = [[] for _ in range(number)]
    groups: dict[str, list[int]] = {}
    for index, intent in intents.items():
        groups.setdefault(intent, []).append(index)
    generator = random.Random(seed)
    for intent in sorted(groups):
        generator.shuffle(groups[intent])
        for position, index in enumerate(groups[intent]):
            members[position % number].append(index)
    return members


def folds(
    examples: Sequence[Example], catalogue: Catalogue, number: int = FOLDS, seed: int = SEED
) -> list[NDArray[np.int64]]:
    """Indices of the examples to hold out together.

    Where at least two writers have a voice of their own, one writer's questions are held out at a time, since
    members are writers whom the model has not read; the first writer's, without a voice, always train. Conversation
    intents, categories of a single writer, sentences out of conversations and corpora without voices are spread
    evenly over the folds. An intent's only example always trains.
    """
    voices = sorted({example.voice for example in examples if example.voice})
    writers: dict[str, set[str]] = {}
    for example in examples:
        writers.setdefault(example.intent, set()).add(example.voice)
    single = {intent for intent, count in Counter(example.intent for example in examples).items() if count == 1}
    by_voice = {intent for intent, those in writers.items() if len(those) > 1} if len(voices) > 1 else set()
    talk = by_voice - set(catalogue.categories)
    spread = {
        index: example.intent
        for index, example in enumerate(examples)
        if example.intent not in single
        and (example.intent not in by_voice or not example.voice and (example.intent in talk or bool(example.origin)))
    }
    members = spread_evenly(spread, len(voices) if len(voices) > 1 else number, seed)
    for index, example in enumerate(examples):
        if example.voice and example.intent in by_voice:
            members[voices.index(example.voice)].append(index)
    return [np.array(sorted(fold), dtype=np.int64) for fold in members]


def train(
    examples: Sequence[Example],
    two_needs: Sequence[TwoNeeds],
    catalogue: Catalogue,
    lexicon: Lexicon = EMPTY,
    report: Report = progress.say,
) -> Trained:
    """Train, calibrate and set the thresholds.

    Args:
        examples: The corpus.
        two_needs: Messages that voice two needs.
        catalogue: Which intents are categories.
        lexicon: The trade's vocabulary.
        report: Told how far it is.

    Returns:
        A model ready to serve, and how well it is understood.
    """
    started = time.monotonic()
    texts = [example.text for example in examples]
    intents = np.array([example.intent for example in examples])
    table = Table.of(texts, intents, catalogue, lexicon, _embed(texts, report))
    logger.info("%d examples as numbers after %.0f s", len(texts), time.monotonic() - started)
    everything = np.arange(len(texts))
    held = folds(examples, catalogue)
    wanted = [everything, *(np.setdiff1d(everything, fold) for fold in held)]
    done: list[IntentModel] = []
    report(progress.FITTING, 0.0)
    with ThreadPoolExecutor(WORKERS) as pool:
        for one in pool.map(table.fit, wanted):
            done.append(one)
            report(progress.FITTING, len(done) / len(wanted))
    model, *fitted = done
    report(progress.TUNING, 0.0)
    logger.info("%d fits after %.0f s", len(fitted) + 1, time.monotonic() - started)

    column = {label: index for index, label in enumerate(model.labels)}
    truth = np.array([column[intent] for intent in intents])
    scores = np.zeros((len(texts), len(column)), np.float32)
    for fold_model, fold in zip(fitted, held):
        assert fold_model.labels == model.labels, "every intent needs examples in every fold"
        scores[fold] = table.scores(fold_model, fold)
    out = np.concatenate(held)
    weights = traffic(intents[out], catalogue)
    calibration = fit_calibration(scores[out], truth[out], weights)
    probabilities = calibration.probabilities(scores[out])
    thresholds = choose_thresholds(probabilities, truth[out], weights, model.labels, catalogue)
    pairs = list(_in_service(two_needs, catalogue))
    vectors = embed([pair.text for pair in pairs]) if pairs else np.zeros((0, DIMENSIONS), np.float32)
    second, least = fit_second(list(zip(fitted, held)), calibration, examples, scores, pairs, vectors, catalogue)
    thresholds = replace(thresholds, second=least)
    right = 100 * (scores[out].argmax(axis=1) == truth[out]).mean()
    seconds = time.monotonic() - started
    logger.info("held out: %.1f %% right, %s, %s, %.0f s", right, calibration, thresholds, seconds)
    model = replace(model, calibration=calibration, thresholds=thresholds, second=second)
    report(progress.WRITING, 0.0)
    return Trained(model, [_reading(examples[index], model.labels, row) for index, row in zip(out, probabilities)])


def _embed(texts: Sequence[str], report: Report) -> NDArray[np.float32]:
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    for start in range(0, len(texts), EMBEDDED_AT_ONCE):
        report(progress.EMBEDDING, start / len(texts))
        vectors[start : start + EMBEDDED_AT_ONCE] = embed(list(texts[start : start + EMBEDDED_AT_ONCE]))
    return vectors


def _reading(example: Example, labels: Sequence[str], probabilities: NDArray[np.float64]) -> HeldOut:
    best = np.argsort(-probabilities, kind="stable")[:RANKED]
    return HeldOut(
        example.text,
        example.intent,
        example.origin,
        tuple((labels[column], float(probabilities[column])) for column in best),
    )
