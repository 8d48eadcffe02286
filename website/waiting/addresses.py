"""Addresses and telephone numbers as members type them."""

from __future__ import annotations

import re

from website.accounts.records import looks_like_email
from website.models import digest

_IN_TEXT = re.compile(r"[A-Za-z0-9_.+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{8,40}")


class BadEmailError(ValueError):
    """This cannot be a mail address."""


class BadPhoneError(ValueError):
    """This cannot be a telephone number."""


def read_email(text: str) -> str:
    """An address as it is kept: without spaces around it, its domain in small letters.

    Raises:
        BadEmailError: It cannot be one.
    """
    local, _, domain = text.strip().rpartition("@")
    email = f"{local}@{domain.lower()}"
    wrong_local = len(local) > 64 or local.startswith(".") or local.endswith(".")
    if not email.isascii() or not looks_like_email(email) or wrong_local:
        raise BadEmailError
    return email


def read_phone(text: str) -> str:
    """A number as it is shown: a French one in pairs, another with its country code.

    Raises:
        BadPhoneError: It cannot be one.
    """
    text = text.strip()
    if not text.isascii() or _PHONE.fullmatch(text) is None:
        raise BadPhoneError
    text = re.sub(r"^\+", "00", text)
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", text))
    if digits.startswith("0033"):
        digits = "0" + digits[4:].removeprefix("0")
    if len(digits) == 10 and digits[0] == "0" and digits[1] != "0":
        return "\u00a0".join(digits[index : index + 2] for index in range(0, 10, 2))
    if digits.startswith("00") and 10 <= len(digits) <= 17 and digits[2] != "0":
        return f"+{digits[2:]}"
    raise BadPhoneError


def find_email(text: str) -> str | None:
    """The first address in a text, or None."""
    for found in _IN_TEXT.findall(text):
        try:
            return read_email(found.strip("."))
        except BadEmailError:
            continue
    return None


def hashed(email: str) -> str:
    """What stands for an address where the address itself is not kept; the same however it is capitalised."""
    return digest(f"address:{email.casefold()}")
