"""The intent model: a linear classifier with calibrated probabilities, as plain arrays."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import Catalogue
from understanding.intents.decision import Decision, Ranking, Thresholds, decide
from understanding.intents.embedding import centre, embed
from understanding.intents.features import Family, Features
from understanding.intents.lexicon import Lexicon
from understanding.intents.second import SecondNeed, second_need

Floats = NDArray[np.float32]

FORMAT = 4
"""Raised when the files change shape; a model of another format is refused."""


TIE = 1e-6


class ModelError(ValueError):
    """The files of a model are missing, damaged or of another format."""


@dataclass(frozen=True)
class Calibration:
    """From scores to probabilities that mean what they say; found on held-out examples.

    Attributes:
        temperature: Scores are divided by it before the softmax.
        raw: Probabilities out of the softmax, ascending.
        true: The share of right ones among those, ascending; empty like `raw` where nothing was learnt.
    """

    temperature: float = 1.0
    raw: tuple[float, ...] = ()
    true: tuple[float, ...] = ()

    def probabilities(self, scores: Floats) -> NDArray[np.float64]:
        """Probabilities along the last axis, in the order of the scores."""
        found = softmax(scores, self.temperature)
        if self.raw:
            # a little of the raw value keeps apart what the calibration makes equal
            found = np.interp(found, self.raw, self.true) + TIE * found
        return np.asarray(found / found.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class IntentModel:
    """A trained classifier.

    Attributes:
        labels: Intents, in the order of the columns of `weights`.
        features: Vocabularies and idf of the n-grams, and the lexicon.
        weights: Shape (sparse columns, labels).
        dense_weights: Shape (512, labels), for the centred embedding.
        bias: Shape (labels,).
        mean: Mean embedding of the examples, shape (512,).
        calibration: From scores to probabilities.
        thresholds: When to answer, offer a choice, or ask to rephrase.
        second: The detector of a second need.
    """

    labels: tuple[str, ...]
    features: Features
    weights: Floats
    dense_weights: Floats
    bias: Floats
    mean: Floats
    calibration: Calibration
    thresholds: Thresholds
    second: SecondNeed

    def sparse_scores(self, text: str) -> Floats:
        """Scores of n-grams and lexicon alone, shape (labels,)."""
        columns, values = self.features.row(text)
        return np.asarray(values @ self.weights[columns] + self.bias, np.float32)

    def scores(self, text: str) -> Floats:
        """Scores of all features, shape (labels,)."""
        return self.scores_of(text, embed([text])[0])

    def scores_of(self, text: str, embedding: Floats) -> Floats:
        """Scores of all features for a text whose embedding is known, shape (labels,)."""
        dense = centre(embedding, self.mean) @ self.dense_weights
        return np.asarray(self.sparse_scores(text) + dense, np.float32)

    def probabilities(self, scores: Floats) -> NDArray[np.float64]:
        """Calibrated probabilities of scores, shape (labels,)."""
        return self.calibration.probabilities(scores)

    def rank(self, text: str) -> Ranking:
        """All intents with their probabilities, most probable first."""
        return self._ranking(self.probabilities(self.scores(text)))

    def _ranking(self, probabilities: NDArray[np.float64]) -> Ranking:
        order = np.argsort(-probabilities, kind="stable")
        return [(self.labels[index], float(probabilities[index])) for index in order]

    def understand(self, text: str, catalogue: Catalogue) -> tuple[Ranking, Decision]:
        """Rank the intents and decide what to do.

        Args:
            text: What the member typed.
            catalogue: Which intents are categories.
        """
        ranking = self._in_service(self.rank(text), catalogue)
        second = None
        if ranking and ranking[0][0] in catalogue.categories:
            second = second_need(self, text, ranking, catalogue)
        decision = decide(ranking, second, catalogue, self.thresholds)
        if second is not None and second.leads and second.slug in decision.categories[1:] and decision.kind == "answer":
            ranking, decision = in_order_of_speech(ranking, decision)
        return ranking, decision

    def _in_service(self, ranking: Ranking, catalogue: Catalogue) -> Ranking:
        """Without what was retired since the training; what was merged counts for the category that took it over."""
        if all(slug in catalogue.categories or slug in catalogue.conversation for slug, _ in ranking):
            return ranking
        left: dict[str, float] = {}
        for slug, probability in ranking:
            now = slug if slug in catalogue.conversation else catalogue.successor(slug)
            if now in self.labels:
                left[now] = left.get(now, 0.0) + probability
        return sorted(left.items(), key=lambda row: -row[1])

    def save(self, folder: Path) -> None:
        """Write `intents.npz` and `intents.json` to a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(
            folder / "intents.npz",
            weights=self.weights,
            dense_weights=self.dense_weights,
            bias=self.bias,
            mean=self.mean,
            character_idf=self.features.characters.idf,
            word_idf=self.features.words.idf,
            phrasing=self.second.phrasing,
        )
        content = {
            "format": FORMAT,
            "labels": self.labels,
            "characters": list(self.features.characters.vocabulary),
            "words": list(self.features.words.vocabulary),
            "lexicon": dict(self.features.lexicon.terms),
            "calibration": asdict(self.calibration),
            "thresholds": asdict(self.thresholds),
            "second": {
                "weights": self.second.weights,
                "bias": self.second.bias,
                "phrasing_bias": self.second.phrasing_bias,
            },
        }
        (folder / "intents.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read a model back.

        Raises:
            ModelError: The files cannot be read.
        """
        try:
            content = json.loads((folder / "intents.json").read_text("utf-8"))
            if content["format"] != FORMAT:
                raise ModelError(f"{folder}: format {content['format']} is not {FORMAT}; train again")
            with np.load(folder / "intents.npz", allow_pickle=False) as arrays:
                return cls(
                    labels=tuple(content["labels"]),
                    features=Features(
                        Family(_columns(content["characters"]), arrays["character_idf"]),
                        Family(_columns(content["words"]), arrays["word_idf"]),
                        Lexicon(content["lexicon"]),
                    ),
                    weights=arrays["weights"],
                    dense_weights=arrays["dense_weights"],
                    bias=arrays["bias"],
                    mean=arrays["mean"],
                    calibration=_calibration(content["calibration"]),
                    thresholds=Thresholds(**content["thresholds"]),
                    second=SecondNeed(
                        weights=tuple(content["second"]["weights"]),
                        bias=float(content["second"]["bias"]),
                        phrasing=arrays["phrasing"],
                        phrasing_bias=float(content["second"]["phrasing_bias"]),
                    ),
                )
        except (OSError, EOFError, BadZipFile, KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder}: {error}") from error


def in_order_of_speech(ranking: Ranking, decision: Decision) -> tuple[Ranking, Decision]:
    """Two needs, the one that is voiced first before the one that is voiced more clearly; they change places."""
    first, second = decision.categories
    place = {first: second, second: first}
    swapped = [(place.get(slug, slug), probability) for slug, probability in ranking]
    return swapped, Decision(decision.kind, (second, first))


def _calibration(content: dict[str, Any]) -> Calibration:
    return Calibration(float(content["temperature"]), tuple(content["raw"]), tuple(content["true"]))


def _columns(terms: list[str]) -> dict[str, int]:
    return {term: column for column, term in enumerate(terms)}


def softmax(scores: Floats, temperature: float) -> NDArray[np.float64]:
    """Probabilities of scores along the last axis."""
    scaled = np.asarray(scores, np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
