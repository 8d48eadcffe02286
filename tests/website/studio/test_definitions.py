"""How definitions and quoted sentences read on the pages of subjects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.edition import Sentence
from releases.figures import LONGEST_QUOTE
from understanding.catalogue import current_catalogue
from website.studio.definitions import Piece, as_typed, as_written, pieces
from website.studio.subject import _quoted

SLUGS = current_catalogue().intents
NAMES = [f"« {category.label} »" for category in current_catalogue().categories.values()]
PARTS = st.one_of(
    st.sampled_from([*SLUGS, *NAMES, "(", ")", " ", " ; ", ", ", " ou ", " et ", ".", "« ", " »", "former", "_", "é"]),
    st.text(max_size=3),
)
TEXTS = st.lists(PARTS, max_size=12).map("".join)


def said(text: str) -> str:
    """A definition as it is read."""
    return "".join(piece.text for piece in pieces(text))


def named(text: str) -> list[str]:
    """The subjects that a definition leads to."""
    return [piece.slug for piece in pieces(text) if piece.slug]


def test_a_word_that_is_also_a_slug_stays_a_word() -> None:
    for text in ("Plan de formation, organisme de formation.", "Se former (formation continue).", "ma_formation_1"):
        assert pieces(text) == [Piece(text)]
        assert as_typed(text) == text


def test_a_slug_that_stands_for_a_subject_becomes_its_name() -> None:
    text = "Former des salariés (formation) ; un salarié (emploi_metiers)."
    assert said(text) == (
        "Former des salariés («\u00a0Formation\u00a0»)\u00a0; un salarié («\u00a0Emploi et métiers\u00a0»)."
    )
    assert named(text) == ["formation", "emploi_metiers"]
    assert as_typed(text) == "Former des salariés (« Formation ») ; un salarié (« Emploi et métiers »)."


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("voir emploi_metiers.", ["emploi_metiers"]),
        ("emploi_metiers : non", ["emploi_metiers"]),
        ("ailleurs (formation, juridique ou emploi_metiers)", ["formation", "juridique", "emploi_metiers"]),
        ("ailleurs (formation, rien)", ["formation"]),
        ("Ce qui relève de « Formation ».", ["formation"]),
        ("Ce qui relève de «\u00a0matériaux et procédés\u00a0».", ["materiau"]),
        ("« Rien de tel », rien_de_tel", []),
    ],
)
def test_which_subjects_are_named(text: str, slugs: list[str]) -> None:
    assert named(text) == slugs


def test_a_slug_in_quotation_marks_is_given_no_second_ones() -> None:
    assert said("Acheter : « nouvelle_machine ».") == said("Acheter : nouvelle_machine.")


def test_a_name_that_is_typed_becomes_a_slug_where_one_is_read() -> None:
    assert as_written("Acheter (« Financement et aides »)") == "Acheter (financement)"
    assert as_written("Voir «\u00a0emploi et métiers\u00a0».") == "Voir emploi_metiers."
    assert as_written("Voir « Formation ».") == "Voir « Formation ».", "the slug would be read as a word"


@settings(deadline=None)
@given(TEXTS)
def test_a_definition_that_nobody_changed_stays_as_it_is(text: str) -> None:
    if "«" not in text:
        assert as_written(as_typed(text)) == text


@settings(deadline=None)
@given(TEXTS)
def test_what_is_written_is_read_as_what_was_typed(text: str) -> None:
    assert named(as_written(text)) == named(text)
    assert named(as_typed(text)) == named(text)
    assert as_written(as_written(text)) == as_written(text)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_but_names_is_changed_for_reading(text: str) -> None:
    plain = "".join(piece.text for piece in pieces(text) if not piece.slug)
    if not named(text):
        assert plain.replace("\u00a0", " ") == text.replace("\u00a0", " ").replace("'", "’")


def test_a_quote_that_was_cut_still_leads_to_its_sentence() -> None:
    text = "Former nos ajusteurs au collage des composites, " * 8
    sentence = Sentence("a1", text, "formation", "nlu/formation.yml", 5)
    said, identifier = _quoted(text[:LONGEST_QUOTE], sentence)
    assert identifier == "a1"
    assert said.endswith("…")
    assert _quoted("partie", None) == ("partie", "")
