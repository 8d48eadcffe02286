"""The audit log: written with the action or not at all, never changed, never holding a text."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.website.conftest import Site
from website import audit
from website.audit.log import TextInAuditError
from website.audit.models import AuditEntry


async def test_an_entry_is_kept_with_its_action_or_not_at_all(any_site: Site) -> None:
    storage = any_site.storage
    async with storage.write() as session:
        await audit.record(session, "a" * 32, "conversation.read", conversation_id="c" * 32, page=2, of=["x", "y"])
    with pytest.raises(RuntimeError):
        async with storage.write() as session:
            await audit.record(session, None, "conversation.closed")
            raise RuntimeError("the action fails")
    async with storage.read() as session:
        [entry] = await session.scalars(select(AuditEntry))
    assert (entry.action, entry.details) == ("conversation.read", {"page": 2, "of": ["x", "y"]})


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"])
async def test_the_database_refuses_to_change_or_delete(any_site: Site, statement: str) -> None:
    async with any_site.storage.write() as session:
        await audit.record(session, None, "first")
    with pytest.raises(DBAPIError, match="append-only"):
        async with any_site.storage.write() as session:
            await session.execute(text(statement))
    async with any_site.storage.read() as session:
        assert list(await session.scalars(select(AuditEntry.action))) == ["first"]


@pytest.mark.parametrize("detail", ["x" * 101, ["x" * 101]])
async def test_texts_are_refused(site: Site, detail: str | list[str]) -> None:
    with pytest.raises(TextInAuditError):
        async with site.storage.write() as session:
            await audit.record(session, None, "first", detail=detail)
