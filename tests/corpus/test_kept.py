"""A change that was kept as data is taken back like one that was not; what others wrote is not kept with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.changes import Change, Patch
from corpus.edition import Origin, Sentence
from corpus.kept import as_data, from_data, sources
from corpus.writer import CorpusWriter
from tests.corpus.files import contents, named, texts

MEMBERS = ("Premier mot d’un membre", "Deuxième mot d’un autre", "Troisième mot d’un autre encore")
AT = st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
ORIGINS = st.builds(Origin, st.just("studio"), st.none() | st.just("c1"), st.none() | st.just("a1"), st.none() | AT)
SENTENCES = st.builds(Sentence, *[st.text(max_size=8)] * 4, st.integers(), origin=st.none() | ORIGINS)
PATCHES = st.builds(
    Patch,
    st.just("nlu/formation.yml"),
    *[st.none() | st.binary(max_size=9)] * 2,
    st.integers(),
    *[st.binary(max_size=9)] * 3,
)
CHANGES = st.builds(Change, *[st.lists(SENTENCES, max_size=3).map(tuple)] * 2, st.lists(PATCHES, max_size=2).map(tuple))


def stored(change: Change) -> Change:
    """A change as a database gives it back."""
    return from_data(json.loads(json.dumps(as_data(change))))


@settings(deadline=None)
@given(CHANGES)
def test_every_change_comes_back_as_it_was(change: Change) -> None:
    assert stored(change) == change


@pytest.mark.parametrize("act", ["move", "delete"])
def test_it_is_taken_back_to_the_byte(writer: CorpusWriter, folder: Path, act: str) -> None:
    before = contents(folder)
    ids = [named(writer, text).id for text in ("Former deux soudeurs", "Qui paie la formation ?")]
    change = writer.move(ids, "emploi") if act == "move" else writer.delete(ids)
    assert contents(folder) != before
    CorpusWriter(folder, owner=True).undo(stored(change))
    assert contents(folder) == before


@pytest.mark.parametrize("act", ["move", "delete"])
def test_of_members_sentences_only_those_are_kept_that_changed(writer: CorpusWriter, folder: Path, act: str) -> None:
    for number, text in enumerate(MEMBERS):
        origin = Origin("member", f"c{number}", "ab12", datetime(2026, 5, 4, tzinfo=UTC))
        writer.add("formation", [(text, origin)], True)
    before = texts(folder)
    ids = [named(writer, text).id for text in (MEMBERS[0], MEMBERS[2])]
    change = writer.move(ids, "emploi") if act == "move" else writer.delete(ids)
    assert sources(change) == {"c0", "c2"}
    data = json.dumps(as_data(change), ensure_ascii=False)
    assert MEMBERS[0] in data and MEMBERS[1] not in data and "c1" not in data
    CorpusWriter(folder, owner=True).undo(stored(change))
    assert texts(folder) == before
    assert named(writer, MEMBERS[2]).origin == Origin("member", "c2", "ab12", datetime(2026, 5, 4, tzinfo=UTC))
