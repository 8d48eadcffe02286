"""Run one of the project's programs and note when its stages begin and end (in the environment of that program).

    python -m bench.inside.profiled SPANS.jsonl website|actions|scripts.quiet_rasa [arguments]

Each stage is a function that is wrapped from outside; one that was renamed is left out and named on standard error.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import json
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STAGES = {
    "website": {
        "website.conversations.Conversations.check": "site: admit the member",
        "website.conversations.Conversations.write": "site: store the question",
        "website.delivery.Delivery.next": "site: look for what is unanswered",
        "website.rasa.Rasa.send": "HTTP between site and Rasa",
        "website.delivery.Delivery.answer": "site: store the answer",
        "website.conversations.Conversations.read": "site: read for the stream",
    },
    "scripts.quiet_rasa": {
        "bot.channels.play": "Rasa: play the message",
        "rasa.core.processor.MessageProcessor.parse_message": "Rasa: graph, tokens, regular expressions",
        "bot.reader.MessageReader.process": "understanding: category, need, place",
        "rasa.core.processor.MessageProcessor.predict_next_with_tracker_if_should": "Rasa: choose the action",
        "rasa.core.actions.action.RemoteAction.run": "Rasa: run the action",
        "rasa.core.actions.action.RemoteAction._action_call_format": "Rasa: write the call of the action",
        "rasa.core.actions.action.RemoteAction._validate_action_result": "Rasa: check the action's answer",
        "rasa.core.actions.action.RemoteAction._utter_responses": "Rasa: utter the answer",
        "rasa.utils.endpoints.EndpointConfig.request": "HTTP between Rasa and actions",
        "rasa.core.actions.action.ActionExtractSlots.run": "Rasa: extract slots",
        "bot.tracker_store.ErasableTrackerStore.retrieve": "Rasa: read the conversation",
        "bot.tracker_store.ErasableTrackerStore.save": "Rasa: store the conversation",
    },
    "actions": {
        "rasa_sdk.executor.ActionExecutor.run": "actions: unpack and pack",
        "actions.actions.DialogueAction.run": "actions: dialogue and lookup",
    },
}

Note = Callable[[str, float], None]


def wrapped(function: Callable[..., Any], name: str, note: Note) -> Callable[..., Any]:
    """A function that notes when it began, each time that it ends."""
    if asyncio.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waited(*arguments: Any, **named: Any) -> Any:
            began = time.monotonic()
            try:
                return await function(*arguments, **named)
            finally:
                note(name, began)

        return waited

    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return function(*arguments, **named)
        finally:
            note(name, began)

    return called


def wrap(target: str, name: str, note: Note) -> None:
    """Wrap a function or method by its dotted name.

    Raises:
        LookupError: There is no such function.
    """
    parts = target.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:-1]:
            owner = getattr(owner, part, None)
        function = getattr(owner, parts[-1], None)
        if callable(function):
            static = isinstance(inspect.getattr_static(owner, parts[-1]), staticmethod)
            timed = wrapped(function, name, note)
            setattr(owner, parts[-1], staticmethod(timed) if static else timed)
            return
        break
    raise LookupError(target)


def main() -> None:
    """Wrap the stages, then run the program as `python -m` would."""
    out, program = Path(sys.argv[1]), sys.argv[2]
    handle = out.open("a", buffering=1, encoding="utf-8")

    def note(name: str, began: float) -> None:
        handle.write(json.dumps([name, began, time.monotonic()]) + "\n")

    if program == "scripts.quiet_rasa":
        import scripts.quiet_rasa  # noqa: F401 - silences warnings before Rasa is imported
    for target, name in STAGES[program].items():
        try:
            wrap(target, name, note)
        except LookupError:
            print(f"no such stage: {target}", file=sys.stderr)
    sys.argv = sys.argv[2:]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
