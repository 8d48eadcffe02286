"""What is like a sentence, over the whole corpus; any text that is accepted is read back as it was written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from corpus.checks import NEAR, accepted, look, trouble
from corpus.edition import Edition, Origin
from corpus.errors import InvalidSentenceError
from corpus.keys import fold_key
from corpus.reader import read_edition
from corpus.writer import CorpusWriter
from tests.corpus.conftest import CATEGORIES, EMPLOI
from tests.corpus.files import named
from understanding.corpus import read_corpus

PARTS = ["[a](b)", "# ", ": ", "- ", "'", '"', "\\", "\u00a0", "😀", "\u2028", "\ufeff", "{", "}", "é", "%", "&", "*"]
anything = st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=6).map("".join)


@pytest.fixture(scope="module")
def edition() -> Edition:
    """The examples of the repository."""
    return read_edition()


def test_the_same_but_for_case_accents_and_punctuation_is_found(edition: Edition) -> None:
    for sentence in edition.sentences[::997]:
        likeness = look(f"  {sentence.text.upper()} !!", edition)
        assert likeness.same is not None and fold_key(likeness.same.text) == fold_key(sentence.text)
    assert look("", edition).same is None and look(" \n", edition).near == ()


@pytest.mark.parametrize("position", [5, 4_321, 20_000])
def test_what_is_near_is_what_comparing_with_all_finds(edition: Edition, position: int) -> None:
    text = edition.sentences[position].text + " x"
    key = fold_key(text)
    keys = {sentence.id: fold_key(sentence.text) for sentence in edition.sentences}
    expected = {name: Levenshtein.normalized_similarity(key, other) for name, other in keys.items() if other != key}
    near = look(text, edition).near
    assert near and near[0][0] == edition.sentences[position]
    assert [round(value, 4) for _, value in near] == sorted(
        (round(value, 4) for value in expected.values() if value >= NEAR), reverse=True
    )[: len(near)]


def test_a_change_is_seen_at_once(writer: CorpusWriter, folder: Path) -> None:
    assert look("Un CDI ?", writer.read()).same is None
    writer.add("emploi", [("un cdi", Origin("studio"))])
    assert look("Un CDI ?", writer.read()).same == named(writer, "un cdi")
    file = folder / "nlu" / "emploi.yml"
    file.write_text(file.read_text("utf-8").replace("un cdi", "un cdd"), "utf-8")
    assert look("Un CDI ?", writer.read()).same is None and look("Un CDD ?", writer.read()).same is not None


@settings(max_examples=150, deadline=None)
@given(anything)
def test_any_text_is_refused_or_read_back(text: str) -> None:
    if trouble(text) is not None:
        with pytest.raises(InvalidSentenceError):
            accepted(text)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nlu").mkdir()
        (folder / "categories.yml").write_text(CATEGORIES, "utf-8")
        (folder / "conversation.yml").write_text("intents: []\n", "utf-8")
        block = "- intent: emploi\n  examples: |\n    - zzz\n    - zzzz\n"
        (folder / "nlu" / "emploi.yml").write_text(EMPLOI + block, "utf-8")
        writer = CorpusWriter(folder)
        kept = accepted(text)
        for place in ("Recruter un tourneur", "Salon de l'emploi", "zzz"):
            change = writer.edit(named(writer, place).id, text)
            assert kept in [example.text for example in read_corpus(folder / "nlu")], place
            writer.undo(change)
        writer.add("emploi", [(text, Origin("studio"))])
        assert read_corpus(folder / "nlu")[-1].text == kept
