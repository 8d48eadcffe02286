"""Tokens of the host website: what is read of a good one, and why each bad one is refused."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Settings
from tests.website.identity import signing
from tests.website.identity.signing import COMPANY, KEY, SITE, encoded, signed, unsigned
from understanding.places.gazetteer import place_key
from website.communes import communes
from website.identity.declared import find_commune
from website.identity.models import LONGEST
from website.identity.tokens import LEEWAY_SECONDS, MOST_CHARACTERS, MOST_SECONDS, RefusedTokenError, Verifier

NOW = int(time.time())
VERIFIER = Verifier(Settings(identity_key=KEY, public_url=SITE), now=lambda: NOW)


def claims(**changes: Any) -> dict[str, Any]:
    """What a host website declares at the moment that the verifier takes for now; None takes a claim away."""
    return signing.claims(**{"iat": NOW, "exp": NOW + 600, **changes})


def refusal(token: object, verifier: Verifier = VERIFIER) -> str:
    """Why a token is refused."""
    with pytest.raises(RefusedTokenError) as caught:
        verifier.read(token)
    return str(caught.value)


def test_a_good_token_is_read() -> None:
    found = VERIFIER.read(signed(claims()))
    assert (found.subject, found.company, found.name) == ("adherent-42", COMPANY, "Odile Vasseur")
    assert found.commune is not None and found.commune.name == "Jonzac"
    bare = VERIFIER.read(signed(claims(name=None, commune=None, aud=[f"{SITE}/", "https://ailleurs.exemple.fr"])))
    assert (bare.company, bare.name, bare.commune) == (COMPANY, None, None)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS256"])
@pytest.mark.parametrize("signature", ["", "AA", "bm9uZQ"])
def test_a_token_that_nobody_signed_is_refused(algorithm: str, signature: str) -> None:
    assert refusal(unsigned(claims(), algorithm, signature)).split()[0] in {
        "unsupported_algorithm",
        "missing_algorithm",
        "bad_signature",
    }


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(algorithm: str) -> None:
    assert refusal(signed(claims(), algorithm=algorithm)) == "unsupported_algorithm"


def test_a_key_that_the_token_brings_itself_is_not_believed() -> None:
    other = "x7" * 16
    key = {"kty": "oct", "k": encoded(other.encode())}
    for head in ({"jwk": key}, {"kid": "../../dev/null"}, {"jku": "https://ailleurs.exemple.fr/cles"}):
        assert refusal(signed(claims(), other, **head)) == "bad_signature"


def test_a_token_changed_after_it_was_signed_is_refused() -> None:
    head, content, signature = signed(claims()).split(".")
    other = signed(claims(company="Un concurrent"), "another key that nobody knows").split(".")[1]
    assert refusal(f"{head}.{other}.{signature}") == "bad_signature"
    assert refusal(f"{head}.{content}.{signature[::-1]}") == "bad_signature"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": NOW - LEEWAY_SECONDS - 1}, "expired_token exp"),
        ({"exp": None}, "missing_claim exp"),
        ({"exp": "demain"}, "invalid_claim exp"),
        ({"exp": True}, "invalid_claim exp"),
        ({"exp": float("nan")}, "invalid_claim exp"),
        ({"exp": NOW + 10**6}, f"valid for more than {MOST_SECONDS} seconds"),
        ({"exp": 10**400, "iat": 1.5}, "malformed"),
        ({"iat": None}, "missing_claim iat"),
        ({"iat": NOW + 600}, "invalid_claim iat"),
        ({"nbf": NOW + 600}, "invalid_claim nbf"),
        ({"aud": None}, "missing_claim aud"),
        ({"aud": "https://ailleurs.exemple.fr"}, "invalid_claim aud"),
        ({"aud": f"{SITE}.ailleurs.exemple.fr"}, "invalid_claim aud"),
        ({"aud": []}, "invalid_claim aud"),
        ({"aud": {SITE: 1}}, "invalid_claim aud"),
        ({"sub": None}, "missing claim sub"),
        ({"sub": 42}, "invalid_claim sub"),
        ({"company": None}, "missing claim company"),
        ({"company": "\u200b \0"}, "missing claim company"),
        ({"company": {"name": COMPANY}}, "missing claim company"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(changes: dict[str, Any], why: str) -> None:
    assert refusal(signed(claims(**changes))) == why


def test_a_token_is_good_until_its_end() -> None:
    token = signed(claims(iat=NOW, exp=NOW + 600))

    def after(seconds: int) -> Verifier:
        return Verifier(Settings(identity_key=KEY, public_url=SITE), now=lambda: NOW + seconds)

    for seconds in (-LEEWAY_SECONDS, 0, 599 + LEEWAY_SECONDS):
        assert after(seconds).read(token).company == COMPANY
    assert refusal(token, after(-LEEWAY_SECONDS - 1)) == "invalid_claim iat"
    assert refusal(token, after(600 + LEEWAY_SECONDS)) == "expired_token exp"


def test_no_key_no_identity() -> None:
    for key in ("", "other" * 7):
        verifier = Verifier(Settings(identity_key=key, public_url=SITE))
        assert refusal(signed(claims()), verifier)
        assert refusal(signed(claims(), ""), verifier)


@given(st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.lists(st.text())))
def test_anything_else_is_refused_in_words_of_ours(token: object) -> None:
    assert refusal(token) in WORDS


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(b"[" * 1200)), min_size=1, max_size=5))
def test_odd_parts_are_refused_in_words_of_ours(parts: list[bytes]) -> None:
    assert refusal(".".join(map(encoded, parts))) in WORDS


WORDS = {
    "no token, or one that is too long",
    "malformed",
    "decode_error",
    "exceeded_size",
    "missing_algorithm",
    "unsupported_algorithm",
    "bad_signature",
}


def test_a_very_long_token_is_not_even_read() -> None:
    assert refusal(signed(claims(name="x" * MOST_CHARACTERS))) == "no token, or one that is too long"


def test_texts_are_one_line_and_not_long() -> None:
    found = VERIFIER.read(signed(claims(company="  Vasseur\n\0 & \u202efils ", name="n" * 500)))
    assert found.company == "Vasseur & fils"
    assert found.name == "n" * LONGEST


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("17197", "17197"),
        (" 2a004 ", "2A004"),
        ("17500", None),  # Jonzac's postal code, no INSEE code
        ({"name": "Jonzac", "postal_code": "17500"}, "17197"),
        ({"name": "ST MEDARD", "postal_code": "17 500"}, "17372"),
        ({"name": "Pau", "postal_code": "17500"}, None),
        ({"name": "Jonzac"}, None),
        ({"name": 1, "postal_code": 17500}, None),
        ("", None),
        (None, None),
        (17197, None),
        (["17197"], None),
    ],
)
def test_communes_by_code_or_by_name_and_postal_code(claim: object, code: str | None) -> None:
    found = find_commune(claim, communes())
    assert (found.code if found else None) == code


CODES = list(communes().communes)


@given(st.data())
def test_every_commune_of_an_unmistakable_name_is_found(data: st.DataObject) -> None:
    commune = communes()[data.draw(st.sampled_from(CODES))]
    assert find_commune(commune.code, communes()) == commune
    for postal_code in commune.postal_codes:
        key = place_key(commune.name)
        same = [other for other in communes().by_postal_code[postal_code] if place_key(other.name) == key]
        found = find_commune({"name": commune.name.upper(), "postal_code": postal_code}, communes())
        assert found == (commune if same == [commune] else None)


@given(st.recursive(st.one_of(st.none(), st.text(), st.integers()), lambda inner: st.dictionaries(st.text(), inner)))
def test_odd_communes_are_none(claim: object) -> None:
    found = find_commune(claim, communes())
    assert found is None or found.code == str(claim).strip().upper()
