"""One conversation through the site, Rasa and the action server, as a collector of traces gets it."""

from __future__ import annotations

import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supervisor.loopback import free_port
from tests.actions.server import SECRET, call, serving
from tests.bot.conftest import CURRENT, Trained, running_rasa
from tests.bot.data import NEW_SENTENCES
from tests.support.collector import QUICK, Collector, Exported

TEXT = f"{NEW_SENTENCES[0]}, on est à Jonzac. Jeanne Dupontel (jeanne.dupontel@example.org)"
"""A question that the small model answers at once, with personal data."""
TREE = {
    ("guichet-site", "message.receive"): "",
    ("guichet-site", "message.store"): "message.receive",
    ("guichet-site", "message.answer"): "message.receive",
    ("guichet-site", "message.wait"): "message.answer",
    ("guichet-site", "rasa.call"): "message.answer",
    ("guichet-rasa", "rasa.message"): "rasa.call",
    ("guichet-rasa", "understand"): "rasa.message",
    ("guichet-rasa", "understand.language"): "understand",
    ("guichet-rasa", "understand.place"): "understand",
    ("guichet-rasa", "understand.intent"): "understand",
    ("guichet-rasa", "dialogue"): "rasa.message",
    ("guichet-rasa", "action.call"): "dialogue",
    ("guichet-actions", "action.run"): "action.call",
    ("guichet-actions", "directory.read"): "action.run",
    ("guichet-actions", "directory.lookup"): "action.run",
    ("guichet-site", "answer.store"): "message.answer",
    ("guichet-site", "answer.stream"): "message.receive",
}
"""Each step of a message's way, and the one around it."""


PATIENCE_SECONDS = 120.0


@dataclass
class Told:
    """What a collector got of one conversation."""

    collector: Collector
    id: str
    token: str
    transcript: dict[str, Any]


@contextmanager
def _streaming(url: str, headers: dict[str, str], answered: threading.Event) -> Iterator[None]:
    """An open stream of a conversation, read until its answer is there."""

    def read() -> None:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE_SECONDS) as stream:
            for line in stream:
                if line.startswith(b"data: ") and b'"answered_to": 2' in line:
                    break
        answered.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        reader.join()


@pytest.fixture(scope="module")
def told(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """One message of a member's, with a stream open for the answer."""
    folder: Path = tmp_path_factory.mktemp("traces")
    with Collector() as collector:
        variables = {
            **QUICK,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "PORT": str(free_port()),
            "RASA_TIMEOUT": "120",  # one attempt, however busy the machine is
        }
        site = f"http://127.0.0.1:{variables['PORT']}"
        with running_rasa(trained, folder, **variables) as rasa, rasa.actions():
            program = [str(CURRENT), "-m", "website"]
            with serving(program, rasa.environment, f"{site}/health/live", folder / "site.log"):
                # what belongs to no trace leaves none: the calls above, a warm-up, Rasa's REST channel
                assert call(f"{rasa.site}/warm", {})[0] == 200
                assert call(f"{rasa.rest}/webhook", {"sender": "jeanne@example.org", "message": "bonjour"})[0] == 200
                _, opened = call(f"{site}/api/conversations", {}, headers={})
                address = f"{site}/api/conversations/{opened['id']}"
                headers = {"Authorization": f"Bearer {opened['token']}"}
                answered = threading.Event()
                with _streaming(f"{address}/events", headers, answered):
                    sent = call(f"{address}/messages", {"text": TEXT, "client_id": "a"}, headers=headers)
                    assert sent == (202, {"seq": 2})
                    assert answered.wait(PATIENCE_SECONDS)
                _, transcript = call(f"{address}/messages", headers=headers)
                collector.until(lambda spans: {(span.service, span.name) for span in spans} >= set(TREE))
                yield Told(collector, opened["id"], opened["token"], transcript)


def test_its_steps_form_one_trace(told: Told) -> None:
    spans = told.collector.spans
    names = {span.id: span.name for span in spans}
    assert {(span.service, span.name): names.get(span.parent, span.parent) for span in spans} == TREE
    assert len(spans) == len(TREE)
    assert len({span.trace for span in spans}) == 1


def test_each_step_lies_in_the_one_that_waits_for_it(told: Told) -> None:
    """On one machine all processes have the same clock; what the site does after its 202 outlasts the call."""
    by_id: dict[str, Exported] = {span.id: span for span in told.collector.spans}
    outlasting = {"message.answer", "answer.stream"}
    for span in told.collector.spans:
        around = by_id.get(span.parent)
        if around is not None and span.name not in outlasting:
            assert around.begun <= span.begun <= span.ended <= around.ended, (span.name, around.name)
    assert not any(span.failed for span in told.collector.spans)


def test_it_says_which_conversation_and_which_action(told: Told) -> None:
    said = {span.name: span.attributes for span in told.collector.spans}
    message = {"guichet.conversation": told.id, "guichet.message": 2}
    assert said["message.receive"] == said["message.answer"] == said["answer.stream"] == message
    assert said["rasa.message"] == {"guichet.conversation": told.id}
    assert said["action.run"] == {"guichet.conversation": told.id, "guichet.action": "action_orienter"}
    assert not any(said[name] for name in said if name not in {
        "message.receive", "message.answer", "answer.stream", "rasa.message", "action.run"
    })  # fmt: skip


def test_it_says_nothing_that_was_written(told: Told) -> None:
    body = b"".join(told.collector.raw).lower()
    assert told.id.encode() in body
    words = [word for word in re.findall(r"[\w.@-]+", TEXT) if len(word) > 4]
    contact = next(message["contact"] for message in told.transcript["messages"] if message["contact"])
    of_people = [contact["person"][key] for key in ("id", "name", "email", "phone")]
    of_places = [contact["commune"]["code"], contact["commune"]["name"], contact["antenna"]["slug"]]
    for secret in (*words, *of_people, *of_places, told.token, SECRET):
        assert secret.encode().lower() not in body, secret
