"""Noticing that a message voices two needs.

A message is cut at every place where a second need could begin (punctuation, « et », « puis », « par ailleurs »,
« 2) »); each part is read for itself, and a small logistic model weighs what the whole and the parts say.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import Catalogue
from understanding.intents.features import Features
from understanding.text import clean, fold

if TYPE_CHECKING:
    from understanding.intents.model import IntentModel

SHORTEST_PART = 8
"""Characters that a part must have to be read for itself."""
MOST_CUTS = 12

_CUT = re.compile(
    r"[.;:!?,()\n]\s+|\s+(?:et|puis|ensuite|aussi|plus|ainsi qu\w*|sinon|enfin|secondement|deuxiemement)\s+|\s[12]\s*[).:/-]\s*|\s[-–—/+]\s"
)
_CUE = re.compile(
    r"\b(?:deux (?:choses|sujets|questions|points|besoins|demandes|titres|volets)|2 (?:choses|sujets|questions|trucs|points|besoins|demandes)|"
    r"d une part|d autre part|par ailleurs|en (?:plus|outre|parallele|meme temps)|et aussi|et puis|premierement|deuxiemement|secondement|"
    r"dans la foulee|au passage|l un et l autre|l un comme l autre|tout ensemble|de concert|deuxieme|second\w*|egalement|aussi|ensuite|"
    r"les deux|1 .* 2|un .* deux)\b"
)
_NOT_LETTERS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class SecondNeed:
    """Two logistic models: one reads how a message is phrased, the other weighs that with `describe`'s values.

    Attributes:
        weights: Of `describe`'s values and of the phrasing, in this order; empty where nothing was learnt.
        bias: Of the same.
        phrasing: Weight of each word n-gram of the classifier's features.
        phrasing_bias: Of the same.
    """

    weights: tuple[float, ...] = ()
    bias: float = 0.0
    phrasing: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    phrasing_bias: float = 0.0

    def phrased(self, features: Features, text: str) -> float:
        """How much a message is phrased like one with two needs (log odds)."""
        columns, values = features.word_row(text)
        return float(values @ self.phrasing[columns]) + self.phrasing_bias

    def probability(self, values: list[float]) -> float:
        """Probability, from 0 to 1, of `describe`'s values followed by the phrasing's."""
        if not self.weights:
            return 0.0
        score = self.bias + sum(weight * value for weight, value in zip(self.weights, values))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def parts(text: str) -> list[tuple[str, str]]:
    """The ways to cut a text in two: pairs of what stands before and after."""
    folded = fold(clean(text))
    pairs = []
    for match in _CUT.finditer(folded):
        before, after = folded[: match.start()].strip(), folded[match.end() :].strip()
        if len(before) >= SHORTEST_PART and len(after) >= SHORTEST_PART:
            pairs.append((before, after))
    step = max(1, math.ceil(len(pairs) / MOST_CUTS))
    return pairs[::step]


class Candidate(NamedTuple):
    """The best candidate for a second need.

    Attributes:
        column: Its column among the labels.
        leads: Whether it is voiced before the first need.
        values: What tells how likely it is.
    """

    column: int
    leads: bool
    values: list[float]


class Need(NamedTuple):
    """A second need.

    Attributes:
        slug: Its category.
        probability: That the message voices it, from 0 to 1.
        leads: Whether it is voiced before the first need, though less clearly.
    """

    slug: str
    probability: float
    leads: bool = False


def describe(
    model: IntentModel,
    text: str,
    cuts: list[tuple[str, str]],
    probabilities: NDArray[np.float64],
    columns: list[int],
) -> Candidate:
    """The best candidate for a second need, and the values that tell how likely it is.

    Args:
        model: The classifier.
        text: The message.
        cuts: The ways to cut it in two, from `parts`.
        probabilities: Of all labels, for the whole message.
        columns: Columns of the categories among the labels.

    """
    whole = probabilities[columns]
    order = np.argsort(-whole)
    first = int(order[0])
    best_pair, candidate, leads = 0.0, int(order[1]), False
    for before, after in cuts:
        left = _among(model, before, columns)
        right = _among(model, after, columns)
        for here, there, swapped in ((left, right, False), (right, left, True)):
            rest = there * np.sqrt(whole)
            rest[first] = 0.0
            other = int(np.argmax(rest))
            pair = float(here[first] * rest[other])
            if pair > best_pair:
                best_pair, candidate, leads = pair, other, swapped
    key = _NOT_LETTERS.sub(" ", fold(clean(text)))
    third = max((float(whole[index]) for index in range(len(columns)) if index not in (first, candidate)), default=0.0)
    values = [
        math.log(float(whole[first]) + 1e-4),
        math.log(float(whole[candidate]) + 1e-4),
        math.log(third + 1e-4),
        math.log(best_pair + 1e-4),
        float(bool(_CUE.search(key))),
        math.log(1 + len(key.split())),
    ]
    return Candidate(columns[candidate], leads, values)


def _among(model: IntentModel, part: str, columns: list[int]) -> NDArray[np.float64]:
    """Probabilities of the categories for a part of a message; it is about one of them, being half of what was said."""
    return model.probabilities(model.sparse_scores(part)[columns])


def second_need(model: IntentModel, text: str, ranking: list[tuple[str, float]], catalogue: Catalogue) -> Need | None:
    """The most probable second need of a message."""
    columns = [column for column, label in enumerate(model.labels) if label in catalogue.categories]
    if len(columns) < 2 or not model.second.weights or not (cuts := parts(text)):
        return None  # nothing learnt, or a message that cannot be cut in two
    by_label = dict(ranking)
    probabilities = np.array([by_label.get(label, 0.0) for label in model.labels])
    found = describe(model, text, cuts, probabilities, columns)
    values = [*found.values, model.second.phrased(model.features, text)]
    return Need(model.labels[found.column], model.second.probability(values), found.leads)
