"""Accuracy by the number of examples a category."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bench.examples import subset
from bench.figures import judge_all, summary
from bench.plan import SKLEARN, Plan, tag
from bench.results import Result, Results, digest
from bench.statistics import spread
from bench.training import RASA_PYTHON, Trained, run, train
from understanding.catalogue import OUT_OF_SCOPE, load_catalogue
from understanding.corpus import Example, read_corpus
from understanding.text import MAX_CHARACTERS

Line = dict[str, Any]


class QuestionsError(ValueError):
    """The labelled questions cannot be read; the message gives file and line."""


def read_questions(plan: Plan) -> list[Line]:
    """The labelled questions, every n-th where the plan limits their number.

    Raises:
        QuestionsError: A line is not JSON with a text and a category.
    """
    questions: list[Line] = []
    for number, line in enumerate(plan.questions.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            questions.append(
                {**question, "text": str(question["text"])[:MAX_CHARACTERS], "category": question["category"]}
            )
        except (ValueError, KeyError, TypeError) as error:
            raise QuestionsError(f"{plan.questions.name}:{number}: {error!r}") from error
    step = max(1, len(questions) // plan.limit) if plan.limit else 1
    return questions[::step][: plan.limit or None]


def corpus(plan: Plan, size: int) -> list[Example]:
    """The examples of a size."""
    categories = {*load_catalogue().categories, OUT_OF_SCOPE}
    return subset(read_corpus(), size, categories, plan.conversation_most, plan.seed)


def trained(plan: Plan, results: Results, approach: str, size: int) -> Trained:
    """An approach, trained at a size."""
    return train(plan, results, approach, size, corpus(plan, size))


def measure(plan: Plan, results: Results) -> None:
    """Train and ask every approach at every size of its own."""
    questions = read_questions(plan)
    for approach in plan.only:
        for size in plan.sizes_of(approach):
            found = _measure_one(plan, results, approach, size, questions)
            best = found["figures"]
            print(
                f"{tag(approach, size):14} {found['examples']:6} examples, {found['training']:7.1f} s, "
                f"top-1 {best['top1']['value']:.1%}, top-3 {best['top3']['value']:.1%}, "
                f"wrong {best['wrong']['value']:.1%}",
                flush=True,
            )


def _measure_one(plan: Plan, results: Results, approach: str, size: int, questions: Sequence[Line]) -> Result:
    model = trained(plan, results, approach, size)
    inputs = digest(model.inputs, questions)
    known = results.known(f"curve-{model.name}", inputs)
    if known is not None:
        return known
    answer = _predict(plan, approach, model, [question["text"] for question in questions])
    judged = judge_all(questions, answer["predictions"], set(load_catalogue().categories))
    return results.keep(
        f"curve-{model.name}",
        inputs,
        {
            "approach": approach,
            "size": size,
            "examples": model.examples,
            "training": model.seconds,
            "questions": len(questions),
            "figures": summary(judged),
            "judged": judged,
            "in_process": spread(answer["seconds"]),
            "predictions": answer["predictions"],
        },
    )


def _predict(plan: Plan, approach: str, model: Trained, texts: Sequence[str]) -> dict[str, Any]:
    work = plan.folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    asked, answered = work / "texts.json", work / f"{model.name}.predictions.json"
    asked.write_text(json.dumps(list(texts), ensure_ascii=False), "utf-8")
    program = ["bench.inside.linear", "--examples"] if approach == SKLEARN else ["bench.inside.predict", "--model"]
    files = [str(model.model), "--texts", str(asked), "--out", str(answered)]
    run([str(RASA_PYTHON), "-m", *program, *files], plan.folder / "logs" / f"predict-{model.name}.log")
    content: dict[str, Any] = json.loads(answered.read_text("utf-8"))
    return content
