"""The command line and the plan that it makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import EVERYTHING, read_arguments
from bench.curve import QuestionsError, read_questions
from bench.plan import OURS, SKLEARN, STOCK, WHOLE, Plan, tag


def test_without_arguments_everything_is_measured() -> None:
    parts, plan = read_arguments([])
    assert parts == EVERYTHING
    assert plan == Plan()


def test_parts_sizes_and_approaches_can_be_chosen() -> None:
    parts, plan = read_arguments(["curve", "report", "--only", "ours,sklearn", "--sizes", "75,30", "--diet-most", "30"])
    assert parts == ("curve", "report")
    assert plan.sizes == (30, 75)
    assert plan.only == (OURS, SKLEARN)
    assert plan.served() == ((OURS, 30), (OURS, WHOLE))


def test_an_unknown_approach_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--only", "ours,bert"])
    assert "bert is none of" in capsys.readouterr().err


def test_diet_is_held_to_its_size_and_the_others_see_all() -> None:
    plan = Plan()
    assert plan.sizes_of(STOCK) == (30, 75, 150)
    assert plan.sizes_of(OURS) == (30, 75, 150, 300, 600, WHOLE)
    assert plan.common == 150
    assert [tag(*pair) for pair in plan.served()] == ["stock-150", "ours-150", "ours-whole"]


def write(path: Path, count: int) -> Path:
    rows = [{"text": f"question {number}", "category": "formation"} for number in range(count)]
    path.write_text("\n\n".join(map(json.dumps, rows)), "utf-8")
    return path


def test_questions_are_thinned_out_evenly(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", 10)
    assert len(read_questions(Plan(questions=path))) == 10
    assert [row["text"] for row in read_questions(Plan(questions=path, limit=3))] == [
        "question 0",
        "question 3",
        "question 6",
    ]


def test_a_line_that_is_no_question_is_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"text": "a", "category": "b"}\n{"text": "c"}\n', "utf-8")
    with pytest.raises(QuestionsError, match=r"q\.jsonl:2"):
        read_questions(Plan(questions=path))


def test_the_report_names_the_command_that_was_run() -> None:
    assert Plan().command() == "make bench"
    assert Plan(diet_most=75, sizes=(30, 75)).command() == "make bench OPTIONS='--sizes 30,75 --diet-most 75'"
    _, plan = read_arguments(["--sizes", "30,75", "--diet-most", "75"])
    assert plan == Plan(diet_most=75, sizes=(30, 75))
