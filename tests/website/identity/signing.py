"""Tokens as a host website signs them, and as an attacker would like them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

KEY = "u5Lq0nB2xkYw8rJd3VtZ7mPf1HsGc9Ea"
SITE = "http://guichet.exemple.fr"
COMPANY = "Chaudronnerie Vasseur"
SHA = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def claims(**changes: Any) -> dict[str, Any]:
    """What a host website declares; None takes a claim away."""
    now = int(time.time())
    whole = {
        "sub": "adherent-42",
        "company": COMPANY,
        "commune": "17197",
        "name": "Odile Vasseur",
        "aud": SITE,
        "iat": now,
        "exp": now + 600,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def encoded(part: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(content: Any, key: str = KEY, algorithm: str = "HS256", **head: Any) -> str:
    """A token, made by hand as the example of the guide makes it, so that our library does not judge itself."""
    parts = [encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": algorithm, **head}, content)]
    text = ".".join(parts)
    return f"{text}.{encoded(hmac.new(key.encode(), text.encode(), SHA[algorithm]).digest())}"


def unsigned(content: Any, algorithm: str = "none", signature: str = "") -> str:
    """A token whose head says that nobody signed it."""
    parts = [encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": algorithm}, content)]
    return ".".join([*parts, signature])
