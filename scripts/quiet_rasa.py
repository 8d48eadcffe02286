"""Rasa's command line without the deprecation warnings of its old libraries (in Rasa's environment).

    .venv-rasa/bin/python -m scripts.quiet_rasa train …

Sanic asks for these warnings when it is imported, whatever PYTHONWARNINGS says.
"""

from __future__ import annotations

import os
import sys
import warnings

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sanic.app  # noqa: F401

warnings.filterwarnings("ignore", category=DeprecationWarning)

from rasa.__main__ import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
