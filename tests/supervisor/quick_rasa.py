"""A stand-in for Rasa that starts at once: `quick_rasa.py NOTES MODEL PORT`.

It answers the health, warm-up and message calls of the site's channel with the name of its model. A model's name says
how it behaves: broken-… ends at once, mute-… never answers, cold-… cannot be warmed, slow-… answers after a while.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_S = 0.4


class Answers(BaseHTTPRequestHandler):
    """The site's channel."""

    protocol_version = "HTTP/1.1"
    model = ""

    def do_GET(self) -> None:
        """Health."""
        self._say(503 if self.model.startswith("mute") else 200, {})

    def do_POST(self) -> None:
        """A message, or the warm-up."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/warm"):
            self._say(500 if self.model.startswith("cold") else 200, {})
            return
        if self.model.startswith("slow"):
            time.sleep(SLOW_S)
        self._say(200, {"model": self.model, "text": json.loads(body)["text"]})

    def _say(self, status: int, content: dict[str, Any]) -> None:
        raw = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve a model."""
    notes, model, port = sys.argv[1:]
    with open(notes, "a") as file:
        file.write(f"{os.getpid()}\n")
    if model.startswith("broken"):
        sys.exit(3)
    Answers.model = model
    ThreadingHTTPServer.request_queue_size = 100
    ThreadingHTTPServer(("127.0.0.1", int(port)), Answers).serve_forever()


if __name__ == "__main__":
    main()
