"""The programs of Rasa's environment that a comparison starts, for real."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from releases.rasa_side import PYTHON, ProgramFailedError, cross_validation, readings
from scripts.evaluate import current_model
from settings import ROOT
from understanding import paths

pytestmark = pytest.mark.rasa

WORDS = {
    "financement": "subvention prêt banque trésorerie aide budget emprunt crédit investissement garantie apport taux",
    "formation": "stage apprenti cours école diplôme tuteur formateur certificat CAP CQPM alternance compétences",
    "saluer": "bonjour salut bonsoir coucou hello hé matin messieurs mesdames tous équipe vous",
}
PAIRS = [(f"{word} pour {end}", intent) for intent, words in WORDS.items() for word in words.split() for end in "ab"]


@pytest.fixture(autouse=True)
def environment() -> None:
    """Rasa's environment, or the test is skipped."""
    if not os.access(PYTHON, os.X_OK):
        pytest.skip("Rasa's environment is not set up")


def test_models_read_texts_and_what_is_no_model_reads_none(tmp_path: Path) -> None:
    if not list((ROOT / "models").glob("*.tar.gz")):
        pytest.skip("no model is trained")
    other = tmp_path / "autre.tar.gz"
    with tarfile.open(other, "w:gz") as tar:
        info = tarfile.TarInfo("../MessageReader/intents.json")
        info.size = 2
        tar.addfile(info, io.BytesIO(b"{}"))
    texts = ["Quelle aide pour acheter un tour à Pau ?", "bonjour", "zzz qqq"]
    model = current_model(ROOT / "models")
    first, none, again = readings([model, other, model], texts)
    assert none is None and first == again and first is not None
    assert first[0].acts and first[0].categories == ("financement",)
    assert first[1].decision == "conversation" and first[1].categories == ("saluer",)
    assert len(first[0].top) == 3


def test_two_versions_are_tested_on_the_same_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    shutil.copytree(paths.DATA, data, ignore=shutil.ignore_patterns("communes"))
    (data / "nlu" / "lexique.yml").unlink()
    monkeypatch.setenv("DATA_DIR", str(data))
    old = [*PAIRS, ("une vieille phrase", "saluer")]
    new = [*PAIRS, ("une phrase neuve", "formation"), ("sans sujet connu", "n_existe_pas")]
    found = cross_validation(old, new)
    assert sorted(found["intents"]) == sorted(intent for _, intent in PAIRS)
    assert found["repeats"] == len(found["old"]) == len(found["new"]) == 2
    assert all(len(turn) == len(PAIRS) for side in ("old", "new") for turn in found[side])
    assert cross_validation(old, old)["old"] == cross_validation(old, old)["new"]


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailedError, match="Error"):
        cross_validation([("x", "financement")], [("x",)])  # type: ignore[list-item]
