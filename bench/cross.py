"""Cross-validation of the classifier, by category, and its worst confusions with their sentences."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.plan import Plan
from bench.results import Result, Results, digest
from bench.training import RASA_PYTHON, run
from settings import ROOT
from supervisor.model import fingerprint
from understanding import paths
from understanding.catalogue import load_catalogue
from understanding.shares import share

FOLDS = 5
CONFUSIONS = 30
SENTENCES = 6
"""Sentences that are listed for a confusion."""
RESAMPLES = 2_000
NAME = "cross"
ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
"""Rasa's entity annotation of a part of a sentence; its first group is the part itself."""

Row = dict[str, Any]


def measure(plan: Plan, results: Results) -> Result:
    """Cross-validate, or take what is known of the same corpus and classifier."""
    inputs = digest(fingerprint(ROOT), FOLDS, plan.repeats, plan.seed)
    known = results.known(NAME, inputs)
    if known is not None:
        return known
    work = plan.folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    out = work / "cross.json"
    options = ["--folds", str(FOLDS), "--repeats", str(plan.repeats), "--seed", str(plan.seed), "--out", str(out)]
    log = plan.folder / "logs" / "cross.log"
    print(f"cross-validation runs ({FOLDS} folds × {plan.repeats}), progress in {log}", flush=True)
    seconds = run([str(RASA_PYTHON), "-m", "bench.inside.cross", *options], log)
    content = json.loads(out.read_text("utf-8"))
    catalogue = load_catalogue()
    summary = summarise(content, set(catalogue.categories), set(catalogue.intents), line_numbers(paths.NLU))
    return results.keep(
        NAME, inputs, {"folds": FOLDS, "repeats": plan.repeats, "seconds": round(seconds, 1), **summary}
    )


def line_numbers(folder: Path) -> dict[tuple[str, str], str]:
    """Where each example stands, as « file:line », by file stem and text without entity annotations.

    Examples of an intent stand in the file of its name.
    """
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("*.yml")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            text = line.strip()
            if text.startswith("- "):
                found[path.stem, ANNOTATION.sub(r"\1", text[2:].strip())] = f"{path.name}:{number}"
    return found


def summarise(
    content: Row, categories: Collection[str], intents: Collection[str], lines: dict[tuple[str, str], str]
) -> Row:
    """Figures of a cross-validation.

    Args:
        content: What `bench.inside.cross` wrote.
        categories: Slugs of the problem categories.
        intents: All intents.
        lines: Where each example stands.
    """
    examples, repeats = content["examples"], content["repeats"]
    first = [_mean(turn[index][0] == example["intent"] for turn in repeats) for index, example in enumerate(examples)]
    three = [_mean(example["intent"] in turn[index] for turn in repeats) for index, example in enumerate(examples)]
    of: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        of[example["intent"]].append(index)
    in_categories = [index for index, example in enumerate(examples) if example["intent"] in categories]

    def figures(chosen: Sequence[int]) -> Row:
        return {
            "n": len(chosen),
            "top1": share([first[index] for index in chosen], RESAMPLES).as_dict(),
            "top3": share([three[index] for index in chosen], RESAMPLES).as_dict(),
        }

    return {
        "all": figures(range(len(examples))),
        "categories": figures(in_categories),
        "by_intent": {intent: figures(of[intent]) for intent in sorted(intents) if of[intent]},
        "by_writer": _writers_held_out(examples, content["by_writer"], categories, "voice"),
        "by_category": _writers_held_out(examples, content["by_writer"], categories, "intent"),
        "confusions": confusions(examples, repeats, lines),
    }


def _mean(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _writers_held_out(
    examples: Sequence[Row], ranked: Sequence[Sequence[str]], categories: Collection[str], key: str
) -> dict[str, Row]:
    """Examples by a model that has read nothing of their writer; conversation intents are left out.

    Args:
        examples: Each with `intent` and `voice`.
        ranked: The first intents of each, none where its writer has no voice.
        categories: Slugs of the problem categories.
        key: What the figures are parted by.
    """
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for example, row in zip(examples, ranked):
        if row and example["voice"] and example["intent"] in categories:
            hits[example[key]].append((row[0] == example["intent"], example["intent"] in row))
    return {
        name: {
            "n": len(pairs),
            "top1": share([one for one, _ in pairs], RESAMPLES).as_dict(),
            "top3": share([three for _, three in pairs], RESAMPLES).as_dict(),
        }
        for name, pairs in sorted(hits.items())
    }


def confusions(
    examples: Sequence[Row], repeats: Sequence[Sequence[Sequence[str]]], lines: dict[tuple[str, str], str]
) -> list[Row]:
    """The pairs of intents that are mistaken most often, with the sentences mistaken most steadily.

    Args:
        examples: Each with `text` and `intent`.
        repeats: Of each repetition, the first intents of each example.
        lines: Where each example stands.

    Returns:
        At most `CONFUSIONS`, the worst first; `count` is the mean of the repetitions.
    """
    mistaken: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for turn in repeats:
        for index, (example, row) in enumerate(zip(examples, turn)):
            if row[0] != example["intent"]:
                mistaken[example["intent"], row[0]][index] += 1
    ordered = sorted(mistaken.items(), key=lambda item: (-item[1].total(), item[0]))[:CONFUSIONS]
    return [
        {
            "truth": truth,
            "said": said,
            "count": round(counted.total() / len(repeats), 1),
            "sentences": [
                {
                    "where": lines.get((truth, examples[index]["text"]), "?"),
                    "text": examples[index]["text"],
                    "times": times,
                }
                for index, times in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:SENTENCES]
            ],
        }
        for (truth, said), counted in ordered
    ]
