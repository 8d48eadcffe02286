"""The page that is written from results."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.plan import APPROACHES, OURS, SKLEARN, STOCK, WHOLE, Plan, tag
from bench.results import Results
from bench.website import NAME as WEBSITE

TOP1 = {STOCK: 0.5, SKLEARN: 0.75, OURS: 1.0}


def share(value: float) -> dict[str, float]:
    return {"value": value, "low": max(0.0, value - 0.1), "high": min(1.0, value + 0.1)}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(folder=tmp_path / "bench", docs=tmp_path / "docs", sizes=(30, 75), diet_most=75)


@pytest.fixture
def results(plan: Plan) -> Results:
    kept = Results(plan.folder)
    for approach in APPROACHES:
        for size in plan.sizes_of(approach):
            judged = [number < 4 * TOP1[approach] for number in range(4)]
            content: dict[str, Any] = {
                "examples": 100,
                "training": 3660.0 if approach == STOCK else 20.0,
                "questions": 4,
                "figures": {
                    name: share(TOP1[approach]) for name in ("top1", "top3", "answered", "wrong", "wrong_confident")
                },
                "judged": dict.fromkeys(("top1", "top3", "wrong"), judged),
                "in_process": {"n": 4, "p50": 1.0, "p95": 2.0},
            }
            kept.keep(f"curve-{tag(approach, size)}", "i", content)
    for name, slower in ((tag(STOCK, 75), 4), (tag(OURS, 75), 1), (tag(OURS, WHOLE), 1)):
        kept.keep(f"start-{name}", "i", {"starts": [12.0 * slower], "median": 12.0 * slower})
        kept.keep(f"parse-{name}", "i", {"n": 9, "p50": 8.0 * slower, "p95": 9.0 * slower, "memory": 500.0 * slower})
        kept.keep(f"answer-{name}", "i", {"n": 9, "p50": 20.0 * slower, "p95": 30.0 * slower, "contacts": 0.9})
    spread = {"n": 9, "p50": 45.6, "p95": 60.0}
    stages = {"Rasa: play the message": 30.0, "elsewhere": 10.0}
    website = dict.fromkeys(("contact", "any", "accepted", "profiled"), spread)
    kept.keep(WEBSITE, "i", {**website, "contacts": 0.95, "stages": stages, "memory": {"rasa": 800.0}})
    return kept


def test_the_page_holds_every_figure(plan: Plan, results: Results) -> None:
    page = report.write(plan, results)
    assert (plan.docs / "benchmarks.md").read_text("utf-8") == page
    for expected in (
        "| this project, 75 a category | 100.0 (90.0–100.0) |",
        "| minus Rasa, stock French pipeline | +50.0 (",
        "| cold start to first answer | 48.0 s | 12.0 s | 12.0 s | 4.00 × less |",
        "| training | 3 660 s | 20.0 s | 20.0 s | 183 × less |",
        "| question to contact, website API | 45.6 ms | 60.0 ms |",
        "| Rasa: play the message | 30.0 ms | 75 % |",
    ):
        assert expected in page


def test_every_plot_of_the_page_is_there_and_well_formed(plan: Plan, results: Results) -> None:
    page = report.write(plan, results)
    plots = sorted((plan.docs / "images").glob("*.svg"))
    assert [plot.name for plot in plots] == ["curve-top1.svg", "curve-top3.svg", "speed.svg", "stages.svg"]
    for plot in plots:
        ElementTree.fromstring(plot.read_text("utf-8"))
        assert f"(images/{plot.name})" in page


def test_what_is_missing_is_said(plan: Plan) -> None:
    page = report.write(plan, Results(plan.folder))
    assert page.count(report.NOT_YET) >= 3


def test_the_cross_validation_goes_into_its_place(plan: Plan, results: Results) -> None:
    figures = {"n": 10, "top1": share(0.9), "top3": share(0.97)}
    pair = {
        "truth": "formation",
        "said": "emploi_metiers",
        "count": 4.3,
        "sentences": [{"where": "formation.yml:12", "text": "un tuteur pour l'apprenti", "times": 3}],
    }
    cross = {"folds": 5, "repeats": 3, "all": figures, "categories": figures, "by_intent": {"formation": figures}}
    results.keep("cross", "i", {**cross, "by_writer": {"atelier": figures}, "by_category": {}, "confusions": [pair]})
    plan.docs.mkdir()
    places = ("<!-- cross-validation -->\n<!-- /cross-validation -->", "<!-- confusions -->\n<!-- /confusions -->")
    skeleton = f"# Page\n{places[0]}\nkept\n{places[1]}\n"
    (plan.docs / "understanding.md").write_text(skeleton, "utf-8")
    report.write(plan, results)
    page = (plan.docs / "understanding.md").read_text("utf-8")
    assert "| `formation` | 10 | 90.0 (80.0–100.0) |" in page
    assert "| « atelier » | 10 |" in page
    assert "1. **`formation` read as `emploi_metiers`**: 4.3 sentences\n   - `formation.yml:12` un tuteur" in page
    assert "\nkept\n" in page
