"""Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce; the ID token is checked in full."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from aiohttp import web
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from settings import Settings

SCOPE = "openid email profile"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are taken: with the provider's own key only, never with a shared secret, never none."""
_FRESH_SECONDS = 3600.0
_PATIENCE_SECONDS = 10.0
_LEEWAY_SECONDS = 120

UNREACHABLE = "Le service de connexion ne répond pas. Réessayez dans un moment, ou utilisez votre mot de passe."
FAILED = "La connexion n’a pas abouti ; rien n’est perdu. Recommencez, ou utilisez votre mot de passe."
UNVERIFIED = "Le service de connexion ne confirme pas votre adresse électronique : utilisez votre mot de passe."


class ProviderError(Exception):
    """Signing in by the provider failed; the message is French and fit to show."""


@dataclass(frozen=True)
class Started:
    """What has to be known when the browser comes back; kept in a cookie of that browser alone."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """An OpenID provider.

    Args:
        settings: Give its address, our id there and our secret.
    """

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self.name = settings.oidc_name
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = float("-inf")

    @property
    def is_on(self) -> bool:
        """Whether the settings name a provider."""
        return bool(self._issuer and self._id)

    async def start(self, redirect_uri: str) -> tuple[str, Started]:
        """Begin.

        Args:
            redirect_uri: Where the provider sends the browser back.

        Returns:
            Where to send the browser, and what to remember.

        Raises:
            ProviderError: The provider does not answer.
        """
        started = Started(*(secrets.token_urlsafe(48) for _ in range(3)))
        metadata = await self._described()
        async with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=started.state,
                nonce=started.nonce,
                code_verifier=started.verifier,
            )
        return str(address), started

    async def finish(self, started: Started, sent: Mapping[str, str], redirect_uri: str) -> str:
        """End: exchange the code that the browser brought.

        Args:
            started: What was remembered.
            sent: The parameters with which the browser came back.
            redirect_uri: As it was given at the beginning.

        Returns:
            The address of the person, which the provider has verified.

        Raises:
            ProviderError: The provider refused or does not answer, or what it says does not hold.
        """
        metadata = await self._described()
        if not secrets.compare_digest(sent.get("state", "").encode(), started.state.encode()):
            raise ProviderError(FAILED)
        if sent.get("iss", metadata["issuer"]) != metadata["issuer"] or "code" not in sent:
            raise ProviderError(FAILED)
        try:
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"], code=sent["code"], code_verifier=started.verifier
                )
                claims = await self._checked(token, started.nonce)
                person = dict(claims)
                if "email" not in person and "userinfo_endpoint" in metadata:
                    answer = await client.get(metadata["userinfo_endpoint"])
                    answer.raise_for_status()
                    person = answer.json()
        except httpx2.HTTPError as error:
            raise ProviderError(UNREACHABLE) from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderError(FAILED) from error
        if person.get("sub") != claims["sub"]:
            raise ProviderError(FAILED)
        if not isinstance(person.get("email"), str) or person.get("email_verified") is not True:
            raise ProviderError(UNVERIFIED)
        return str(person["email"])

    async def _checked(self, token: Mapping[str, Any], nonce: str) -> CodeIDToken:
        metadata = await self._described()
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=[one for one in offered if one in ALGORITHMS], strict_check_header=False)
        try:
            decoded = jwt.decode(token["id_token"], key=await self._key_set(), registry=registry)
        except InvalidKeyIdError:  # the provider has changed its keys
            self._keys = None
            decoded = jwt.decode(token["id_token"], key=await self._key_set(), registry=registry)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self._id},
                "nonce": {"essential": True, "value": nonce},
            },
            {"nonce": nonce, "client_id": self._id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_LEEWAY_SECONDS)
        return claims

    async def _described(self) -> dict[str, Any]:
        """What the provider says about itself, read once an hour."""
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            metadata = await _read(f"{self._issuer}/.well-known/openid-configuration")
            if str(metadata.get("issuer", "")).rstrip("/") != self._issuer:
                raise ProviderError(FAILED)
            self._metadata, self._keys, self._read_at = metadata, None, time.monotonic()
        return self._metadata

    async def _key_set(self) -> KeySet:
        if self._keys is None:
            self._keys = KeySet.import_key_set(await _read(self._metadata["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        offered = self._metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        way = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return AsyncOAuth2Client(
            client_id=self._id,
            client_secret=self._secret or None,
            token_endpoint_auth_method=way if self._secret else "none",
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_PATIENCE_SECONDS,
        )


async def _read(address: str) -> dict[str, Any]:
    try:
        async with httpx2.AsyncClient(timeout=_PATIENCE_SECONDS) as client:
            answer = await client.get(address)
            answer.raise_for_status()
            body = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderError(UNREACHABLE) from error
    if not isinstance(body, dict):
        raise ProviderError(UNREACHABLE)
    return body


PROVIDER = web.AppKey("oidc_provider", Provider)
