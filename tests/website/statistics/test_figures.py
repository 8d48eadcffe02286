"""Figures against a count by hand, on both databases; every number leads to exactly its conversations."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import event, insert

from database.storage import Storage
from directory.data import DirectoryData
from directory.files import read_directory
from directory.hours import PARIS
from directory.importer import import_directory
from settings import Settings
from tests.website.console.desk import ADMIN
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable
from website.console.filters import PAGE_SIZE, Course, Filters
from website.console.inbox import read_inbox
from website.models import Conversation, Handoff, Origin, State
from website.statistics.figures import Figures, percentile, read_figures
from website.statistics.period import MOST_MONTHS, Choice, Month
from website.statistics.report import WAYS, Report
from website.waiting.models import Rating

ANTENNAS = ("toulouse", "rochefort", "bordeaux", None)
CATEGORIES = ("financement", "formation", "adhesion", None)
WHOLE = Choice(Month(2026, 1), Month(2026, 4))
CHOICES = (
    WHOLE,
    Choice(Month(2026, 2), Month(2026, 2), "rochefort"),
    Choice(Month(2026, 1), Month(2026, 3), "", "formation"),
)


def made_up(count: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Conversations, handoffs and ratings."""
    chance = random.Random(7)
    conversations, handoffs, ratings = [], [], []
    for number in range(count):
        begun = datetime(2025, 12, 20, tzinfo=UTC) + timedelta(minutes=chance.randrange(140 * 1440))
        handed = chance.random() < 0.4
        wrote = handed or chance.random() < 0.9
        home = chance.choice(ANTENNAS[:3]) if handed else chance.choice(ANTENNAS) if wrote else None
        conversations.append(
            {
                "id": f"{number:032x}",
                "token_sha256": "0" * 64,
                "state": State.BOT,
                "last_seq": 2,
                "last_member_seq": int(wrote),
                "answered_to": 1,
                "outage_told": False,
                "category": chance.choice(CATEGORIES) if wrote else None,
                "home_antenna": home,
                "near_antenna": chance.choice(ANTENNAS) if wrote else None,
                "handed_at": begun if handed else None,
                "created_at": begun,
                "updated_at": begun,
                "last_message_at": begun,
            }
        )
        if handed:
            for _ in range(chance.choice((1, 1, 2))):
                handoffs.append(
                    {
                        "conversation_id": f"{number:032x}",
                        "origin": Origin.MEMBER,
                        "antenna": home,
                        "handed_at": begun,
                        "answer_seconds": chance.choice((None, chance.randrange(20_000))),
                    }
                )
            useful = chance.choice((None, True, False))
            ratings.append({"conversation_id": f"{number:032x}", "useful": useful, "asked_at": begun})
    # on the edge of two months: in Paris it is March already
    conversations[0] |= {"created_at": datetime(2026, 2, 28, 23, 30, tzinfo=UTC), "last_member_seq": 1}
    return conversations, handoffs, ratings


@pytest.fixture(scope="module")
def directory() -> DirectoryData:
    return read_directory(load_catalogue(), CommuneTable())


@pytest.fixture
async def filled(database_url: str, directory: DirectoryData) -> AsyncIterator[Storage]:
    """A database with all of them."""
    await asyncio.to_thread(import_directory, Settings(database_url=database_url), directory)
    storage = Storage.open(database_url)
    conversations, handoffs, ratings = made_up(300)
    async with storage.write() as session:
        for model, values in ((Conversation, conversations), (Handoff, handoffs), (Rating, ratings)):
            await session.execute(insert(model), values)
    yield storage
    await storage.close()


def month_of(conversation: dict[str, Any]) -> Month:
    return Month.of(conversation["created_at"].astimezone(PARIS).date())


def course_of(conversation: dict[str, Any]) -> Course:
    if conversation["handed_at"]:
        return Course.HANDED
    return Course.ALONE if conversation["category"] else Course.UNFINISHED


def fits(choice: Choice, conversation: dict[str, Any], antenna: str | None) -> bool:
    return (
        choice.first <= month_of(conversation) <= choice.last
        and conversation["last_member_seq"] > 0
        and choice.antenna in ("", antenna)
        and choice.category in ("", conversation["category"])
    )


@pytest.mark.parametrize("choice", CHOICES, ids=["all", "one antenna", "one category"])
async def test_counts_are_those_by_hand(filled: Storage, directory: DirectoryData, choice: Choice) -> None:
    async with filled.read() as session:
        figures = await read_figures(session, choice, directory)
    conversations, handoffs, ratings = made_up(300)
    by_id = {one["id"]: one for one in conversations}
    chosen = [one for one in conversations if fits(choice, one, one["home_antenna"])]
    assert chosen and figures.total.conversations == len(chosen)
    assert figures.total.courses == Counter(map(course_of, chosen))
    for key, found in (("category", figures.by_category), ("home_antenna", figures.by_antenna)):
        assert {name: tally.conversations for name, tally in found.items()} == Counter(one[key] for one in chosen)
    counted = Counter(month_of(one) for one in chosen)
    assert {month: tally.conversations for month, tally in figures.by_month.items()} == {
        month: counted[month] for month in choice.months
    }
    seconds = [
        one["answer_seconds"]
        for one in handoffs
        if one["answer_seconds"] is not None and fits(choice, by_id[one["conversation_id"]], one["antenna"])
    ]
    assert sorted(figures.total.seconds) == sorted(seconds)
    assert figures.total.median == percentile(seconds, 0.5)
    rated = [
        one["useful"]
        for one in ratings
        if one["useful"] is not None
        and fits(choice, by_id[one["conversation_id"]], by_id[one["conversation_id"]]["home_antenna"])
    ]
    assert (figures.total.useful, figures.total.useless) == (rated.count(True), rated.count(False))
    covered = {(contact.antenna, category) for contact in directory.contacts for category in contact.categories}
    remote = Counter(
        (one["near_antenna"], one["category"])
        for one in conversations
        if fits(choice, one, one["near_antenna"])
        and one["near_antenna"]
        and one["category"]
        and (one["near_antenna"], one["category"]) not in covered
    )
    assert {(one.near, one.category): one.number for one in figures.remote} == remote


async def listed(storage: Storage, link: str) -> int:
    """How many conversations the list behind a link holds."""
    filters = Filters.read(dict(parse_qsl(urlsplit(link).query)))
    total = 0
    while True:
        async with storage.read() as session:
            inbox = await read_inbox(session, filters.at(total // PAGE_SIZE + 1), ADMIN)
        total += len(inbox.lines)
        if not inbox.more:
            return total


@pytest.mark.parametrize("choice", CHOICES, ids=["all", "one antenna", "one category"])
async def test_every_number_leads_to_its_conversations(
    filled: Storage, directory: DirectoryData, choice: Choice
) -> None:
    async with filled.read() as session:
        figures = await read_figures(session, choice, directory)
    blocks = {block.key: block for block in Report(figures, load_catalogue(), directory).blocks()}
    checked = 0
    for key in ("mois", "sujets", "antennes", "absents", "avis"):
        if key not in blocks:
            continue
        for label, cells in blocks[key].rows:
            for cell in cells:
                if cell.link:
                    assert await listed(filled, cell.link) == int(cell.text), (key, label)
                    checked += 1
        assert len(re.findall("<a href", str(blocks[key].drawing))) > 0
    assert checked > 10


async def test_messages_are_never_read(filled: Storage, directory: DirectoryData) -> None:
    statements: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async with filled.read() as session:
        connection = (await session.connection()).sync_connection
        assert connection is not None
        event.listen(connection, "before_cursor_execute", heard)
        await read_figures(session, WHOLE, directory)
    assert len(statements) == 4
    assert all(re.search(r"\bmessage\b", statement) is None for statement in statements)


def test_nothing_to_count() -> None:
    report = Report(Figures(WHOLE, {}, ()), load_catalogue(), None)
    assert report.blocks() == []
    assert [value for _, value, _, _ in report.tiles()] == ["0", "0", "0", "0", "–"]
    assert len(WAYS) == len(Course)


def test_periods() -> None:
    today = date(2026, 3, 5)
    assert Choice.read({}, today).months == Month(2025, 4).until(Month(2026, 3))
    assert Choice.read({"du": "2026-05", "au": "2026-02"}, today).months[0] == Month(2026, 2)
    assert len(Choice.read({"du": "2001-01"}, today).months) == MOST_MONTHS
    assert Choice.read({"du": "2026-13", "au": "x"}, today) == Choice.read({}, today)
    assert Month(2026, 12).plus(1) == Month(2027, 1) and Month(2026, 1).plus(-13) == Month(2024, 12)
    assert Month(2024, 2).last_day == date(2024, 2, 29)
    assert Month(2026, 3).begins.astimezone(UTC) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert Choice.read(dict(parse_qsl(CHOICES[1].query)), today) == CHOICES[1]
