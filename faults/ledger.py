"""What the members sent and were promised, and what the site made of it in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sent:
    """A message that the site accepted.

    Attributes:
        text: Like no other message's.
        seq: The number that it was promised.
    """

    text: str
    seq: int


@dataclass
class Conversation:
    """A conversation as its member knows it.

    Attributes:
        id: Its id.
        token: Its key.
        sent: Accepted messages in the order in which they were sent.
        heard: Numbers of the messages that the stream brought, in that order; None where nobody listened.
        answered_to: The last message that is answered, as the stream says; -1 before it says so.
    """

    id: str
    token: str
    sent: list[Sent] = field(default_factory=list)
    heard: list[int] | None = None
    answered_to: int = -1

    @property
    def headers(self) -> dict[str, str]:
        """What its member's calls carry."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def last_seq(self) -> int:
        """The number of the last accepted message; 0 before there is one."""
        return self.sent[-1].seq if self.sent else 0


@dataclass
class Verdict:
    """What went wrong, each with a line that says where.

    Attributes:
        accepted: How many messages the site accepted.
        answers: How many were answered.
        lost: Accepted, and not stored as sent or never answered.
        doubled: Stored or answered more than once.
        disordered: Stored, answered, played or pushed in another order.
    """

    accepted: int = 0
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.disordered)


def judge(verdict: Verdict, known: Conversation, transcript: Sequence[dict[str, Any]]) -> None:
    """Compare a conversation with its transcript.

    Args:
        verdict: Takes what is found.
        known: What the member knows.
        transcript: The messages as the API gives them at the end.
    """
    _judge_storing(verdict, known, transcript)
    _judge_answers(verdict, known, transcript)
    seqs = [row["seq"] for row in transcript]
    if seqs != list(range(1, len(seqs) + 1)):
        verdict.disordered.append(f"{known.id}: numbers {seqs}")
    if known.heard is not None:
        _judge_heard(verdict, known, seqs)


def judge_played(verdict: Verdict, played: Sequence[str]) -> None:
    """Look at the messages as the assistant played them.

    Args:
        verdict: Takes what is found.
        played: Their ids, `{conversation}:{seq}`, in that order.
    """
    last: dict[str, int] = {}
    for name in played:
        conversation, _, seq = name.rpartition(":")
        if int(seq) <= last.get(conversation, 0):
            verdict.disordered.append(f"{name}: played after {last[conversation]}")
        last[conversation] = int(seq)


def _judge_storing(verdict: Verdict, known: Conversation, transcript: Sequence[dict[str, Any]]) -> None:
    stored = [row for row in transcript if row["sender"] == "member"]
    by_seq = {row["seq"]: row["text"] for row in stored}
    for sent in known.sent:
        verdict.accepted += 1
        if by_seq.get(sent.seq) != sent.text:
            verdict.lost.append(f"{known.id}: {sent.text!r} is not stored as {sent.seq}")
    for text, times in Counter(row["text"] for row in stored).items():
        if times > 1:
            verdict.doubled.append(f"{known.id}: {text!r} is stored {times} times")
    promised = [sent.seq for sent in known.sent]
    if promised != sorted(promised):
        verdict.disordered.append(f"{known.id}: sent in this order, stored as {promised}")


def _judge_answers(verdict: Verdict, known: Conversation, transcript: Sequence[dict[str, Any]]) -> None:
    bot = [row for row in transcript if row["sender"] == "bot"]
    times = Counter((row["reply_to"], row["text"]) for row in bot)
    replied = [row["reply_to"] for row in bot]
    for row in transcript:
        if row["sender"] != "member":
            continue
        if row["seq"] in replied:
            verdict.answers += 1
        else:
            verdict.lost.append(f"{known.id}: {row['seq']} was never answered")
    for (seq, _), number in times.items():
        if number > 1:
            verdict.doubled.append(f"{known.id}: {seq} was answered {number} times")
    if replied != sorted(replied):
        verdict.disordered.append(f"{known.id}: answered in the order {replied}")


def _judge_heard(verdict: Verdict, known: Conversation, stored: Sequence[int]) -> None:
    heard = known.heard or []
    missing, again = set(stored) - set(heard), [seq for seq, times in Counter(heard).items() if times > 1]
    if missing:
        verdict.lost.append(f"{known.id}: {sorted(missing)} never came by the stream")
    if known.answered_to < known.last_seq:
        verdict.lost.append(f"{known.id}: {known.last_seq} is answered, the stream says {known.answered_to}")
    if again:
        verdict.doubled.append(f"{known.id}: {again} came again by the stream")
    if not again and heard != sorted(heard):
        verdict.disordered.append(f"{known.id}: the stream brought {heard}")
