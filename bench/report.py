"""Writes docs/benchmarks.md with its plots, and the cross-validation into docs/understanding.md."""

from __future__ import annotations

from pathlib import Path

from bench import machine
from bench.figures import difference
from bench.plan import APPROACHES, OURS, SKLEARN, STOCK, WHOLE, Plan, tag
from bench.results import Result, Results
from bench.svg import Bar, Point, Series, bars, lines
from bench.tables import cell, number, percent, points, ratio, replace_part, table
from bench.texts import INTRODUCTION, METHOD
from bench.website import NAME as WEBSITE
from settings import ROOT

NAMES = {OURS: "this project", SKLEARN: "scikit-learn", STOCK: "Rasa, stock French pipeline"}
PLOTS = Path("images")
LONGEST_STAGES = 12
"""Stages that are drawn; the table has all."""
NOT_YET = "*Not measured yet.*"


def write(plan: Plan, results: Results) -> str:
    """Write all pages and plots.

    Returns:
        The text of docs/benchmarks.md.
    """
    (plan.docs / PLOTS).mkdir(parents=True, exist_ok=True)
    page = benchmarks(plan, results)
    (plan.docs / "benchmarks.md").write_text(page, "utf-8")
    cross = results.read("cross")
    understanding = plan.docs / "understanding.md"
    if cross and understanding.exists():
        filled = replace_part(understanding.read_text("utf-8"), "cross-validation", cross_tables(cross))
        understanding.write_text(replace_part(filled, "confusions", confusion_list(cross)), "utf-8")
    return page


def benchmarks(plan: Plan, results: Results) -> str:
    """The whole page; plots are written beside it."""
    curve = {
        (approach, size): found
        for approach in APPROACHES
        for size in plan.sizes_of(approach)
        if (found := results.read(f"curve-{tag(approach, size)}"))
    }
    parts = [
        INTRODUCTION.format(epochs=plan.epochs),
        _machine(plan, results, curve),
        "## How well it understands\n",
        _accuracy(plan, curve) if curve else NOT_YET,
        "### Learning curve\n",
        _learning_curve(plan, curve) if curve else NOT_YET,
        "## Speed and memory\n",
        _speed(plan, results, curve),
        "## From question to contact\n",
        _website(plan, results),
        METHOD.format(
            seed=plan.seed,
            conversation=plan.conversation_most,
            diet=plan.diet_most,
            repeats=plan.repeats,
            calls=plan.calls,
        ),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _machine(plan: Plan, results: Results, curve: dict[tuple[str, int], Result]) -> str:
    measured = [*curve.values(), *filter(None, [results.read(WEBSITE)])]
    if not measured:
        return NOT_YET
    here = measured[-1]["machine"]
    made = sorted(str(result["made"]) for result in measured)
    loads = sorted(float(result["machine"]["load"]) for result in measured)
    packages = ", ".join(f"{name} {version}" for name, version in machine.versions(ROOT / ".venv-rasa").items())
    different = len({(r["machine"]["processor"], r["machine"]["cores"], r["machine"]["memory"]) for r in measured}) > 1
    lines_ = [
        f"Machine: {here['cores']} cores ({here['processor']}), {here['memory']} GiB of memory, {here['system']}.",
        f"Command: `{plan.command()}`; measured from {made[0]} to {made[-1]}; load average "
        f"{loads[0]:.1f} to {loads[-1]:.1f} at the end of a part. {packages}.",
    ]
    if different:
        lines_.append("**Not one run: the parts come from different machines.**")
    return "\n".join(lines_) + "\n"


def _accuracy(plan: Plan, curve: dict[tuple[str, int], Result]) -> str:
    shown = [(approach, plan.common) for approach in (STOCK, SKLEARN, OURS)] + [(SKLEARN, WHOLE), (OURS, WHOLE)]
    rows = [
        [
            f"{NAMES[approach]}, {_size(size)}",
            *(
                percent(found["figures"][measure])
                for measure in ("top1", "top3", "answered", "wrong", "wrong_confident")
            ),
        ]
        for approach, size in shown
        if (found := curve.get((approach, size)))
    ]
    asked = next(iter(curve.values()))["questions"]
    head = ["%, with 95 % interval", "top-1", "top-3", "answered", "wrong, own rule", "wrong, p ≥ 0.5"]
    return f"{asked} questions.\n\n{table(head, rows)}\n\n{_differences(plan, curve)}"


def _differences(plan: Plan, curve: dict[tuple[str, int], Result]) -> str:
    ours = curve.get((OURS, plan.common))
    rows = []
    for approach in (STOCK, SKLEARN):
        other = curve.get((approach, plan.common))
        if ours and other and len(ours["judged"]["top1"]) == len(other["judged"]["top1"]):
            pairs = (difference(ours["judged"][name], other["judged"][name]) for name in ("top1", "top3", "wrong"))
            rows.append([f"minus {NAMES[approach]}", *map(points, pairs)])
    if not rows:
        return ""
    return table([f"this project, {_size(plan.common)}, points", "top-1", "top-3", "wrong, own rule"], rows)


def _size(size: int) -> str:
    return f"{size} a category" if size else "whole corpus"


def _learning_curve(plan: Plan, curve: dict[tuple[str, int], Result]) -> str:
    sizes = [*plan.sizes, WHOLE]
    approaches = [approach for approach in (OURS, SKLEARN, STOCK) if any(key[0] == approach for key in curve)]
    rows = []
    for size in sizes:
        row = [_size(size)]
        for approach in approaches:
            found = curve.get((approach, size))
            row += [percent(cell(found, "figures", "top1")), number(cell(found, "training"), "s")]
        rows.append(row)
    head = ["examples", *(name for a in approaches for name in (f"{NAMES[a]}: top-1", "training"))]
    plots = []
    for measure, words in (
        ("top1", "the right category first (top-1)"),
        ("top3", "the right category among three (top-3)"),
    ):
        series = [Series(NAMES[a].partition(",")[0], _points(plan, curve, a, measure)) for a in approaches]
        drawn = lines(
            f"Questions with {words}",
            f"Share of the questions with {words}, by examples a category",
            series,
            "examples a category",
        )
        (plan.docs / PLOTS / f"curve-{measure}.svg").write_text(drawn, "utf-8")
        plots.append(f"![Share of the questions with {words}, by examples a category]({PLOTS}/curve-{measure}.svg)")
    return "\n\n".join([*plots, table(head, rows)])


def _points(plan: Plan, curve: dict[tuple[str, int], Result], approach: str, measure: str) -> list[Point]:
    found = [(size, curve[approach, size]["figures"][measure]) for size in plan.sizes if (approach, size) in curve]
    return [Point(size, share["value"], share["low"], share["high"]) for size, share in found]


def _speed(plan: Plan, results: Results, curve: dict[tuple[str, int], Result]) -> str:
    stock, ours, whole = (tag(STOCK, plan.common), tag(OURS, plan.common), tag(OURS, WHOLE))
    quantities = (
        ("training", "curve", ("training",), "s"),
        ("cold start to first answer", "start", ("median",), "s"),
        ("parse p50", "parse", ("p50",), "ms"),
        ("parse p95", "parse", ("p95",), "ms"),
        ("memory of the Rasa process", "parse", ("memory",), "MiB"),
        ("REST answer p50", "answer", ("p50",), "ms"),
        ("REST answer p95", "answer", ("p95",), "ms"),
    )
    rows, drawn = [], []
    for title, part, keys, unit in quantities:
        values = [cell(results.read(f"{part}-{name}"), *keys) for name in (stock, ours, whole)]
        rows.append([title, *(number(value, unit) for value in values), ratio(values[0], values[1])])
        if values[0] and values[1] and not title.endswith("p95"):
            drawn += [
                Bar(f"{title}", 1.0, f"stock {number(values[0], unit)}", 1),
                Bar("", values[1] / values[0], f"this project {number(values[1], unit)}", 0),
            ]
    head = [
        "",
        f"stock, {plan.common} a category",
        f"this project, {plan.common}",
        "this project, whole corpus",
        "at the same size",
    ]
    text = table(head, rows)
    linear = curve.get((SKLEARN, plan.common))
    if linear:
        middle = number(cell(linear, "in_process", "p50"), "ms")
        text += (
            f"\n\nscikit-learn on its own, without server or dialogue, {plan.common} a category: "
            f"trained in {number(linear['training'], 's')}, {middle} a sentence inside the process."
        )
    if drawn:
        summary = "Training, start, parsing, memory and answer of this project as a share of the stock pipeline's"
        (plan.docs / PLOTS / "speed.svg").write_text(
            bars("Time and memory, the stock pipeline's set to one", summary, drawn), "utf-8"
        )
        text = f"![{summary}]({PLOTS}/speed.svg)\n\n{text}"
    return text


def _website(plan: Plan, results: Results) -> str:
    found = results.read(WEBSITE)
    if not found:
        return NOT_YET
    rows = [
        [
            "question to contact, website API",
            number(found["contact"]["p50"], "ms"),
            number(found["contact"]["p95"], "ms"),
        ],
        ["question to any answer", number(found["any"]["p50"], "ms"), number(found["any"]["p95"], "ms")],
        [
            "message stored and accepted (202)",
            number(found["accepted"]["p50"], "ms"),
            number(found["accepted"]["p95"], "ms"),
        ],
    ]
    total = sum(found["stages"].values())
    stages = [[name, number(ms, "ms"), f"{100 * ms / total:.0f} %"] for name, ms in found["stages"].items()]
    drawn = [Bar(name, ms, number(ms, "ms")) for name, ms in list(found["stages"].items())[:LONGEST_STAGES]]
    summary = "Where the time between a question and its contact goes"
    (plan.docs / PLOTS / "stages.svg").write_text(bars(summary, summary, drawn), "utf-8")
    memory = ", ".join(f"{name} {number(value, 'MiB')}" for name, value in found["memory"].items())
    return "\n\n".join(
        [
            table(["", "p50", "p95"], rows),
            f"{100 * found['contacts']:.0f} % of these questions were answered with a contact at once, the others with "
            f"a question. Resident memory: {memory}.",
            f"Where the time goes (a run with stages noted, median {number(found['profiled']['p50'], 'ms')}):",
            f"![{summary}]({PLOTS}/stages.svg)",
            table(["stage", "mean", "share"], stages),
        ]
    )


def cross_tables(cross: Result) -> str:
    """The figures of the cross-validation."""

    def row(name: str, figures: Result) -> list[str]:
        return [name, str(figures["n"]), percent(figures["top1"]), percent(figures["top3"])]

    head = ["%, with 95 % interval", "examples", "top-1", "top-3"]
    rows = [row("all", cross["all"]), row("the categories together", cross["categories"])]
    rows += [row(f"`{intent}`", figures) for intent, figures in _worst_first(cross["by_intent"])]
    text = f"{cross['folds']} folds, {cross['repeats']} times, on the corpus of {cross['made'][:10]}."
    text += f"\n\n{table(head, rows)}"
    if cross["by_writer"]:
        by_writer = [row(f"« {voice} »", figures) for voice, figures in cross["by_writer"].items()]
        by_writer += [row(f"`{slug}`", figures) for slug, figures in _worst_first(cross["by_category"])]
        text += "\n\nOne writer held out at a time (categories only): members are writers whom the model has not read."
        text += "\n\n"
        text += table(["%, with 95 % interval", "examples", "top-1", "top-3"], by_writer)
    return text


def _worst_first(figures: dict[str, Result]) -> list[tuple[str, Result]]:
    return sorted(figures.items(), key=lambda item: float(item[1]["top1"]["value"]))


def confusion_list(cross: Result) -> str:
    """The worst confusions with their sentences."""
    blocks = []
    for rank, pair in enumerate(cross["confusions"], 1):
        block = [f"{rank}. **`{pair['truth']}` read as `{pair['said']}`**: {pair['count']:g} sentences"]
        block += [f"   - `{row['where']}` {row['text']}" for row in pair["sentences"]]
        blocks.append("\n".join(block))
    return "\n".join(blocks)
