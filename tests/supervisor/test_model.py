"""A model is trained where none fits the data, and a training that breaks off leaves the models as they were."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from supervisor import model
from tests.supervisor.stage import eventually

RASA = """
# Takes the arguments of `rasa train` and leaves an archive, as Rasa does.
import pathlib, sys, time
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
out = pathlib.Path(arguments["--out"])
(out / (arguments["--fixed-model-name"] + ".tar.gz")).write_text("half")
here = pathlib.Path(__file__).parent
(here / "started").touch()
while (here / "hold").exists():
    time.sleep(0.02)
(out / (arguments["--fixed-model-name"] + ".tar.gz")).write_text("whole")
sys.exit(int((here / "code").read_text()) if (here / "code").exists() else 0)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the files that a model is made from."""
    root = tmp_path / "checkout"
    for name, text in {
        "config.yml": "language: fr",
        "domain.yml": "version: '3.1'",
        "data/categories.yml": "categories: []",
        "data/nlu/aides.yml": "nlu: []",
        "bot/intents.py": "",
        "understanding/text.py": "",
        "requirements/rasa.lock": "",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def rasa(tmp_path: Path) -> Path:
    """A stand-in for the `rasa` command."""
    path = tmp_path / "rasa.py"
    path.write_text(RASA, encoding="utf-8")
    return path


def train(root: Path, rasa: Path) -> model.Model:
    return model.train(root, [sys.executable, str(rasa)])


def start(root: Path, rasa: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "supervisor.model", "--root", str(root)]
    return subprocess.Popen(
        [*command, "--rasa", shlex.join([sys.executable, str(rasa)])], cwd=ROOT, start_new_session=True
    )


@pytest.mark.parametrize(
    "name",
    ["data/nlu/aides.yml", "data/nlu/membres/nouveau.yml", "data/categories.yml", "config.yml", "bot/intents.py"],
)
def test_a_change_of_data_or_code_changes_the_fingerprint(checkout: Path, name: str) -> None:
    before = model.fingerprint(checkout)
    path = checkout / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("# autre chose", encoding="utf-8")
    assert model.fingerprint(checkout) != before


def test_what_a_model_is_not_made_from_does_not_change_it(checkout: Path) -> None:
    before = model.fingerprint(checkout)
    for name in ("data/directory/directory.yml", "bot/__pycache__/intents.pyc", "bot/.intents.py.swp", "README.md"):
        path = checkout / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    assert model.fingerprint(checkout) == before


def test_moving_text_from_one_file_to_another_is_a_change(checkout: Path) -> None:
    before = model.fingerprint(checkout)
    (checkout / "data/nlu/aides.yml").rename(checkout / "data/nlu/financement.yml")
    assert model.fingerprint(checkout) != before


def test_a_model_is_trained_once_for_the_same_data(checkout: Path, rasa: Path) -> None:
    assert model.find(checkout) is None
    first = train(checkout, rasa)
    assert first.path.read_text() == "whole"
    (rasa.parent / "code").write_text("1")  # a second training would fail
    assert train(checkout, rasa) == first == model.find(checkout)


def test_changed_data_get_a_new_model_and_the_old_one_stays(checkout: Path, rasa: Path) -> None:
    first = train(checkout, rasa)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    assert model.find(checkout) is None
    second = train(checkout, rasa)
    assert model.find(checkout) == second
    assert first.path.exists() and first in model.models(checkout)


def test_a_training_that_is_killed_leaves_the_old_model_and_the_next_one_works(checkout: Path, rasa: Path) -> None:
    first = train(checkout, rasa)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    (rasa.parent / "hold").touch()
    (rasa.parent / "started").unlink()
    training = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    os.killpg(training.pid, signal.SIGKILL)
    training.wait()
    assert model.models(checkout) == [first]
    assert first.path.read_text() == "whole"
    (rasa.parent / "hold").unlink()
    second = train(checkout, rasa)
    assert second.path.read_text() == "whole"
    assert not list((checkout / "models").glob(".training-*"))


def test_a_training_that_fails_says_so_and_leaves_the_old_model(checkout: Path, rasa: Path) -> None:
    first = train(checkout, rasa)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    (rasa.parent / "code").write_text("1")
    with pytest.raises(model.TrainingError, match="échoué"):
        train(checkout, rasa)
    assert model.models(checkout) == [first]
    assert model.newest(checkout) == first


def test_of_two_trainings_at_once_one_works_and_both_have_its_model(checkout: Path, rasa: Path) -> None:
    (rasa.parent / "hold").touch()
    first = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    (rasa.parent / "started").unlink()
    second = start(checkout, rasa)
    (rasa.parent / "hold").unlink()
    assert first.wait() == second.wait() == 0
    assert not (rasa.parent / "started").exists()
    assert len(model.models(checkout)) == 1


def test_data_changed_during_a_training_are_trained_too(checkout: Path, rasa: Path) -> None:
    (rasa.parent / "hold").touch()
    training = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    (rasa.parent / "hold").unlink()
    assert training.wait() == 0
    assert model.find(checkout) is not None


def test_an_archive_without_a_whole_record_does_not_count(checkout: Path, rasa: Path) -> None:
    trained = train(checkout, rasa)
    record = trained.path.with_name(trained.path.name.removesuffix(".tar.gz") + ".json")
    record.write_text('{"fingerprint": ')
    assert model.find(checkout) is None
