"""What an officer does with a conversation, each inside one transaction.

All take the transaction, the officer and the conversation's id, and give the news to publish once it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.data import AntennaEntry
from website import handoff, handoff_record, texts
from website.audit import record
from website.console import sentences
from website.console.colleagues import holder_is_absent
from website.console.models import Note
from website.console.officer import (
    HeldError,
    NotAllowedError,
    Officer,
    check_hands,
    check_holder,
    may_act,
    may_read,
)
from website.conversations import ClientIdReusedError
from website.events import News
from website.models import Origin, Outcome, Sender, State
from website.records import Draft, append, find_client_id, locked, make_searchable, set_state
from website.waiting import rating
from website.waiting.member_mail import officer_answered

CHANGED = News(messages=True, state=True)


class UnknownAntennaError(LookupError):
    """The directory has no such antenna."""


class OutcomeError(ValueError):
    """An officer cannot close a conversation with this outcome."""


async def claim(session: AsyncSession, officer: Officer, conversation_id: str, now: datetime | None = None) -> News:
    """Take a conversation: one that waits, that the assistant has, that is closed, or whose holder is absent.

    Of two at once, one gets it.

    Raises:
        UnknownConversationError: There is none.
        HeldError: Somebody else has it.
        NotAllowedError: It belongs to another antenna.
    """
    now = now or utc_now()
    conversation = await locked(session, conversation_id)
    if conversation.state is State.OFFICER and conversation.officer_account == officer.id:
        conversation.claimed_at = conversation.claimed_at or now
        return News(state=True)
    if conversation.state is State.OFFICER and not (
        may_act(officer, conversation) and await holder_is_absent(session, conversation)
    ):
        raise HeldError(conversation.officer_account, conversation.officer or "")
    if not may_read(officer, conversation) or not may_act(officer, conversation):
        raise NotAllowedError
    before, waiting_since = conversation.state, conversation.waiting_since
    antenna = conversation.antenna or _own_antenna(officer)
    set_state(conversation, State.OFFICER, antenna=antenna, officer=officer.name, account=officer.id)
    if before in (State.BOT, State.CLOSED):
        handoff_record.begin(session, conversation, Origin.OFFICER, now)
        waiting_since = now if conversation.last_member_seq > conversation.answered_to else None
        await session.flush()
    conversation.waiting_since = waiting_since
    await handoff_record.claimed(session, conversation, officer.id, now)
    text = sentences.joined(officer.name, await _home(session, officer, antenna))
    await append(session, conversation, Draft(Sender.SYSTEM, text))
    await record(session, officer.id, "conversation.claimed", conversation_id, before=before.value)
    return CHANGED


async def transfer_to_officer(
    session: AsyncSession, officer: Officer, conversation_id: str, target: Officer, now: datetime | None = None
) -> News:
    """Put a conversation into another officer's hands, or a waiting one into anybody's.

    Raises:
        UnknownConversationError: There is none.
        HeldError: Somebody else has it.
        NotHeldError: The assistant has it.
        ClosedError: It is closed.
        NotAllowedError: It waits at another antenna.
    """
    now = now or utc_now()
    conversation = await locked(session, conversation_id)
    check_hands(officer, conversation)
    if conversation.officer_account == target.id:
        return News()
    antenna = conversation.antenna if conversation.antenna in target.antennas else _own_antenna(target)
    set_state(
        conversation, State.OFFICER, antenna=antenna or conversation.antenna, officer=target.name, account=target.id
    )
    await handoff_record.moved(session, conversation)
    await handoff_record.claimed(session, conversation, target.id, now)
    conversation.claimed_at = None
    text = sentences.entrusted(target.name, await _home(session, target, conversation.antenna))
    await append(session, conversation, Draft(Sender.SYSTEM, text))
    await record(session, officer.id, "conversation.transferred", conversation_id, to=target.id)
    return CHANGED


async def transfer_to_antenna(session: AsyncSession, officer: Officer, conversation_id: str, slug: str) -> News:
    """Let a conversation wait at another antenna.

    Raises:
        UnknownAntennaError: There is no such antenna.
        UnknownConversationError: There is no such conversation.
        HeldError: Somebody else has it.
        NotHeldError: The assistant has it.
        ClosedError: It is closed.
        NotAllowedError: It waits at another antenna.
    """
    conversation = await locked(session, conversation_id)
    check_hands(officer, conversation)
    antenna = await antenna_entry(session, slug)
    if antenna is None:
        raise UnknownAntennaError(slug)
    waiting_since = conversation.waiting_since or utc_now()
    set_state(conversation, State.WAITING, antenna=slug)
    conversation.waiting_since, conversation.claimed_at = waiting_since, None
    await handoff_record.moved(session, conversation)
    draft = Draft(Sender.SYSTEM, sentences.moved(antenna.name), (texts.CONTINUE_BUTTON,))
    await append(session, conversation, draft)
    await record(session, officer.id, "conversation.transferred", conversation_id, to=slug)
    return CHANGED


async def release(session: AsyncSession, officer: Officer, conversation_id: str) -> News:
    """Give a conversation back to the assistant, which answers from the next message on.

    Raises:
        UnknownConversationError: There is none.
        HeldError: Somebody else has it.
        NotHeldError: Nobody has it.
        ClosedError: It is closed.
    """
    conversation = await locked(session, conversation_id)
    check_holder(officer, conversation)
    set_state(conversation, State.BOT)
    await handoff_record.finish(session, conversation, Outcome.RELEASED)
    await append(session, conversation, Draft(Sender.SYSTEM, texts.RESUMED, (texts.HANDOFF_BUTTON,)))
    await record(session, officer.id, "conversation.released", conversation_id)
    return CHANGED


async def close(session: AsyncSession, officer: Officer, conversation_id: str, outcome: Outcome) -> News:
    """Close a conversation; the member's next message opens it again.

    Raises:
        OutcomeError: Not an outcome that is chosen.
        UnknownConversationError: There is none.
        HeldError: Somebody else has it.
        NotHeldError: The assistant has it.
        ClosedError: It is closed already.
        NotAllowedError: It waits at another antenna.
    """
    if outcome not in sentences.CHOSEN_OUTCOMES:
        raise OutcomeError(outcome)
    conversation = await locked(session, conversation_id)
    check_hands(officer, conversation)
    set_state(conversation, State.CLOSED, antenna=conversation.antenna, officer=conversation.officer)
    await handoff_record.finish(session, conversation, outcome)
    conversation.closed_by = officer.id
    conversation.answered_to = conversation.last_member_seq
    await append(session, conversation, Draft(Sender.SYSTEM, sentences.closed(officer.name)))
    if outcome in sentences.RATED_OUTCOMES:
        await rating.ask(session, conversation)
    await record(session, officer.id, "conversation.closed", conversation_id, outcome=outcome.value)
    return News(messages=True, state=True, answered=True)


async def reply(
    session: AsyncSession,
    officer: Officer,
    conversation_id: str,
    client_id: str,
    text: str,
    now: datetime | None = None,
) -> tuple[int, News]:
    """Answer the member. The same call again stores nothing.

    Returns:
        The message's `seq`, and the news.

    Raises:
        UnknownConversationError: There is none.
        ClientIdReusedError: The client's id came before with another text.
        HeldError: Somebody else has it.
        NotHeldError: Nobody has it: claim it first.
        ClosedError: It is closed.
    """
    now = now or utc_now()
    conversation = await locked(session, conversation_id)
    own_id = f"{officer.id}:{client_id}"
    before = await find_client_id(session, conversation_id, own_id)
    if before is not None:
        if before.text != text:
            raise ClientIdReusedError(client_id)
        return before.seq, News()
    check_holder(officer, conversation)
    if conversation.officer_account != officer.id:  # an administrator in another's conversation
        raise HeldError(conversation.officer_account, conversation.officer or "")
    conversation.claimed_at = conversation.claimed_at or now
    draft = Draft(Sender.OFFICER, text, client_id=own_id, account=officer.id)
    seq = await append(session, conversation, draft)
    antenna = await antenna_entry(session, conversation.antenna) if conversation.first_answer_at is None else None
    await handoff_record.answered(session, conversation, antenna, now)
    await officer_answered(session, conversation, seq)
    await record(session, officer.id, "conversation.answered", conversation_id, seq=seq)
    return seq, News(messages=True)


async def add_note(session: AsyncSession, officer: Officer, conversation_id: str, client_id: str, text: str) -> Note:
    """Keep a note that only the staff sees; the same call again stores nothing.

    Raises:
        UnknownConversationError: There is no such conversation.
        NotAllowedError: The officer may not even read it.
        ClientIdReusedError: The client's id came before with another text.
    """
    conversation = await locked(session, conversation_id)
    if not may_read(officer, conversation):
        raise NotAllowedError
    own_id = f"{officer.id}:{client_id}"
    before = await session.scalar(select(Note).where(Note.conversation_id == conversation_id, Note.client_id == own_id))
    if before is not None:
        if before.text != text:
            raise ClientIdReusedError(client_id)
        return before
    note = Note(conversation_id=conversation_id, account_id=officer.id, text=text, client_id=own_id)
    session.add(note)
    await make_searchable(session, conversation_id, text)
    await session.flush()
    await record(session, officer.id, "conversation.noted", conversation_id, note=note.id)
    return note


async def antenna_entry(session: AsyncSession, slug: str | None) -> AntennaEntry | None:
    """An antenna of the directory, or None where it has none of that name."""
    data = await handoff.directory(session)
    return _find(data.antennas if data else (), slug)


def _find(antennas: Iterable[AntennaEntry], slug: str | None) -> AntennaEntry | None:
    return next((antenna for antenna in antennas if antenna.slug == slug), None)


def _own_antenna(officer: Officer) -> str | None:
    return officer.antennas[0] if officer.antennas else None


async def _home(session: AsyncSession, officer: Officer, antenna: str | None) -> str | None:
    """Name of the antenna that the member is told: where the officer works, the conversation's if it is one of them."""
    slug = antenna if antenna in officer.antennas else _own_antenna(officer)
    entry = await antenna_entry(session, slug)
    return entry.name if entry else None
