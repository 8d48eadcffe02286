"""Rasa's command line without the deprecation warnings of its old libraries (in Rasa's environment).

    .venv-rasa/bin/python -m scripts.quiet_rasa train …

Several of these libraries ask for such warnings when they are imported, whatever PYTHONWARNINGS says.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from threading import Thread
from typing import Any

_show = warnings.showwarning

NEVER = 100_000_000
"""New objects until the garbage collector looks for unused ones: more than a start makes."""


def show(message: Any, category: Any, *place: Any, **further: Any) -> None:
    """Show a warning unless it only says that something is deprecated."""
    if not issubclass(category, (DeprecationWarning, PendingDeprecationWarning)):
        _show(message, category, *place, **further)


def main() -> None:
    """Run Rasa with the arguments of the command line."""
    warnings.showwarning = show
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.argv[1:2] == ["run"]:
        hurry()
    from rasa.__main__ import main as rasa

    rasa()


def hurry() -> None:
    """Start a server sooner: the garbage collector waits (`bot.channels` sets it going), the encoder loads meanwhile.

    What is imported stays for good, and looking through it again and again took a fifth of the start.
    """
    from understanding.intents.embedding import warm

    gc.set_threshold(NEVER)  # not gc.disable(): one of spaCy's libraries turns it on again
    Thread(target=warm, name="encoder", daemon=True).start()


if __name__ == "__main__":
    main()
