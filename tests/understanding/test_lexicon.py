"""The trade's vocabulary: what is found in a text, and how the file is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.catalogue import load_catalogue
from understanding.corpus import CorpusError
from understanding.intents.lexicon import EMPTY, Lexicon, key_of, read_lexicon
from understanding.intents.tokens import tokens

LEXICON = Lexicon({"avance": "juridique", "avance remboursable": "financement", "ébavurage": "nouvelle_machine"})


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("une avance remboursable", ["financement"]),
        ("Des AVANCES remboursables, une avance", ["financement", "juridique"]),
        ("l’ebavurage des pièces", ["nouvelle_machine"]),
        ("avancer", []),
        ("", []),
    ],
)
def test_the_longest_term_counts_whatever_its_accents_and_number(text: str, categories: list[str]) -> None:
    assert list(LEXICON.found(tokens(text))) == categories


@given(st.lists(st.sampled_from(["avance", "remboursable", "un", "ébavurage"]), max_size=12))
def test_no_word_counts_twice(words: list[str]) -> None:
    keys = list(LEXICON.keys(tokens(" ".join(words))))
    assert sum(map(len, keys)) <= len(words)


def test_shorthand_is_spelt_out_in_terms_as_in_texts() -> None:
    assert key_of("compta") == key_of("comptabilité")


def test_a_folder_without_a_lexicon_has_an_empty_one(tmp_path: Path) -> None:
    assert read_lexicon(tmp_path / "lexique.yml") == EMPTY
    assert list(EMPTY.found(["avance"])) == []


@pytest.mark.parametrize("content", ["nlu: 3", "- a", "nlu:\n- lookup: x\n", "nlu: [", ""])
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "lexique.yml").write_text(content, "utf-8")
    with pytest.raises(CorpusError, match=r"lexique\.yml"):
        read_lexicon(tmp_path / "lexique.yml")


def test_every_category_has_terms() -> None:
    assert set(load_catalogue().categories) <= set(read_lexicon().terms.values())
