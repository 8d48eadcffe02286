"""Calls and event streams over real HTTP."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.calls import Client, Event, EventStream, UnexpectedStatusError, read_events
from website.stream import event

STREAM = 'event: state\ndata: {"state": "bot"}\n\n: a comment\n\nid: 2\nevent: message\ndata: {"seq": 2}\n\n'


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps({"body": body, "secret": self.headers.get("X-Shared-Secret")}).encode()
        self._answer(403 if body == "refuse" else 200, content, "application/json")

    def do_GET(self) -> None:
        self._answer(200 if self.headers.get("Authorization") else 401, STREAM.encode(), "text/event-stream")

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_calls_carry_body_and_headers_over_one_connection(port: int) -> None:
    client = Client(port, {"X-Shared-Secret": "s"})
    for text in ("à Jonzac", "merci"):
        answer = client.must("POST", "/x", {"text": text})
        assert answer.content == {"body": {"text": text}, "secret": "s"}
        assert answer.seconds > 0
    client.close()


def test_a_refusal_is_told(port: int) -> None:
    client = Client(port)
    assert client.call("POST", "/x", "refuse").status == 403
    with pytest.raises(UnexpectedStatusError, match="403"):
        client.must("POST", "/x?token=t", "refuse")
    client.close()


def test_a_stream_gives_its_events(port: int) -> None:
    stream = EventStream(port, "/events", {"Authorization": "Bearer t"})
    assert list(stream.events) == [Event("state", {"state": "bot"}), Event("message", {"seq": 2})]
    stream.close()
    with pytest.raises(UnexpectedStatusError, match="401"):
        EventStream(port, "/events", {})


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["message", "typing"]), st.dictionaries(st.text(), st.text(), max_size=2))))
def test_events_are_read_as_the_site_writes_them(rows: list[tuple[str, dict[str, str]]]) -> None:
    written = b"".join(event(name, data, 7) + b": \n\n" for name, data in rows)
    assert list(read_events(io.BytesIO(written))) == [Event(name, data) for name, data in rows]
