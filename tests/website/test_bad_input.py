"""Whatever is sent, the answer is clear, nothing is lost and the site lives on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.website.conftest import Member, Site
from website.body import parse_object, read_message
from website.errors import MESSAGES, ApiError

CASES: list[tuple[str, bytes, int, str]] = [
    ("empty body", b"", 400, "not_json"),
    ("not JSON", b"bonjour", 400, "not_json"),
    ("NaN", b'{"text": NaN, "client_id": "a"}', 400, "not_json"),
    ("Latin-1", '{"text": "é", "client_id": "a"}'.encode("latin-1"), 400, "not_json"),
    ("UTF-16", '{"text": "e", "client_id": "a"}'.encode("utf-16"), 400, "not_json"),
    ("very deep", b'{"text":' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400, "not_json"),
    ("very long number", b'{"text":' + b"9" * 50_000 + b"}", 400, "not_json"),
    ("list", b"[]", 400, "not_an_object"),
    ("string", b'"a"', 400, "not_an_object"),
    ("null", b"null", 400, "not_an_object"),
    ("lone surrogate in the text", b'{"text": "a\\ud800b", "client_id": "a"}', 400, "bad_unicode"),
    ("lone surrogate in the id", b'{"text": "a", "client_id": "\\udfff"}', 400, "bad_unicode"),
    ("no text", b'{"client_id": "a"}', 400, "text_missing"),
    ("text of a wrong type", b'{"text": 1, "client_id": "a"}', 400, "text_missing"),
    ("empty text", b'{"text": "", "client_id": "a"}', 400, "text_empty"),
    ("blank text", b'{"text": " \\n\\u00a0\\u200b\\u0000", "client_id": "a"}', 400, "text_empty"),
    ("text and payload", b'{"text": "a", "payload": "/b", "client_id": "a"}', 400, "text_or_payload"),
    ("payload of a wrong type", b'{"payload": {}, "client_id": "a"}', 400, "bad_payload"),
    ("empty payload", b'{"payload": "", "client_id": "a"}', 400, "bad_payload"),
    ("no client_id", b'{"text": "a"}', 400, "bad_client_id"),
    ("client_id of a wrong type", b'{"text": "a", "client_id": 1}', 400, "bad_client_id"),
    ("empty client_id", b'{"text": "a", "client_id": ""}', 400, "bad_client_id"),
    ("long client_id", b'{"text": "a", "client_id": "' + b"a" * 101 + b'"}', 400, "bad_client_id"),
    ("NUL in client_id", b'{"text": "a", "client_id": "a\\u0000"}', 400, "bad_client_id"),
    ("2,001 characters", json.dumps({"text": "x" * 2001, "client_id": "a"}).encode(), 413, "text_too_long"),
    ("2,001 emoji", json.dumps({"text": "😀" * 2001, "client_id": "a"}).encode(), 413, "text_too_long"),
    ("65,537 bytes", b'{"text": "a", "client_id": "a"}'.ljust(65_537), 413, "body_too_large"),
    ("1 MB", json.dumps({"text": "x" * 1_000_000, "client_id": "a"}).encode(), 413, "body_too_large"),
]


def assert_error(body: dict[str, Any], code: str) -> None:
    assert body == {"error": {"code": code, "message": MESSAGES[code]}}


@pytest.mark.parametrize(("body", "status", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_refused_message(member: Member, body: bytes, status: int, code: str) -> None:
    async with member.http.post(f"{member.address}/messages", data=body, headers=member.headers) as response:
        assert response.status == status
        assert_error(await response.json(), code)
    assert len((await member.read())["messages"]) == 1
    assert (await member.post({"text": "toujours là", "client_id": "b"}))[0] == 202


async def test_large_body_without_a_length(member: Member) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b" " * 16_384

    async with member.http.post(f"{member.address}/messages", data=endless(), headers=member.headers) as response:
        assert response.status == 413
        assert_error(await response.json(), "body_too_large")


async def test_body_just_small_enough(member: Member) -> None:
    body = b'{"text": "a", "client_id": "a"}'.ljust(65_536)
    async with member.http.post(f"{member.address}/messages", data=body, headers=member.headers) as response:
        assert response.status == 202


@pytest.mark.parametrize("body", [b"", b"[]", b"x"])
async def test_opening_needs_an_object(site: Site, http: aiohttp.ClientSession, body: bytes) -> None:
    async with http.post(f"{site.url}/api/conversations", data=body) as response:
        assert response.status == 400


CALLS = [
    ("GET", "/messages"),
    ("POST", "/messages"),
    ("GET", "/events"),
    ("POST", "/end"),
    ("DELETE", ""),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_tokens(member: Member, site: Site, http: aiohttp.ClientSession, method: str, path: str) -> None:
    other = await Member(http, site.url).open()
    body = {"text": "a", "client_id": "a"} if method == "POST" else None
    wrong = ["", "Bearer", "Bearer ", f"Basic {member.token}", f"Bearer {other.token}", f"Bearer {member.token}x"]
    for value in wrong:
        headers = {"Authorization": value} if value else {}
        async with http.request(method, member.address + path, json=body, headers=headers) as response:
            assert response.status == 401, value
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
            assert_error(await response.json(), "unauthorized")
    unknown = [f"{site.url}/api/conversations/{id}" for id in ("0" * 32, "a", "%00", "é", "..%2f", "0" * 5000)]
    for address in unknown:
        async with http.request(method, address + path, json=body, headers=member.headers) as response:
            assert response.status == 404
            assert_error(await response.json(), "unknown_conversation")
        async with http.request(method, address + path, json=body) as response:
            assert response.status == 401
    assert len((await member.read())["messages"]) == 1


@pytest.mark.parametrize("after", ["-1", "a", "1.5", "", "١", "9" * 30, "1;--"])
async def test_after_must_be_a_number(member: Member, after: str) -> None:
    async with member.http.get(
        f"{member.address}/messages", params={"after": after}, headers=member.headers
    ) as response:
        assert response.status == 400
        assert_error(await response.json(), "bad_after")


async def test_unknown_addresses_and_methods(site: Site, http: aiohttp.ClientSession) -> None:
    for path in ("/api", "/api/", "/api/rien", "/api/conversations/"):
        async with http.get(site.url + path) as response:
            assert response.status == 404
            assert_error(await response.json(), "not_found")
    async with http.put(f"{site.url}/api/conversations") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert_error(await response.json(), "method_not_allowed")
    async with http.get(f"{site.url}/rien") as response:
        assert response.status == 404
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["..%2fmain.py", "%2e%2e/main.py", "..%5cmain.py", "rien.js", "%00", "a" * 3000])
async def test_no_file_outside_the_static_folder(site: Site, http: aiohttp.ClientSession, name: str) -> None:
    from yarl import URL

    async with http.get(URL(f"{site.url}/static/{name}", encoded=True)) as response:
        assert response.status == 404


async def test_raw_nonsense_on_the_socket(member: Member, site: Site) -> None:
    for raw in (
        b"\x00\xff\x16\x03\x01\n\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/conversations HTTP/1.1\r\nContent-Le",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.settings.port)
        writer.write(raw)
        await writer.drain()
        writer.close()
        await reader.read()
    assert (await member.read())["state"] == "bot"


# In a fresh clone Hypothesis first builds its table of characters, which its health check takes for a slow test.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(st.binary(max_size=400))
def test_any_bytes_are_an_object_or_refused(raw: bytes) -> None:
    try:
        body = parse_object(raw)
    except ApiError as error:
        assert error.code in MESSAGES
    else:
        assert body == json.loads(raw)


_VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=30), st.booleans(), st.lists(st.text(), max_size=2))


@PATIENT
@given(st.dictionaries(st.sampled_from(["text", "payload", "client_id", "x"]), _VALUES))
def test_any_object_is_a_message_or_refused(body: dict[str, Any]) -> None:
    try:
        message = read_message(body)
    except ApiError as error:
        assert error.code in MESSAGES
    else:
        assert (message.text is None) != (message.payload is None)
        assert message.client_id == body["client_id"]
        assert message.text is None or message.text.strip()
