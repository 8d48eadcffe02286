"""The host website's token (JWT) that says who opens a conversation: taken, or refused without a word to the member."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from settings import Settings
from website.communes import communes
from website.identity.declared import Declared, MissingClaimError

logger = logging.getLogger(__name__)

ALGORITHM = "HS256"
"""The only one that is taken, whatever a token's head says."""
MOST_CHARACTERS = 4096
MOST_SECONDS = 3600
"""From the moment a token says that it was issued to the one when it ends."""
LEEWAY_SECONDS = 30
"""What the clocks of both websites may differ."""


class RefusedTokenError(ValueError):
    """A token is not taken; the message says why in words of ours and holds nothing of the token."""


class Verifier:
    """Reads the host website's tokens.

    Args:
        settings: Give the key, and the site's address, for which tokens have to be meant.
        now: The clock, in seconds since 1970.
    """

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._key = OctKey.import_key(settings.identity_key) if settings.identity_key else None
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=LEEWAY_SECONDS,
            aud={"essential": True, "values": [settings.site_url, f"{settings.site_url}/"]},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def declared(self, token: object) -> Declared | None:
        """What a token declares; None where there is none, where it is refused, or where no key is set.

        Args:
            token: What a client sent as such; None where it sent none.
        """
        if token is None or self._key is None:
            return None
        try:
            found = await asyncio.to_thread(self.read, token)
        except RefusedTokenError as error:
            logger.info("a token of the host website is refused: %s", error)
            return None
        if found.commune is None:
            logger.info("a token of the host website names no commune that exists")
        return found

    def read(self, token: object) -> Declared:
        """What a token declares.

        Raises:
            RefusedTokenError: It is malformed, not signed with our key, not meant for this site, not valid now or for
                too long, or does not say who the member is.
        """
        if self._key is None or not isinstance(token, str) or len(token) > MOST_CHARACTERS:
            raise RefusedTokenError("no token, or one that is too long")
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            lasts = claims["exp"] - claims["iat"]
        except JoseError as error:
            raise RefusedTokenError(_reason(error)) from error
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:  # odd bytes, numbers, depths
            raise RefusedTokenError("malformed") from error
        if lasts > MOST_SECONDS:
            raise RefusedTokenError(f"valid for more than {MOST_SECONDS} seconds")
        try:
            return Declared.from_claims(claims, communes())
        except MissingClaimError as error:
            raise RefusedTokenError(f"missing claim {error}") from error


def _reason(error: JoseError) -> str:
    """The library's own word for a fault, and the claim's name; its longer message may quote the token."""
    claim = getattr(error, "claim", "")
    return f"{error.error} {claim}".strip()


VERIFIER = web.AppKey("identity_verifier", Verifier)
