"""Passwords: hashed with Argon2 beside the event loop; short or guessable ones are refused."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 200
_LEAST_DIFFERENT = 5
"""Different characters that must be left once everything guessable is taken out."""
_GUESSABLE = (
    *("motdepasse", "password", "passwort", "secret", "bonjour", "bienvenue", "welcome", "letmein", "iloveyou"),
    *("azertyuiop", "azerty", "qwertyuiop", "qwerty", "qsdfghjklm", "asdfghjkl", "wxcvbn", "zxcvbnm"),
    *("1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "123"),
    *("abcdefghijklmnopqrstuvwxyz", "abcdefgh", "abcdef", "abcd", "admin", "administrateur", "guichet", "altair"),
    *("aeronautique", "aerospatial", "aero"),
)
_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
"""Few, since each hash takes 64 MB while it is computed."""


def weakness(password: str, *personal: str) -> str | None:
    """Why a password is refused, in French; None where it is good enough.

    Args:
        password: What was typed.
        personal: Name, address and the like, which others know.
    """
    if len(password) < MIN_LENGTH:
        return f"Le mot de passe doit compter au moins {MIN_LENGTH} caractères."
    if len(password) > MAX_LENGTH:
        return f"Le mot de passe doit compter au plus {MAX_LENGTH} caractères."
    rest = _plain(password).replace(" ", "")
    known = [part for text in personal for part in re.split(r"[^a-z0-9]+", _plain(text)) if len(part) > 2]
    for part in sorted((*_GUESSABLE, *known), key=len, reverse=True):
        rest = rest.replace(part, "")
    if len(set(rest)) < _LEAST_DIFFERENT:
        return "Ce mot de passe se devine trop facilement. Choisissez plutôt quatre mots sans lien entre eux."
    return None


async def hashed(password: str) -> str:
    """The hash to keep."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _canonical(password))


async def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the right one; takes as long where there is none to compare with.

    Args:
        password: What was typed.
        kept: The hash, or None.
    """
    typed = _canonical(password[:MAX_LENGTH])
    right = await asyncio.get_running_loop().run_in_executor(_threads, lambda: _verify(typed, kept or _nobodys()))
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def _plain(text: str) -> str:
    """In lower case without accents; nothing of it is remembered, unlike with `understanding.text.fold`."""
    return "".join(mark for mark in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(mark))


def _canonical(password: str) -> str:
    """The same characters, however the keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


def _verify(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe())
