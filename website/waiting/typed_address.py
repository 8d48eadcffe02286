"""An address that a member types into the chat while waiting: may it be used for the answer?"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from website import texts
from website.models import Conversation, Message, Sender
from website.records import Draft, append
from website.waiting import reach
from website.waiting.addresses import find_email

_REFUSED = (reach.NobodyAwaitedError, reach.StoppedAddressError, reach.TooManyAddressesError)


async def offer(session: AsyncSession, conversation: Conversation, seq: int) -> bool:
    """Ask whether the address in a message is for the answer, where there is one and none was left.

    Args:
        session: The transaction that locked the conversation.
        conversation: It, in a person's hands.
        seq: The member's message.

    Returns:
        Whether it was asked.
    """
    email = await _typed(session, conversation.id, seq)
    if email is None or (await reach.read(session, conversation.id)).email is not None:
        return False
    draft = Draft(Sender.SYSTEM, texts.offer_address(email), (texts.use_address_button(seq),), reply_to=seq)
    await append(session, conversation, draft)
    return True


async def use(session: AsyncSession, conversation: Conversation, seq: int, payload: str) -> None:
    """Keep the address of the message that a pressed button names, and say so.

    Args:
        session: The transaction that locked the conversation.
        conversation: It.
        seq: The pressing.
        payload: What the button carries; it was offered in this conversation.
    """
    email = await _typed(session, conversation.id, int(payload.removeprefix(texts.USE_ADDRESS_PREFIX)))
    text = texts.ADDRESS_REFUSED
    if email is not None:
        before = await reach.read(session, conversation.id)
        try:
            await reach.leave(session, conversation, email, before.phone)
            text = texts.address_kept(email)
        except _REFUSED:
            pass
    await append(session, conversation, Draft(Sender.SYSTEM, text, reply_to=seq))


async def _typed(session: AsyncSession, conversation_id: str, seq: int) -> str | None:
    message = await session.get(Message, (conversation_id, seq))
    return find_email(message.text) if message is not None and message.payload is None else None
