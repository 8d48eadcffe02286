"""Training from the command line, timed."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.plan import OURS, SKLEARN, STOCK, WHOLE, Plan, tag
from bench.projects import stock_config, write_ours, write_stock
from bench.results import Results, digest
from settings import ROOT
from supervisor.model import fingerprint
from supervisor.surroundings import rasa_environment, tool
from understanding.corpus import Example

RASA_PYTHON = tool(".venv-rasa")


class CommandError(RuntimeError):
    """A command that the benchmark started failed; the message names its log."""


@dataclass(frozen=True)
class Trained:
    """A trained approach.

    Attributes:
        name: Such as « stock-150 ».
        model: Rasa's archive; for scikit-learn the file of its predictions' input.
        inputs: Digest of all that it was made from.
        seconds: How long the command took, from start to end.
        examples: How many examples it learnt from.
    """

    name: str
    model: Path
    inputs: str
    seconds: float
    examples: int


def run(command: Sequence[str], log: Path, folder: Path = ROOT, extra: Mapping[str, str] | None = None) -> float:
    """Run a command of Rasa's environment.

    Args:
        command: Program and arguments.
        log: Where its output goes.
        folder: Where it runs.
        extra: Environment variables beside the usual ones.

    Returns:
        How long it took, in seconds.

    Raises:
        CommandError: It failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = rasa_environment() | dict(extra or {})
    began = time.monotonic()
    with log.open("wb") as output:
        code = subprocess.run(
            list(command), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ).returncode
    if code:
        raise CommandError(f"{' '.join(command[1:4])} failed (code {code}), see {log}")
    return time.monotonic() - began


def compile_bytecode(plan: Plan) -> None:
    """Compile what a set-up may have left uncompiled, so that nobody's start pays for it."""
    log = plan.folder / "logs" / "compile.log"
    for site in RASA_PYTHON.parent.parent.glob("lib/python*/site-packages"):
        try:
            run([str(RASA_PYTHON), "-m", "compileall", "-q", str(site)], log)
        except CommandError:
            pass  # some packages ship files for other versions of Python


def train(plan: Plan, results: Results, approach: str, size: int, examples: Sequence[Example]) -> Trained:
    """Train an approach, or take what was trained from the same.

    Raises:
        CommandError: The training failed.
    """
    name = tag(approach, size)
    rows = [[example.intent, example.text, example.voice] for example in examples]
    inputs = digest(name, rows, _made_from(plan, approach))
    model = plan.folder / "models" / f"{name}{'.json' if approach == SKLEARN else '.tar.gz'}"
    known = results.known(f"train-{name}", inputs)
    if known is None or not model.is_file():
        model.parent.mkdir(parents=True, exist_ok=True)
        seconds = {OURS: _train_ours, STOCK: _train_stock, SKLEARN: _write_linear}[approach](
            plan, model, size, examples
        )
        known = results.keep(f"train-{name}", inputs, {"seconds": round(seconds, 1), "examples": len(examples)})
    return Trained(name, model, inputs, float(known["seconds"]), int(known["examples"]))


def _made_from(plan: Plan, approach: str) -> object:
    """What an approach depends on beside its examples."""
    if approach == STOCK:
        return stock_config(plan.epochs, plan.seed)
    return fingerprint(ROOT) if approach == OURS else (ROOT / "bench" / "inside" / "linear.py").read_text("utf-8")


def _archive(model: Path) -> list[str]:
    return ["--fixed-model-name", model.name.removesuffix(".tar.gz"), "--out", str(model.parent), "--quiet"]


def _no_cache(work: Path) -> dict[str, str]:
    return {"RASA_MAX_CACHE_SIZE": "0", "RASA_CACHE_DIRECTORY": str(work / "cache")}


def _train_stock(plan: Plan, model: Path, size: int, examples: Sequence[Example]) -> float:
    work = plan.work(tag(STOCK, size))
    write_stock(work, examples, plan.epochs, plan.seed)
    command = [str(RASA_PYTHON), "-m", "rasa", "train", *_archive(model)]
    return run(command, _log(plan, model), work, _no_cache(work))


def _train_ours(plan: Plan, model: Path, size: int, examples: Sequence[Example]) -> float:
    work = plan.work(tag(OURS, size))
    data = ROOT / "data"
    extra = _no_cache(work)
    if size != WHOLE:
        data = work
        write_ours(work, examples)
        extra["DATA_DIR"] = str(work)
    command = [str(RASA_PYTHON), "-m", "scripts.quiet_rasa", "train", *_archive(model), "--config", "config.yml"]
    return run([*command, "--domain", "domain.yml", "--data", str(data)], _log(plan, model), ROOT, extra)


def _write_linear(plan: Plan, model: Path, size: int, examples: Sequence[Example]) -> float:
    model.write_text(json.dumps([[example.text, example.intent] for example in examples]), "utf-8")
    return run([str(RASA_PYTHON), "-m", "bench.inside.linear", "--examples", str(model)], _log(plan, model))


def _log(plan: Plan, model: Path) -> Path:
    return plan.folder / "logs" / f"train-{model.name.partition('.')[0]}.log"
