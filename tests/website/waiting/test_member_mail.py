"""The member who left an address gets the answer by mail; nobody can use us to send mails to others."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from database.base import utc_now
from tests.website.console.desk import ROCHEFORT, Desk
from tests.website.waiting.conftest import SITE, Office, mails
from website.console import operations
from website.conversations import erase_rows
from website.mail.models import OutboxMail
from website.records import locked
from website.waiting import codes, reach, seen
from website.waiting.models import MailCode

ADDRESS = "jeanne@exemple.fr"
RESUME = re.compile(rf"{SITE}/reprendre#(\S+)")
STOP = re.compile(rf"{SITE}/stop#(\S+)")


class Answering:
    """An officer who answers members who left an address."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.desk: Desk = office.desk
        office.clock.now = utc_now()

    async def member(self, email: str = ADDRESS) -> str:
        conversation_id = await self.office.waits()
        await self.leave(conversation_id, email)
        await self.desk.do(operations.claim, ROCHEFORT, conversation_id)
        return conversation_id

    async def leave(self, conversation_id: str, email: str) -> None:
        async with self.desk.storage.write() as session:
            await reach.leave(session, await locked(session, conversation_id), email, None)

    async def answer(self, conversation_id: str, text: str = "Le tour est PRÊT.") -> int:
        seq, _ = await self.desk.do(operations.reply, ROCHEFORT, conversation_id, uuid.uuid4().hex, text)
        return int(seq)

    async def mails(self, seconds: float = 61) -> list[OutboxMail]:
        self.office.clock.now = max(self.office.clock.now, utc_now()) + timedelta(seconds=seconds)
        await self.office.watch.look()
        return await mails(self.desk.storage)

    async def resume(self, code: str) -> str:
        async with self.desk.storage.write() as session:
            return (await codes.resume(session, code, self.office.clock.now)).id

    async def stop(self, code: str) -> None:
        async with self.desk.storage.write() as session:
            await codes.stop(session, code, self.office.clock.now)


@pytest.fixture
async def answering(desk: Desk) -> Answering:
    return Answering(Office(desk, mails_per_address=2))


def code(mail: OutboxMail, pattern: re.Pattern[str] = RESUME) -> str:
    found = pattern.search(mail.text)
    assert found is not None
    return found[1]


async def test_the_first_mail_holds_no_word_of_anybody(answering: Answering) -> None:
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    assert await answering.mails(5) == [], "the member may still be reading"
    (mail,) = await answering.mails()
    assert (mail.to, mail.subject) == (ADDRESS, "Une réponse vous attend")
    assert "L’antenne de Rochefort a répondu" in mail.text
    for word in ("SECRET", "PRÊT"):
        assert word not in mail.text + mail.subject
    assert code(mail) != code(mail, STOP)


async def test_later_mails_carry_the_words_once_the_address_is_confirmed(answering: Answering) -> None:
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    (mail,) = await answering.mails()
    assert await answering.resume(code(mail)) == conversation_id
    await answering.answer(conversation_id, "Voici la suite.")
    await answering.answer(conversation_id, "Et la fin.")
    _, mail = await answering.mails()
    assert "Mme Roux vous a répondu\u00a0:\n\nVoici la suite.\n\nEt la fin.\n" in mail.text
    assert "SECRET" not in mail.text
    assert code(mail) and code(mail, STOP)


async def test_an_unconfirmed_address_is_not_written_to_again_and_again(answering: Answering) -> None:
    conversation_id = await answering.member()
    for _ in range(3):
        await answering.answer(conversation_id)
        await answering.mails()
    assert len(await answering.mails()) == 1


async def test_what_the_member_has_seen_is_not_mailed(answering: Answering) -> None:
    conversation_id = await answering.member()
    seq = await answering.answer(conversation_id)
    await seen.note(answering.desk.storage, conversation_id, seq)
    assert await answering.mails() == []
    await answering.answer(conversation_id)
    assert len(await answering.mails()) == 1


async def test_without_an_address_nothing_is_sent(answering: Answering) -> None:
    conversation_id = await answering.member()
    async with answering.desk.storage.write() as session:
        await reach.take_back(session, conversation_id)
    await answering.answer(conversation_id)
    assert await answering.mails() == []


async def test_a_code_works_once_and_for_seven_days(answering: Answering) -> None:
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    (mail,) = await answering.mails()
    await answering.resume(code(mail))
    for wrong in (code(mail), code(mail, STOP), "nothing"):
        with pytest.raises(codes.DeadCodeError):
            await answering.resume(wrong)
    await answering.answer(conversation_id)
    _, mail = await answering.mails()
    answering.office.clock.pass_minutes(7 * 24 * 60 + 1)
    with pytest.raises(codes.DeadCodeError):
        await answering.resume(code(mail))


async def test_codes_are_kept_as_hashes_only(answering: Answering) -> None:
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    (mail,) = await answering.mails()
    async with answering.desk.storage.read() as session:
        assert await session.get(MailCode, code(mail)) is None


async def test_a_stopped_address_is_never_written_to_again(answering: Answering) -> None:
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    (mail,) = await answering.mails()
    for _ in range(2):
        await answering.stop(code(mail, STOP))
    assert await answering.mails() == [], "what was not sent yet is withdrawn"
    async with answering.desk.storage.read() as session:
        assert await reach.read(session, conversation_id) == reach.Reach()
    with pytest.raises(reach.StoppedAddressError):
        await answering.leave(conversation_id, ADDRESS.upper())
    async with answering.desk.storage.write() as session:
        await erase_rows(session, await locked(session, conversation_id))
    other = await answering.office.waits()
    with pytest.raises(reach.StoppedAddressError):
        await answering.leave(other, ADDRESS)


async def test_an_address_stopped_meanwhile_in_another_conversation(answering: Answering) -> None:
    first, second = await answering.member(), await answering.member()
    await answering.answer(first)
    (mail,) = await answering.mails()
    await answering.answer(second)
    await answering.stop(code(mail, STOP))
    assert await answering.mails() == []


async def test_so_many_mails_a_day_to_one_address_whatever_the_conversation(answering: Answering) -> None:
    for number in range(3):
        conversation_id = await answering.member()
        await answering.answer(conversation_id)
        assert len(await answering.mails()) == min(number + 1, 2)
    assert len(await answering.mails(3700)) in (2, 3), "three only where midnight passed"
    assert len(await answering.mails(24 * 3600)) == 3, "none is lost: the third comes the day after"


async def test_erasing_a_conversation_does_not_reset_the_limit(answering: Answering) -> None:
    for _ in range(2):
        conversation_id = await answering.member()
        await answering.answer(conversation_id)
        await answering.mails()
        async with answering.desk.storage.write() as session:
            await erase_rows(session, await locked(session, conversation_id))
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    assert await answering.mails() == []


async def test_three_addresses_at_most(answering: Answering) -> None:
    conversation_id = await answering.office.waits()
    for number in (1, 2, 3, 1, 2):
        await answering.leave(conversation_id, f"a{number}@exemple.fr")
    async with answering.desk.storage.write() as session:
        await reach.take_back(session, conversation_id)
    with pytest.raises(reach.TooManyAddressesError):
        await answering.leave(conversation_id, "a4@exemple.fr")


async def test_everything_goes_with_the_conversation(answering: Answering) -> None:
    conversation_id = await answering.member()
    await answering.answer(conversation_id)
    (mail,) = await answering.mails()
    async with answering.desk.storage.write() as session:
        await erase_rows(session, await locked(session, conversation_id))
    assert await answering.mails() == []
    with pytest.raises(codes.DeadCodeError):
        await answering.resume(code(mail))


async def test_confirmed_in_one_conversation_is_not_confirmed_in_another(answering: Answering) -> None:
    first, second = await answering.member(), await answering.member()
    await answering.answer(first)
    (mail,) = await answering.mails()
    await answering.resume(code(mail))
    await answering.answer(second)
    _, mail = await answering.mails()
    assert mail.subject == "Une réponse vous attend" and "PRÊT" not in mail.text
