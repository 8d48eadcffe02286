"""Addresses and numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from website.accounts.records import looks_like_email
from website.waiting.addresses import (
    BadEmailError,
    BadPhoneError,
    find_email,
    hashed,
    read_email,
    read_phone,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Jeanne.Durand@Exemple.FR ", "Jeanne.Durand@exemple.fr"),
        ("a+b@c-d.example.org", "a+b@c-d.example.org"),
    ],
)
def test_emails(typed: str, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "a", "a@", "@b.fr", "a@b", "a b@c.fr", ".a@b.fr", "a.@b.fr", "a..b@c.fr", "é@b.fr", "a@b.fr, c@d.fr"),
        *("a@b.fr\nBcc: c@d.fr", "<a@b.fr>", "a@b@c.fr", "x" * 65 + "@b.fr", "a@" + "b" * 260 + ".fr"),
    ],
)
def test_no_emails(typed: str) -> None:
    with pytest.raises(BadEmailError):
        read_email(typed)


@given(st.text(max_size=40))
def test_any_text_is_an_email_or_refused(text: str) -> None:
    try:
        email = read_email(text)
    except BadEmailError:
        return
    assert looks_like_email(email) and email.isascii() and read_email(email) == email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0536490050", "05 36 49 00 50"),
        ("05.36.49.00.50", "05 36 49 00 50"),
        ("+33 (0)5 36 49 00 50", "05 36 49 00 50"),
        ("0033 5 36 49 00 50", "05 36 49 00 50"),
        ("+34 944 12 34 56", "+34944123456"),
    ],
)
def test_phones(typed: str, kept: str) -> None:
    assert read_phone(typed) == kept.replace(" ", " " if kept.startswith("+") else "\u00a0")


@pytest.mark.parametrize(
    "typed",
    ["", "12", "05 36 49 00", "053649005000", "appelez-moi", "+1", "00 12 34 56", "++33536490050", "٠٥٣٦٤٩٠٠٥٠"],
)
def test_no_phones(typed: str) -> None:
    with pytest.raises(BadPhoneError):
        read_phone(typed)


@given(st.text(alphabet="0123456789+ ().-", max_size=30))
@example("0012345678")
def test_any_number_is_shown_alike_or_refused(text: str) -> None:
    try:
        phone = read_phone(text)
    except BadPhoneError:
        return
    assert read_phone(phone.replace("\u00a0", " ")) == phone


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Vous pouvez m'écrire à jeanne@exemple.fr.", "jeanne@exemple.fr"),
        ("mon mail : Jeanne@Exemple.fr, merci", "Jeanne@exemple.fr"),
        ("@ vous, a@b", None),
        ("rien", None),
    ],
)
def test_email_in_a_text(text: str, email: str | None) -> None:
    assert find_email(text) == email


def test_hash_is_the_same_however_it_is_written() -> None:
    assert hashed("A@b.fr") == hashed("a@B.fr") != hashed("c@b.fr")
