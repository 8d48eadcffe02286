"""The officers' calls over HTTP: who may, what they answer, how they refuse; the stream; what is logged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select
from yarl import URL

from tests.support.fake_rasa import FakeRasa
from tests.support.staff import Staff, staff
from tests.website.conftest import Member, Site, StartSite
from tests.website.test_openapi import validate
from website.accounts import sessions
from website.accounts.access import Role
from website.accounts.models import Account
from website.audit.models import AuditEntry
from website.console.models import Proposal
from website.models import Conversation, Outcome
from website.texts import CONTINUE_PAYLOAD, HANDOFF_PAYLOAD

BASE = "/api/officer/conversations"


@pytest.fixture
async def any_site(stocked_url: str, rasa: FakeRasa, start_site: StartSite) -> Site:
    """The site with the directory imported."""
    return await start_site(rasa.port, database_url=stocked_url)


@pytest.fixture
async def member(any_site: Site, http: aiohttp.ClientSession) -> Member:
    """A member who asked for a person, at Rochefort."""
    member = await Member(http, any_site.url).open()
    await member.ask("bonjour")
    await member.answered(await member.press(HANDOFF_PAYLOAD))
    return member


@pytest.fixture
async def people(any_site: Site) -> AsyncIterator[dict[str, Staff]]:
    """Officers of two antennas, a trainer, an administrator."""
    async with AsyncExitStack() as stack:

        async def add(name: str, role: Role, *antennas: str) -> Staff:
            made = staff(any_site.storage, any_site.url, role, email=f"{name}@exemple.fr", name=name, antennas=antennas)
            return await stack.enter_async_context(made)

        yield {
            "roux": await add("Mme Roux", Role.OFFICER, "rochefort"),
            "petit": await add("M. Petit", Role.OFFICER, "rochefort"),
            "lopez": await add("Mme Lopez", Role.OFFICER, "bordeaux"),
            "trainer": await add("Mme Form", Role.TRAINER),
            "admin": await add("Mme Cadet", Role.ADMIN),
        }


async def test_the_whole_way(any_site: Site, member: Member, people: dict[str, Staff], rasa: FakeRasa) -> None:
    roux, petit = people["roux"], people["petit"]
    path = f"{BASE}/{member.id}"
    status, body = await roux.call(f"{path}/claim")
    assert (status, body["state"], body["officer"]) == (200, "officer", {"id": roux.account, "name": "Mme Roux"})
    status, body = await petit.call(f"{path}/claim")
    assert (status, body["error"]["code"], body["error"]["holder"]) == (409, "held", "Mme Roux")
    assert "Mme Roux" in body["error"]["message"]
    for _ in range(2):
        status, body = await roux.call(f"{path}/messages", {"text": "Bonjour, c'est moi", "client_id": "1"})
        assert status == 202
    transcript = await member.read()
    assert [message["text"] for message in transcript["messages"] if message["sender"] == "officer"] == [
        "Bonjour, c'est moi"
    ]
    asked = len(rasa.calls)
    await member.ask("merci, et après ?")
    assert len(rasa.calls) == asked, "the assistant is silent"
    assert (await roux.call(f"{path}/transfer", {"officer": petit.account}))[0] == 200
    status, body = await roux.call(f"{path}/messages", {"text": "Trop tard", "client_id": "2"})
    assert (status, body["error"]["holder"]) == (409, "M. Petit")
    assert (await petit.call(f"{path}/release"))[0] == 200
    transcript = await member.ask("revoilà l'assistant")
    assert transcript["messages"][-1]["sender"] == "bot"
    assert (await petit.call(f"{path}/claim"))[0] == 200
    typed = next(message["seq"] for message in transcript["messages"] if message["text"] == "bonjour")
    lesson = {"seq": typed, "category": "formation"}
    status, body = await petit.call(f"{path}/close", {"outcome": "redirected", "proposal": lesson})
    assert (status, body["state"]) == (200, "closed")
    async with any_site.storage.read() as session:
        proposal = (await session.scalars(select(Proposal))).one()
        assert (proposal.conversation_id, proposal.sentence, proposal.category) == (member.id, "bonjour", "formation")


async def test_a_lesson_that_cannot_be_leaves_the_conversation_open(member: Member, people: dict[str, Staff]) -> None:
    wrong = {"outcome": "resolved", "proposal": {"seq": 1, "category": "formation"}}
    status, body = await people["roux"].call(f"{BASE}/{member.id}/close", wrong)
    assert (status, body["error"]["code"]) == (422, "nothing_to_learn")
    assert (await member.read())["state"] == "waiting"


REFUSALS: tuple[tuple[str, str, dict[str, Any], int, str], ...] = (
    ("lopez", "claim", {}, 403, "not_your_antenna"),
    ("lopez", "transfer", {"antenna": "bordeaux"}, 403, "not_your_antenna"),
    ("lopez", "close", {"outcome": "spam"}, 403, "not_your_antenna"),
    ("roux", "messages", {"text": "a", "client_id": "1"}, 409, "not_held"),
    ("roux", "release", {}, 409, "not_held"),
    ("roux", "messages", {"text": " ", "client_id": "1"}, 400, "text_empty"),
    ("roux", "messages", {"text": "x" * 2001, "client_id": "1"}, 413, "text_too_long"),
    ("roux", "messages", {"payload": "/x", "client_id": "1"}, 400, "text_missing"),
    ("roux", "messages", {"text": "a", "client_id": "x" * 61}, 400, "bad_client_id"),
    ("roux", "notes", {"text": "a"}, 400, "bad_client_id"),
    ("roux", "transfer", {}, 422, "unknown_antenna"),
    ("roux", "transfer", {"antenna": "paris"}, 422, "unknown_antenna"),
    ("roux", "transfer", {"officer": "nobody"}, 422, "unknown_officer"),
    ("roux", "transfer", {"officer": "Mme Form@exemple.fr"}, 422, "unknown_officer"),
    ("roux", "close", {"outcome": "released"}, 422, "bad_outcome"),
    ("roux", "close", {"outcome": ["x"]}, 422, "bad_outcome"),
    ("roux", "close", {"proposal": {"seq": "1"}}, 422, "nothing_to_learn"),
    ("trainer", "claim", {}, 403, "forbidden"),
    ("trainer", "notes", {"text": "a", "client_id": "1"}, 403, "forbidden"),
)


async def test_refusals(member: Member, people: dict[str, Staff]) -> None:
    for who, call, body, status, code in REFUSALS:
        answered, answer = await people[who].call(f"{BASE}/{member.id}/{call}", body)
        assert (answered, answer["error"]["code"]) == (status, code), (who, call, body)
        assert (await member.read())["state"] == "waiting"


async def test_strangers_and_unknown_conversations(any_site: Site, member: Member, people: dict[str, Staff]) -> None:
    for name in ("claim", "messages", "transfer", "release", "close", "notes", "typing"):
        async with member.http.post(f"{any_site.url}{BASE}/{member.id}/{name}", json={}) as response:
            assert response.status == 401, name
        body = {"text": "a", "client_id": "1", "antenna": "bordeaux"}
        assert (await people["admin"].call(f"{BASE}/{'0' * 32}/{name}", body))[0] == 404, name


async def test_what_no_database_takes_is_nowhere(any_site: Site, people: dict[str, Staff]) -> None:
    admin = people["admin"]
    for path in ("/console/c/%00", "/console?categorie=%00", "/console/comptes/%00", "/console/journal?compte=%00"):
        async with admin.http.get(URL(any_site.url + path, encoded=True)) as response:
            assert response.status == 404, path
    headers = {"X-CSRF-Token": admin.csrf}
    async with admin.http.post(
        URL(f"{any_site.url}{BASE}/%00/claim", encoded=True), json={}, headers=headers
    ) as answer:
        assert answer.status == 404


async def test_pages_and_what_is_logged(any_site: Site, member: Member, people: dict[str, Staff]) -> None:
    roux = people["roux"]
    status, page = await roux.get("/console")
    assert status == 200 and member.id in page
    path = f"/console/c/{member.id}"
    for options in ({}, {"headers": {"X-Refresh": "1"}}, {"headers": {"X-Refresh": "1"}}):
        status, page = await roux.get(path, **options)
        assert status == 200 and "bonjour" in page and 'data-testid="claim"' in page
    status, page = await people["lopez"].get(path, headers={"X-Refresh": "1"})
    assert status == 200 and 'data-testid="claim"' not in page, "officers read all, act on their own"
    assert (await people["trainer"].get(path))[0] == 403
    assert (await roux.get(f"/console/c/{'0' * 32}"))[0] == 404
    async with any_site.storage.read() as session:
        rows = await session.execute(
            select(AuditEntry.account_id, func.count())
            .where(AuditEntry.action == "conversation.read", AuditEntry.conversation_id == member.id)
            .group_by(AuditEntry.account_id)
        )
        assert dict(rows.all()) == {roux.account: 1, people["lopez"].account: 1}


async def test_forms_do_the_same(any_site: Site, member: Member, people: dict[str, Staff]) -> None:
    roux, path = people["roux"], f"/console/c/{member.id}"
    response = await roux.post(f"{path}/prendre", vue="liste=miennes")
    assert (response.status, response.headers["Location"]) == (303, f"{path}?liste=miennes")
    response = await people["petit"].post(f"{path}/prendre")
    assert response.status == 303 and "flash" in response.cookies
    for _ in range(2):
        await roux.post(f"{path}/repondre", texte="Bonjour\r\nà vous", numero="1-1")
    await roux.post(f"{path}/note", texte="Rappeler", numero="n")
    assert "Rappeler" in (await roux.get(path))[1]
    await roux.post(f"{path}/transferer", a=f"officer:{people['petit'].account}")
    await people["petit"].post(f"{path}/rendre")
    await people["petit"].post(f"{path}/prendre")
    typed = next(m["seq"] for m in (await member.read())["messages"] if m["text"] == "bonjour")
    response = await people["petit"].post(f"{path}/clore", issue="resolved", phrase=str(typed), sujet="materiau")
    assert response.headers["Location"].startswith("/console?")
    transcript = await member.read()
    assert transcript["state"] == "closed"
    assert [m["text"] for m in transcript["messages"] if m["sender"] == "officer"] == ["Bonjour\nà vous"]
    assert (await roux.post(f"{path}/autre")).status == 404
    async with member.http.post(f"{any_site.url}{path}/prendre", allow_redirects=False) as answer:
        assert answer.status == 303 and answer.headers["Location"].startswith("/connexion")
    _, page = await roux.get(path)
    assert "Transmis aux formateurs" in page


async def test_kept_views_and_canned_texts(any_site: Site, people: dict[str, Staff]) -> None:
    roux, lopez = people["roux"], people["lopez"]
    await roux.post("/console/vues", nom=" Mes  <b>financements</b>", vue="liste=closes&categorie=financement&x=y")
    page = (await roux.get("/console"))[1]
    assert "/console?liste=closes&amp;categorie=financement" in page and "Mes &lt;b&gt;financements" in page
    assert "financements" not in (await lopez.get("/console"))[1]
    await roux.post("/console/vues/supprimer", vue="1")
    assert "financements" not in (await roux.get("/console"))[1]
    await roux.post("/console/textes", titre="Accueil", texte="Ici {officier}", antenne="rochefort")
    for stranger in ({"antenne": "bordeaux"}, {"antenne": ""}):
        await roux.post("/console/textes", titre="Intrus", texte="x", **stranger)
    page = (await roux.get("/console/textes"))[1]
    assert "Ici {officier}" in page and "Intrus" not in page
    assert "Ici {officier}" not in (await lopez.get("/console/textes"))[1]
    await lopez.post("/console/textes/supprimer", numero="1")
    await roux.post("/console/textes", titre="Accueil", texte="Bonjour de {antenne}", antenne="rochefort", numero="1")
    assert "Bonjour de {antenne}" in (await roux.get("/console/textes"))[1]


@pytest.mark.parametrize("way", [Outcome.RESUMED, Outcome.ENDED])
async def test_how_the_member_ended_it_is_kept(any_site: Site, member: Member, way: Outcome) -> None:
    if way is Outcome.RESUMED:
        await member.answered(await member.press(CONTINUE_PAYLOAD))
    else:
        async with member.http.post(f"{member.address}/end", json={}, headers=member.headers) as response:
            assert response.status == 200
    async with any_site.storage.read() as session:
        assert (await session.get_one(Conversation, member.id)).outcome is way


async def test_the_stream_tells_what_changes(any_site: Site, member: Member, people: dict[str, Staff]) -> None:
    roux, petit = people["roux"], people["petit"]
    async with roux.http.get(f"{any_site.url}/api/officer/stream") as response:
        assert response.content_type == "text/event-stream"

        async def until(name: str, wanted: Any) -> dict[str, Any]:
            async with asyncio.timeout(20):
                while True:
                    line = (await response.content.readline()).decode()
                    if line.strip() == f"event: {name}":
                        data: dict[str, Any] = json.loads((await response.content.readline()).decode()[6:])
                        if wanted(data):
                            return data

        first = await until("board", lambda _: True)
        assert (first["counts"]["attente"], first["urgent"]) == (1, 1)
        await petit.call(f"{BASE}/{member.id}/claim")
        data = await until("board", lambda data: member.id in data["changed"])
        assert (data["counts"]["attente"], data["urgent"]) == (0, 0)
        headers = {"X-CSRF-Token": petit.csrf}
        address = f"{any_site.url}{BASE}/{member.id}/typing"
        async with petit.http.post(address, json={"typing": True}, headers=headers) as answer:
            assert answer.status == 204
        data = await until("people", lambda _: True)
        assert data == {"conversation": member.id, "people": [{"name": "M. Petit", "typing": True}]}


@pytest.mark.parametrize("change", ["signed out", "no officer any more"])
async def test_the_stream_ends_with_the_right_to_it(any_site: Site, people: dict[str, Staff], change: str) -> None:
    roux = people["roux"]
    async with roux.http.get(f"{any_site.url}/api/officer/stream") as response, asyncio.timeout(20):
        while not (await response.content.readline()).startswith(b"data:"):
            pass
        async with any_site.storage.write() as session:
            if change == "signed out":
                await sessions.end_all(session, roux.account)
            else:
                (await session.get_one(Account, roux.account)).role = Role.TRAINER
        rest = await response.content.read()
    assert b"event:" not in rest


async def test_the_member_sees_that_an_officer_types(any_site: Site, member: Member, people: dict[str, Staff]) -> None:
    petit, roux = people["petit"], people["roux"]
    await petit.call(f"{BASE}/{member.id}/claim")
    async with member.events() as events:
        for who in (roux, petit):
            headers = {"X-CSRF-Token": who.csrf}
            address = f"{any_site.url}{BASE}/{member.id}/typing"
            async with who.http.post(address, json={"typing": True}, headers=headers):
                pass
        async with asyncio.timeout(20):
            async for event in events:
                if event.name == "typing":
                    assert event.data == {"typing": True, "sender": "officer"}
                    break


async def test_answers_are_as_described(any_site: Site, member: Member, people: dict[str, Staff]) -> None:
    async with member.http.get(f"{any_site.url}/api/openapi.json") as response:
        document = await response.json()
    calls = [
        ("petit", "claim", {}),
        ("roux", "claim", {}),
        ("petit", "messages", {"text": "a", "client_id": "1"}),
        ("petit", "messages", {"text": "b", "client_id": "1"}),
        ("roux", "notes", {"text": "a", "client_id": "1"}),
        ("lopez", "claim", {}),
        ("petit", "transfer", {"antenna": "paris"}),
        ("petit", "transfer", {"officer": people["roux"].account}),
        ("roux", "release", {}),
        ("roux", "release", {}),
        ("roux", "claim", {}),
        ("roux", "close", {}),
        ("roux", "close", {}),
        ("trainer", "close", {}),
    ]
    for who, name, body in calls:
        status, answer = await people[who].call(f"{BASE}/{member.id}/{name}", body)
        validate(document, f"{BASE}/{{id}}/{name}", "post", status, answer)
