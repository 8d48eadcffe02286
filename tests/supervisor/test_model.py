"""A model is trained where none fits the data, and a training that breaks off leaves the models as they were."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from settings import ROOT
from supervisor import model
from tests.supervisor.stage import eventually


def train(root: Path, rasa: Path) -> model.Model:
    return model.train(root, [sys.executable, str(rasa)])


def content(trained: model.Model) -> str:
    """Of what data a stand-in's model was made."""
    with tarfile.open(trained.path) as archive:
        file = archive.extractfile("examples.txt")
        assert file is not None
        return file.read().decode()


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
    assert content(first) == "nlu: []"
    (rasa.parent / "code").write_text("1")  # a second training would fail
    assert train(checkout, rasa) == first == model.find(checkout)


def test_changed_data_get_a_new_model_and_the_old_one_stays(checkout: Path, rasa: Path) -> None:
    first = train(checkout, rasa)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    assert model.find(checkout) is None
    second = train(checkout, rasa)
    assert model.find(checkout) == second
    assert second.id != first.id
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
    assert content(first) == "nlu: []"
    (rasa.parent / "hold").unlink()
    second = train(checkout, rasa)
    assert content(second) == "nlu: [1]"
    assert not list((checkout / "models").glob(".training-*"))


def test_a_training_that_fails_says_so_and_leaves_the_old_model(checkout: Path, rasa: Path) -> None:
    first = train(checkout, rasa)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    (rasa.parent / "code").write_text("1")
    with pytest.raises(model.TrainingError, match="échoué"):
        train(checkout, rasa)
    assert model.models(checkout) == [first]


def test_of_two_trainings_at_once_one_works_and_both_have_its_model(checkout: Path, rasa: Path) -> None:
    (rasa.parent / "hold").touch()
    first = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    second = start(checkout, rasa)
    (rasa.parent / "hold").unlink()
    assert first.wait() == second.wait() == 0
    assert len(set((rasa.parent / "pids").read_text().split())) == 1
    assert len(model.models(checkout)) == 1


def test_data_changed_during_a_training_are_left_to_the_next_one(checkout: Path, rasa: Path) -> None:
    (rasa.parent / "hold").touch()
    training = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    (checkout / "data/nlu/aides.yml").write_text("nlu: [1]")
    (rasa.parent / "hold").unlink()
    assert training.wait() == 0
    assert [content(made) for made in model.models(checkout)] == ["nlu: []"]
    assert model.find(checkout) is None
    assert content(train(checkout, rasa)) == "nlu: [1]"


def test_code_changed_during_a_training_makes_no_model(checkout: Path, rasa: Path) -> None:
    (rasa.parent / "hold").touch()
    training = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    (checkout / "bot/intents.py").write_text("# new")
    (rasa.parent / "hold").unlink()
    assert training.wait() == 1
    assert model.models(checkout) == []


def test_a_training_that_is_told_to_end_leaves_nothing(checkout: Path, rasa: Path) -> None:
    (rasa.parent / "hold").touch()
    training = start(checkout, rasa)
    assert eventually((rasa.parent / "started").exists)
    os.killpg(training.pid, signal.SIGTERM)
    assert training.wait() != 0
    assert [path.name for path in (checkout / "models").iterdir()] == [model.LOCK]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("data/nlu/aides.yml", "nlu:\n- intent: a\n  examples: |\n - b\n", "nlu/aides.yml, ligne 4,"),
        ("data/nlu/membres/b.yml", "[]", "nlu/membres/b.yml"),
        ("data/categories.yml", "categories: [{slug: a}, {slug: a}]", "categories.yml"),
        ("data/conversation.yml", "intents: [}", "conversation.yml, ligne 1,"),
    ],
)
def test_a_broken_file_is_named_before_anything_is_trained(
    checkout: Path, rasa: Path, name: str, text: str, said: str
) -> None:
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text(text)
    with pytest.raises(model.TrainingError, match=f"Le fichier {said} ne se lit pas"):
        train(checkout, rasa)
    assert not (rasa.parent / "started").exists()


def test_conversations_that_sentences_come_from_are_noted(checkout: Path, rasa: Path) -> None:
    private = checkout / "data/nlu/membres/formation.yml"
    private.parent.mkdir()
    private.write_text(
        "nlu:\n- intent: formation\n  examples:\n  - text: une phrase\n    metadata: {conversation: c1}\n"
        "  - text: une autre\n"
    )
    assert train(checkout, rasa).sources == ("c1",)
    found = model.find(checkout)
    assert found is not None and found.sources == ("c1",)


def test_an_archive_without_a_whole_record_does_not_count(checkout: Path, rasa: Path) -> None:
    trained = train(checkout, rasa)
    record = trained.path.with_name(trained.path.name.removesuffix(".tar.gz") + ".json")
    record.write_text('{"data_hash": ')
    assert model.find(checkout) is None
