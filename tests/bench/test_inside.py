"""The programs of Rasa's environment, run there on a corpus of three intents."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bench.examples import write_by_intent
from bench.projects import stock_config, write_ours, write_stock
from settings import ROOT
from supervisor.surroundings import rasa_environment, tool
from understanding import paths
from understanding.corpus import Example, read_corpus

SENTENCES = {
    "financement": "subvention prêt banque trésorerie aide budget emprunt crédit investissement garantie apport taux",
    "formation": "stage apprenti cours école diplôme tuteur formateur certificat CAP CQPM alternance compétences",
    "saluer": "bonjour salut bonsoir coucou hello hé matin messieurs mesdames tous équipe vous",
}
EXAMPLES = [
    Example(f"{word} pour {ending}", intent, voice=voice)
    for intent, words in SENTENCES.items()
    for word in words.split()
    for ending, voice in (("notre atelier", ""), ("la PME", "atelier"), ("nous deux", "lettres"))
]


def run(module: str, *arguments: str, **environment: str) -> None:
    python = tool(".venv-rasa")
    if not os.access(python, os.X_OK):
        pytest.skip("Rasa's environment is not set up")
    command = [str(python), "-m", module, *arguments]
    subprocess.run(command, cwd=ROOT, env=rasa_environment() | environment, check=True, timeout=300)


@pytest.mark.rasa
def test_scikit_learn_learns_and_answers(tmp_path: Path) -> None:
    rows = [[example.text, example.intent] for example in EXAMPLES]
    (tmp_path / "examples.json").write_text(json.dumps(rows), "utf-8")
    (tmp_path / "texts.json").write_text(json.dumps(["une subvention ou un prêt", "bonjour", "xyz"]), "utf-8")
    files = [str(tmp_path / name) for name in ("examples.json", "texts.json", "out.json")]
    run("bench.inside.linear", "--examples", files[0], "--texts", files[1], "--out", files[2])
    money, greeting, nonsense = json.loads((tmp_path / "out.json").read_text("utf-8"))["predictions"]
    assert money["ranking"][0][0] == "financement"
    assert money["answered"]
    assert money["categories"] == ["financement"]
    assert greeting["ranking"][0][0] == "saluer"
    assert not greeting["answered"]
    assert {slug for slug, _ in nonsense["ranking"]} == set(SENTENCES)


@pytest.mark.rasa
def test_cross_validation_holds_every_example_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(paths.DATA, data, ignore=shutil.ignore_patterns("nlu", "communes"))
    write_by_intent(EXAMPLES, data / "nlu")
    out = tmp_path / "cross.json"
    run("bench.inside.cross", "--folds", "3", "--repeats", "2", "--out", str(out), DATA_DIR=str(data))
    content = json.loads(out.read_text("utf-8"))
    assert len(content["examples"]) == len(EXAMPLES)
    assert len(content["repeats"]) == 2
    assert all(len(row) == 3 for turn in content["repeats"] for row in turn)
    assert content["repeats"][0] != content["repeats"][1]
    held = [bool(row) for row in content["by_writer"]]
    assert all(held[i] for i, example in enumerate(content["examples"]) if example["voice"])
    assert not any(
        held[i]
        for i, example in enumerate(content["examples"])
        if not example["voice"] and example["intent"] != "saluer"
    )


def test_the_stock_project_answers_every_intent(tmp_path: Path) -> None:
    write_stock(tmp_path / "stock", EXAMPLES, epochs=7, seed=20)
    config = yaml.safe_load((tmp_path / "stock" / "config.yml").read_text("utf-8"))
    assert config == stock_config(7, 20)
    domain = yaml.safe_load((tmp_path / "stock" / "domain.yml").read_text("utf-8"))
    rules = yaml.safe_load((tmp_path / "stock" / "data" / "rules.yml").read_text("utf-8"))["rules"]
    assert {rule["steps"][0]["intent"] for rule in rules} == {*SENTENCES, "nlu_fallback"}
    assert {rule["steps"][1]["action"] for rule in rules} == set(domain["responses"])
    assert len(read_corpus(tmp_path / "stock" / "data" / "nlu.yml".removesuffix("nlu.yml"))) == len(EXAMPLES)


def test_our_data_folder_keeps_all_but_the_examples(tmp_path: Path) -> None:
    write_ours(tmp_path / "data", EXAMPLES)
    assert sorted((example.text, example.voice) for example in read_corpus(tmp_path / "data" / "nlu")) == sorted(
        (example.text, example.voice) for example in EXAMPLES
    )
    for name in ("categories.yml", "conversation.yml", "communes/communes.csv"):
        assert (tmp_path / "data" / name).read_bytes() == (paths.DATA / name).read_bytes()
