"""Receipts: open until all is done, and then without the conversation."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import PATIENCE_SECONDS, Member, Site, StartSite
from website.models import digest
from website.privacy import journal, receipts
from website.privacy.models import Erasure, Kind

WORD = "zinguerie"


async def erase(member: Member) -> str:
    """Erase, and give the receipt's number."""
    async with member.http.delete(member.address, headers=member.headers) as response:
        assert response.status == 204
        return response.headers["X-Receipt"]


async def receipt(site: Site, number: str) -> Erasure:
    async with site.storage.read() as session:
        found = await receipts.find(session, number)
    assert found is not None
    return found


async def until_closed(site: Site, number: str) -> Erasure:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await receipt(site, number)).closed_at is None:
            await asyncio.sleep(0.05)
    return found


async def test_a_closed_receipt_says_how_much_and_never_what(
    any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    member = await Member(http, any_site.url).open()
    await member.ask(WORD)
    rasa.away = True
    number = await erase(member)
    found = await receipt(any_site, number)
    assert (found.closed_at, found.conversation_id) == (None, member.id)
    rasa.away = False
    found = await until_closed(any_site, number)
    assert rasa.erased == [member.id]
    assert found.kind is Kind.ASKED and found.messages == 3 and found.conversation_id is None
    assert found.conversation_sha256 == digest(member.id)
    assert list(journal.read(Path(any_site.settings.backup_dir))) == [(Kind.ASKED, digest(member.id))]


async def test_the_database_files_hold_no_word_of_it(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa, tmp_path: Path
) -> None:
    site = await start_site(rasa.port)
    rasa.script = lambda text: [{"text": f"Vous dites {text}", "buttons": [], "contact": None, "handoff": None}]
    others = [await Member(http, site.url).open() for _ in range(3)]
    member = await Member(http, site.url).open()
    for number in range(4):
        await member.ask(f"la {WORD} numéro {number} " + "de la toiture " * 60)
        await others[number % 3].ask("le carrelage " * 50)

    def holding() -> list[str]:
        return [file.name for file in tmp_path.rglob("*") if file.is_file() and WORD.encode() in file.read_bytes()]

    assert holding()
    await until_closed(site, await erase(member))
    assert holding() == []
    assert "carrelage" in str(await others[0].read())


async def test_a_reader_that_stays_keeps_the_receipt_open(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa, sqlite_url: str
) -> None:
    site = await start_site(rasa.port)
    member = await Member(http, site.url).open()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM message").fetchone()
        number = await erase(member)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await receipt(site, number)).forgotten_at is None:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        assert (await receipt(site, number)).closed_at is None
        reader.execute("COMMIT")
    await until_closed(site, number)


async def test_two_sites_close_it_once(
    database_url: str, start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    sites = [await start_site(rasa.port, database_url=database_url) for _ in range(2)]
    members = [await Member(http, site.url).open() for site in sites]
    for number in [await erase(member) for member in members]:
        await until_closed(sites[0], number)
    async with sites[0].storage.read() as session:
        assert len(list(await session.scalars(select(Erasure)))) == 2
    assert set(rasa.erased) == {member.id for member in members}


def test_numbers_are_random_and_read_as_people_type_them() -> None:
    numbers = {receipts.new_number() for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}", number) for number in numbers)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{} ".lower()])
async def test_a_number_is_found_however_it_is_typed(any_site: Site, http: aiohttp.ClientSession, typed: str) -> None:
    number = await erase(await Member(http, any_site.url).open())
    for written in (number, number.lower(), number.replace("-", ""), number.replace("-", " ")):
        assert (await receipt(any_site, typed.format(written))).number == number
    async with any_site.storage.read() as session:
        for wrong in ("", "x", number[:-1], number + "A", "%", "0000-0000-0000"):
            assert await receipts.find(session, wrong) is None


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    journal.note(tmp_path, Kind.ASKED, "a" * 64)
    with open(tmp_path / journal.NAME, "a") as file:
        file.write("asked aaaa")
    journal.note(tmp_path, Kind.EXPIRED, "b" * 64)
    assert list(journal.read(tmp_path)) == [(Kind.ASKED, "a" * 64), (Kind.EXPIRED, "b" * 64)]
    assert (tmp_path / journal.NAME).stat().st_mode & 0o777 == 0o600
    assert list(journal.read(tmp_path / "rien")) == []
