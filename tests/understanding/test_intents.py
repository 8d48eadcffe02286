"""Features, decision, language and second need: plain functions, checked without a trained model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.catalogue import Catalogue, Category
from understanding.corpus import read_corpus
from understanding.intents.decision import Decision, Thresholds, decide
from understanding.intents.features import LONGEST_KEPT, Family, Features, _kept_grams, character_grams, word_grams
from understanding.intents.language import language
from understanding.intents.lexicon import Lexicon
from understanding.intents.model import Calibration, IntentModel, in_order_of_speech
from understanding.intents.second import MOST_CUTS, SHORTEST_PART, Need, SecondNeed, parts, second_need
from understanding.intents.tokens import tokens

CATEGORIES = {slug: Category(slug, slug.title(), "") for slug in ("a", "b", "c", "d")}
CATALOGUE = Catalogue(CATEGORIES, {"saluer": "", "hors_perimetre": ""})
LIMITS = Thresholds(answer=0.6, choose=0.4, conversation=0.5, second=0.5)
INTENTS = [*CATEGORIES, "saluer", "hors_perimetre"]


def _ranking(**known: float) -> list[tuple[str, float]]:
    rest = (1 - sum(known.values())) / max(1, len(INTENTS) - len(known))
    return sorted(((slug, known.get(slug, rest)) for slug in INTENTS), key=lambda row: -row[1])


@pytest.mark.parametrize(
    ("ranking", "second", "decision"),
    [
        (_ranking(a=0.6), None, Decision("answer", ("a",))),
        (_ranking(a=0.59, b=0.3), None, Decision("choose", ("a", "b", "c"))),
        (_ranking(a=0.7), Need("b", 0.5), Decision("answer", ("a", "b"))),
        (_ranking(a=0.7), Need("b", 0.49), Decision("answer", ("a",))),
        (_ranking(a=0.35, b=0.3), Need("b", 0.9), Decision("answer", ("a", "b"))),
        (_ranking(a=0.7), Need("a", 0.9), Decision("answer", ("a",))),
        (_ranking(saluer=0.5), None, Decision("conversation", ("saluer",))),
        (_ranking(saluer=0.45, a=0.4, b=0.1), None, Decision("choose", ("a", "b", "c"))),
        (_ranking(hors_perimetre=0.45, a=0.1), None, Decision("conversation", ("hors_perimetre",))),
        (_ranking(hors_perimetre=0.3, a=0.29, b=0.29), None, Decision("choose", ("a", "b", "c"))),
        (_ranking(hors_perimetre=0.4, saluer=0.35, a=0.1), None, Decision("conversation", ("hors_perimetre",))),
        (_ranking(saluer=0.45, hors_perimetre=0.4), None, Decision("rephrase")),
        ([], None, Decision("rephrase")),
    ],
)
def test_decisions(ranking: list[tuple[str, float]], second: Need | None, decision: Decision) -> None:
    assert decide(ranking, second, CATALOGUE, LIMITS) == decision


@given(st.lists(st.floats(0.001, 1), min_size=6, max_size=6), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_decision_names_what_it_may(weights: list[float], answer: float, choose: float, second: float) -> None:
    total = sum(weights)
    ranking = sorted(((slug, w / total) for slug, w in zip(INTENTS, weights)), key=lambda row: -row[1])
    decision = decide(ranking, Need("b", second), CATALOGUE, Thresholds(answer, choose, 0.5, 0.5))
    assert len(set(decision.categories)) == len(decision.categories)
    if decision.kind == "answer":
        assert 1 <= len(decision.categories) <= 2 and set(decision.categories) <= set(CATEGORIES)
        assert decision.categories[0] == ranking[0][0]
    elif decision.kind == "choose":
        assert 1 <= len(decision.categories) <= 3 and set(decision.categories) <= set(CATEGORIES)
    elif decision.kind == "conversation":
        assert decision.categories == (ranking[0][0],)
    else:
        assert decision == Decision("rephrase")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hello, we are looking for a supplier of titanium parts", "en"),
        ("Who can help us with an export licence?", "en"),
        ("I need someone to talk to about my contract", "en"),
        ("Hola, necesitamos ayuda para comprar una máquina", "es"),
        ("¿Dónde está la oficina más cercana?", "es"),
        ("Buscamos un socio para un proyecto europeo con nuestra empresa", "es"),
        ("on cherche un sous-traitant pour du titane", "fr"),
        ("besoin d'un lean manager pour le shop floor", "fr"),
        ("design review et supply chain : qui peut aider ?", "fr"),
        ("le release de notre software MES plante", "fr"),
        ("hello", "fr"),
        ("help me", "fr"),
        ("Horizon Europe EIC Accelerator", "fr"),
        ("Airbus Defence and Space", "fr"),
        ("no", "fr"),
        ("AAP France 2030", "fr"),
        ("", "fr"),
    ],
)
def test_language(text: str, code: str) -> None:
    assert language(text) == code


def test_shorthand_is_spelt_out() -> None:
    assert tokens("slt on ns a dit qq1") == ["salut", "on", "nous", "a", "dit", "quelqu", "un"]
    assert tokens("ＳＬＴ !!") == ["salut"]


def test_grams() -> None:
    assert list(word_grams(["a", "b", "c"])) == ["a", "b", "c", "a b", "b c"]
    grams = list(character_grams(["tour"]))
    assert " t" in grams and " tour" in grams and "tour " in grams and "tou" in grams
    assert all(len(gram) <= 5 for gram in grams)
    assert list(character_grams(["a"])) == [" a", "a ", " a "]


@given(st.lists(st.text("abc ", max_size=12), min_size=1, max_size=12))
def test_rows_have_the_families_lengths_and_are_the_same_every_time(texts: list[str]) -> None:
    features = Features.fit(texts, Lexicon({"abc": "x", "b a": "y"}))
    for text in texts:
        columns, values = features.row(text)
        again, same = features.row(text)
        assert np.array_equal(columns, again) and np.array_equal(values, same)
        assert len(set(columns.tolist())) == len(columns) and all(0 <= c < features.size for c in columns)
        start = 0
        for family, weight in features.families:
            own = values[(columns >= start) & (columns < start + len(family.vocabulary))]
            assert not len(own) or float(own @ own) == pytest.approx(weight**2, abs=1e-4)
            start += len(family.vocabulary)
        assert start == features.size


@given(st.text(st.characters(), max_size=200))
def test_any_text_has_a_row(text: str) -> None:
    features = Features.fit(["un tour", "deux tours", "une fraiseuse"])
    columns, values = features.row(text)
    assert len(columns) == len(values) and np.isfinite(values).all()


def test_a_family_computes_what_scikit_learn_does() -> None:
    text_features = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn comes with Rasa")
    texts = [example.text for example in read_corpus()[:400]]
    documents = [list(word_grams(tokens(text))) for text in texts]
    family = Family.fit(documents, least=2)
    theirs = text_features.TfidfVectorizer(analyzer=lambda document: document, min_df=2, sublinear_tf=True)
    matrix = theirs.fit_transform(documents).tocsr()
    assert dict(theirs.vocabulary_) == family.vocabulary
    for index, document in enumerate(documents):
        ours = np.zeros(len(family.vocabulary))
        columns, values = family.row(document)
        ours[columns] = values
        assert np.allclose(ours, matrix[index].toarray()[0], atol=1e-5)


def test_parts_of_two_needs() -> None:
    pairs = parts("Former deux régleurs ; et par ailleurs une aide pour un four")
    assert any("regleurs" in before and "aide" in after for before, after in pairs)


@given(st.text(st.sampled_from("ab ,.;:et 12)-/"), max_size=400))
def test_parts_are_few_and_long_enough(text: str) -> None:
    pairs = parts(text)
    assert len(pairs) <= MOST_CUTS + 1
    assert all(len(before) >= SHORTEST_PART and len(after) >= SHORTEST_PART for before, after in pairs)


def test_two_needs_come_in_the_order_in_which_they_are_voiced() -> None:
    ranking, decision = in_order_of_speech([("a", 0.6), ("c", 0.3), ("b", 0.1)], Decision("answer", ("a", "b")))
    assert ranking == [("b", 0.6), ("c", 0.3), ("a", 0.1)]
    assert decision == Decision("answer", ("b", "a"))


def test_a_second_need_that_was_not_learnt_is_improbable() -> None:
    assert SecondNeed().probability([1.0, 2.0]) == 0.0
    assert SecondNeed((1.0, 1.0), 0.0).probability([0.0, 0.0]) == 0.5
    assert 0 < SecondNeed((1e6,), 0.0).probability([-1e6]) < 1e-6
    assert math.isfinite(SecondNeed((1e6,), 0.0).probability([1e6]))


@pytest.mark.parametrize("text", ["et pour une formation ?", "et un brevet ?", "recruter un soudeur"])
def test_a_message_that_cannot_be_cut_has_one_need(text: str) -> None:
    """A follow-up such as « et pour … ? » is phrased like a second need, and is the only one."""
    sure = SecondNeed(weights=(0.0,) * 7, bias=20.0, phrasing=np.zeros(1, np.float32))
    empty = Family({}, np.zeros(0, np.float32))
    zeros = np.zeros((0, 2), np.float32)
    model = IntentModel(
        labels=("a", "b"),
        features=Features(empty, empty),
        weights=zeros,
        dense_weights=np.zeros((512, 2), np.float32),
        bias=np.zeros(2, np.float32),
        mean=np.zeros(512, np.float32),
        calibration=Calibration(),
        thresholds=LIMITS,
        second=sure,
    )
    two = "il faut former deux soudeurs et recruter un troisième"
    assert second_need(model, text, [("a", 0.9), ("b", 0.1)], CATALOGUE) is None
    assert second_need(model, two, [("a", 0.9), ("b", 0.1)], CATALOGUE) is not None


def test_long_words_do_not_fill_the_memory() -> None:
    before = _kept_grams.cache_info().currsize
    long = ["z" * length + "q" for length in range(LONGEST_KEPT, LONGEST_KEPT + 30)]
    found = [tuple(character_grams([word])) for word in long]
    assert _kept_grams.cache_info().currsize == before
    assert all(word[:4] in grams and f" {word[0]}" in grams for word, grams in zip(long, found))
    assert tuple(character_grams(["tour"]))[:2] == (" t", "to")
