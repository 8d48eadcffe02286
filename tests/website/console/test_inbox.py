"""Lists, counts, filters and search, on both kinds of database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from tests.website.console.desk import ADMIN, BORDEAUX, ROCHEFORT, Desk
from website.console import operations
from website.console.filters import Box, Course, Filters
from website.console.inbox import count, read_inbox
from website.console.officer import Officer, may_read
from website.models import Conversation, Outcome, Sender, State
from website.records import Draft, append, locked
from website.search import search_words
from website.waiting.models import Rating


async def listed(desk: Desk, filters: Filters, officer: Officer = ROCHEFORT) -> list[str]:
    inbox = await desk.see(read_inbox, filters, officer)
    return [line.conversation.id for line in inbox.lines]


async def test_lists(desk: Desk) -> None:
    now = utc_now()
    short = await desk.open(waiting_since=now - timedelta(minutes=2))
    long = await desk.open(waiting_since=now - timedelta(minutes=30), antenna="bordeaux")
    mine = await desk.open()
    await desk.do(operations.claim, ROCHEFORT, mine)
    bot = await desk.open(state=State.BOT)
    closed = await desk.open()
    await desk.do(operations.close, ROCHEFORT, closed, Outcome.SPAM)
    assert await listed(desk, Filters(Box.WAITING)) == [long, short]
    assert await listed(desk, Filters(Box.MINE)) == [mine]
    assert await listed(desk, Filters(Box.MINE), BORDEAUX) == []
    assert await listed(desk, Filters(Box.ANTENNA)) == [short, mine]
    assert await listed(desk, Filters(Box.BOT)) == [bot]
    assert await listed(desk, Filters(Box.CLOSED)) == [closed]
    assert set(await listed(desk, Filters(Box.ALL))) == {short, long, mine, bot, closed}
    counts = await desk.see(count, ROCHEFORT)
    assert counts.boxes == {Box.WAITING: 2, Box.MINE: 1, Box.ANTENNA: 2, Box.BOT: 1}
    assert counts.urgent == 2, "one that waits at the antenna, one in hand that has no answer"


async def test_the_assistants_old_ones_are_the_administrators_only(desk: Desk) -> None:
    ended = await desk.open(state=State.BOT)
    async with desk.storage.write() as session:
        conversation = await session.get_one(Conversation, ended)
        conversation.state = State.CLOSED
    assert not may_read(ROCHEFORT, conversation) and may_read(ADMIN, conversation)
    for box in (Box.CLOSED, Box.ALL):
        assert await listed(desk, Filters(box)) == []
        assert await listed(desk, Filters(box), ADMIN) == [ended]


async def test_filters(desk: Desk) -> None:
    now = utc_now()
    old = await desk.open(category="financement", created_at=now - timedelta(days=40))
    new = await desk.open(category="formation", antenna="bordeaux")
    assert await listed(desk, Filters(category="financement")) == [old]
    assert await listed(desk, Filters(antenna="bordeaux")) == [new]
    day = now.date() - timedelta(days=10)
    assert await listed(desk, Filters(since=day)) == [new]
    assert await listed(desk, Filters(until=day)) == [old]
    await desk.do(operations.claim, BORDEAUX, new)
    assert await listed(desk, Filters(Box.ALL, officer=BORDEAUX.id)) == [new]


async def test_ways_that_conversations_went(desk: Desk) -> None:
    handed = await desk.open(near_antenna="bordeaux")
    alone = await desk.open(state=State.BOT, category="financement", near_antenna="pau", home_antenna="toulouse")
    unfinished = await desk.open(state=State.BOT)
    await desk.open(state=State.BOT, last_member_seq=0)
    ways = {course: await listed(desk, Filters(Box.ALL, course=course)) for course in Course}
    assert ways == {Course.HANDED: [handed], Course.ALONE: [alone], Course.UNFINISHED: [unfinished]}
    assert await listed(desk, Filters(Box.ALL, near="pau")) == [alone]
    assert await listed(desk, Filters(Box.ALL, antenna="toulouse")) == [alone]
    await desk.do(operations.claim, ROCHEFORT, handed)
    await desk.do(operations.release, ROCHEFORT, handed)
    assert await listed(desk, Filters(Box.ALL, antenna="rochefort", course=Course.HANDED)) == [handed]


async def test_the_antenna_of_a_contact_counts_until_a_handoff(desk: Desk) -> None:
    contact = {"category": "financement", "antenna": {"slug": "rochefort"}, "person": {"antenna": "bordeaux"}}
    draft = Draft(Sender.BOT, "Voici votre contact", contact=contact)

    async def answer(session: AsyncSession, conversation_id: str) -> None:
        await append(session, await locked(session, conversation_id), draft)

    for state, home in ((State.BOT, "bordeaux"), (State.WAITING, "toulouse")):
        conversation_id = await desk.open(state=state, antenna="toulouse")
        await desk.do(answer, conversation_id)
        conversation = await desk.get(conversation_id)
        assert (conversation.near_antenna, conversation.home_antenna) == ("rochefort", home)


async def test_what_members_thought(desk: Desk) -> None:
    pleased, cross, silent = [await desk.open() for _ in range(3)]
    async with desk.storage.write() as session:
        for conversation_id, useful in ((pleased, True), (cross, False), (silent, None)):
            session.add(Rating(conversation_id=conversation_id, useful=useful))
    assert await listed(desk, Filters(Box.ALL, rating="utile")) == [pleased]
    assert await listed(desk, Filters(Box.ALL, rating="inutile")) == [cross]


async def test_pages(desk: Desk) -> None:
    now = utc_now()
    ids = [await desk.open(waiting_since=now + timedelta(seconds=number)) for number in range(53)]
    first = await desk.see(read_inbox, Filters(), ROCHEFORT)
    assert first.more and [line.conversation.id for line in first.lines] == ids[:50]
    second = await desk.see(read_inbox, Filters(page=2), ROCHEFORT)
    assert not second.more and [line.conversation.id for line in second.lines] == ids[50:]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("trésorerie", True),
        ("TRESORERIE", True),
        ("tresor", True),
        ("meru", True),
        ("Méru tour", True),
        ("oeuvre", True),
        ("main-d'œuvre", True),
        ("l’atelier", True),
        ("En 9100", True),
        ("tour Paris", False),
        ("résorerie", False),
        ('"; DROP TABLE message --', False),
        ("* & | ! ( ) : <->", True),
        ("NEAR(tour, AND) OR", False),
    ],
)
async def test_search(desk: Desk, typed: str, found: bool) -> None:
    wanted = await desk.open("Trésorerie tendue, main-d’œuvre rare, on est à MÉRU", "L'atelier veut un tour (EN 9100)")
    other = await desk.open("bonjour")
    ids = await listed(desk, Filters(Box.ALL, words=typed))
    assert (wanted in ids) == found
    assert (other in ids) == (not search_words(typed))


async def test_search_follows_what_is_written_and_erased(desk: Desk) -> None:
    conversation_id = await desk.open("bonjour")
    assert await listed(desk, Filters(Box.ALL, words="fraiseuse")) == []
    await desk.say(conversation_id, "Une fraiseuse d'occasion")
    await desk.do(operations.claim, ROCHEFORT, conversation_id)
    await desk.do(operations.reply, ROCHEFORT, conversation_id, "1", "Voyez notre catalogue")
    await desk.do(operations.add_note, ROCHEFORT, conversation_id, "1", "Client de Dupont")
    for words in ("fraiseuse", "catalogue", "dupont", "fraiseuse dupont"):
        assert await listed(desk, Filters(Box.ALL, words=words)) == [conversation_id]
    async with desk.storage.write() as session:
        await session.execute(delete(Conversation).where(Conversation.id == conversation_id))
    for words in ("fraiseuse", "dupont"):
        assert await listed(desk, Filters(Box.ALL, words=words)) == []


async def test_the_excerpt_shows_the_words(desk: Desk) -> None:
    await desk.open("un " * 40 + "très bon Tour à côté de l’établi " + "et " * 80)
    inbox = await desk.see(read_inbox, Filters(Box.ALL, words="tour etabli"), ROCHEFORT)
    excerpt = inbox.lines[0].excerpt
    assert excerpt is not None
    assert [piece for piece, hit in excerpt if hit] == ["Tour", "établi"]
    assert len("".join(piece for piece, _ in excerpt)) < 220


def test_the_address_says_it_all() -> None:
    filters = Filters(
        Box.CLOSED, "financement", "rochefort", "a" * 32, date(2026, 1, 1), date(2026, 2, 1), "utile", "été & hiver", 3
    )
    from urllib.parse import parse_qsl

    assert Filters.read(dict(parse_qsl(filters.query))) == filters
    assert Filters.read({}) == Filters()
    assert Filters.read({"q": "tour"}).box is Box.ALL
    for page in ("-1", "0", "²", "9" * 5000):
        nonsense = {"liste": "x", "du": "hier", "au": "9999-99-99", "page": page, "avis": "x"}
        assert Filters.read(nonsense) == Filters()
