"""What is left of a conversation that was erased: ids in the audit log, nothing else."""

from __future__ import annotations

from sqlalchemy import Table, func, select, text

from database.base import Base, utc_now
from settings import Settings
from tests.website.console.desk import ROCHEFORT, Desk
from understanding.catalogue import load_catalogue
from website.audit.models import AuditEntry
from website.console import operations
from website.console.presence import LocalPresence
from website.console.proposals import propose
from website.conversations import erase_rows
from website.identity.models import DeclaredIdentity
from website.mail import enqueue
from website.models import Outcome
from website.records import locked
from website.studio.models import StudioUndo, StudioUndoSource
from website.studio.proposed import propose_question
from website.studio.review_models import ReviewGroup, ReviewItem
from website.waiting import codes, reach
from website.waiting.addresses import hashed
from website.waiting.models import CodePurpose, MemberSeen, MemberToken, WaitingAlert
from website.waiting.watch import Watch

KEPT = {"audit_entry", "erasure", "bot_model_source"}
"""Hold ids alone; what a model has learnt goes when the receipt is carried out."""
WORD = "zinguerie"
ADDRESS = "membre@exemple.fr"
COMPANY = "Chaudronnerie Vasseur"


def tables() -> list[Table]:
    """All that belongs to conversations."""
    of_conversations = [one for one in Base.metadata.sorted_tables if "conversation_id" in one.columns]
    others = ("conversation", WaitingAlert.__tablename__, StudioUndo.__tablename__)
    return [Base.metadata.tables[name] for name in others] + [one for one in of_conversations if one.name not in KEPT]


async def counts(desk: Desk) -> dict[str, int]:
    """How many rows each holds."""
    async with desk.storage.read() as session:
        return {one.name: await session.scalar(select(func.count()).select_from(one)) or 0 for one in tables()}


async def furnish(desk: Desk) -> str:
    """A conversation with something in each of them."""
    conversation_id = await desk.open(WORD)
    await Watch(desk.storage, Settings()).look()
    async with desk.storage.write() as session:
        await reach.leave(session, await locked(session, conversation_id), ADDRESS, None)
        session.add(MemberToken(token_sha256="1" * 64, conversation_id=conversation_id))
        session.add(MemberSeen(conversation_id=conversation_id, seq=1))
        session.add(DeclaredIdentity(conversation_id=conversation_id, subject="42", company=COMPANY))
        await codes.make(session, conversation_id, hashed(ADDRESS), CodePurpose.RESUME, utc_now())
        await enqueue(
            session, to=ADDRESS, subject="x", text="x", kind="answer", key="x", conversation_id=conversation_id
        )
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await desk.do(operations.reply, ROCHEFORT, conversation_id, "1", "Bonjour")
    await desk.do(operations.add_note, ROCHEFORT, conversation_id, "1", "À rappeler")
    await desk.do(operations.close, ROCHEFORT, conversation_id, Outcome.RESOLVED)
    for proposing in (propose, propose_question):
        await desk.do(proposing, ROCHEFORT, conversation_id, 1, "formation", load_catalogue())
    async with desk.storage.write() as session:
        group = ReviewGroup(rank=1, size=1, first_at=utc_now())
        session.add(group)
        await session.flush()
        sentence = {"sentence": WORD, "reasons": ["unsure"], "understood": {}, "written_at": utc_now()}
        session.add(ReviewItem(group_id=group.id, conversation_id=conversation_id, seq=1, **sentence))
        session.add(StudioUndo(token="1", account_id="1" * 32, done="x", category="x", change={"removed": [WORD]}))
        await session.flush()
        session.add(StudioUndoSource(token="1", conversation_id=conversation_id))
    return conversation_id


async def test_nothing_but_ids_is_left(desk: Desk) -> None:
    conversation_id = await furnish(desk)
    assert all((await counts(desk)).values()), await counts(desk)
    async with desk.storage.write() as session:
        await erase_rows(session, await locked(session, conversation_id))
    assert not any((await counts(desk)).values()), await counts(desk)
    async with desk.storage.read() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert entries[-1].action == "conversation.erased"
    assert WORD not in repr([(entry.subject, entry.details) for entry in entries])


async def test_the_index_keeps_no_words_once_it_was_tidied(desk: Desk) -> None:
    conversation_id = await desk.open(WORD)
    async with desk.storage.write() as session:
        await erase_rows(session, await locked(session, conversation_id))
    await Watch(desk.storage, Settings()).look()
    async with desk.storage.read() as session:
        if session.get_bind().dialect.name == "sqlite":
            blocks = await session.scalars(text("SELECT block FROM search_index_data"))
            assert not [block for block in blocks if WORD.encode() in block]


def test_nobody_looks_at_what_was_erased() -> None:
    presence = LocalPresence()
    presence.mark("c", "a", "Mme Roux", here=True, typing=True)
    presence.forget("c")
    assert presence.who("c") == []
