"""Rasa's command line without the deprecation warnings of its old libraries (in Rasa's environment).

    .venv-rasa/bin/python -m scripts.quiet_rasa train …

Several of these libraries ask for such warnings when they are imported, whatever PYTHONWARNINGS says.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

_show = warnings.showwarning


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
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
