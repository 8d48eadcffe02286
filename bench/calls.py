"""HTTP as a client measures it: one kept connection, no proxy, no library's own pauses."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

TIMEOUT_S = 60.0


class UnexpectedStatusError(RuntimeError):
    """A call was not answered as it should be; the message gives status and path."""


@dataclass(frozen=True)
class Answer:
    """An answer to a call.

    Attributes:
        status: HTTP status.
        content: Its JSON; None where it has none.
        seconds: From sending to the last byte.
    """

    status: int
    content: Any
    seconds: float


class Client:
    """JSON calls to a port of the loopback interface over one connection.

    Args:
        port: The port.
        headers: Sent with each call.
    """

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._headers = {"Content-Type": "application/json", **(headers or {})}

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Make a call.

        Raises:
            OSError: There is no connection.
            http.client.HTTPException: The answer breaks off or is no HTTP.
        """
        sent = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        try:
            self._connection.request(method, path, sent, {**self._headers, **(headers or {})})
            response = self._connection.getresponse()
            raw = response.read()
        except BaseException:
            self._connection.close()
            raise
        seconds = time.perf_counter() - began
        try:
            content = json.loads(raw)
        except ValueError:
            content = None
        return Answer(response.status, content, seconds)

    def must(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Make a call that has to succeed.

        Raises:
            UnexpectedStatusError: The status is not 2xx.
        """
        answer = self.call(method, path, body, headers)
        if answer.status // 100 != 2:
            raise UnexpectedStatusError(f"status {answer.status} at {path.partition('?')[0]}: {answer.content}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Lines(Protocol):
    """What lines can be read from."""

    def readline(self) -> bytes:
        """The next line with its end; empty at the end of the stream."""


@dataclass(frozen=True)
class Event:
    """A Server-Sent Event whose data is JSON."""

    name: str
    data: Any


def read_events(stream: Lines) -> Iterator[Event]:
    """Events of a stream, as the HTML standard reads them: comments, ids and empty events are left out."""
    name = "message"
    data: list[str] = []
    while line := stream.readline():
        text = line.decode("utf-8").rstrip("\r\n")
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if not text:
            if data:
                yield Event(name, json.loads("\n".join(data)))
            name, data = "message", []
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)


class EventStream:
    """An open stream of events.

    Args:
        port: The port, on the loopback interface.
        path: The stream's path.
        headers: Of the request.
    """

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._connection.request("GET", path, headers=dict(headers))
        response = self._connection.getresponse()
        if response.status != 200:
            raise UnexpectedStatusError(f"status {response.status} at {path}")
        self.events = read_events(response)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def is_healthy(client: Client) -> bool:
    """Whether the site that a client calls says that everything answers."""
    try:
        answer = client.call("GET", "/health")
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200 and (answer.content or {}).get("status") == "ok"
