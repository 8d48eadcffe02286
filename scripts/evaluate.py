"""Classify labelled questions with the current model: `make evaluate QUESTIONS=f.jsonl OUT=f.json`.

The classifier is given the text only. Shares run from 0 to 1; all of them can be computed again from `predictions`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from understanding.catalogue import OUT_OF_SCOPE, load_catalogue
from understanding.text import MAX_CHARACTERS

Line = dict[str, Any]


def current_model(folder: Path) -> Path:
    """The newest model in a folder.

    Raises:
        SystemExit: There is none.
    """
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise SystemExit(f"no model in {folder}: run `make train` first")
    return models[-1]


def read_questions(path: Path) -> list[Line]:
    """The labelled questions, one JSON object a line.

    Raises:
        SystemExit: A line is not of that form; the message gives its number.
    """
    questions = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            question["text"], question["category"]
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}:{number}: {error}") from error
        questions.append(question)
    return questions


async def predict(model: Path, questions: list[Line]) -> tuple[list[Line], list[float]]:
    """What the model makes of each question, and the seconds that each took."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    from bot.conversation import UNDERSTANDING, guarded

    configure_structlog(logging.WARNING)
    agent = Agent.load(str(model))
    assert agent.processor is not None
    predictions, seconds = [], []
    for question in questions:
        text = str(question["text"])[:MAX_CHARACTERS]
        started = time.perf_counter()
        parsed = await agent.processor.parse_message(UserMessage(guarded(text)))
        seconds.append(time.perf_counter() - started)
        understanding = parsed[UNDERSTANDING]
        predictions.append(
            {
                "text": question["text"],
                "ranking": understanding["ranking"],
                "decision": understanding["decision"],
                "categories": understanding["categories"],
                "place": understanding["place"],
            }
        )
    return predictions, seconds


def place_is_right(expected: Line, place: Line | None) -> bool:
    """Whether a place that was found is the one that is expected."""
    if place is None or place["kind"] != expected["kind"]:
        return False
    if expected["kind"] == "commune":
        return set(place["codes"]) == set(expected["codes"])
    if expected["kind"] == "departement":
        return bool(place["departements"] == [expected["code"]])
    if expected["kind"] == "area":
        return set(place["departements"]) == set(expected["departements"])
    return True


def share(values: list[bool]) -> float | None:
    """The share of true values, or None of none."""
    return round(sum(values) / len(values), 4) if values else None


def figures(questions: list[Line], predictions: list[Line], seconds: list[float]) -> Line:
    """All figures of the evaluation."""
    first, three, answered, right, wrong, refused, second, place_right, place_false = ([] for _ in range(9))
    by_category: dict[str, list[bool]] = {}
    confusions: Counter[tuple[str, str]] = Counter()
    for question, prediction in zip(questions, predictions):
        ranked = [slug for slug, _ in prediction["ranking"]]
        truth, wanted = question["category"], {question["category"], question.get("second")} - {None}
        first.append(ranked[:1] == [truth])
        three.append(truth in ranked[:3])
        by_category.setdefault(truth, []).append(first[-1])
        if not first[-1]:
            confusions[truth, ranked[0] if ranked else ""] += 1
        answer = prediction["decision"] == "answer"
        good = answer and set(prediction["categories"]) <= wanted
        answered.append(answer)
        right.append(good)
        wrong.append(answer and not good)
        if truth == OUT_OF_SCOPE:
            refused.append(not answer)
        if question.get("second"):
            second.append(set(prediction["categories"]) == wanted and answer)
        if question.get("expect"):
            place_right.append(place_is_right(question["expect"], prediction["place"]))
        else:
            place_false.append(prediction["place"] is not None)
    ordered = sorted(seconds)
    return {
        "n": len(questions),
        "top1": share(first),
        "top3": share(three),
        "answered": share(answered),
        "answered_right": share(right),
        "confidently_wrong": share(wrong),
        "oos_recall": share(refused),
        "second_found": share(second),
        "place_right": share(place_right),
        "place_false": share(place_false),
        "by_category": {slug: {"n": len(hits), "top1": share(hits)} for slug, hits in sorted(by_category.items())},
        "confusions": [[truth, said, count] for (truth, said), count in confusions.most_common()],
        "seconds": {
            "p50": round(ordered[len(ordered) // 2], 5) if ordered else None,
            "p95": round(ordered[int(len(ordered) * 0.95)], 5) if ordered else None,
        },
    }


def main() -> None:
    """Read the arguments, evaluate, write and print."""
    parser = argparse.ArgumentParser(description="Classify labelled questions with the current model.")
    parser.add_argument("--questions", type=Path, default=Path("eval/questions.jsonl"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="a model file; the newest in models/ where not given")
    options = parser.parse_args()
    load_catalogue()
    questions = read_questions(options.questions)
    predictions, seconds = asyncio.run(predict(options.model or current_model(Path("models")), questions))
    result = figures(questions, predictions, seconds)
    options.out.write_text(json.dumps({**result, "predictions": predictions}, ensure_ascii=False, indent=1), "utf-8")
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
