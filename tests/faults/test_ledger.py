"""The ledger sees each kind of fault."""

from __future__ import annotations

from typing import Any

import pytest

from faults.ledger import Conversation, Sent, Verdict, judge, judge_played


def row(seq: int, sender: str, text: str, reply_to: int | None = None) -> dict[str, Any]:
    """A message as the API gives it."""
    return {"seq": seq, "sender": sender, "text": text, "reply_to": reply_to}


NOTICE = row(1, "system", "automatique")
WHOLE = [NOTICE, row(2, "member", "a"), row(3, "member", "b"), row(4, "bot", "A", 2), row(5, "bot", "B", 3)]


def judged(transcript: list[dict[str, Any]], heard: list[int] | None = None, answered_to: int = 3) -> Verdict:
    """What is said of a transcript by who sent « a » and « b »."""
    verdict = Verdict()
    judge(verdict, Conversation("c", "t", [Sent("a", 2), Sent("b", 3)], heard, answered_to), transcript)
    return verdict


def counts(verdict: Verdict) -> tuple[int, int, int]:
    """Lost, doubled, out of order."""
    return len(verdict.lost), len(verdict.doubled), len(verdict.disordered)


def test_a_whole_conversation_is_clean() -> None:
    verdict = judged(WHOLE, heard=[1, 2, 3, 4, 5])
    assert verdict.is_clean
    assert (verdict.accepted, verdict.answers) == (2, 2)


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        (WHOLE[:4], (1, 0, 0)),  # no answer to b
        ([*WHOLE[:2], row(3, "bot", "A", 2)], (1, 0, 0)),  # b is not stored
        ([*WHOLE[:2], row(3, "member", "x"), *WHOLE[3:]], (1, 0, 0)),  # another text in its place
        ([*WHOLE, row(6, "bot", "B", 3)], (0, 1, 0)),  # answered twice
        ([*WHOLE, row(6, "member", "b"), row(7, "bot", "B", 6)], (0, 1, 0)),  # stored twice
        ([*WHOLE[:3], row(4, "bot", "B", 3), row(5, "bot", "A", 2)], (0, 0, 1)),  # answered in another order
        ([*WHOLE[:4], row(6, "bot", "B", 3)], (0, 0, 1)),  # a number that is missing
        ([], (2, 0, 0)),
    ],
)
def test_each_fault_is_counted(transcript: list[dict[str, Any]], expected: tuple[int, int, int]) -> None:
    assert counts(judged(transcript)) == expected


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([1, 2, 3, 4], (1, 0, 0)),
        ([1, 2, 3, 4, 4, 5], (0, 1, 0)),
        ([1, 3, 2, 4, 5], (0, 0, 1)),
    ],
)
def test_what_the_stream_brought_is_held_to_the_transcript(heard: list[int], expected: tuple[int, int, int]) -> None:
    assert counts(judged(WHOLE, heard)) == expected


def test_a_stream_that_never_says_that_all_is_answered() -> None:
    assert counts(judged(WHOLE, heard=[1, 2, 3, 4, 5], answered_to=2)) == (1, 0, 0)


def test_messages_stored_in_another_order_than_sent() -> None:
    verdict = Verdict()
    judge(verdict, Conversation("c", "t", [Sent("b", 3), Sent("a", 2)]), WHOLE)
    assert counts(verdict) == (0, 0, 1)


def test_messages_played_in_another_order() -> None:
    verdict = Verdict()
    judge_played(verdict, ["a:2", "b:9", "a:3", "b:8"])
    assert counts(verdict) == (0, 0, 1)
