"""Administrators read the log: newest first, by person, subject, day and conversation."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.support.staff import Staff, make_account, staff
from tests.website.conftest import Site
from website import audit
from website.accounts.access import Role
from website.audit import pages
from website.audit.models import AuditEntry
from website.audit.reading import PAGE_SIZE
from website.audit.words import ACTIONS, FAMILIES

PATH = "/console/journal"


@pytest.fixture
async def admin(any_site: Site) -> AsyncIterator[Staff]:
    """An administrator."""
    async with staff(any_site.storage, any_site.url, Role.ADMIN, name="Marie Dupont") as somebody:
        yield somebody


async def shown(admin: Staff, query: str = "") -> list[str]:
    """The rows of the page, as text."""
    status, text = await admin.get(PATH + query)
    assert status == 200
    rows = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


async def test_who_did_what(any_site: Site, admin: Staff) -> None:
    paul = await make_account(any_site.storage, name="Paul Lecomte")
    async with any_site.storage.write() as session:
        await audit.record(session, paul.id, "conversation.read", "c" * 32)
        await audit.record(session, admin.account, "account.changed", subject=paul.id, fields=["name", "role"])
        await audit.record(session, "f" * 32, "text.saved", subject="3")
        await audit.record(session, None, "new.action", word="<b>")
    rows = await shown(admin)
    assert [row.partition(" h ")[2][3:] for row in rows] == [
        "– new.action word &lt;b&gt;",
        "compte supprimé a enregistré un texte type 3",
        "Marie Dupont a modifié le compte Paul Lecomte champs nom, rôle",
        "Paul Lecomte a lu la conversation conversation cccccccc",
    ]
    assert len(await shown(admin, f"?compte={paul.id}")) == 1
    assert len(await shown(admin, "?famille=account")) == 1
    assert len(await shown(admin, f"?conversation={'c' * 32}")) == 1
    for nothing in ("?famille=acc", "?famille=%25", "?conversation=x", "?compte=' OR 1=1"):
        assert await shown(admin, nothing) == []
    for nonsense in ("?du=demain", "?au=0001-01-01", "?avant=x", "?avant=²", f"?avant={'9' * 40}"):
        assert len(await shown(admin, nonsense)) == 4


async def test_days_are_those_of_paris(any_site: Site, admin: Staff) -> None:
    async with any_site.storage.write() as session:
        session.add(AuditEntry(action="late", at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC)))
    assert len(await shown(admin, "?du=2026-07-02&au=2026-07-02")) == 1
    assert await shown(admin, "?du=2026-07-01&au=2026-07-01") == []


async def test_page_by_page_every_entry_comes_once(any_site: Site, admin: Staff) -> None:
    async with any_site.storage.write() as session:
        for number in range(2 * PAGE_SIZE + 7):
            await audit.record(session, None, f"conversation.n{number}")
    seen: list[str] = []
    address = PATH + "?famille=conversation"
    for _ in range(3):
        seen += await shown(admin, address.removeprefix(PATH))
        _, text = await admin.get(address)
        found = re.search(r'href="([^"]+)">Plus anciennes', text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert address == ""
    assert len(seen) == len(set(seen)) == 2 * PAGE_SIZE + 7


async def test_the_export_holds_every_entry_once_and_itself(
    any_site: Site, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "EXPORTED_AT_ONCE", 4)
    async with any_site.storage.write() as session:
        for number in range(9):
            await audit.record(session, admin.account, "conversation.read", f"{number:032x}", subject="=1+1")
        await audit.record(session, None, "session.begun")
    async with admin.http.get(f"{any_site.url}{PATH}/export.csv?famille=conversation&avant=2") as response:
        content = await response.read()
        assert (response.status, response.content_type) == (200, "text/csv")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [line[6] for line in lines[1:]] == [f"{number:032x}" for number in reversed(range(9))]
    assert lines[1][2:6] == ["Marie Dupont", admin.account, "conversation.read", "a lu la conversation"]
    assert {line[7] for line in lines[1:]} == {"'=1+1"}
    assert "a exporté le journal" in (await shown(admin))[0]


def test_every_word_belongs_to_a_family() -> None:
    assert {action.partition(".")[0] for action in ACTIONS} <= set(FAMILIES)
