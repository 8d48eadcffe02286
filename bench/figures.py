"""How good predictions are: the same rules for every approach."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from understanding.shares import share

CONFIDENT = 0.5
"""Probability from which the first category counts as said with confidence, whatever an approach's own rule is."""
MEASURES = ("top1", "top3", "answered", "wrong", "wrong_confident")

Line = dict[str, Any]


def judge(question: Line, prediction: Line, categories: Container[str]) -> dict[str, bool]:
    """Judge one prediction.

    Args:
        question: With `category` and maybe `second`.
        prediction: `ranking` (pairs of intent and probability), `answered` (by its own rule a contact would be named)
            and `categories` (those that it would answer with).
        categories: Slugs of the problem categories.

    Returns:
        Each of `MEASURES`. `wrong`: answered by its own rule, and wrongly; `wrong_confident`: the first intent is a
        category with a probability of `CONFIDENT` or more, and not one that is wanted.
    """
    ranked = [slug for slug, _ in prediction["ranking"]]
    wanted = {question["category"], question.get("second")} - {None}
    first, probability = prediction["ranking"][0] if prediction["ranking"] else ("", 0.0)
    answered = bool(prediction["answered"])
    return {
        "top1": first == question["category"],
        "top3": question["category"] in ranked[:3],
        "answered": answered,
        "wrong": answered and not set(prediction["categories"]) <= wanted,
        "wrong_confident": first in categories and probability >= CONFIDENT and first not in wanted,
    }


def judge_all(
    questions: Sequence[Line], predictions: Sequence[Line], categories: Container[str]
) -> dict[str, list[bool]]:
    """Each measure for each question.

    Raises:
        ValueError: The predictions are not those of the questions.
    """
    if [question["text"] for question in questions] != [prediction["text"] for prediction in predictions]:
        raise ValueError("the predictions are not those of the questions")
    judged = [judge(*pair, categories) for pair in zip(questions, predictions)]
    return {measure: [row[measure] for row in judged] for measure in MEASURES}


def summary(judged: dict[str, list[bool]]) -> dict[str, dict[str, float]]:
    """Each measure as a share with its interval."""
    return {measure: share(values).as_dict() for measure, values in judged.items()}


def difference(ours: Sequence[bool], other: Sequence[bool]) -> dict[str, float]:
    """Ours minus the other's, over the same questions (the interval is that of the pairs)."""
    return share([float(a) - float(b) for a, b in zip(ours, other)]).as_dict()
