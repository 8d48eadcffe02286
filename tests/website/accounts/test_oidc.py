"""Single sign-on against a real OpenID provider over HTTP, behind a relay that can lie for it."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import oidc_provider_mock
import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from supervisor.loopback import free_port
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import PASSWORD, make_account
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site, StartSite
from website.accounts.access import Role
from website.accounts.models import Account
from website.accounts.words import state

EMAIL = "lea@exemple.fr"
VERIFIED = {"email": EMAIL, "email_verified": True}
Claims = dict[str, Any]
CHALLENGES: list[str] = []
"""The last that was sent to the provider, which does not check it itself."""


@dataclass
class Relay:
    """Stands before the provider.

    Attributes:
        url: Its address; the provider takes it for its own.
        lie: Makes another ID token of the right one's claims.
        key: Given out as the provider's own key, where it is not None.
        asked: What was sent to the token endpoint.
    """

    upstream: str
    http: aiohttp.ClientSession
    url: str = ""
    lie: Callable[[Claims], str] | None = None
    key: RSAKey | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    async def pass_on(self, request: web.Request) -> web.Response:
        """Ask the provider and give its answer."""
        if request.path == "/jwks" and self.key is not None:
            return web.json_response({"keys": [{**self.key.as_dict(private=False), "kid": "new"}]})
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        address = self.upstream + request.path_qs
        async with self.http.request(
            request.method, address, data=body, headers=headers, allow_redirects=False
        ) as answer:
            content = await answer.read()
            if request.path == "/oauth2/token":
                self.asked.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
                token = json.loads(content)
                if self.lie is not None and "id_token" in token:
                    part = token["id_token"].split(".")[1]
                    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
                    claims.pop("at_hash", None)
                    content = json.dumps({**token, "id_token": self.lie(claims)}).encode()
            kept = {name: answer.headers[name] for name in ("Location", "Content-Type") if name in answer.headers}
            return web.Response(status=answer.status, body=content, headers=kept)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The provider."""
    with oidc_provider_mock.run_server_in_thread(require_client_registration=True, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
async def relay(provider: str, http: aiohttp.ClientSession) -> AsyncIterator[Relay]:
    """What stands before it."""
    made = Relay(provider, http)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def site(start_site: StartSite, rasa: FakeRasa, relay: Relay, http: aiohttp.ClientSession) -> Site:
    """The site, registered with the provider."""
    port = free_port()
    body = {"redirect_uris": [f"http://127.0.0.1:{port}/connexion/oidc/retour"]}
    async with http.post(f"{relay.url}/oauth2/clients", json=body) as response:
        client = await response.json()
        assert response.status == 201, client
    return await start_site(
        rasa.port,
        port=port,
        oidc_issuer=relay.url,
        oidc_client_id=client["client_id"],
        oidc_client_secret=client["client_secret"],
        oidc_name="mon pôle",
    )


async def person(relay: Relay, claims: Claims, sub: str = "lea") -> None:
    """Somebody whom the provider knows."""
    async with relay.http.put(f"{relay.url}/users/{sub}", json=claims) as response:
        assert response.status == 204


async def agree(visitor: Visitor, suite: str = "", sub: str = "lea") -> str:
    """Begin at the site, say yes at the provider; gives the address where it sends the browser back."""
    response, _ = await visitor.call("GET", f"/connexion/oidc?suite={suite}")
    assert response.status == 303
    asked = parse_qs(urlsplit(response.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["nonce"] and asked["state"]
    CHALLENGES[:] = asked["code_challenge"]
    async with visitor.http.post(response.headers["Location"], data={"sub": sub}, allow_redirects=False) as answer:
        assert answer.status == 302
        return answer.headers["Location"].removeprefix(visitor.url)


async def told(visitor: Visitor, path: str) -> str:
    """Come back to the site, which refuses; gives the page that says why."""
    response, _ = await visitor.call("GET", path)
    assert (response.status, response.headers["Location"]) == (303, "/connexion")
    assert "session" not in visitor.cookies
    return (await visitor.get("/connexion"))[1]


async def test_signing_in(site: Site, relay: Relay, visitor: Visitor) -> None:
    await make_account(site.storage, Role.ADMIN, email=EMAIL)
    await person(relay, {**VERIFIED, "email": "Lea@Exemple.fr"})
    _, text = await visitor.get("/connexion")
    assert "Se connecter avec mon pôle" in text
    path = await agree(visitor, "/compte")
    response, _ = await visitor.call("GET", path)
    assert response.headers["Location"] == "/compte"
    assert (await visitor.get("/compte"))[0] == 200
    challenge = hashlib.sha256(relay.asked[-1]["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(challenge).decode().rstrip("=") == CHALLENGES[0]
    async with site.storage.read() as session:
        assert state((await session.scalars(select(Account))).one()) == ("actif", "ok"), "no longer only invited"
    visitor.cookies.pop("session")
    assert "n’a pas abouti" in await told(visitor, path), "the same answer of the provider's does not work twice"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"email": EMAIL}, "ne confirme pas"),
        ({"email": EMAIL, "email_verified": False}, "ne confirme pas"),
        ({"email": EMAIL, "email_verified": "true"}, "ne confirme pas"),
        ({"email_verified": True}, "ne confirme pas"),
        ({"email": "inconnue@exemple.fr", "email_verified": True}, "Aucun compte"),
        ({"email": "partie@exemple.fr", "email_verified": True}, "Aucun compte"),
    ],
)
async def test_only_verified_addresses_that_have_an_account(
    site: Site, relay: Relay, visitor: Visitor, claims: Claims, why: str
) -> None:
    await make_account(site.storage, email=EMAIL)
    gone = await make_account(site.storage, email="partie@exemple.fr")
    async with site.storage.write() as session:
        (await session.get_one(Account, gone.id)).disabled = True
    await person(relay, claims)
    assert why in await told(visitor, await agree(visitor))


async def test_another_browsers_answer_is_refused(site: Site, relay: Relay, visitor: Visitor) -> None:
    await make_account(site.storage, email=EMAIL)
    await person(relay, VERIFIED)
    path = await agree(visitor)
    victim = Visitor(visitor.http, visitor.url)
    assert "n’a pas abouti" in await told(victim, path)
    await agree(victim)
    assert "n’a pas abouti" in await told(victim, path), "with a beginning of its own, whose state is another"


@pytest.mark.parametrize("position", [0, 1], ids=["state", "nonce"])
async def test_state_and_nonce_are_checked(site: Site, relay: Relay, visitor: Visitor, position: int) -> None:
    await make_account(site.storage, email=EMAIL)
    await person(relay, VERIFIED)
    path = await agree(visitor)
    kept = json.loads(base64.urlsafe_b64decode(visitor.cookies["oidc"]))
    kept[position] = "x" * 64
    visitor.cookies["oidc"] = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    assert "n’a pas abouti" in await told(visitor, path)


def unsigned(claims: Claims) -> str:
    """An ID token without a signature."""
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def by_a_stranger(claims: Claims) -> str:
    """One that is signed with another key."""
    return jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048))


def by_shared_secret(claims: Claims) -> str:
    """One that is signed with what is no key of the provider's."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("secret" * 8))


@pytest.mark.parametrize("lie", [unsigned, by_a_stranger, by_shared_secret, lambda _: "x.y.z", lambda _: ""])
async def test_forged_tokens_are_refused(
    site: Site, relay: Relay, visitor: Visitor, lie: Callable[[Claims], str]
) -> None:
    await make_account(site.storage, email=EMAIL)
    await person(relay, VERIFIED)
    relay.lie = lie
    assert "n’a pas abouti" in await told(visitor, await agree(visitor))


@pytest.mark.parametrize(
    ("change", "is_let_in"),
    [
        ({}, True),
        ({"aud": "somebody-else"}, False),
        ({"aud": ["somebody-else"]}, False),
        ({"iss": "https://autre.example"}, False),
        ({"exp": time.time() - 3600}, False),
        ({"iat": time.time() + 3600}, False),
        ({"nonce": "other"}, False),
        ({"nonce": None}, False),
        ({"azp": "somebody-else"}, False),
        ({"sub": None}, False),
        ({"exp": None}, False),
    ],
)
async def test_each_claim_counts_and_new_keys_are_fetched(
    site: Site, relay: Relay, visitor: Visitor, change: Claims, is_let_in: bool
) -> None:
    await make_account(site.storage, email=EMAIL)
    await person(relay, VERIFIED)
    await visitor.call("GET", await agree(visitor))
    assert visitor.cookies.pop("session"), "with the provider's own key, which is now known"
    relay.key = key = RSAKey.generate_key(2048)

    def lie(claims: Claims) -> str:
        changed = {name: value for name, value in {**claims, **change}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "new"}, changed, key)

    relay.lie = lie
    path = await agree(visitor)
    if is_let_in:
        await visitor.call("GET", path)
        assert "session" in visitor.cookies
    else:
        assert "n’a pas abouti" in await told(visitor, path)


async def test_refusing_at_the_provider_and_nonsense(site: Site, visitor: Visitor) -> None:
    await visitor.call("GET", "/connexion/oidc")
    assert "n’a pas abouti" in await told(visitor, "/connexion/oidc/retour?error=access_denied")
    visitor.cookies["oidc"] = "pas du base64 é"
    assert "n’a pas abouti" in await told(visitor, "/connexion/oidc/retour?code=x&state=y")


async def test_a_provider_that_does_not_answer_and_none(
    start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    silent = await start_site(rasa.port, oidc_issuer="http://127.0.0.1:9", oidc_client_id="x")
    visitor = Visitor(http, silent.url)
    assert "ne répond pas" in await told(visitor, "/connexion/oidc")
    none = Visitor(http, (await start_site(rasa.port)).url)
    assert (await none.get("/connexion/oidc"))[0] == 404
    assert "Se connecter avec" not in (await none.get("/connexion"))[1]


async def test_codes_are_asked_for_here_too(site: Site, relay: Relay, visitor: Visitor) -> None:
    account = await make_account(site.storage, email=EMAIL, password=PASSWORD)
    async with site.storage.write() as session:
        (await session.get_one(Account, account.id)).totp_secret = "A" * 32
    await person(relay, VERIFIED)
    response, _ = await visitor.call("GET", await agree(visitor))
    assert response.headers["Location"] == "/connexion/code"
    assert "session" not in visitor.cookies
