"""A member may object to being learnt from, and take that back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from releases.models import ForgottenSource
from releases.registry import retire_holding
from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, Site
from tests.website.console.desk import ROCHEFORT, Desk
from understanding.catalogue import load_catalogue
from website.audit.models import AuditEntry
from website.console.models import Proposal
from website.console.proposals import MemberObjectsError, propose
from website.models import Conversation
from website.privacy.models import Erasure, Kind
from website.privacy.objection import set_objection
from website.records import locked


async def put(member: Member, body: object) -> int:
    address = f"{member.address}/amelioration"
    async with member.http.put(address, json=body, headers=member.headers) as response:
        return response.status


async def test_it_is_confirmed_in_the_conversation_and_taken_back_by_its_button(site: Site, member: Member) -> None:
    assert await put(member, {"objects": True}) == 200
    assert await put(member, {"objects": True}) == 200
    messages = (await member.read())["messages"]
    assert [message["text"][:10] for message in messages[1:]] == ["C’est noté"]
    (button,) = messages[1]["buttons"]
    async with site.storage.read() as session:
        assert (await session.get_one(Conversation, member.id)).objected_at is not None
    transcript = await member.answered(await member.press(button["payload"]))
    assert "peuvent servir" in transcript["messages"][-1]["text"]
    async with site.storage.read() as session:
        assert (await session.get_one(Conversation, member.id)).objected_at is None
        actions = [entry.action for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["conversation.objected", "conversation.agreed"]


@pytest.mark.parametrize("body", [{}, {"objects": None}, {"objects": "oui"}, {"objects": 1}, []])
async def test_something_else_is_refused(site: Site, member: Member, body: object) -> None:
    assert await put(member, body) == 400


async def test_the_conversation_goes_on(site: Site, member: Member, rasa: FakeRasa) -> None:
    await put(member, {"objects": True})
    assert (await member.ask("bonjour"))["messages"][-1]["sender"] == "bot"
    assert rasa.erased == []


async def test_what_was_proposed_goes_and_nothing_more_is(desk: Desk) -> None:
    conversation_id, other = await desk.open("une phrase"), await desk.open("une autre")
    for one in (conversation_id, other):
        await desk.do(propose, ROCHEFORT, one, 1, "formation", load_catalogue())
    async with desk.storage.write() as session:
        assert await set_objection(session, await locked(session, conversation_id), True)
    async with desk.storage.read() as session:
        assert [row.conversation_id for row in await session.scalars(select(Proposal))] == [other]
        receipt = await session.scalar(select(Erasure))
    assert receipt is not None and receipt.kind is Kind.OBJECTED and receipt.forgotten_at is not None
    with pytest.raises(MemberObjectsError):
        await desk.do(propose, ROCHEFORT, conversation_id, 1, "formation", load_catalogue())
    async with desk.storage.write() as session:
        await retire_holding(session, conversation_id)
    async with desk.storage.write() as session:
        await set_objection(session, await locked(session, conversation_id), False)
    await desk.do(propose, ROCHEFORT, conversation_id, 1, "formation", load_catalogue())
    async with desk.storage.read() as session:
        assert await session.scalar(select(func.count()).select_from(ForgottenSource)) == 0
