"""Figures and confusions of a cross-validation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cross import confusions, line_numbers, summarise

EXAMPLES = [
    {"text": "a", "intent": "formation", "voice": ""},
    {"text": "b", "intent": "formation", "voice": "atelier"},
    {"text": "c", "intent": "financement", "voice": "atelier"},
    {"text": "d", "intent": "saluer", "voice": "atelier"},
]
RIGHT = [["formation"], ["formation"], ["financement"], ["saluer"]]
ONE_WRONG = [["financement", "formation"], ["formation"], ["financement"], ["saluer"]]
TWO_WRONG = [["financement", "saluer"], ["financement", "formation"], ["financement"], ["saluer"]]


def test_confusions_are_counted_over_repetitions_and_say_where_their_sentences_stand() -> None:
    lines = {("formation", "a"): "formation.yml:7"}
    (pair,) = confusions(EXAMPLES, [ONE_WRONG, TWO_WRONG], lines)
    assert (pair["truth"], pair["said"], pair["count"]) == ("formation", "financement", 1.5)
    assert pair["sentences"] == [
        {"where": "formation.yml:7", "text": "a", "times": 2},
        {"where": "?", "text": "b", "times": 1},
    ]


def test_figures_by_intent_and_by_writer() -> None:
    content: dict[str, Any] = {"examples": EXAMPLES, "repeats": [RIGHT, TWO_WRONG], "by_writer": [[], *ONE_WRONG[1:]]}
    found = summarise(content, {"formation", "financement"}, {"formation", "financement", "saluer"}, {})
    assert found["by_intent"]["formation"]["top1"]["value"] == 0.5
    assert found["by_intent"]["formation"]["top3"]["value"] == 0.75
    assert found["all"]["n"] == 4
    assert found["categories"]["n"] == 3
    sure = {"value": 1.0, "low": 1.0, "high": 1.0}
    assert found["by_writer"] == {"atelier": {"n": 2, "top1": sure, "top3": sure}}
    assert found["by_category"] == {slug: {"n": 1, "top1": sure, "top3": sure} for slug in ("financement", "formation")}


def test_lines_are_found_by_text_without_annotations(tmp_path: Path) -> None:
    lines = (
        'version: "3.1"\nnlu:\n- intent: formation\n  examples: |\n    - on est à [Pau](lieu)\n    - stage - court ?\n'
    )
    (tmp_path / "formation.yml").write_text(lines, "utf-8")
    found = line_numbers(tmp_path)
    assert found["formation", "on est à Pau"] == "formation.yml:5"
    assert found["formation", "stage - court ?"] == "formation.yml:6"


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), min_size=1, max_size=30))
def test_confusions_hold_every_mistake_once(rows: list[tuple[str, str]]) -> None:
    examples = [{"text": str(number), "intent": truth} for number, (truth, _) in enumerate(rows)]
    found = confusions(examples, [[[said] for _, said in rows]], {})
    assert sum(pair["count"] for pair in found) == sum(truth != said for truth, said in rows)
    counts = [pair["count"] for pair in found]
    assert counts == sorted(counts, reverse=True)
