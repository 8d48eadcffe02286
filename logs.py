"""How every process logs: lines to read, or one JSON object a line with the conversation that it is about.

Python 3.10 syntax and standard library only: Rasa's process uses it too.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import datetime, timezone

JSON = "json"

CONVERSATION: ContextVar[str] = ContextVar("conversation", default="")
"""Id of the conversation that is handled. An id opens nothing; a conversation's token does, and is never logged."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line.

    Args:
        process: Who logs: site, rasa or actions.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """A record as JSON: time, level, process, logger, message; conversation and error where there are."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        row = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        conversation = CONVERSATION.get()
        if conversation:
            row["conversation"] = conversation
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


def begin(process: str, level: str, layout: str) -> None:
    """Log from now on.

    Args:
        process: Who logs.
        level: Least level.
        layout: "json", or anything else for lines to read.
    """
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    if layout == JSON:
        take_over(process)


def take_over(process: str) -> None:
    """Have all handlers that there are write JSON, those of libraries too."""
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    for logger in loggers:
        for handler in logger.handlers:
            handler.setFormatter(JsonFormatter(process))
