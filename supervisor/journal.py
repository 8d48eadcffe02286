"""The lines that the supervisor and its processes print, each behind the name of who says it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

WIDTH = 7
COLOURS = {
    "guichet": "1",
    "site": "34",
    "rasa": "35",
    "actions": "32",
    "install": "36",
    "modèle": "36",
    "données": "36",
}
"""SGR codes of terminals."""


class Journal:
    """Writes whole lines, prefixed; in colour only where a person looks at a terminal."""

    def __init__(self, stream: TextIO | None = None, colour: bool | None = None) -> None:
        """Write to a stream.

        Args:
            stream: Standard output where None.
            colour: Where None: the stream is a terminal and NO_COLOR is not set.
        """
        self.stream = stream or sys.stdout
        self.colour = self.stream.isatty() and not os.environ.get("NO_COLOR") if colour is None else colour

    def line(self, name: str, text: str) -> None:
        """Write one line, such as `site    | GET /`."""
        prefix = f"{name:<{WIDTH}} |"
        if self.colour and name in COLOURS:
            prefix = f"\x1b[{COLOURS[name]}m{prefix}\x1b[0m"
        try:
            print(prefix, text, file=self.stream, flush=True)
        except (BrokenPipeError, ValueError):
            return  # who read the lines is gone; the processes are not to fall over that
        except UnicodeEncodeError:
            plain = text.encode("ascii", "replace").decode("ascii")
            print(prefix, plain, file=self.stream, flush=True)
