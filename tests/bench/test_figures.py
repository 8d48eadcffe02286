"""One rule for every approach."""

from __future__ import annotations

from typing import Any

import pytest

from bench.figures import difference, judge, judge_all, summary

CATEGORIES = {"financement", "formation", "juridique"}
QUESTION = {"text": "qui paie le tour ?", "category": "financement", "second": None}


def said(*ranking: tuple[str, float], answered: bool = True, categories: list[str] | None = None) -> dict[str, Any]:
    first = ranking[0][0]
    return {
        "text": QUESTION["text"],
        "ranking": [list(pair) for pair in ranking],
        "answered": answered,
        "categories": (categories or [first]) if answered else [],
    }


def test_a_right_answer() -> None:
    judged = judge(QUESTION, said(("financement", 0.9), ("formation", 0.1)), CATEGORIES)
    assert judged == {"top1": True, "top3": True, "answered": True, "wrong": False, "wrong_confident": False}


def test_a_confident_wrong_answer_is_wrong_by_both_rules() -> None:
    judged = judge(QUESTION, said(("formation", 0.8), ("juridique", 0.1), ("financement", 0.1)), CATEGORIES)
    assert judged == {"top1": False, "top3": True, "answered": True, "wrong": True, "wrong_confident": True}


def test_asking_back_is_not_wrong() -> None:
    judged = judge(QUESTION, said(("formation", 0.3), ("financement", 0.29), answered=False), CATEGORIES)
    assert not judged["answered"]
    assert not judged["wrong"]
    assert not judged["wrong_confident"]


def test_a_conversation_intent_sends_nobody_to_a_wrong_person() -> None:
    judged = judge(QUESTION, said(("remercier", 0.9), answered=False), CATEGORIES)
    assert not judged["wrong_confident"]


def test_the_fourth_place_is_no_choice() -> None:
    ranking = [("formation", 0.4), ("juridique", 0.3), ("saluer", 0.2), ("financement", 0.1)]
    assert not judge(QUESTION, said(*ranking), CATEGORIES)["top3"]


def test_either_of_two_needs_may_be_answered_but_no_third() -> None:
    question = {**QUESTION, "second": "formation"}
    both = said(("formation", 0.6), ("financement", 0.4), categories=["formation", "financement"])
    third = said(("financement", 0.6), ("juridique", 0.4), categories=["financement", "juridique"])
    assert not judge(question, both, CATEGORIES)["wrong"]
    assert judge(question, third, CATEGORIES)["wrong"]


def test_predictions_of_other_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="not those of the questions"):
        judge_all([QUESTION], [{**said(("financement", 1.0)), "text": "autre"}], CATEGORIES)


def test_shares_and_paired_differences() -> None:
    right, wrong = said(("financement", 0.9)), said(("formation", 0.9))
    ours = judge_all([QUESTION] * 4, [right, right, right, wrong], CATEGORIES)
    other = judge_all([QUESTION] * 4, [right, wrong, wrong, wrong], CATEGORIES)
    assert summary(ours)["top1"]["value"] == 0.75
    found = difference(ours["top1"], other["top1"])
    assert found["value"] == 0.5
    assert found["low"] <= 0.5 <= found["high"]
    assert difference(ours["top1"], ours["top1"]) == {"value": 0.0, "low": 0.0, "high": 0.0}
