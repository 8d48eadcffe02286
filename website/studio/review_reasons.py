"""Which of a conversation's sentences are worth a trainer's look, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from understanding.catalogue import OUT_OF_SCOPE, Catalogue
from understanding.text import comparison_key
from website.models import Message, Sender
from website.studio.review_models import RANKS, Reason

UNSURE_BELOW = 0.6
"""Certainty under which an answer counts as a guess."""
SHOWN = 3
"""Subjects of the ranking that are kept."""
LEAST_LETTERS = 3
_UNDECIDED = ("choose", "rephrase", "human")
_ABOUT_A_NEED = ("answer", "choose")
_REFUSAL = "/infirmer"
_OF_A_CHOICE = "choix"
"""What the button « Autre chose » under a choice answers; « Autre sujet » under a contact names no question."""


@dataclass(frozen=True)
class Found:
    """A sentence that is worth a look.

    Attributes:
        message: The member's message.
        reasons: Why, the most telling first.
    """

    message: Message
    reasons: tuple[Reason, ...]


def kept_understanding(understanding: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is kept of what was understood: no place, which may tell who wrote."""
    known = understanding or {}
    return {"ranking": list(known.get("ranking") or [])[:SHOWN], "decision": str(known.get("decision") or "")}


def worth_a_look(messages: Sequence[Message], catalogue: Catalogue, proposed: Mapping[int, str]) -> list[Found]:
    """The sentences of a conversation that are worth a look.

    What was typed while a person had the conversation was never read by the assistant: it is left out, unless an
    officer proposes it.

    Args:
        messages: All of the conversation's, in order.
        catalogue: The subjects of today.
        proposed: Slugs that officers propose, by message.
    """
    found = []
    refused = _refused(messages, catalogue)
    for message in messages:
        if message.sender is not Sender.MEMBER or message.payload is not None:
            continue
        reasons = _read_badly(message.understanding) if message.understanding else []
        if message.seq in refused:
            reasons.append(Reason.REFUSED)
        if message.seq in proposed:
            reasons.append(Reason.CORRECTED)
        if reasons and len(comparison_key(message.text).replace(" ", "")) >= LEAST_LETTERS:
            found.append(Found(message, tuple(sorted(reasons, key=lambda reason: -RANKS[reason]))))
    return found


def _read_badly(understanding: Mapping[str, Any]) -> list[Reason]:
    if understanding.get("language", "fr") != "fr":  # nothing to be learnt: the assistant speaks French
        return []
    if understanding.get("intent") == OUT_OF_SCOPE:
        return [Reason.OUT_OF_SCOPE]
    ranking = understanding.get("ranking") or [["", 0.0]]
    unsure = understanding.get("decision") in _UNDECIDED or float(ranking[0][1]) < UNSURE_BELOW
    return [Reason.UNSURE] if unsure else []


def _refused(messages: Sequence[Message], catalogue: Catalogue) -> set[int]:
    """Questions whose answer the member turned down: by a button, or by a « non » typed under a contact."""
    refused = set()
    question: int | None = None
    answered = False
    for message in messages:
        if message.sender is Sender.BOT:
            answered = message.contact is not None
        elif message.sender is Sender.MEMBER:
            if _turns_down(message, answered) and question is not None:
                refused.add(question)
                question = None
            elif message.payload is None and _asks(message.understanding, catalogue):
                question = message.seq
            answered = False
    return refused


def _asks(understanding: Mapping[str, Any] | None, catalogue: Catalogue) -> bool:
    known = understanding or {}
    categories = known.get("categories") or []
    return known.get("decision") in _ABOUT_A_NEED and any(slug in catalogue.categories for slug in categories)


def _turns_down(message: Message, answered: bool) -> bool:
    if message.payload is None:
        return answered and (message.understanding or {}).get("intent") == _REFUSAL.removeprefix("/")
    name, brace, values = message.payload.partition("{")
    if name != _REFUSAL:
        return False
    try:
        question = json.loads(brace + values).get("question") if brace else None
    except (ValueError, AttributeError):
        return False
    return question in (None, _OF_A_CHOICE)
