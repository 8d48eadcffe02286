"""Members take everything with them: what is held about a conversation, and no secret."""

from __future__ import annotations

import json

import aiohttp

from database.base import Base
from tests.website.conftest import Member, Site
from tests.website.console.desk import Desk
from tests.website.console.test_erasure import ADDRESS, COMPANY, WORD, furnish
from website.privacy.export import WHAT, export

LEFT_OUT = {
    "audit_entry",  # who of the staff did what; ids alone
    "bot_model_source",  # ids alone
    "erasure",  # opened when it goes
    "mail_code",  # hashes of secrets
    "member_seen",  # a number
    "member_token",  # hashes of secrets
    "offer",  # the buttons, given with the messages
    "search_document",  # the same words again
    "studio_undo_source",  # ids alone; what trainers may take back for a day
    "review_item",  # the sentences again, masked
}


def test_every_table_about_conversations_is_given_or_left_out_on_purpose() -> None:
    about = {table.name for table in Base.metadata.sorted_tables if "conversation_id" in table.columns}
    given = {model.__tablename__ for model, _ in WHAT.values()}
    assert about - given - LEFT_OUT == set()


async def test_everything_is_given(desk: Desk) -> None:
    conversation_id = await furnish(desk)
    async with desk.storage.read() as session:
        content = await export(session, conversation_id)
    assert content is not None and all(content.values()), content
    text = json.dumps(content, ensure_ascii=False)
    for word in (WORD, ADDRESS, COMPANY, "À rappeler", "formation", "Bonjour"):
        assert word in text
    for secret in ("token", "sha256", "code_"):
        assert secret not in text


async def test_it_comes_as_a_file_for_the_member_alone(site: Site, member: Member, http: aiohttp.ClientSession) -> None:
    await member.ask("bonjour")
    async with http.get(f"{member.address}/export", headers=member.headers) as response:
        assert response.status == 200
        assert "attachment" in response.headers["Content-Disposition"]
        assert "no-store" in response.headers["Cache-Control"]
        assert len((await response.json())["messages"]) == 3
    other = await Member(http, site.url).open()
    async with http.get(f"{member.address}/export", headers=other.headers) as response:
        assert response.status == 401
