"""How definitions and quoted sentences read on the pages of subjects."""

from __future__ import annotations

from corpus.edition import Sentence
from releases.figures import LONGEST_QUOTE
from website.studio.names import spoken
from website.studio.subject import _quoted


def test_a_word_that_is_also_a_slug_stays_a_word() -> None:
    assert spoken("Plan de formation, organisme de formation.") == "Plan de formation, organisme de formation."


def test_a_slug_that_stands_for_a_subject_becomes_its_name() -> None:
    said = spoken("Former des salariés (formation) ; un salarié (emploi_metiers).")
    assert said == (
        "Former des salariés («\u00a0Formation\u00a0»)\u00a0; un salarié («\u00a0Emploi et métiers\u00a0»)."
    )


def test_a_quote_that_was_cut_still_leads_to_its_sentence() -> None:
    text = "Former nos ajusteurs au collage des composites, " * 8
    sentence = Sentence("a1", text, "formation", "nlu/formation.yml", 5)
    said, identifier = _quoted(text[:LONGEST_QUOTE], sentence)
    assert identifier == "a1"
    assert said.endswith("…")
    assert _quoted("partie", None) == ("partie", "")
