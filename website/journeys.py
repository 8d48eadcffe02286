"""The traces of members' messages inside the site: where each goes on, from its storing to the stream of its answer.

What is known here is known to this process only. A message that another site or an earlier process stored begins a
trace of its own when it is answered, and what no stream took up is forgotten when there are too many.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from tracing import spans

MOST = 10_000
"""Messages that are remembered, the latest."""

_under_way: OrderedDict[tuple[str, int], str] = OrderedDict()


def set_out(conversation_id: str, seq: int) -> None:
    """What becomes of a message belongs to the current span."""
    parent = spans.current()
    if not parent:
        return
    _under_way[conversation_id, seq] = parent
    while len(_under_way) > MOST:
        _under_way.popitem(last=False)


@contextmanager
def answering(conversation_id: str, seq: int, since: datetime | None) -> Iterator[None]:
    """Trace an attempt at answering a message.

    Args:
        conversation_id: The conversation.
        seq: The message.
        since: When it was stored, at the first attempt: that one has waited since.
    """
    parent = _under_way.get((conversation_id, seq), "")
    name, inside = "message.answer", spans.Kind.INTERNAL
    with spans.joined(name, parent, inside, since) if parent else spans.begun(name, inside, since) as span:
        span.note(conversation=conversation_id, message=seq)
        if not parent:
            set_out(conversation_id, seq)
        yield


def streamed(conversation_id: str, answered: Iterable[int], since: datetime) -> None:
    """Trace that a stream brought answers; the first one to bring an answer counts.

    Args:
        conversation_id: The conversation.
        answered: The messages that were answered.
        since: When the answers began to be read for the stream.
    """
    for seq in answered:
        parent = _under_way.pop((conversation_id, seq), "")
        with spans.joined("answer.stream", parent, spans.Kind.INTERNAL, since) as span:
            span.note(conversation=conversation_id, message=seq)
