"""A small copy of the data files, changed as somebody changes them: by editing files only."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.actions.server import ROOT
from understanding.corpus import Example, read_corpus

EXAMPLES = 14
"""Examples of each intent in the small copy."""
NEW = "essais_en_vol"
"""A category that the tests add."""
RETIRED = "adhesion"
"""A category that the tests retire; its examples go to `evenement`, as when two categories are merged."""
NEW_SENTENCES = (
    "on veut faire voler notre drone au-dessus d'un terrain d'essai",
    "quelle zone réserver pour un vol de démonstration de l'aéronef",
    "notre prototype de drone est prêt à décoller, où le faire voler ?",
    "cherchons piste et espace aérien pour une campagne de vols",
    "autorisation de survol pour tester un drone de trois kilos",
    "qui ouvre une piste pour un essai en vol cet automne",
    "un créneau de vol pour notre planeur motorisé",
    "essais en vol d'un avion électrique, quel aérodrome accepte",
    "vol d'essai hors vue pour un drone d'inspection",
    "faire décoller un démonstrateur de taxi volant",
    "besoin d'un pilote d'essai et d'un terrain pour deux jours",
    "campagne de vols instrumentés au printemps, avec quel aérodrome",
    "le drone vole, reste à trouver une zone d'essai",
    "télémesure et radar pour suivre un vol d'essai",
)


def copy_data(folder: Path, examples: int = EXAMPLES) -> Path:
    """A copy of `data/` with a few examples of each intent; the communes are linked.

    Returns:
        The folder of the copy.
    """
    folder.mkdir(parents=True)
    for file in (ROOT / "data").glob("*.yml"):
        shutil.copy(file, folder)
    shutil.copytree(ROOT / "data" / "directory", folder / "directory")
    (folder / "communes").symlink_to(ROOT / "data" / "communes")
    (folder / "nlu").mkdir()
    by_intent: dict[str, list[Example]] = {}
    for example in read_corpus(ROOT / "data" / "nlu"):
        by_intent.setdefault(example.intent, []).append(example)
    for intent, found in by_intent.items():
        step = max(1, len(found) // examples)
        write_examples(folder, intent, {intent: [example.text for example in found[::step][:examples]]})
    return folder


def write_examples(folder: Path, name: str, examples: Mapping[str, Iterable[str]]) -> None:
    """Write `nlu/<name>.yml` with examples by intent."""
    blocks = [
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {sentence}\n" for sentence in sentences)
        for intent, sentences in examples.items()
    ]
    text = 'version: "3.1"\nnlu:\n' + "".join(blocks)
    (folder / "nlu" / f"{name}.yml").write_text(text, "utf-8")


def edit_yaml(path: Path) -> Any:
    """The content of a YAML file, to be changed and given to `save_yaml`."""
    return yaml.safe_load(path.read_text("utf-8"))


def save_yaml(path: Path, content: Any) -> None:
    """Write a YAML file."""
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def add_category(folder: Path) -> None:
    """A new category with examples, covered by somebody in the directory."""
    categories = edit_yaml(folder / "categories.yml")
    categories["categories"].append({"slug": NEW, "label": "Essais en vol", "scope": "Faire voler un appareil."})
    save_yaml(folder / "categories.yml", categories)
    write_examples(folder, NEW, {NEW: NEW_SENTENCES})
    directory = edit_yaml(folder / "directory" / "directory.yml")
    next(c for c in directory["contacts"] if c["id"] == "toulouse-industrie")["categories"].append(NEW)
    save_yaml(folder / "directory" / "directory.yml", directory)


def merge_categories(folder: Path) -> list[str]:
    """Retire a category and give its examples to another.

    Returns:
        The examples that moved.
    """
    categories = edit_yaml(folder / "categories.yml")
    next(c for c in categories["categories"] if c["slug"] == RETIRED)["retired"] = True
    save_yaml(folder / "categories.yml", categories)
    directory = edit_yaml(folder / "directory" / "directory.yml")
    for contact in directory["contacts"]:
        contact["categories"] = [slug for slug in contact["categories"] if slug != RETIRED]
    save_yaml(folder / "directory" / "directory.yml", directory)
    moved = [example.text for example in read_corpus(folder / "nlu") if example.intent == RETIRED]
    (folder / "nlu" / f"{RETIRED}.yml").unlink()
    write_examples(folder, "evenement_2", {"evenement": moved})
    return moved
