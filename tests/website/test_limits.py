"""Too many calls, too many messages, and from where a call comes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, StartSite
from website import conversations
from website.limits import MAX_KEYS, Buckets, client_address


async def test_burst_of_messages(member: Member) -> None:
    async def post(number: int) -> tuple[int, str | None]:
        body = {"text": "a", "client_id": str(number)}
        async with member.http.post(f"{member.address}/messages", json=body, headers=member.headers) as response:
            if response.status == 429:
                assert (await response.json())["error"]["code"] == "too_many_messages"
            return response.status, response.headers.get("Retry-After")

    results = await asyncio.gather(*(post(number) for number in range(50)))
    stored = results.count((202, None))
    assert 10 <= stored <= 14  # what comes in after the burst depends on how long the calls take
    assert all(int(retry or 0) >= 1 for status, retry in results if status == 429)
    transcript = await member.read()
    assert [message["sender"] for message in transcript["messages"]].count("member") == stored
    assert await post(0) == (202, None), "what was stored is confirmed again, whatever the limit"


async def test_unanswered_messages(member: Member, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "MAX_UNANSWERED", 3)
    rasa.away = True
    for number in range(3):
        assert (await member.post({"text": "a", "client_id": str(number)}))[0] == 202
    body = {"text": "a", "client_id": "un de trop"}
    async with member.http.post(f"{member.address}/messages", json=body, headers=member.headers) as response:
        assert response.status == 429
        assert int(response.headers["Retry-After"]) >= 1
        assert (await response.json())["error"]["code"] == "too_many_unanswered"
    rasa.away = False
    await member.until(lambda transcript: transcript["answered_to"] == 4)
    assert (await member.post(body))[0] == 202


async def test_calls_of_one_address(start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    site = await start_site(rasa.port, limit_address=5, trusted_proxies=1, allowed_origins=("https://a.example",))

    async def call(address: str, path: str = "/api/openapi.json") -> int:
        headers = {"X-Forwarded-For": address, "Origin": "https://a.example"}
        async with http.get(site.url + path, headers=headers) as response:
            if response.status == 429:
                assert int(response.headers["Retry-After"]) >= 1
                assert response.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Receipt"
                assert (await response.json())["error"]["code"] == "too_many_calls"
            return response.status

    assert [await call("192.0.2.1") for _ in range(6)] == [200] * 5 + [429]
    assert await call("9.9.9.9, 192.0.2.1") == 429
    assert await call("192.0.2.1, 192.0.2.2") == 200
    assert [await call(f"2001:db8::{number:x}") for number in range(6)] == [200] * 5 + [429]
    assert await call("2001:db8:0:1::1") == 200
    assert await call("192.0.2.1", "/health") == 200
    async with http.options(f"{site.url}/api/conversations", headers={"X-Forwarded-For": "192.0.2.1"}) as response:
        assert response.status == 204


async def test_opening_conversations_and_pages_have_limits_of_their_own(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    site = await start_site(rasa.port, limit_address=4, limit_openings=2)

    async def open_one() -> int:
        async with http.post(f"{site.url}/api/conversations", json={}) as response:
            if response.status == 429:
                assert int(response.headers["Retry-After"]) > 0
                assert (await response.json())["error"]["code"] == "too_many_openings"
            return response.status

    async def page(path: str) -> int:
        async with http.get(site.url + path) as response:
            return response.status

    assert [await open_one() for _ in range(3)] == [201, 201, 429]
    assert [await page("/connexion") for _ in range(9)] == [200] * 8 + [429]
    assert {await page("/health") for _ in range(12)} == {200}
    assert {await page("/static/tchat.js") for _ in range(12)} == {200}


async def test_header_of_a_stranger_is_not_believed(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    site = await start_site(rasa.port, limit_address=3)
    statuses = []
    for number in range(4):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        async with http.get(f"{site.url}/api/openapi.json", headers=headers) as response:
            statuses.append(response.status)
    assert statuses == [200, 200, 200, 429]


def test_bucket_fills_at_a_steady_rate() -> None:
    now = [0.0]
    buckets = Buckets(2, 0.5, lambda: now[0])
    assert [buckets.take("a"), buckets.take("a"), buckets.take("a")] == [0, 0, 2]
    now[0] = 1.5
    assert buckets.take("a") == 0.5
    now[0] = 2.0
    assert [buckets.take("a"), buckets.take("b")] == [0, 0]
    now[0] = 1000.0
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 2]


def test_buckets_remember_so_many_keys_and_no_more() -> None:
    buckets = Buckets(1, 0.001, lambda: 0.0)
    for number in range(MAX_KEYS + 1):
        buckets.take(str(number))
    assert len(buckets._buckets) <= MAX_KEYS
    assert buckets.take(str(MAX_KEYS)) > 0


@pytest.mark.parametrize(
    ("proxies", "lines", "expected"),
    [
        (0, ["192.0.2.9"], "192.0.2.1"),
        (1, [], "192.0.2.1"),
        (1, ["192.0.2.9"], "192.0.2.9"),
        (1, ["1.1.1.1, 192.0.2.9"], "192.0.2.9"),
        (1, ["1.1.1.1", "192.0.2.9"], "192.0.2.9"),
        (2, ["1.1.1.1, 192.0.2.9, 10.0.0.1"], "192.0.2.9"),
        (3, ["192.0.2.9"], "192.0.2.9"),
        (1, ["192.0.2.9:1234"], "192.0.2.9"),
        (1, ["[2001:db8:0:1::5]:1234"], "2001:db8:0:1::/64"),
        (1, ["::ffff:192.0.2.9"], "192.0.2.9"),
        (1, ["unknown"], "192.0.2.1"),
        (1, [""], "192.0.2.1"),
    ],
)
def test_address(proxies: int, lines: list[str], expected: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="192.0.2.1")
    assert client_address(request, proxies) == expected
