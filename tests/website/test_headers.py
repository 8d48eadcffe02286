"""Headers: other origins, security, caching."""

from __future__ import annotations

import gzip

import aiohttp
import pytest

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, StartSite

ALLOWED = "https://www.pole.example"
REFUSED = "https://autre.example"
EXPOSED = "Retry-After, X-Receipt"


@pytest.mark.parametrize("path", ["/", "/health", "/api/openapi.json", "/api/rien", "/rien", "/static/tchat.js"])
async def test_security_headers(start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa, path: str) -> None:
    site = await start_site(rasa.port)
    async with http.get(site.url + path) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors" in policy
        assert "Server" not in response.headers
        assert "Set-Cookie" not in response.headers
        assert "microphone=()" in response.headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in response.headers
        elsewhere = "cross-origin" if path.startswith("/static/") else "same-origin"
        assert response.headers["Cross-Origin-Resource-Policy"] == elsewhere
        if response.content_type == "text/html":
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        if path == "/":
            assert "frame-ancestors 'self'" in policy and "script-src 'self'" in policy


async def test_browsers_are_told_to_stay_with_https(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    site = await start_site(rasa.port, public_url="https://guichet.exemple.fr")
    for path in ("/", "/api/rien", "/static/tchat.js", "/rien"):
        async with http.get(site.url + path) as response:
            assert response.headers["Strict-Transport-Security"].startswith("max-age=31")


async def test_who_may_show_a_page_in_a_frame(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    site = await start_site(rasa.port, allowed_origins=(ALLOWED,))
    expected = {"/": f"frame-ancestors 'self' {ALLOWED}", "/connexion": "frame-ancestors 'none'"}
    for path, ancestors in expected.items():
        async with http.get(site.url + path) as response:
            assert response.headers["Content-Security-Policy"].endswith(ancestors)


@pytest.mark.parametrize(
    ("setting", "origin", "answer"),
    [
        ((ALLOWED,), ALLOWED, ALLOWED),
        ((ALLOWED + "/",), ALLOWED, ALLOWED),
        ((ALLOWED,), REFUSED, None),
        ((ALLOWED,), "null", None),
        ((), ALLOWED, None),
        (("*",), REFUSED, "*"),
    ],
)
async def test_other_origins(
    start_site: StartSite,
    http: aiohttp.ClientSession,
    rasa: FakeRasa,
    setting: tuple[str, ...],
    origin: str,
    answer: str | None,
) -> None:
    site = await start_site(rasa.port, allowed_origins=setting)
    member = await Member(http, site.url).open()
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }
    async with http.options(f"{member.address}/messages", headers=asked) as response:
        assert response.status == 204
        assert response.headers.get("Access-Control-Allow-Origin") == answer
        if answer:
            allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
            assert {"authorization", "content-type", "last-event-id"} <= set(allowed)
            assert {"GET", "POST", "DELETE"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))
    addresses = [f"{member.address}/messages", f"{member.address}/events", f"{site.url}/api/rien"]
    for address in addresses:
        for headers in ({**member.headers, "Origin": origin}, {"Origin": origin}):
            async with http.get(address, headers=headers) as response:
                assert response.headers.get("Access-Control-Allow-Origin") == answer
                assert response.headers.get("Access-Control-Expose-Headers") == (EXPOSED if answer else None)
                assert "Access-Control-Allow-Credentials" not in response.headers
                if setting and answer != "*":
                    assert response.headers["Vary"] == "Origin"


async def test_static_files_are_compressed_and_known_again(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    site = await start_site(rasa.port)
    address = f"{site.url}/static/tchat.js"
    async with http.get(address, headers={"Accept-Encoding": "identity"}) as response:
        plain, plain_tag = await response.read(), response.headers["ETag"]
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "max-age" in response.headers["Cache-Control"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    async with aiohttp.ClientSession(auto_decompress=False) as raw, raw.get(address) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await response.read()) == plain
        tag = response.headers["ETag"]
        assert tag != plain_tag
    async with http.get(address, headers={"If-None-Match": tag}) as response:
        assert (response.status, await response.read()) == (304, b"")
    async with http.get(address, headers={"If-None-Match": '"autre"'}) as response:
        assert response.status == 200
    async with http.head(address) as response:
        assert (response.status, await response.read()) == (200, b"")
