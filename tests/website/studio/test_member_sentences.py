"""Which of the members' sentences a comparison reads, from the tables as the site fills them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from database.base import utc_now
from database.storage import Storage
from releases.members import DAYS, MemberSentence, member_sentences
from tests.support.conversations import conversation
from tests.website.conftest import Site
from understanding.catalogue import load_catalogue
from website.console.models import Proposal, ProposalStatus
from website.models import Message, Outcome, Sender

MONEY = {"ranking": [["financement", 0.9]], "decision": "answer", "categories": ["financement"]}
HELLO = {"ranking": [["saluer", 0.9]], "decision": "conversation", "categories": ["saluer"]}


async def said(storage: Storage, number: int, *texts: tuple[str, dict[str, Any] | None], **fields: Any) -> str:
    """A conversation with some messages of a member's. Keyword arguments are columns of the conversation."""
    id_ = f"{number:032x}"
    when = fields.pop("created_at", utc_now())
    async with storage.write() as session:
        session.add(conversation(number, when, **fields))
        await session.flush()
        for seq, (text, understanding) in enumerate(texts, 1):
            session.add(
                Message(
                    conversation_id=id_,
                    seq=seq,
                    sender=Sender.MEMBER,
                    text=text,
                    understanding=understanding,
                    payload="/x" if text == "bouton" else None,
                    created_at=when,
                )
            )
    return id_


async def found(storage: Storage) -> dict[tuple[str, int], MemberSentence]:
    """What a comparison would read."""
    async with storage.read() as session:
        rows = await member_sentences(session, load_catalogue())
    return {(row.conversation_id, row.seq): row for row in rows}


@pytest.fixture
def storage(any_site: Site) -> Storage:
    """The site's database."""
    return any_site.storage


async def test_typed_sentences_that_the_assistant_read(storage: Storage) -> None:
    id_ = await said(storage, 1, ("bonjour", HELLO), ("un prêt", MONEY), ("bouton", MONEY), ("à vous, madame", None))
    await said(storage, 2, ("il y a longtemps", MONEY), created_at=utc_now() - timedelta(days=DAYS + 1))
    rows = await found(storage)
    assert {key: row.text for key, row in rows.items()} == {(id_, 1): "bonjour", (id_, 2): "un prêt"}
    assert {row.truth for row in rows.values()} == {None}


async def test_the_truth_is_what_people_said(storage: Storage) -> None:
    closed = {"category": "formation", "closed_by": "a" * 32, "outcome": Outcome.RESOLVED}
    settled = await said(storage, 1, ("bonjour", HELLO), ("un prêt", MONEY), ("et encore", MONEY), **closed)
    by_member = await said(storage, 2, ("un prêt", MONEY), category="formation", outcome=Outcome.ENDED)
    spam = await said(storage, 3, ("un prêt", MONEY), **{**closed, "outcome": Outcome.SPAM})
    gone = await said(storage, 4, ("un prêt", MONEY), **{**closed, "category": "n_existe_plus"})
    async with storage.write() as session:
        for seq, status, category in (
            (3, ProposalStatus.OPEN, "juridique"),
            (1, ProposalStatus.REFUSED, "juridique"),
        ):
            session.add(
                Proposal(
                    conversation_id=settled,
                    seq=seq,
                    sentence="",
                    context="",
                    category=category,
                    account_id="a" * 32,
                    status=status,
                )
            )
    truths = {key: row.truth for key, row in (await found(storage)).items()}
    assert truths == {
        (settled, 1): None,
        (settled, 2): "formation",
        (settled, 3): "juridique",
        (by_member, 1): None,
        (spam, 1): None,
        (gone, 1): None,
    }
