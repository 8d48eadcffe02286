"""Writes docs/load.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.load import stored, texts
from bench.load.driving import Pace
from bench.load.steps import CLUSTER, LIMIT_MS, ONE, POSTGRESQL, STOCK, TOPOLOGIES, Steps
from bench.plan import Plan
from bench.results import Result, Results
from bench.tables import number, table

NAMES = {
    ONE: "One machine, SQLite (`make serve`)",
    POSTGRESQL: "One machine, PostgreSQL",
    STOCK: "Rasa's REST channel, stock pipeline",
    CLUSTER: "Everything twice (`make cluster`)",
}
KINDS = ("sqlite", "postgresql")


def write(plan: Plan, results: Results) -> str:
    """Write the page.

    Returns:
        Its text.
    """
    measured = {name: found for name in TOPOLOGIES if (found := results.read(f"load-{name}"))}
    filled = {kind: found for kind in KINDS if (found := results.read(f"load-stored-{kind}"))}
    parts = [texts.INTRODUCTION, *_machine([*measured.values(), *filled.values()])]
    if measured:
        parts += ["## Members at once", *_summary(measured)]
        for name, found in measured.items():
            parts += [f"### {NAMES[name]}", _steps(found), *_processes(found)]
        parts += [*_listening(measured), *_restarting(measured)]
    if filled:
        parts += ["## Stored conversations", texts.STORED.format(most=f"{stored.MOST_TRACKERS:,}".replace(",", " "))]
        parts += [part for kind, found in filled.items() for part in (f"### {kind}", _stored(found))]
    page = "\n\n".join([*parts, _method(measured)]) + "\n"
    (plan.docs / "load.md").write_text(page, "utf-8")
    return page


def _method(measured: dict[str, Result]) -> str:
    return texts.METHOD.format(
        seconds=_paces(measured, "seconds", Pace.seconds),
        think=_paces(measured, "think", Pace.think),
        size=measured[STOCK]["stock_size"] if STOCK in measured else Steps.stock_size,
    )


def _paces(measured: dict[str, Result], what: str, usual: float) -> str:
    """What the members' pace was: parts may have been measured at different ones."""
    found = sorted({float(result[what]) for result in measured.values()}) or [usual]
    return " or ".join(f"{pace:g}" for pace in found)


def _machine(found: list[Result]) -> Iterator[str]:
    if not found:
        return
    here = found[-1]["machine"]
    made = sorted(str(result["made"]) for result in found)
    loads = sorted(float(result["machine"]["load"]) for result in found)
    yield (
        f"Machine: {here['cores']} cores ({here['processor']}), {here['memory']} GiB of memory, {here['system']}; "
        f"members and everything else run on it.\nMeasured from {made[0]} to {made[-1]}; load average "
        f"{loads[0]:.1f} to {loads[-1]:.1f} at the end of a part."
    )


def _summary(measured: dict[str, Result]) -> Iterator[str]:
    yield "\n".join(
        f"- {NAMES[name]}: {_most(found['steps'])}, {texts.BEYOND if _beyond(found['steps']) else texts.NOT_BEYOND}"
        for name, found in measured.items()
    )


def _most(steps: list[dict[str, Any]]) -> str:
    held = [step for step in steps if _held(step)]
    if not held:
        return f"not {steps[0]['members']} members"
    best = held[-1]
    return f"**{best['members']} members** with a p95 of {number(best['answered']['p95'])} ms"


def _held(step: dict[str, Any]) -> bool:
    return step["answered"] is not None and step["answered"]["p95"] <= LIMIT_MS


def _beyond(steps: list[dict[str, Any]]) -> bool:
    return not _held(steps[-1])


def _steps(found: Result) -> str:
    head = [
        "members",
        "answers/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "stored p95 ms",
        "answers",
        "failures",
        "429",
        "lost",
        "doubled",
        "cores busy",
        "crowd's share",
        "crowd late p99 ms",
    ]
    rows = [
        [
            str(step["members"]),
            number(step["per_second"]),
            *(_time(step["answered"], share) for share in ("p50", "p95", "p99")),
            _time(step["accepted"], "p95"),
            str(step["answers"]),
            str(_failures(step)),
            str(step["failures"].get("status 429", 0)),
            str(step["faults"]["lost"]),
            str(step["faults"]["doubled"]),
            number(step["machine_busy"]),
            f"{100 * step['crowd_busy']:.0f} %",
            _time(step["crowd_lag"], "p99"),
        ]
        for step in found["steps"]
    ]
    return table(head, rows)


def _failures(step: dict[str, Any]) -> int:
    failures: dict[str, int] = step["failures"]
    faults: dict[str, int] = step["faults"]
    return sum(failures.values()) - failures.get("status 429", 0) + faults["refused"] + faults["out_of_order"]


def _time(found: dict[str, float] | None, share: str) -> str:
    return number(found[share]) if found else "–"


def _processes(found: Result) -> Iterator[str]:
    best = [step for step in found["steps"] if _held(step)][-1:] or found["steps"][-1:]
    step = best[0]
    rows = [
        [
            name,
            f"{100 * taken['cpu']:.0f} %",
            number(taken["ms_per_answer"]),
            number(taken["rss"]),
            number(taken["pss"]),
        ]
        for name, taken in step["processes"].items()
    ]
    yield f"Processes at {step['members']} members:"
    yield table(["process", "of a core", "ms an answer", "RSS MiB", "PSS MiB"], rows)
    if step["disk_per_conversation"]:
        each = step["messages"] / max(1, step["conversations"])
        kib = step["disk_per_conversation"] / 1024
        yield f"A conversation had {each:.1f} answered messages, and took {kib:.0f} KiB of both database files."


def _listening(measured: dict[str, Result]) -> Iterator[str]:
    rows = [
        [
            NAMES[name],
            str(step["idle_open"]),
            str(step["members"]),
            *(_time(step["answered"], share) for share in ("p50", "p95")),
            ", ".join(f"{of} {taken['pss']}" for of, taken in step["processes"].items()),
            ", ".join(f"{of} {100 * taken['cpu']:.0f} %" for of, taken in step["processes"].items()),
        ]
        for name, found in measured.items()
        if (step := found["listening"])
    ]
    if rows:
        yield "## Open streams in which nobody writes"
        yield table(["", "open", "chatting", "p50 ms", "p95 ms", "PSS MiB", "of a core"], rows)


def _restarting(measured: dict[str, Result]) -> Iterator[str]:
    rows = [
        [
            NAMES[name] if step["meanwhile"] is None else f"… restarted once, within {step['meanwhile']:.0f} s",
            str(step["members"]),
            *(_time(step["answered"], share) for share in ("p50", "p95", "p99", "most")),
            _time(step["accepted"], "most"),
            *(
                str(count)
                for count in (step["answers"], _failures(step), step["faults"]["lost"], step["faults"]["doubled"])
            ),
        ]
        for name, found in measured.items()
        for step in (found["calm"], found["restarting"])
        if step
    ]
    if rows:
        yield "## While each part is restarted"
        head = ["", "members", "p50 ms", "p95 ms", "p99 ms", "slowest ms", "slowest stored ms", "answers", "failures"]
        yield table([*head, "lost", "doubled"], rows)


def _stored(found: Result) -> str:
    rows = [
        [
            f"{row['stored']:,}".replace(",", " "),
            f"{row['trackers']:,}".replace(",", " "),
            *(number(row[what][share]) for what in ("accepted", "answered") for share in ("p50", "p95")),
            ", ".join(f"{name} {100 * share:.1f} %" for name, share in row["resting"].items()),
        ]
        for row in found["sizes"]
    ]
    head = ["stored", "in Rasa's store", "stored p50 ms", "p95", "answered p50 ms", "p95", "of a core, nobody writing"]
    return table(head, rows)
