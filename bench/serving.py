"""Rasa as a server: cold start, memory, time to parse and to answer, for the stock project and for ours."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls import Client
from bench.curve import read_questions, trained
from bench.plan import STOCK, Plan, tag
from bench.projects import TOKEN
from bench.results import Results, digest
from bench.servers import Server, wait_until
from bench.statistics import spread
from bench.training import RASA_PYTHON, Trained, compile_bytecode
from settings import ROOT, SECRET_HEADER, Settings
from supervisor.loopback import free_port
from supervisor.surroundings import current_environment, rasa_environment
from understanding.catalogue import load_catalogue

SECRET = "secret-du-banc-d-essai-7fQ2xM9vK4tR"
KEY = "cle-du-banc-d-essai-pour-les-versions"
PATIENCE_S = 600.0
WARM_UP = 20
PLACE = " Nous sommes à Jonzac."
START, PARSE, ANSWER = "start", "parse", "answer"
PARTS = (START, PARSE, ANSWER)


@dataclass(frozen=True)
class Running:
    """A running Rasa.

    Attributes:
        server: The process.
        client: A connection to it.
        first_answer: Seconds from its start to its first answer.
    """

    server: Server
    client: Client
    first_answer: float


def located_questions(plan: Plan) -> list[str]:
    """Questions about one category that name a place, so that a contact can be the answer."""
    categories = load_catalogue().categories
    return [
        question["text"] + ("" if (question.get("expect") or {}).get("kind") == "commune" else PLACE)
        for question in read_questions(plan)
        if question["category"] in categories and not question.get("second")
    ]


def bench_settings(folder: Path) -> Settings:
    """Settings with free ports, a database of their own and no limits."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        port=free_port(),
        rasa_port=free_port(),
        actions_port=free_port(),
        database_url=f"sqlite:///{folder / 'banc.db'}",
        shared_secret=SECRET,
        limit_address=0,
    )


def desk_environment(settings: Settings) -> dict[str, str]:
    """The environment of a whole help desk that is measured: no limit for one address, few lines in its log."""
    return current_environment(settings) | {"LIMIT_ADDRESS": "0", "LOG_LEVEL": "WARNING", "MODEL_KEY": KEY}


def python(module: str, *arguments: str) -> list[str]:
    """A command of the site's environment."""
    return [sys.executable, "-m", module, *arguments]


def prepare_database(settings: Settings, folder: Path) -> None:
    """Make the database with the directory in it."""
    environment = current_environment(settings)
    for number, module in enumerate(("database.migrate", "directory.importer")):
        with Server(python(module), folder / f"prepare-{number}.log", ROOT, environment) as step:
            if step.process.wait(PATIENCE_S):
                step.check()


def rasa_server(settings: Settings, approach: str, model: Path, folder: Path, log: Path) -> Server:
    """Rasa, not yet started.

    Args:
        settings: Its port, and the other processes'.
        approach: Stock or ours.
        model: What it serves.
        folder: Of the stock project.
        log: Where its output goes.
    """
    address = ["-i", "127.0.0.1", "-p", str(settings.rasa_port), "--enable-api", "--auth-token", TOKEN]
    files = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(model)]
    program = "rasa" if approach == STOCK else "scripts.quiet_rasa"
    command = [str(RASA_PYTHON), "-m", program, "run", *address, *files]
    if approach == STOCK:
        return Server(command, log, folder, rasa_environment())
    return Server(command, log, ROOT, rasa_environment(settings))


@contextlib.contextmanager
def running(plan: Plan, approach: str, model: Trained, question: str) -> Iterator[Running]:
    """Rasa, started cold, with the action server beside it where ours needs one, up to its first answer."""
    folder = plan.folder / "serving"
    logs = plan.folder / "logs"
    settings = bench_settings(folder)
    with contextlib.ExitStack() as stack:
        rasa = rasa_server(settings, approach, model.model, plan.work(model.name), logs / f"run-{model.name}.log")
        if approach != STOCK:
            prepare_database(settings, folder)
        stack.enter_context(rasa)
        servers = [rasa]
        if approach != STOCK:
            actions = Server(python("actions"), logs / "actions.log", ROOT, current_environment(settings))
            servers.append(stack.enter_context(actions))
        client = Client(settings.rasa_port, {SECRET_HEADER: SECRET})
        stack.callback(client.close)
        answered = wait_until(lambda: says_something(client, question), servers, PATIENCE_S)
        yield Running(rasa, client, answered - rasa.started)


def says_something(client: Client, question: str) -> bool:
    """Whether Rasa's REST channel answers a message."""
    try:
        answer = client.call("POST", "/webhooks/rest/webhook", {"sender": "premier", "message": question})
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200 and bool(answer.content)


def measure(plan: Plan, results: Results, parts: Sequence[str]) -> None:
    """Measure the wanted parts of every server."""
    compile_bytecode(plan)
    questions = located_questions(plan)
    for approach, size in plan.served():
        model = trained(plan, results, approach, size)
        inputs = digest(model.inputs, questions, plan.repeats, plan.calls)
        wanted = [part for part in parts if results.known(f"{part}-{model.name}", inputs) is None]
        if wanted:
            _measure_one(plan, results, approach, model, inputs, questions, wanted)
        print(f"{tag(approach, size):14} served", flush=True)


def _measure_one(
    plan: Plan,
    results: Results,
    approach: str,
    model: Trained,
    inputs: str,
    questions: Sequence[str],
    wanted: Sequence[str],
) -> None:
    starts: list[float] = []
    repeats = plan.repeats if START in wanted else 1
    for turn in range(repeats):
        with running(plan, approach, model, questions[0]) as rasa:
            starts.append(round(rasa.first_answer, 2))
            if turn < repeats - 1:
                continue
            if START in wanted:
                results.keep(
                    f"{START}-{model.name}", inputs, {"starts": starts, "median": sorted(starts)[repeats // 2]}
                )
            if PARSE in wanted:
                results.keep(f"{PARSE}-{model.name}", inputs, _parse(rasa, questions, plan.calls))
            if ANSWER in wanted:
                results.keep(f"{ANSWER}-{model.name}", inputs, _answer(rasa, questions, plan.calls))


def _parse(rasa: Running, questions: Sequence[str], calls: int) -> dict[str, Any]:
    """`/model/parse` over HTTP, and the memory of the warm process."""
    asked = itertools.cycle(questions)
    path = f"/model/parse?token={TOKEN}"
    for _ in range(WARM_UP):
        rasa.client.must("POST", path, {"text": next(asked)})
    memory = rasa.server.resident()
    seconds = [rasa.client.must("POST", path, {"text": next(asked)}).seconds for _ in range(calls)]
    return {**spread(seconds), "memory": memory}


def _answer(rasa: Running, questions: Sequence[str], calls: int) -> dict[str, Any]:
    """The REST channel, each question the first of a conversation."""
    seconds: list[float] = []
    contacts = 0
    for number, question in zip(range(WARM_UP + calls), itertools.cycle(questions)):
        message = {"sender": f"membre-{number}", "message": question}
        answer = rasa.client.must("POST", "/webhooks/rest/webhook", message)
        if number >= WARM_UP:
            seconds.append(answer.seconds)
            contacts += any((row.get("custom") or {}).get("type") == "contact" for row in answer.content)
    return {**spread(seconds), "contacts": round(contacts / calls, 4)}
