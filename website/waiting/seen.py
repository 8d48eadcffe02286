"""Up to where a client of the member's has the officers' messages."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError

from database.storage import Storage
from website.models import Sender
from website.transcript import Line
from website.waiting.models import MemberSeen


def last_answer(lines: Iterable[Line]) -> int:
    """The number of the last officer's message among some; 0 where there is none."""
    return max((line.seq for line in lines if line.sender is Sender.OFFICER), default=0)


async def note(storage: Storage, conversation_id: str, seq: int) -> None:
    """Note that the member's client has all up to an officer's message; costs nothing where that is known."""
    if not seq:
        return
    async with storage.read() as session:
        known = await session.get(MemberSeen, conversation_id)
    if known is not None and known.seq >= seq:
        return
    try:
        async with storage.write() as session:
            await session.merge(MemberSeen(conversation_id=conversation_id, seq=seq))
    except IntegrityError:  # another client was quicker, or the conversation was erased
        pass
