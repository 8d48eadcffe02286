"""Sending and reading: order, repetition, what is text and what is a button."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from sqlalchemy import func, select

from tests.support.fake_rasa import FakeRasa, contact, said
from tests.website.conftest import Member, Site
from website.models import Conversation, Message


async def test_first_message_says_that_a_machine_answers(member: Member, rasa: FakeRasa) -> None:
    transcript = await member.read()
    (notice,) = transcript["messages"]
    assert (transcript["state"], transcript["answered_to"]) == ("bot", 0)
    assert (notice["seq"], notice["sender"], notice["reply_to"]) == (1, "system", None)
    assert "assistant automatique" in notice["text"]
    assert len(notice["text"].splitlines()) <= 3
    assert [button["title"] for button in notice["buttons"]] == ["Parler à un chargé de mission"]
    assert rasa.calls == []


async def test_nothing_is_stored_before_a_conversation_is_opened(site: Site, http: aiohttp.ClientSession) -> None:
    for path in ("/", "/health", "/static/tchat.js", "/api/openapi.json"):
        async with http.get(site.url + path) as response:
            assert response.status == 200
            assert "Set-Cookie" not in response.headers
    async with site.storage.read() as session:
        assert await session.scalar(select(func.count()).select_from(Conversation)) == 0


async def test_question_and_answer(any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    member = await Member(http, any_site.url).open()
    rasa.understanding = {"decision": "answer"}
    transcript = await member.ask("qui peut nous aider à payer un tour ?")
    question, answer = transcript["messages"][1:]
    assert (question["sender"], question["seq"], question["contact"], question["buttons"]) == ("member", 2, None, [])
    assert (answer["sender"], answer["seq"], answer["reply_to"]) == ("bot", 3, 2)
    assert answer["contact"] == contact()
    assert answer["created_at"].endswith("Z") and answer["created_at"] >= question["created_at"]
    assert [call["message_id"] for call in rasa.calls] == [f"{member.id}:2"]
    async with any_site.storage.read() as session:
        stored = await session.get_one(Message, (member.id, 2))
        assert stored.understanding == {"decision": "answer"}


async def test_only_a_hash_of_the_token_is_kept(member: Member, site: Site) -> None:
    async with site.storage.read() as session:
        row = await session.get_one(Conversation, member.id)
        assert member.token not in {str(value) for value in vars(row).values()}


async def test_reading_after_a_number(member: Member) -> None:
    await member.ask("un")
    assert [message["seq"] for message in (await member.read(2))["messages"]] == [3]
    assert (await member.read(99))["messages"] == []


async def test_repeated_call_stores_nothing_twice(any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    member = await Member(http, any_site.url).open()
    body = {"text": "une fois", "client_id": "le-mien"}
    answers = await asyncio.gather(*(member.post(body) for _ in range(8)))
    assert answers == [(202, {"seq": 2})] * 8
    await member.answered(2)
    assert len(rasa.calls) == 1
    status, error = await member.post({"text": "autre chose", "client_id": "le-mien"})
    assert (status, error["error"]["code"]) == (409, "client_id_reused")
    status, _ = await member.post({"payload": "/demander_humain", "client_id": "le-mien"})
    assert status == 409
    other = await Member(http, any_site.url).open()
    assert (await other.post(body))[0] == 202


async def test_fifty_messages_at_once_are_all_answered_in_order(
    any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    members = [await Member(http, any_site.url).open() for _ in range(5)]
    await asyncio.gather(*(member.say(f"message {number}") for member in members for number in range(10)))
    for member in members:
        transcript = await member.until(lambda found: len(found["messages"]) == 21)
        asked = [message for message in transcript["messages"] if message["sender"] == "member"]
        answers = [message for message in transcript["messages"] if message["sender"] == "bot"]
        assert [message["seq"] for message in transcript["messages"]] == list(range(1, 22))
        assert [answer["reply_to"] for answer in answers] == [message["seq"] for message in asked]
        assert [answer["text"].rpartition("\u00a0: ")[2] for answer in answers] == [
            message["text"] for message in asked
        ]
        played = [int(key.partition(":")[2]) for key in rasa.played if key.startswith(member.id)]
        assert played == sorted(played)
        assert transcript["answered_to"] == asked[-1]["seq"]
    assert len(rasa.calls) == len(rasa.played) == 50


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        " /restart",
        "\u00a0/restart",
        "\u200b/restart",
        "\uff0frestart",
        '/indiquer_lieu{"commune": "17197"}',
        "😀🚀",
        "<script>alert(1)</script><b>gras</b>",
        "'; DROP TABLE message; --",
        "{{ 7*7 }} ${jndi:ldap://x} %s %(a)s",
        "!!python/object/apply:os.system [ls]",
        "x" * 2000,
        "😀" * 2000,
        "ligne\nligne\r\n\ttab",
        "nul\x00au milieu",
    ],
)
async def test_typed_text_is_only_text(member: Member, rasa: FakeRasa, text: str) -> None:
    seq = await member.say(text)
    transcript = await member.answered(seq)
    kept = text.replace("\0", "")
    assert transcript["messages"][1]["text"] == kept
    assert rasa.calls[0] == {"sender": member.id, "message_id": f"{member.id}:2", "text": kept}


async def test_pressed_button_is_shown_by_its_title_and_stays_valid(member: Member, rasa: FakeRasa) -> None:
    await member.ask("un choix")
    payload = '/choisir{"category": "formation"}'
    for _ in range(2):
        seq = await member.press(payload)
        transcript = await member.answered(seq)
        pressed = next(message for message in transcript["messages"] if message["seq"] == seq)
        assert (pressed["text"], pressed["sender"]) == ("Formation", "member")
        assert rasa.calls[-1]["payload"] == payload
        assert "text" not in rasa.calls[-1]


async def test_payload_that_was_never_offered_here(member: Member, site: Site, http: aiohttp.ClientSession) -> None:
    await member.ask("un choix")
    other = await Member(http, site.url).open()
    for payload in ('/choisir{"category": "formation"}', "/restart", "site:continuer"):
        status, body = await other.post({"payload": payload, "client_id": payload})
        assert (status, body["error"]["code"]) == (422, "payload_not_offered")
    assert len((await other.read())["messages"]) == 1


async def test_message_is_never_empty(member: Member, rasa: FakeRasa) -> None:
    rasa.script = lambda _: [
        said("", contact=contact()),
        said(""),
        said("  ", buttons=[{"title": "A", "payload": "/a"}]),
    ]
    transcript = await member.ask("deux besoins")
    texts = [message["text"] for message in transcript["messages"][2:]]
    assert texts == [contact()["reason"], "Que souhaitez-vous faire\u00a0?"]


async def test_strange_answer_of_the_bot_is_stored_readable(
    any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    member = await Member(http, any_site.url).open()
    rasa.script = lambda _: [said("a\x00b \ud800 c", buttons=[{"title": "x\udfff", "payload": "/x", "more": 1}])]
    transcript = await member.ask("bonjour")
    message = transcript["messages"][-1]
    assert message["text"] == "ab ? c"
    assert message["buttons"] == [{"title": "x?", "payload": "/x"}]


async def test_ending_and_opening_again(any_site: Site, http: aiohttp.ClientSession) -> None:
    member = await Member(http, any_site.url).open()
    await member.ask("bonjour")
    for _ in range(2):
        async with http.post(f"{member.address}/end", json={}, headers=member.headers) as response:
            assert (response.status, await response.json()) == (200, {"state": "closed"})
    transcript = await member.read()
    assert transcript["state"] == "closed"
    assert [message["sender"] for message in transcript["messages"]].count("system") == 2
    transcript = await member.ask("encore une question")
    assert transcript["state"] == "bot"
    assert transcript["messages"][-1]["text"].endswith("encore une question")
