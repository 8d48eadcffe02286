"""Categories are data: adding, merging and retiring one by editing files only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.actions.server import ROOT
from tests.bot.conftest import Trained, rasa_environment
from tests.bot.data import (
    EXAMPLES,
    NEW,
    NEW_SENTENCES,
    RETIRED,
    add_category,
    copy_data,
    edit_yaml,
    merge_categories,
    save_yaml,
    write_examples,
)
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus

CATEGORIES = load_catalogue().categories
CONVERSATION = load_catalogue().conversation


def _imported(data: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bot.probe_importer"],
        cwd=ROOT, env=rasa_environment(data), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1].removeprefix("\x1b[0m"))
    return found


def test_every_category_and_intent_of_the_files_has_a_rule_and_examples(tmp_path: Path) -> None:
    imported = _imported(copy_data(tmp_path / "data"))
    assert {intent for intent, action in imported["rules"].items() if action == "action_orienter"} == set(CATEGORIES)
    assert set(imported["rules"]) == {*CATEGORIES, *CONVERSATION, "nlu_fallback"}
    assert {*CATEGORIES, *CONVERSATION} <= set(imported["intents"])
    assert imported["examples"] == dict.fromkeys([*CATEGORIES, *CONVERSATION], EXAMPLES)
    assert imported["rules"]["nlu_fallback"] == "action_clarifier"


def test_adding_a_category(tmp_path: Path) -> None:
    data = copy_data(tmp_path / "data")
    add_category(data)
    imported = _imported(data)
    assert imported["rules"][NEW] == "action_orienter"
    assert NEW in imported["intents"] and imported["examples"][NEW] == len(NEW_SENTENCES)


def test_merging_two_categories(tmp_path: Path) -> None:
    data = copy_data(tmp_path / "data")
    moved = merge_categories(data)
    imported = _imported(data)
    assert len(moved) == EXAMPLES
    assert RETIRED not in imported["rules"] and RETIRED not in imported["intents"]
    assert RETIRED not in imported["examples"] and imported["examples"]["evenement"] == 2 * EXAMPLES


def test_retiring_a_category_leaves_its_examples_out(tmp_path: Path) -> None:
    data = copy_data(tmp_path / "data")
    categories = edit_yaml(data / "categories.yml")
    categories["categories"][0]["retired"] = True
    slug = categories["categories"][0]["slug"]
    save_yaml(data / "categories.yml", categories)
    imported = _imported(data)
    assert (data / "nlu" / f"{slug}.yml").exists()
    assert slug not in imported["rules"] and slug not in imported["examples"] and slug not in imported["intents"]


def test_examples_of_an_unknown_category_are_left_out(tmp_path: Path) -> None:
    data = copy_data(tmp_path / "data")
    write_examples(data, "inconnue", {"categorie_inconnue": ["une phrase", "une autre phrase"]})
    imported = _imported(data)
    assert "categorie_inconnue" not in imported["examples"] and "categorie_inconnue" not in imported["rules"]


def test_a_model_trains_from_the_edited_files(trained: Trained) -> None:
    assert trained.archive.stat().st_size > 100_000
    assert {example.intent for example in read_corpus(trained.data / "nlu")} >= {NEW, "evenement"}


def test_the_data_are_valid_for_rasa(tmp_path: Path) -> None:
    """`rasa data validate` on the real data: no warning that is ours."""
    command = [sys.executable, "-m", "rasa", "data", "validate", "--data", "data", "--fail-on-warnings"]
    environment = rasa_environment(ROOT / "data")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    ours = [line for line in lines if "UserWarning" in line and "site-packages" not in line]
    named = [
        line for line in lines if any(word in line for word in ("Issue found", "is not listed", "is not used", "ERROR"))
    ]
    assert done.returncode == 0 and not ours and not named, "\n".join(lines[-60:])
