"""Running a process that serves HTTP, and calling it. Standard library only: both environments use it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-of-the-tests"
START_S = 180.0
"""How long a process may take until it answers (Rasa on two busy cores)."""

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotStartedError(RuntimeError):
    """A process ended, or did not answer in time; the message is the end of what it printed."""


def call(
    url: str, body: object = None, method: str | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Send JSON.

    Args:
        url: Where to.
        body: Sent as JSON; bytes as they are; None sends nothing.
        method: POST with a body and GET without one, where None.
        headers: Beside the content type; the shared secret where None.

    Returns:
        Status and the JSON of the answer (None where it has none).
    """
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    given = {"X-Shared-Secret": SECRET} if headers is None else dict(headers)
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **given}, method=method)
    try:
        with _direct.open(request, timeout=120) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, None


@contextlib.contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str], probe: str, log: Path) -> Iterator[None]:
    """Run a process of the checkout; it is over when the block is left.

    Args:
        command: Program and arguments.
        environment: Added to the environment of the tests.
        probe: Address that answers 200 once the process is ready.
        log: Where its lines go.

    Raises:
        NotStartedError: It does not become ready.
    """
    whole = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    whole.pop("PYTHONDONTWRITEBYTECODE", None)
    with log.open("ab") as stream:
        process = subprocess.Popen(command, cwd=ROOT, env=whole, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        try:
            _wait(process, probe, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], probe: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            if call(probe)[0] == 200:
                return
        time.sleep(0.2)
    raise NotStartedError(log.read_text("utf-8", "replace")[-3000:])


def outside_address() -> str | None:
    """An address of this machine that is not the loopback's, or None where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only asks the routing table
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def refuses_connections(address: str, port: int) -> bool:
    """Whether nobody listens at an address."""
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((address, port)) != 0
