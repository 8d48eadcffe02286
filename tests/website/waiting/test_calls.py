"""The member's calls over HTTP, on the real site with a real mail server."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from directory.data import DirectoryData
from directory.importer import import_directory
from settings import Settings
from tests.support.fake_rasa import FakeRasa
from tests.support.mail_server import MailServer
from tests.support.staff import staff
from tests.website.conftest import Member, Site, StartSite, take
from tests.website.console.desk import ROCHEFORT
from tests.website.mail.conftest import until
from tests.website.test_openapi import validate
from website.accounts.access import Role
from website.accounts.records import create
from website.console import operations
from website.keys import HUB
from website.models import Outcome
from website.texts import HANDOFF_PAYLOAD, RATING_THANKS, USEFUL_BUTTON
from website.waiting.models import MailCode, Rating

ADDRESS = "jeanne@exemple.fr"


@pytest.fixture
async def site(
    sqlite_url: str, directory: DirectoryData, start_site: StartSite, rasa: FakeRasa, server: MailServer
) -> Site:
    """The site with a directory, officers and a mail server."""
    await asyncio.to_thread(import_directory, Settings(database_url=sqlite_url), directory)
    started = await start_site(rasa.port, database_url=sqlite_url, smtp_url=server.url, answer_mail_seconds=1)
    async with started.storage.write() as session:
        await create(session, "siege@example.org", "Siège", Role.OFFICER, ["toulouse"])
    return started


async def call(member: Member, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with member.http.request(method, f"{member.address}/{path}", json=body, headers=member.headers) as response:
        return response.status, await response.json() if response.status != 204 else None


async def anonymous(member: Member, path: str, code: str) -> tuple[int, Any]:
    async with member.http.post(f"{member.url}/api/{path}", json={"code": code}) as response:
        return response.status, await response.json() if response.status != 204 else None


async def waits(member: Member) -> dict[str, Any]:
    return await member.answered(await member.press(HANDOFF_PAYLOAD))


async def officer(site: Site, operation: Any, *arguments: Any) -> None:
    async with site.storage.write() as session:
        await operation(session, ROCHEFORT, *arguments)


async def document(member: Member) -> dict[str, Any]:
    async with member.http.get(f"{member.url}/api/openapi.json") as response:
        found: dict[str, Any] = await response.json()
        return found


async def test_left_read_replaced_taken_back(site: Site, member: Member) -> None:
    await waits(member)
    described = await document(member)
    path = "/api/conversations/{id}/coordonnees"
    nothing = {"email": None, "phone": None, "confirmed": False}
    assert await call(member, "GET", "coordonnees") == (200, nothing)
    status, body = await call(member, "PUT", "coordonnees", {"email": " Jeanne@Exemple.fr "})
    assert (status, body) == (200, {**nothing, "email": "Jeanne@exemple.fr"})
    validate(described, path, "put", status, body)
    status, body = await call(member, "PUT", "coordonnees", {"phone": "05.36.49.00.50"})
    assert body == {**nothing, "phone": "05\u00a036\u00a049\u00a000\u00a050"}
    assert await call(member, "GET", "coordonnees") == (200, body)
    assert await call(member, "DELETE", "coordonnees") == (204, None)
    assert await call(member, "GET", "coordonnees") == (200, nothing)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "reach_missing"),
        ({"email": "", "phone": None}, 400, "reach_missing"),
        ({"email": "jeanne"}, 400, "bad_email"),
        ({"email": 3}, 400, "bad_email"),
        ({"email": ADDRESS, "phone": "12"}, 400, "bad_phone"),
        ([], 400, "not_an_object"),
    ],
)
async def test_what_cannot_be_left(site: Site, member: Member, body: Any, status: int, code: str) -> None:
    await waits(member)
    answer = await call(member, "PUT", "coordonnees", body)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    validate(await document(member), "/api/conversations/{id}/coordonnees", "put", *answer)
    assert (await call(member, "GET", "coordonnees"))[1]["email"] is None


async def test_only_while_a_person_is_awaited_and_only_by_the_member(site: Site, member: Member) -> None:
    status, body = await call(member, "PUT", "coordonnees", {"email": ADDRESS})
    assert (status, body["error"]["code"]) == (409, "nobody_awaited")
    stranger = Member(member.http, member.url, member.id, "x")
    for method, path, body in (("GET", "coordonnees", None), ("PUT", "coordonnees", {}), ("PUT", "avis", {})):
        assert (await call(stranger, method, path, body))[0] == 401
    assert (await call(stranger, "DELETE", "coordonnees"))[0] == 401


async def test_a_typed_address_is_offered_and_used(site: Site, member: Member) -> None:
    await waits(member)
    await member.say(f"Écrivez-moi plutôt : {ADDRESS}.")
    transcript = await member.until(lambda read: "joint à l’adresse" in read["messages"][-1]["text"])
    (button,) = transcript["messages"][-1]["buttons"]
    assert button["title"] == "Utiliser cette adresse" and ADDRESS not in button["payload"]
    transcript = await member.answered(await member.press(button["payload"]))
    assert ADDRESS in transcript["messages"][-1]["text"] and transcript["state"] == "waiting"
    assert (await call(member, "GET", "coordonnees"))[1]["email"] == ADDRESS
    transcript = await member.ask("ou bien a@exemple.fr")
    assert transcript["messages"][-1]["sender"] == "member", "not asked again"


async def test_the_notice_asks_for_an_address_once(site: Site, member: Member) -> None:
    transcript = await waits(member)
    assert "Laissez ici une adresse" in transcript["messages"][-1]["text"]
    await call(member, "PUT", "coordonnees", {"email": ADDRESS})
    await member.answered(await member.press("site:continuer"))
    transcript = await waits(member)
    assert "Laissez ici" not in transcript["messages"][-1]["text"]


async def test_the_whole_way_from_the_answer_back_into_the_conversation(
    site: Site, member: Member, server: MailServer
) -> None:
    await waits(member)
    await until(lambda: "siege@example.org" in server.recipients())
    await call(member, "PUT", "coordonnees", {"email": ADDRESS})
    await officer(site, operations.claim, member.id)
    await officer(site, operations.reply, member.id, "r1", "Le tour est PRÊT.")
    await until(lambda: ADDRESS in server.recipients())
    (mail,) = [mail for mail in server.taken if mail["To"] == ADDRESS]
    text = mail.get_content()
    assert "PRÊT" not in text
    (code,) = re.findall(r"/reprendre#(\S+)", text)
    await look_at(member.http, f"{member.url}/reprendre")
    status, body = await anonymous(member, "reprendre", code)
    assert status == 200 and body["id"] == member.id and body["token"] != member.token
    again = Member(member.http, member.url, body["id"], body["token"])
    assert (await again.read()) == (await member.read())
    assert (await anonymous(member, "reprendre", code))[0] == 410
    assert (await call(again, "GET", "coordonnees"))[1] == {"email": ADDRESS, "phone": None, "confirmed": True}
    (code,) = re.findall(r"/stop#(\S+)", text)
    await look_at(member.http, f"{member.url}/stop")
    assert (await call(again, "GET", "coordonnees"))[1]["email"] == ADDRESS
    assert await anonymous(member, "stop", code) == (204, None)
    assert (await call(again, "GET", "coordonnees"))[1]["email"] is None
    status, body = await call(again, "PUT", "coordonnees", {"email": ADDRESS})
    assert (status, body["error"]["code"]) == (422, "address_stopped")


async def look_at(http: aiohttp.ClientSession, page: str) -> None:
    """As a mail scanner does: it fetches the address, and sees no fragment."""
    for method in ("GET", "HEAD"):
        async with http.request(method, page) as response:
            assert response.status == 200
            assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("code", ["", "x", "x" * 101, 3, None])
async def test_dead_codes(site: Site, member: Member, code: Any) -> None:
    for path in ("reprendre", "stop"):
        status, body = await anonymous(member, path, code)
        assert (status, body["error"]["code"]) == (410, "dead_code")
        validate(await document(member), f"/api/{path}", "post", status, body)


async def test_no_mail_to_whom_the_stream_has_told(
    site: Site, http: aiohttp.ClientSession, start_site: StartSite, server: MailServer, sqlite_url: str
) -> None:
    port = site.settings.rasa_port
    patient = await start_site(port, database_url=sqlite_url, smtp_url=server.url, answer_mail_seconds=13)
    await site.stop()
    member = await Member(http, patient.url).open()
    await waits(member)
    await call(member, "PUT", "coordonnees", {"email": ADDRESS})
    async with member.events() as events:
        await officer(patient, operations.claim, member.id)
        await officer(patient, operations.reply, member.id, "r1", "Vu.")
        patient.app[HUB].publish(member.id, operations.CHANGED)
        await take(events, lambda event: event.name == "message" and event.data["sender"] == "officer")
        await asyncio.sleep(18)
    async with patient.storage.read() as session:
        assert await session.scalar(select(func.count()).select_from(MailCode)) == 0
    assert ADDRESS not in server.recipients()


async def test_alerts_arrive_once_when_the_mail_server_is_back(site: Site, member: Member, server: MailServer) -> None:
    server.stop()
    await waits(member)
    await asyncio.sleep(4)
    server.start()
    await until(lambda: server.taken)
    await asyncio.sleep(4)
    assert server.recipients() == ["siege@example.org"]
    (mail,) = server.taken
    assert f"/console/c/{member.id}" in mail.get_content()


async def test_two_sites_tell_once(
    postgres_url: str,
    directory: DirectoryData,
    start_site: StartSite,
    rasa: FakeRasa,
    server: MailServer,
    http: aiohttp.ClientSession,
) -> None:
    await asyncio.to_thread(import_directory, Settings(database_url=postgres_url), directory)
    pair = [await start_site(rasa.port, database_url=postgres_url, smtp_url=server.url) for _ in range(2)]
    async with pair[0].storage.write() as session:
        await create(session, "siege@example.org", "Siège", Role.OFFICER, ["toulouse"])
    members = [await Member(http, pair[number % 2].url).open() for number in range(10)]
    await asyncio.gather(*(waits(member) for member in members))
    await until(lambda: len(server.taken) >= 10)
    await asyncio.sleep(5)
    links = sorted(re.findall(r"/console/c/(\w+)", "".join(server.texts())))
    assert links == sorted(member.id for member in members)


async def closed(site: Site, member: Member) -> None:
    await waits(member)
    await officer(site, operations.claim, member.id)
    await officer(site, operations.reply, member.id, "r1", "Voilà.")
    await officer(site, operations.close, member.id, Outcome.RESOLVED)


async def test_rated_by_one_tap_without_reopening(site: Site, member: Member, rasa: FakeRasa) -> None:
    await closed(site, member)
    asked = len(rasa.calls)
    transcript = await member.answered(await member.press(USEFUL_BUTTON["payload"]))
    assert (transcript["state"], transcript["messages"][-1]["text"]) == ("closed", RATING_THANKS)
    assert len(rasa.calls) == asked
    status, body = await call(member, "PUT", "avis", {"utile": False, "texte": "Trop tard."})
    assert (status, body) == (200, {"utile": False})
    validate(await document(member), "/api/conversations/{id}/avis", "put", status, body)
    async with site.storage.read() as session:
        row = (await session.scalars(select(Rating))).one()
    assert (row.useful, row.text, row.conversation_id) == (False, "Trop tard.", member.id)
    transcript = await member.ask("encore une question")
    assert transcript["state"] == "bot"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_rating"),
        ({"utile": "oui"}, 400, "bad_rating"),
        ({"utile": 1}, 400, "bad_rating"),
        ({"utile": True, "texte": 3}, 400, "bad_rating"),
        ({"utile": True, "texte": "x" * 2001}, 413, "text_too_long"),
        ({"utile": True}, 409, "rating_not_asked"),
    ],
)
async def test_what_is_no_rating(site: Site, member: Member, body: Any, status: int, code: str) -> None:
    answer = await call(member, "PUT", "avis", body)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    validate(await document(member), "/api/conversations/{id}/avis", "put", *answer)


async def test_a_token_of_one_conversation_opens_no_other(site: Site, member: Member) -> None:
    other = await Member(member.http, member.url).open()
    assert (await call(replace_token(member, other.token), "GET", "coordonnees"))[0] == 401


def replace_token(member: Member, token: str) -> Member:
    return Member(member.http, member.url, member.id, token)


@pytest.mark.parametrize(
    ("smtp_url", "words"), [("", "Ce site n’envoie pas de courriels"), ("smtp://127.0.0.1:1", "aussi par courriel")]
)
async def test_the_officer_is_told_whether_answers_are_mailed(
    start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession, smtp_url: str, words: str
) -> None:
    site = await start_site(rasa.port, smtp_url=smtp_url)
    member = await Member(http, site.url).open()
    await waits(member)
    await call(member, "PUT", "coordonnees", {"email": ADDRESS})
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        _, page = await admin.get(f"/console/c/{member.id}")
    assert ADDRESS in page and words in page


async def test_an_address_writes_to_itself_alone(site: Site, member: Member) -> None:
    await waits(member)
    status, _ = await call(member, "PUT", "coordonnees", {"email": "moi?bcc=autre&body=x@exemple.fr"})
    assert status == 200
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        _, page = await admin.get(f"/console/c/{member.id}")
    assert 'href="mailto:moi%3Fbcc%3Dautre%26body%3Dx@exemple.fr"' in page
