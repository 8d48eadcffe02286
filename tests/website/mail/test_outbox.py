"""The outbox: once each, whatever fails; forgotten once delivered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from database.base import utc_now
from database.engine import make_engine
from database.storage import Storage
from settings import Settings
from tests.browser.conftest import Site as SiteProcess
from tests.support.mail_server import MailServer
from tests.website.mail.conftest import until
from website.conversations import Conversations
from website.events import LocalHub
from website.mail import enqueue
from website.mail.models import OutboxMail
from website.mail.outbox import MAX_AGE
from website.mail.sender import MailSender
from website.mail.smtp import Transport
from website.worker import Backoff

QUICK = Backoff(first=0.05, longest=0.1)


def sender(storage: Storage, server: MailServer) -> MailSender:
    return MailSender(storage, Transport.from_settings(Settings(smtp_url=server.url)), QUICK)


async def queue(storage: Storage, key: str = "k", **more: Any) -> bool:
    async with storage.write() as session:
        values = {"to": f"{key}@example.org", "subject": "Sujet", "text": "Texte secret", "kind": "test", **more}
        return await enqueue(session, key=key, **values)


async def rows(storage: Storage) -> list[OutboxMail]:
    async with storage.read() as session:
        return list(await session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


async def test_delivered_once_and_forgotten(storage: Storage, server: MailServer) -> None:
    assert [await queue(storage), await queue(storage)] == [True, False]
    running = sender(storage, server)
    await running.start()
    await until(lambda: server.taken)
    await asyncio.sleep(1.5)  # more than one further round
    await running.stop()
    assert server.recipients() == ["k@example.org"]
    (row,) = await rows(storage)
    assert row.sent_at is not None and row.text == "" and row.attempts == 1
    assert await queue(storage) is False, "nor is a sent one queued again"


async def test_what_is_rolled_back_is_not_sent(storage: Storage, server: MailServer) -> None:
    with pytest.raises(ZeroDivisionError):
        async with storage.write() as session:
            await enqueue(session, to="x@example.org", subject="s", text="t", kind="test", key="x")
            raise ZeroDivisionError
    assert await rows(storage) == []


async def test_not_before_its_time(storage: Storage, server: MailServer) -> None:
    await queue(storage, "later", not_before=utc_now() + timedelta(hours=1))
    await queue(storage, "now")
    running = sender(storage, server)
    await running.start()
    await until(lambda: server.taken)
    await asyncio.sleep(1.2)
    await running.stop()
    assert server.recipients() == ["now@example.org"]


async def test_arrives_once_when_the_server_is_back(storage: Storage, server: MailServer) -> None:
    server.stop()
    running = sender(storage, server)
    await running.start()
    for number in range(3):
        await queue(storage, f"k{number}")
    async with asyncio.timeout(20):
        while {row.last_error for row in await rows(storage)} != {"no_connection"}:
            await asyncio.sleep(0.05)
    server.start()
    await until(lambda: len(server.taken) == 3)
    await asyncio.sleep(1.2)
    await running.stop()
    assert sorted(server.recipients()) == [f"k{number}@example.org" for number in range(3)]
    assert all(row.attempts > 1 and row.last_error is None for row in await rows(storage))


async def test_refused_for_good_and_for_now(storage: Storage, server: MailServer) -> None:
    server.refusals = ["550 unknown", "451 busy"]
    await queue(storage, "gone")
    await queue(storage, "busy")
    running = sender(storage, server)
    await running.start()
    await until(lambda: server.taken)
    await running.stop()
    gone, busy = await rows(storage)
    assert gone.given_up_at is not None and (gone.last_error, gone.text) == ("recipient_refused", "")
    assert busy.sent_at is not None and busy.attempts == 2


async def test_too_old_is_given_up_even_without_a_server(storage: Storage) -> None:
    await queue(storage, "old")
    await queue(storage, "new")
    async with storage.write() as session:
        old = utc_now() - MAX_AGE - timedelta(minutes=1)
        await session.execute(update(OutboxMail).where(OutboxMail.key == "old").values(created_at=old))
    running = MailSender(storage, None)
    await running.start()
    async with asyncio.timeout(20):
        while (await rows(storage))[0].given_up_at is None:
            await asyncio.sleep(0.05)
    await running.stop()
    old_row, new_row = await rows(storage)
    assert (old_row.text, new_row.text, new_row.given_up_at) == ("", "Texte secret", None)


async def test_two_sites_share_the_work(storage: Storage, server: MailServer, database_url: str) -> None:
    other = Storage.open(database_url)
    number = 40
    for index in range(number):
        await queue(storage, f"k{index}")
    pair = [sender(storage, server), sender(other, server)]
    for running in pair:
        await running.start()
    await until(lambda: len(server.taken) >= number)
    await asyncio.sleep(1.2)
    for running in pair:
        await running.stop()
    await other.close()
    assert sorted(server.recipients()) == sorted(f"k{index}@example.org" for index in range(number))


async def test_erased_with_its_conversation(storage: Storage, server: MailServer) -> None:
    conversations = Conversations(storage, LocalHub(), lambda _: None, lambda _: None, "", "")
    access = await conversations.open()
    await queue(storage, "about", conversation_id=access.id)
    await queue(storage, "other")
    await conversations.erase(access.id)
    assert [row.key for row in await rows(storage)] == ["other"]


def test_killed_between_claim_and_sending(tmp_path: Path, server: MailServer) -> None:
    """The next start sends it, once the lease of the dead process is over."""
    site = SiteProcess(tmp_path, 1, SMTP_URL=server.url)
    site.prepare()
    engine = make_engine(site.environment["DATABASE_URL"])
    asyncio.run(_queue_at(site.environment["DATABASE_URL"]))
    server.greeting_seconds = 60.0
    site.start()
    asyncio.run(until(lambda: server.greeted))
    site.kill()
    with engine.begin() as connection:
        attempts, sent_at = connection.execute(select(OutboxMail.attempts, OutboxMail.sent_at)).one()
        assert (attempts, sent_at) == (1, None)
        connection.execute(update(OutboxMail).values(not_before=utc_now()))
    engine.dispose()
    server.greeting_seconds = 0.0
    site.start()
    try:
        asyncio.run(until(lambda: server.taken))
    finally:
        site.stop()
    assert server.recipients() == ["k@example.org"]


async def _queue_at(address: str) -> None:
    opened = Storage.open(address)
    await queue(opened)
    await opened.close()
