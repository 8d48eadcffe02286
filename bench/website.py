"""From question to contact through the website API: site, Rasa and action server together."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls import Client, EventStream, is_healthy
from bench.curve import trained
from bench.plan import OURS, WHOLE, Plan
from bench.projects import TOKEN
from bench.results import Results, digest
from bench.servers import Server, wait_until
from bench.serving import PATIENCE_S, WARM_UP, bench_settings, located_questions, prepare_database, python
from bench.spans import Span, profile
from bench.statistics import spread
from bench.training import RASA_PYTHON
from settings import ROOT, Settings
from supervisor.surroundings import current_environment, rasa_environment

PROFILER = "bench.inside.profiled"
NAME = "website-ours-whole"


@dataclass(frozen=True)
class Asked:
    """One question and what came of it.

    Attributes:
        accepted: Seconds until the message was stored and the call answered.
        window: From sending to the contact's arrival (or that of whatever was answered).
        contact: Whether a contact was the answer.
    """

    accepted: float
    window: Span
    contact: bool

    @property
    def seconds(self) -> float:
        """From question to answer."""
        return self.window.end - self.window.start


@dataclass(frozen=True)
class Desk:
    """The three running processes, by name, and the site's port."""

    port: int
    servers: dict[str, Server]


@contextlib.contextmanager
def desk(plan: Plan, model: Path, spans: Path | None) -> Iterator[Desk]:
    """Site, Rasa and action server, ready to answer.

    Args:
        plan: Where logs and databases go.
        model: What Rasa serves.
        spans: Where stages are noted; None to run the programs as they are.
    """
    folder = plan.folder / "website"
    shutil.rmtree(folder, ignore_errors=True)
    settings = bench_settings(folder)
    prepare_database(settings, folder)
    environment = current_environment(settings) | {"LIMIT_ADDRESS": "0", "LOG_LEVEL": "WARNING"}
    commands = {
        "website": (_program("website", spans), environment),
        "actions": (_program("actions", spans), environment),
        "rasa": (_rasa(settings, model, spans), rasa_environment(settings)),
    }
    with contextlib.ExitStack() as stack:
        servers = {
            name: stack.enter_context(Server(command, plan.folder / "logs" / f"site-{name}.log", ROOT, variables))
            for name, (command, variables) in commands.items()
        }
        client = Client(settings.port)
        stack.callback(client.close)
        wait_until(lambda: is_healthy(client), list(servers.values()), PATIENCE_S)
        yield Desk(settings.port, servers)


def _program(module: str, spans: Path | None) -> list[str]:
    return python(module) if spans is None else python(PROFILER, str(spans), module)


def _rasa(settings: Settings, model: Path, spans: Path | None) -> list[str]:
    program = ["scripts.quiet_rasa"] if spans is None else [PROFILER, str(spans), "scripts.quiet_rasa"]
    files = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(model)]
    address = ["-i", "127.0.0.1", "-p", str(settings.rasa_port), "--auth-token", TOKEN]
    return [str(RASA_PYTHON), "-m", *program, "run", *address, *files]


def ask(client: Client, port: int, question: str) -> Asked:
    """Ask in a conversation of its own, and listen on its stream until the answer is whole.

    Args:
        client: A connection to the site.
        port: The site's port.
        question: What the member writes.
    """
    access = client.must("POST", "/api/conversations", {}).content
    bearer = {"Authorization": f"Bearer {access['token']}"}
    path = f"/api/conversations/{access['id']}"
    stream = EventStream(port, f"{path}/events", bearer)
    try:
        while next(stream.events).name != "answered":
            pass  # the notice with which every conversation begins
        began = time.monotonic()
        accepted = client.must("POST", f"{path}/messages", {"text": question, "client_id": "un"}, bearer)
        came, contact = _await_answer(stream, int(accepted.content["seq"]))
    finally:
        stream.close()
    return Asked(accepted.seconds, Span("question", began, came), contact)


def _await_answer(stream: EventStream, seq: int) -> tuple[float, bool]:
    """When the contact came (or, without one, the whole answer), and whether one came."""
    for event in stream.events:
        now = time.monotonic()
        if event.name == "message" and event.data.get("reply_to") == seq and event.data.get("contact"):
            return now, True
        if event.name == "answered" and event.data["answered_to"] >= seq:
            return now, False
    raise http.client.IncompleteRead(b"")


def measure(plan: Plan, results: Results) -> None:
    """Measure twice: as it is, then with the stages noted (which costs a little)."""
    model = trained(plan, results, OURS, WHOLE)
    questions = located_questions(plan)
    inputs = digest(model.inputs, questions, plan.calls, "website")
    if results.known(NAME, inputs) is None:
        with desk(plan, model.model, None) as running:
            asked = _ask_all(running.port, questions, plan.calls)
            memory = {name: server.resident() for name, server in running.servers.items()}
        noted = plan.folder / "website-spans.jsonl"
        noted.unlink(missing_ok=True)
        with desk(plan, model.model, noted) as running:
            profiled = _ask_all(running.port, questions, plan.calls)
        results.keep(NAME, inputs, summary(asked, profiled, read_spans(noted)) | {"memory": memory})
    print("website        measured", flush=True)


def _ask_all(port: int, questions: Sequence[str], calls: int) -> list[Asked]:
    client = Client(port)
    try:
        asked = [ask(client, port, question) for _, question in zip(range(WARM_UP + calls), itertools.cycle(questions))]
    finally:
        client.close()
    return asked[WARM_UP:]


def read_spans(path: Path) -> list[Span]:
    """The stages that were noted; a line that a process could not finish is left out."""
    spans = []
    for line in path.read_text("utf-8").splitlines():
        try:
            name, start, end = json.loads(line)
        except ValueError:
            continue
        spans.append(Span(name, start, end))
    return spans


def summary(asked: Sequence[Asked], profiled: Sequence[Asked], spans: Sequence[Span]) -> dict[str, Any]:
    """What is kept: times to the contact and to the acceptance, and the profile.

    Args:
        asked: Questions to the programs as they are.
        profiled: Questions while stages were noted.
        spans: The stages.
    """
    to_contact = [question.seconds for question in asked if question.contact]
    windows = [question.window for question in profiled if question.contact]
    return {
        "contact": spread(to_contact),
        "any": spread([question.seconds for question in asked]),
        "accepted": spread([question.accepted for question in asked]),
        "contacts": round(len(to_contact) / len(asked), 4),
        "profiled": spread([window.end - window.start for window in windows]),
        "stages": profile(windows, spans),
    }
