"""What the statements that every message goes through leave in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.website.console.desk import Desk
from website.models import SearchDocument, Sender
from website.records import MAX_SEARCHED, Draft, append, locked, make_searchable, offered_title

_LONG = "mot " * 250


async def _document(desk: Desk, conversation_id: str) -> str:
    async def words(session: AsyncSession) -> str:
        query = select(SearchDocument.text).where(SearchDocument.conversation_id == conversation_id)
        return (await session.scalars(query)).one()

    return await desk.see(words)


async def test_the_search_knows_all_texts_of_a_conversation(desk: Desk) -> None:
    conversation_id = await desk.open("Bonjour à tous", "Où est l'usine ?")
    assert await _document(desk, conversation_id) == "bonjour a tous ou est l usine"


async def test_the_search_forgets_the_oldest_words_of_a_very_long_conversation(desk: Desk) -> None:
    conversation_id = await desk.open("premier")
    async with desk.storage.write() as session:
        for _ in range(MAX_SEARCHED // len(_LONG) + 1):
            await make_searchable(session, conversation_id, _LONG)
        await make_searchable(session, conversation_id, "dernier")
    document = await _document(desk, conversation_id)
    assert len(document) == MAX_SEARCHED
    assert "premier" not in document
    assert document.endswith("mot dernier")


async def test_a_payload_that_is_offered_again_has_the_latest_title(desk: Desk) -> None:
    conversation_id = await desk.open()
    async with desk.storage.write() as session:
        conversation = await locked(session, conversation_id)
        for title in ("Oui", "Oui, volontiers"):
            other = {"title": "Non", "payload": "/non"}
            await append(session, conversation, Draft(Sender.BOT, "?", ({"title": title, "payload": "/oui"}, other)))
        assert await offered_title(session, conversation_id, "/oui") == "Oui, volontiers"
        assert await offered_title(session, conversation_id, "/non") == "Non"
        assert await offered_title(session, conversation_id, "/autre") is None
