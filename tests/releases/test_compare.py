"""A release note of real models, written as the last stage of a training writes it."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from corpus.regressions import RegressionWriter
from database.base import utc_now
from database.migrate import upgrade
from database.storage import Storage
from releases import compare as comparing
from releases.errors import UnknownModelError
from releases.hashes import present_code
from releases.models import Comparison
from releases.rasa_side import PYTHON
from releases.registry import MadeModel, put_online, register_model
from releases.signing import model_key
from scripts.evaluate import current_model
from settings import ROOT, Settings
from tests.releases.test_rasa_side import PAIRS
from understanding import paths
from understanding.intents.held_out import HELD_OUT_FILE, HeldOut, write_held_out

pytestmark = pytest.mark.rasa
OLD, NEW = "modele-un", "modele-deux"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder and a database of their own."""
    if not os.access(PYTHON, os.X_OK) or not list((ROOT / "models").glob("*.tar.gz")):
        pytest.skip("Rasa's environment or a model is missing")
    data = tmp_path / "data"
    shutil.copytree(paths.DATA, data, ignore=shutil.ignore_patterns("nlu", "temoins", "membres"))
    (data / "nlu").mkdir()
    monkeypatch.setenv("DATA_DIR", str(data))
    monkeypatch.setattr(paths, "DATA", data)
    found = Settings(database_url=f"sqlite:///{tmp_path / 'site.db'}")
    upgrade(found)
    return found


def archive(folder: Path, model_id: str, wrong: int) -> Path:
    """The real model, with what a training keeps beside it: so many of the examples were misread."""
    rows = [
        HeldOut(text, intent, "", (("juridique" if number < wrong else intent, 0.9),))
        for number, (text, intent) in enumerate(PAIRS)
    ]
    write_held_out(rows, folder)
    path = folder / f"{model_id}.tar.gz"
    with tarfile.open(current_model(ROOT / "models")) as old, tarfile.open(path, "w:gz") as new:
        for member in old:
            if Path(member.name).name != HELD_OUT_FILE:
                new.addfile(member, old.extractfile(member) if member.isfile() else None)
        packed = (folder / HELD_OUT_FILE).read_bytes()
        info = tarfile.TarInfo(f"components/x/{HELD_OUT_FILE}")
        info.size = len(packed)
        new.addfile(info, io.BytesIO(packed))
    return path


async def test_a_note_of_two_models(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    writer = RegressionWriter(paths.DATA)
    writer.add("Quelle aide pour acheter un tour à Pau ?", "financement")
    wrong = writer.add("Quelle subvention pour un robot de soudage ?", "evenement")
    storage = Storage.open(settings.database_url)
    try:
        async with storage.write() as session:
            for model_id, number in ((OLD, 30), (NEW, 2)):
                path = archive(folder, model_id, number)
                made = MadeModel(model_id, path, "0" * 64, present_code(), utc_now())
                await register_model(session, made, model_key(settings))
            await put_online(session, OLD, None)
        await comparing.compare(settings, NEW, folder)
        async with storage.read() as session:
            note = await session.get_one(Comparison, NEW)
        assert note.against == OLD and note.blocked == 1
        assert [row["id"] for row in note.content["regressions"]["failing"]] == [wrong.id]
        assert note.content["regressions"]["total"] == 2
        assert note.content["held_out"]["difference"]["value"] == pytest.approx(28 / len(PAIRS), abs=1e-3)
        assert note.content["cross"]["n"] == len(PAIRS)
        assert note.content["cross"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
        with pytest.raises(UnknownModelError):
            await comparing.compare(settings, "rien", folder)
    finally:
        await storage.close()
