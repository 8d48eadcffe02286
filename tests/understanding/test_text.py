"""Normalising: whatever is typed, it never fails and always comes to rest."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from understanding import text as text_module
from understanding.text import MAX_CHARACTERS, MOST_CHARACTERS_KNOWN, clean, comparison_key, fold, words

ANY = st.text(st.characters(), max_size=300)
"""Any string, lone surrogates and control characters too."""
ODD = st.text(
    st.sampled_from(
        "eaÉœŒßİıſΣςǅﬁℌ①½＿\u0301\u200b\u200d\u202e\ufeff\ufdfa\u1e9e\x00\x7f\ud800\udfff\u3000 \u00a0\u2028\n\t-'’`"
    ),
    max_size=60,
)
"""Strings of characters that normalising treats in special ways."""


@given(ANY | ODD)
@example("\ud800")
@example("e\u200b\u0301")
@example("\ufdfa" * 500)
def test_cleaning_comes_to_rest(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert len(once) <= MAX_CHARACTERS
    once.encode("utf-8")


@given(ANY | ODD)
def test_a_cleaned_text_holds_nothing_invisible(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == cleaned.strip() and "  " not in cleaned
    for character in cleaned:
        assert character == " " or unicodedata.category(character)[0] not in "CZ"


@given(ANY | ODD)
def test_folding_a_cleaned_text_comes_to_rest(text: str) -> None:
    folded = fold(clean(text))
    assert fold(folded) == folded
    assert folded == folded.lower()
    assert not any(unicodedata.combining(character) for character in folded)


@given(ANY | ODD)
def test_keys_are_plain_words(text: str) -> None:
    key = comparison_key(text)
    assert set(key) <= set("0123456789abcdefghijklmnopqrstuvwxyz ")
    assert comparison_key(key) == key


@given(st.text(st.characters(), min_size=2_001, max_size=5_000))
def test_long_texts_are_cut(text: str) -> None:
    assert len(clean(text)) <= MAX_CHARACTERS


def test_very_long_texts_are_cut() -> None:
    assert len(clean("a" * 1_000_000)) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("St-Médard-en-Jalles", "st medard en jalles"),
        ("L’Isle-d’Abeau", "l isle d abeau"),
        ("  ŒUF\u00a0:  à  la\tcoque !", "oeuf a la coque"),
        ("ＰＡＵ", "pau"),
        ("c\u0327a ira", "ca ira"),
        ("P\u200bau", "pau"),
        ("au seeeeecours", "au seecours"),
        ("🛠️", ""),
        ("", ""),
    ],
)
def test_keys(text: str, key: str) -> None:
    assert comparison_key(text) == key


def test_words_keep_what_belongs_together() -> None:
    assert words(fold("l'atelier : 2,5 kg de TA6V, R&D et 5/8")) == [
        "l",
        "atelier",
        "2,5",
        "kg",
        "de",
        "ta6v",
        "r&d",
        "et",
        "5/8",
    ]


def test_who_writes_every_character_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = text_module._Visible(), text_module._Base()
    monkeypatch.setattr(text_module, "_VISIBLE", tables[0])
    monkeypatch.setattr(text_module, "_BASE", tables[1])
    # up to the last that Python 3.10 knows: one that is not assigned is taken out like a control character
    ideographs = "".join(map(chr, range(0x4E00, 0x9FFD)))
    for start in range(0, len(ideographs), MAX_CHARACTERS):
        piece = ideographs[start : start + MAX_CHARACTERS]
        assert fold(clean(piece)) == piece
    assert [len(table) for table in tables] == [MOST_CHARACTERS_KNOWN] * 2
    assert fold(clean("E\u0301\u200bcole\u2028d\u2019\u00e9te\u0301")) == "ecole d'ete", "others are read all the same"
