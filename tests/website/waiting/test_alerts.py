"""Officers are told of who waits: in time, once, and nothing of what was typed."""

from __future__ import annotations

import asyncio
from datetime import date

from sqlalchemy import select

from tests.website.waiting.conftest import SITE, Office, mails
from website.accounts.access import Role
from website.console import operations
from website.conversations import erase_rows
from website.models import Conversation, Outcome
from website.records import locked
from website.waiting.models import WaitingAlert
from website.waiting.watch import Watch


async def plans(office: Office) -> int:
    async with office.desk.storage.read() as session:
        return len((await session.scalars(select(WaitingAlert.handoff_id))).all())


async def test_the_antenna_then_the_head_office_once_each(office: Office) -> None:
    await office.waits()
    assert await office.at(0) == []
    assert await office.at(4.9) == []
    assert await office.at(0.2) == ["roux@example.org"]
    assert await office.at(20) == ["roux@example.org"]
    both = ["roux@example.org", "siege@example.org"]
    assert await office.at(5) == both
    for _ in range(3):
        assert await office.at(600) == both


async def test_nobody_is_told_of_what_was_claimed_and_answered(office: Office) -> None:
    conversation_id = await office.waits()
    assert await office.at(1) == []
    await claim_and_answer(office, conversation_id)
    assert await office.at(120) == []
    assert await plans(office) == 0


async def test_the_head_office_is_not_told_of_what_was_claimed_in_between(office: Office) -> None:
    conversation_id = await office.waits()
    assert await office.at(6) == ["roux@example.org"]
    await claim_and_answer(office, conversation_id)
    assert await office.at(120) == ["roux@example.org"]


async def claim_and_answer(office: Office, conversation_id: str) -> None:
    await office.desk.do(operations.claim, office.roux, conversation_id, office.clock.now)
    await office.desk.do(operations.reply, office.roux, conversation_id, "r", "Bonjour", office.clock.now)


async def test_who_has_it_and_says_nothing_is_reminded_once(office: Office) -> None:
    await office.hire("collegue@example.org", ["rochefort"])
    conversation_id = await office.waits()
    await office.at(1)
    await office.desk.do(operations.claim, office.roux, conversation_id, office.clock.now)
    assert await office.at(29) == []
    assert await office.at(1.1) == ["roux@example.org"]
    (mail,) = await mails(office.desk.storage)
    assert mail.subject.startswith("Un adhérent attend votre réponse")
    assert await office.at(600) == ["roux@example.org"]


async def test_a_later_question_of_the_member_counts_anew(office: Office) -> None:
    conversation_id = await office.waits()
    await claim_and_answer(office, conversation_id)
    assert await office.at(60) == []
    await office.desk.say(conversation_id, "et ensuite ?")
    async with office.desk.storage.write() as session:
        (await session.get_one(Conversation, conversation_id)).waiting_since = office.clock.now
    assert await office.at(0) == []
    assert await office.at(31) == ["roux@example.org"]


async def test_whom_it_was_given_to_is_told_soon(office: Office) -> None:
    other = await office.hire("collegue@example.org", ["rochefort"])
    conversation_id = await office.waits()
    await office.desk.do(operations.transfer_to_officer, office.roux, conversation_id, other, office.clock.now)
    assert await office.at(0) == []
    assert await office.at(5.1) == ["collegue@example.org"]


async def test_the_antenna_is_told_where_who_has_it_is_absent(office: Office) -> None:
    await office.hire("collegue@example.org", ["rochefort"])
    absent = await office.hire("absent@example.org", ["rochefort"], away_until=date(2026, 11, 30))
    conversation_id = await office.waits()
    await office.desk.do(operations.transfer_to_officer, office.roux, conversation_id, absent, office.clock.now)
    await office.at(0)
    assert await office.at(5.1) == ["collegue@example.org", "roux@example.org"]


async def test_delays_count_in_opening_hours(office: Office) -> None:
    office.clock.pass_minutes(148)  # 12 h 28, closed from 12 h 30 to 13 h 30
    await office.waits()
    assert await office.at(0) == []
    assert await office.at(60) == [], "13 h 28"
    assert await office.at(4.9) == [], "13 h 32"
    assert await office.at(0.2) == ["roux@example.org"], "13 h 33"


async def test_without_an_officer_the_head_office_at_once_even_when_all_is_closed(office: Office) -> None:
    office.clock.pass_minutes(60 * 14)  # midnight
    await office.waits("montpellier")
    assert await office.at(0) == ["siege@example.org"]
    assert await office.at(6000) == ["siege@example.org"]


async def test_who_is_away_disabled_or_a_trainer_is_not_told(office: Office) -> None:
    await office.hire("absent@example.org", ["bordeaux"], away_until=date(2026, 11, 23))
    await office.hire("parti@example.org", ["bordeaux"], disabled=True)
    await office.hire("formateur@example.org", ["bordeaux"], Role.TRAINER)
    await office.waits("bordeaux")
    assert await office.at(0) == ["siege@example.org"]


async def test_back_from_absence(office: Office) -> None:
    await office.hire("revenu@example.org", ["bordeaux"], away_until=date(2026, 11, 22))
    await office.waits("bordeaux")
    assert await office.at(6) == ["revenu@example.org"]


async def test_where_the_head_office_is_told_first_the_administrators_are_second(office: Office) -> None:
    await office.waits("toulouse")
    assert await office.at(6) == ["siege@example.org"]
    assert await office.at(30) == ["siege@example.org", "admin@example.org"]


async def test_without_any_antenna(office: Office) -> None:
    await office.waits(None)
    assert await office.at(0) == ["siege@example.org"]


async def test_another_antenna_gets_its_own_time(office: Office) -> None:
    await office.hire("montpellier@example.org", ["montpellier"])
    conversation_id = await office.waits()
    await office.at(1)
    await office.desk.do(operations.transfer_to_antenna, office.roux, conversation_id, "montpellier")
    assert await office.at(4.5) == []
    assert await office.at(5.1) == ["montpellier@example.org"]


async def test_a_second_handoff_is_told_again(office: Office) -> None:
    conversation_id = await office.waits()
    await office.at(6)
    await claim_and_answer(office, conversation_id)
    await office.desk.do(operations.close, office.roux, conversation_id, Outcome.RESOLVED)
    other = await office.waits()
    told = await office.at(6)
    assert told == ["roux@example.org", "roux@example.org"]
    assert [mail.conversation_id for mail in await mails(office.desk.storage)] == [conversation_id, other]


async def test_the_mail_says_where_and_what_but_not_a_word_of_the_member(office: Office) -> None:
    conversation_id = await office.waits(category="financement", place_name="Saintes")
    await office.at(31)
    first, second = await mails(office.desk.storage)
    assert first.subject == "Un adhérent attend une réponse\u00a0: Financement et aides, Saintes"
    assert "depuis le 23\u00a0novembre à 10\u00a0h." in first.text
    assert "Antenne\u00a0: Rochefort" in first.text and "Commune\u00a0: Saintes" in first.text
    assert f"\n{SITE}/console/c/{conversation_id}\n" in first.text
    assert "Personne à l’antenne de Rochefort ne s’en occupe" in second.text
    assert "SECRET" not in first.text + first.subject + second.text + second.subject


async def test_a_restart_and_a_second_site_tell_nobody_twice(office: Office) -> None:
    for _ in range(5):
        await office.waits()
    others = [Watch(office.desk.storage, office.settings, office.clock) for _ in range(3)]
    await asyncio.gather(*(watch.look() for watch in others))
    office.clock.pass_minutes(6)
    await asyncio.gather(*(watch.look() for watch in [*others, office.watch]))
    assert await office.at(0) == ["roux@example.org"] * 5


async def test_erased_with_the_conversation(office: Office) -> None:
    conversation_id = await office.waits()
    await office.at(6)
    async with office.desk.storage.write() as session:
        await erase_rows(session, await locked(session, conversation_id))
    assert await office.at(30) == []
    assert await plans(office) == 0
