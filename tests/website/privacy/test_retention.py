"""What was kept long enough goes, each day, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from database.base import utc_now
from settings import Settings
from tests.website.console.desk import ROCHEFORT, Desk
from understanding.catalogue import load_catalogue
from website.audit.models import AuditEntry
from website.console.models import Proposal
from website.console.proposals import propose
from website.mail.models import OutboxMail
from website.models import Conversation
from website.privacy import retention
from website.privacy.models import Erasure, Kind, RetentionRun
from website.privacy.retention import Retention

NOW = utc_now().replace(hour=12)
SETTINGS = Settings()


async def age(desk: Desk, conversation_id: str, days: int) -> None:
    async with desk.storage.write() as session:
        moment = NOW - timedelta(days=days)
        await session.execute(
            update(Conversation).where(Conversation.id == conversation_id).values(last_message_at=moment)
        )


async def add(desk: Desk, *rows: Any) -> None:
    async with desk.storage.write() as session:
        session.add_all(rows)


async def test_old_conversations_go_with_a_receipt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    old = [await desk.open("ancienne") for _ in range(5)]
    young = await desk.open("récente")
    for conversation_id in old:
        await age(desk, conversation_id, 366)
    await age(desk, young, 364)
    counts = await Retention(desk.storage, SETTINGS, now=lambda: NOW).look()
    assert counts is not None and counts["conversations"] == 5
    async with desk.storage.read() as session:
        assert [row.id for row in await session.scalars(select(Conversation))] == [young]
        receipts = list(await session.scalars(select(Erasure)))
        run = await session.get_one(RetentionRun, NOW.date())
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "privacy.retention"))
    assert {receipt.conversation_id for receipt in receipts} == set(old)
    assert {receipt.kind for receipt in receipts} == {Kind.EXPIRED}
    assert run.finished_at is not None and run.counts["conversations"] == 5
    assert entry is not None and entry.details["conversations"] == 5


async def test_each_purpose_has_its_length(desk: Desk) -> None:
    conversation_id = await desk.open("une", "deux")
    for seq in (1, 3):
        await desk.do(propose, ROCHEFORT, conversation_id, seq, "formation", load_catalogue())
    long_ago, lately = NOW - timedelta(days=4000), NOW - timedelta(days=10)
    mail = {"to": "a@exemple.fr", "subject": "x", "text": "", "kind": "x"}
    done = {"kind": Kind.ASKED, "conversation_sha256": "0" * 64}
    async with desk.storage.write() as session:
        await session.execute(update(Proposal).where(Proposal.seq == 1).values(created_at=NOW - timedelta(days=181)))
    await add(
        desk,
        OutboxMail(key="1", sent_at=long_ago, **mail),
        OutboxMail(key="2", given_up_at=long_ago, **mail),
        OutboxMail(key="3", sent_at=lately, **mail),
        OutboxMail(key="4", **mail),
        AuditEntry(action="x.old", at=long_ago),
        AuditEntry(action="x.young", at=NOW - timedelta(days=1000)),
        Erasure(number="A", closed_at=long_ago, **done),
        Erasure(number="B", closed_at=lately, **done),
        Erasure(number="C", asked_at=long_ago, conversation_id="x", **done),
    )
    counts = await Retention(desk.storage, SETTINGS, now=lambda: NOW).look()
    assert counts is not None
    assert {name: count for name, count in counts.items() if count} == {
        "mails": 2, "proposals": 1, "log": 1, "receipts": 1,
    }  # fmt: skip
    async with desk.storage.read() as session:
        assert {row.key for row in await session.scalars(select(OutboxMail))} == {"3", "4"}
        assert {row.number for row in await session.scalars(select(Erasure))} == {"B", "C"}
        assert "x.young" in {row.action for row in await session.scalars(select(AuditEntry))}


async def test_the_log_of_a_year_stays_whatever_the_setting(desk: Desk) -> None:
    await add(desk, AuditEntry(action="x.young", at=NOW - timedelta(days=300)))
    counts = await Retention(desk.storage, Settings(retention_days_log=1), now=lambda: NOW).look()
    assert counts is not None and counts["log"] == 0
    for statement in ("DELETE FROM audit_entry", "UPDATE audit_entry SET action = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with desk.storage.write() as session:
                await session.execute(text(statement))


async def test_once_a_day_by_one_site_and_again_the_next(desk: Desk) -> None:
    first = await asyncio.gather(*(Retention(desk.storage, SETTINGS, now=lambda: NOW).look() for _ in range(4)))
    assert len([counts for counts in first if counts is not None]) == 1
    conversation_id = await desk.open("ancienne")
    await age(desk, conversation_id, 366)
    assert await Retention(desk.storage, SETTINGS, now=lambda: NOW).look() is None
    tomorrow = Retention(desk.storage, SETTINGS, now=lambda: NOW + timedelta(days=1))
    counts = await tomorrow.look()
    assert counts is not None and counts["conversations"] == 1


async def test_what_a_killed_site_left_is_taken_up_by_another(desk: Desk) -> None:
    await add(desk, RetentionRun(day=NOW.date(), started_at=NOW - timedelta(minutes=50), counts={}))
    conversation_id = await desk.open("ancienne")
    await age(desk, conversation_id, 366)
    assert await Retention(desk.storage, SETTINGS, now=lambda: NOW).look() is None
    counts = await Retention(desk.storage, SETTINGS, now=lambda: NOW + timedelta(minutes=20)).look()
    assert counts is not None and counts["conversations"] == 1
