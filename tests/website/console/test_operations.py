"""What officers do with conversations: who may, what changes, what the member reads, what is noted down."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.hours import PARIS
from tests.website.console.desk import ADMIN, BORDEAUX, COLLEAGUE, ROCHEFORT, Desk
from website.accounts.access import Role
from website.accounts.models import Account
from website.audit.models import AuditEntry
from website.console import operations
from website.console.models import Note
from website.console.officer import ClosedError, HeldError, NotAllowedError, NotHeldError, Officer
from website.console.operations import OutcomeError, UnknownAntennaError
from website.conversations import ClientIdReusedError
from website.models import Conversation, Handoff, Origin, Outcome, SearchDocument, Sender, State
from website.records import UnknownConversationError, locked

NBSP = "\u00a0"


async def handoffs_of(desk: Desk, conversation_id: str) -> list[Handoff]:
    async with desk.storage.read() as session:
        rows = await session.scalars(
            select(Handoff).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id)
        )
        return list(rows)


async def log(desk: Desk, conversation_id: str) -> list[tuple[str | None, str]]:
    async with desk.storage.read() as session:
        rows = await session.execute(
            select(AuditEntry.account_id, AuditEntry.action)
            .where(AuditEntry.conversation_id == conversation_id)
            .order_by(AuditEntry.id)
        )
        return [(account_id, action) for account_id, action in rows]


async def account(desk: Desk, officer: Officer, **columns: Any) -> None:
    """Give an officer an account."""
    async with desk.storage.write() as session:
        values = {"email": f"{officer.id}@exemple.fr", "name": officer.name, "role": Role.OFFICER, **columns}
        session.add(Account(id=officer.id, **values))


async def test_claim(desk: Desk) -> None:
    conversation_id = await desk.open()
    news = await desk.do(operations.claim, ROCHEFORT, conversation_id)
    assert news.state and news.messages
    conversation, message = await desk.get(conversation_id), await desk.last(conversation_id)
    assert (conversation.state, conversation.officer, conversation.officer_account) == (
        State.OFFICER,
        "Mme Roux",
        ROCHEFORT.id,
    )
    assert (message.sender, message.text) == (Sender.SYSTEM, "Mme Roux, Rochefort, a rejoint la conversation.")
    assert conversation.waiting_since is not None, "nobody has answered yet"
    (row,) = await handoffs_of(desk, conversation_id)
    assert (row.claimed_at, row.account_id) == (conversation.claimed_at, ROCHEFORT.id)
    seq = conversation.last_seq
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    assert (await desk.get(conversation_id)).last_seq == seq, "claiming again says nothing again"


async def test_of_many_at_once_one_gets_it(desk: Desk) -> None:
    conversation_id = await desk.open()
    officers = [Officer(f"{number:032x}", f"Officier {number}", ("rochefort",)) for number in range(8)]
    for officer in officers:
        await account(desk, officer)
    outcomes = await asyncio.gather(
        *(desk.do(operations.claim, officer, conversation_id) for officer in officers), return_exceptions=True
    )
    conversation = await desk.get(conversation_id)
    refused = [outcome for outcome in outcomes if isinstance(outcome, HeldError)]
    assert len(refused) == 7 and {error.holder for error in refused} == {conversation.officer}
    winner = next(officer for officer, outcome in zip(officers, outcomes) if not isinstance(outcome, HeldError))
    assert conversation.officer_account == winner.id
    assert len(await handoffs_of(desk, conversation_id)) == 1
    assert await log(desk, conversation_id) == [(winner.id, "conversation.claimed")]


async def test_only_its_antenna_takes_what_waits(desk: Desk) -> None:
    conversation_id = await desk.open()
    with pytest.raises(NotAllowedError):
        await desk.do(operations.claim, BORDEAUX, conversation_id)
    assert (await desk.get(conversation_id)).state is State.WAITING
    await desk.do(operations.claim, ADMIN, conversation_id)


async def test_taking_over_from_the_assistant(desk: Desk) -> None:
    conversation_id = await desk.open(state=State.BOT)
    await desk.do(operations.claim, BORDEAUX, conversation_id)
    conversation = await desk.get(conversation_id)
    assert (conversation.state, conversation.antenna) == (State.OFFICER, "bordeaux")
    (row,) = await handoffs_of(desk, conversation_id)
    assert (row.origin, row.antenna, row.closed_at) == (Origin.OFFICER, "bordeaux", None)


@pytest.mark.parametrize(
    "why",
    [{"away_until": utc_now().date() + timedelta(days=2)}, {"disabled": True}, {"role": Role.TRAINER}],
    ids=["away", "disabled", "trainer"],
)
async def test_a_colleague_takes_over_from_who_cannot_answer(desk: Desk, why: dict[str, Any]) -> None:
    conversation_id = await desk.open()
    await account(desk, ROCHEFORT, **why)
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    with pytest.raises(HeldError):
        await desk.do(operations.claim, BORDEAUX, conversation_id)
    await desk.do(operations.claim, COLLEAGUE, conversation_id)
    assert (await desk.get(conversation_id)).officer == "M. Petit"
    assert len(await handoffs_of(desk, conversation_id)) == 1


async def test_reply_and_how_long_it_took(desk: Desk) -> None:
    conversation_id = await desk.open()
    friday = datetime(2026, 11, 27, 17, 0, tzinfo=PARIS)
    async with desk.storage.write() as session:
        row = await session.scalar(select(Handoff).where(Handoff.conversation_id == conversation_id))
        assert row is not None
        row.handed_at = friday
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    monday = datetime(2026, 11, 30, 9, 15, tzinfo=PARIS)
    seq, news = await desk.do(operations.reply, ROCHEFORT, conversation_id, "1", "Bonjour", monday)
    message, conversation = await desk.last(conversation_id), await desk.get(conversation_id)
    assert (message.seq, message.sender, message.account, news.messages) == (seq, Sender.OFFICER, ROCHEFORT.id, True)
    assert (conversation.waiting_since, conversation.first_answer_at) == (None, monday)
    (row,) = await handoffs_of(desk, conversation_id)
    assert (row.first_answer_at, row.answer_seconds) == (monday, 45 * 60)
    await desk.say(conversation_id, "Merci, et pour la suite ?")
    assert (await desk.get(conversation_id)).waiting_since is not None, "the member waits again"
    await desk.do(operations.reply, ROCHEFORT, conversation_id, "2", "Je regarde", monday + timedelta(hours=2))
    (row,) = await handoffs_of(desk, conversation_id)
    assert row.answer_seconds == 45 * 60


async def test_a_reply_sent_again_is_stored_once(desk: Desk) -> None:
    conversation_id = await desk.open()
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    sent = await asyncio.gather(
        *(desk.do(operations.reply, ROCHEFORT, conversation_id, "x", "Bonjour") for _ in range(4))
    )
    assert len({seq for seq, _ in sent}) == 1
    with pytest.raises(ClientIdReusedError):
        await desk.do(operations.reply, ROCHEFORT, conversation_id, "x", "Bonsoir")
    await desk.do(operations.transfer_to_antenna, ROCHEFORT, conversation_id, "bordeaux")
    again, news = await desk.do(operations.reply, ROCHEFORT, conversation_id, "x", "Bonjour")
    assert again == sent[0][0] and not news.messages, "also after the conversation went elsewhere"


async def test_who_may_reply(desk: Desk) -> None:
    conversation_id = await desk.open()
    with pytest.raises(NotHeldError):
        await desk.do(operations.reply, ROCHEFORT, conversation_id, "1", "Bonjour")
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    for officer in (COLLEAGUE, ADMIN):
        with pytest.raises(HeldError, match=ROCHEFORT.id):
            await desk.do(operations.reply, officer, conversation_id, "1", "Bonjour")
    await desk.do(operations.close, ROCHEFORT, conversation_id, Outcome.RESOLVED)
    with pytest.raises(ClosedError):
        await desk.do(operations.reply, ROCHEFORT, conversation_id, "1", "Bonjour")
    with pytest.raises(UnknownConversationError):
        await desk.do(operations.reply, ROCHEFORT, "0" * 32, "1", "Bonjour")


async def test_transfer_to_an_officer(desk: Desk) -> None:
    conversation_id = await desk.open()
    with pytest.raises(NotAllowedError):
        await desk.do(operations.transfer_to_officer, BORDEAUX, conversation_id, BORDEAUX)
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    with pytest.raises(HeldError):
        await desk.do(operations.transfer_to_officer, COLLEAGUE, conversation_id, COLLEAGUE)
    await desk.do(operations.transfer_to_officer, ROCHEFORT, conversation_id, BORDEAUX)
    conversation, message = await desk.get(conversation_id), await desk.last(conversation_id)
    assert (conversation.state, conversation.officer, conversation.antenna) == (State.OFFICER, "Mme Lopez", "bordeaux")
    assert message.text == "Votre conversation est confiée à Mme Lopez, Bordeaux Métropole."
    await desk.do(operations.reply, BORDEAUX, conversation_id, "1", "Bonjour")
    with pytest.raises(HeldError):
        await desk.do(operations.reply, ROCHEFORT, conversation_id, "2", "Bonjour")
    (row,) = await handoffs_of(desk, conversation_id)
    assert (row.antenna, row.account_id) == ("bordeaux", BORDEAUX.id)


async def test_transfer_to_an_antenna(desk: Desk) -> None:
    conversation_id = await desk.open()
    waiting_since = (await desk.get(conversation_id)).waiting_since
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    with pytest.raises(UnknownAntennaError):
        await desk.do(operations.transfer_to_antenna, ROCHEFORT, conversation_id, "paris")
    await desk.do(operations.transfer_to_antenna, ROCHEFORT, conversation_id, "bordeaux")
    conversation, message = await desk.get(conversation_id), await desk.last(conversation_id)
    assert (conversation.state, conversation.antenna, conversation.officer_account) == (
        State.WAITING,
        "bordeaux",
        None,
    )
    assert conversation.waiting_since == waiting_since, "the member has waited since the beginning"
    assert "Bordeaux Métropole" in message.text and [button["title"] for button in message.buttons]
    with pytest.raises(NotAllowedError):
        await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await desk.do(operations.claim, BORDEAUX, conversation_id)


async def test_an_administrator_moves_what_somebody_holds(desk: Desk) -> None:
    conversation_id = await desk.open()
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await desk.do(operations.transfer_to_officer, ADMIN, conversation_id, COLLEAGUE)
    conversation = await desk.get(conversation_id)
    assert (conversation.officer, conversation.antenna) == ("M. Petit", "rochefort")


async def test_release(desk: Desk) -> None:
    conversation_id = await desk.open()
    with pytest.raises(NotHeldError):
        await desk.do(operations.release, ROCHEFORT, conversation_id)
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    with pytest.raises(HeldError):
        await desk.do(operations.release, COLLEAGUE, conversation_id)
    await desk.do(operations.release, ROCHEFORT, conversation_id)
    conversation, message = await desk.get(conversation_id), await desk.last(conversation_id)
    assert (conversation.state, conversation.officer_account, conversation.waiting_since) == (State.BOT, None, None)
    assert message.text.startswith("L’assistant automatique reprend")
    (row,) = await handoffs_of(desk, conversation_id)
    assert row.outcome is Outcome.RELEASED and row.closed_at is not None


async def test_close_and_what_comes_after(desk: Desk) -> None:
    conversation_id = await desk.open()
    for outcome in (Outcome.RELEASED, Outcome.ENDED):
        with pytest.raises(OutcomeError):
            await desk.do(operations.close, ROCHEFORT, conversation_id, outcome)
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    with pytest.raises(HeldError):
        await desk.do(operations.close, COLLEAGUE, conversation_id, Outcome.RESOLVED)
    await desk.do(operations.close, ROCHEFORT, conversation_id, Outcome.REDIRECTED)
    conversation = await desk.get(conversation_id)
    assert (conversation.state, conversation.outcome, conversation.closed_by, conversation.antenna) == (
        State.CLOSED,
        Outcome.REDIRECTED,
        ROCHEFORT.id,
        "rochefort",
    )
    with pytest.raises(ClosedError):
        await desk.do(operations.close, ROCHEFORT, conversation_id, Outcome.RESOLVED)
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    conversation = await desk.get(conversation_id)
    assert (conversation.state, conversation.closed_at, conversation.outcome) == (State.OFFICER, None, None)
    assert [row.outcome for row in await handoffs_of(desk, conversation_id)] == [Outcome.REDIRECTED, None]


async def test_what_waits_can_be_closed_at_once(desk: Desk) -> None:
    conversation_id = await desk.open()
    await desk.do(operations.close, ROCHEFORT, conversation_id, Outcome.SPAM)
    (row,) = await handoffs_of(desk, conversation_id)
    assert (row.outcome, row.first_answer_at) == (Outcome.SPAM, None)


async def test_notes_are_kept_once_and_members_never_see_them(desk: Desk) -> None:
    conversation_id = await desk.open()
    before = (await desk.get(conversation_id)).last_seq
    first = await desk.do(operations.add_note, BORDEAUX, conversation_id, "n", "Rappeler jeudi")
    again = await desk.do(operations.add_note, BORDEAUX, conversation_id, "n", "Rappeler jeudi")
    assert first.id == again.id and (await desk.get(conversation_id)).last_seq == before
    with pytest.raises(ClientIdReusedError):
        await desk.do(operations.add_note, BORDEAUX, conversation_id, "n", "Rappeler vendredi")
    never_handed = await desk.open(state=State.BOT)
    async with desk.storage.write() as session:
        (await locked(session, never_handed)).state = State.CLOSED
    with pytest.raises(NotAllowedError):
        await desk.do(operations.add_note, BORDEAUX, never_handed, "n", "Lue en secret")


async def test_all_that_is_done_is_logged(desk: Desk) -> None:
    conversation_id = await desk.open()
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await desk.do(operations.reply, ROCHEFORT, conversation_id, "1", "Bonjour")
    await desk.do(operations.add_note, ROCHEFORT, conversation_id, "1", "À suivre")
    await desk.do(operations.transfer_to_officer, ROCHEFORT, conversation_id, COLLEAGUE)
    await desk.do(operations.release, COLLEAGUE, conversation_id)
    await desk.do(operations.claim, ADMIN, conversation_id)
    await desk.do(operations.close, ADMIN, conversation_id, Outcome.RESOLVED)
    words = "claimed answered noted transferred released claimed closed".split()
    assert [action for _, action in await log(desk, conversation_id)] == [f"conversation.{word}" for word in words]


async def test_with_a_conversation_all_about_it_goes(desk: Desk) -> None:
    conversation_id = await desk.open()
    await desk.do(operations.add_note, ROCHEFORT, conversation_id, "1", "À suivre")
    async with desk.storage.write() as session:
        await session.execute(delete(Conversation).where(Conversation.id == conversation_id))

    async def left(session: AsyncSession) -> list[int]:
        tables = (Handoff, Note, SearchDocument)
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    assert await desk.see(left) == [0, 0, 0]
