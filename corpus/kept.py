"""A change as plain data, so that a database can keep it until it is taken back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from corpus.changes import Change, Patch
from corpus.edition import Origin, Sentence
from corpus.reader import PRIVATE


def as_data(change: Change) -> dict[str, Any]:
    """A change as JSON can hold it.

    Lines of files with members' sentences are left out: beside those that changed they hold what others wrote. Such a
    change is taken back sentence by sentence.
    """
    private = any(patch.file.startswith(f"{PRIVATE}/") for patch in change.patches)
    return {
        "added": [_sentence(one) for one in change.added],
        "removed": [_sentence(one) for one in change.removed],
        "patches": [] if private else [_patch(one) for one in change.patches],
    }


def from_data(data: Mapping[str, Any]) -> Change:
    """The change that `as_data` gave."""
    return Change(
        tuple(_read_sentence(one) for one in data["added"]),
        tuple(_read_sentence(one) for one in data["removed"]),
        tuple(_read_patch(one) for one in data["patches"]),
    )


def sources(change: Change) -> set[str]:
    """Ids of the conversations whose sentences a change holds."""
    origins = (one.origin for one in (*change.added, *change.removed))
    return {origin.conversation_id for origin in origins if origin and origin.conversation_id}


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {**asdict(sentence), "origin": sentence.origin.as_metadata() if sentence.origin else None}


def _read_sentence(data: Mapping[str, Any]) -> Sentence:
    fields: dict[str, Any] = {**data, "origin": Origin.of(data["origin"]) if data["origin"] else None}
    return Sentence(**fields)


def _patch(patch: Patch) -> dict[str, Any]:
    return {name: _text(value) if isinstance(value, bytes) else value for name, value in vars(patch).items()}


def _read_patch(data: Mapping[str, Any]) -> Patch:
    fields: dict[str, Any] = {
        name: value if name in ("file", "start") else _bytes(value) for name, value in data.items()
    }
    return Patch(**fields)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
