"""The ledger of the load finds what is lost, doubled and out of order."""

from __future__ import annotations

from typing import Any

from bench.load.ledger import Faults, Sent, compare


def _member(seq: int, text: str) -> dict[str, Any]:
    return {"seq": seq, "sender": "member", "text": text, "reply_to": None, "contact": None}


def _bot(seq: int, to: int, text: str = "Voici") -> dict[str, Any]:
    return {"seq": seq, "sender": "bot", "text": text, "reply_to": to, "contact": None}


SENT = [Sent("un", "idle", 0.0, seq=2), Sent("deux", "idle", 1.0, seq=4)]
NOTICE = {"seq": 1, "sender": "system", "text": "Assistant", "reply_to": None, "contact": None}


def test_all_answered_once_and_in_order_is_no_fault() -> None:
    stored = [NOTICE, _member(2, "un"), _bot(3, 2), _bot(4, 2, "Et aussi"), _member(4, "deux"), _bot(5, 4)]
    assert not compare(SENT, stored)


def test_each_fault_is_counted() -> None:
    assert compare(SENT, [_member(2, "un"), _bot(3, 2), _member(4, "deux")]) == Faults(lost=1)
    assert compare(SENT, [_member(2, "un"), _bot(3, 2), _bot(5, 4)]) == Faults(lost=1)
    twice = [_member(2, "un"), _bot(3, 2), _bot(4, 2), _member(4, "deux"), _bot(6, 4)]
    assert compare(SENT, twice) == Faults(doubled=1)
    assert compare(SENT, [_member(2, "un"), _member(4, "deux"), _bot(5, 4), _bot(6, 2)]) == Faults(out_of_order=1)
    assert compare([*SENT, Sent("trois", "idle", 2.0)], [_member(2, "un"), _bot(3, 2), _member(4, "deux"), _bot(5, 4)])
