"""Categories: added, described, retired, merged; every other line of the files stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.categories import (
    CategoryWriter,
    ChangedCategoryError,
    InvalidCategoryError,
    LastCategoryError,
    TakenCategoryError,
    slug_of,
)
from corpus.coverage import Coverage
from corpus.edition import Origin
from corpus.errors import ByHandOnlyError, DuplicateSentenceError, StaleChangeError, UnknownIntentError
from corpus.regressions import RegressionWriter
from corpus.topics import BrokenCatalogueError
from corpus.writer import CorpusWriter
from directory.changes import UnknownEntryError
from directory.faults import DirectoryError
from tests.corpus.files import contents, lines
from understanding.catalogue import Category
from understanding.places.table import CommuneTable

STUDIO = Origin("studio")
DIRECTORY = """\
antennas:
  - slug: agen
    name: Agen
    commune: "47001"
    address: 1 rue Haute
    phone: "01 99 00 00 00"
    head_office: true
    front_desk: ana
contacts:
  - id: ana
    name: Ana
    role: Accueil
    antenna: agen
    email: ana@example.org
    phone: "01 99 00 00 02"
    categories: [formation, emploi] # tout
  - id: paul
    name: Paul
    role: Expert
    antenna: agen
    email: paul@example.org
    phone: "01 99 00 00 03"
"""


@pytest.fixture(scope="module")
def table() -> CommuneTable:
    """The communes."""
    return CommuneTable()


@pytest.fixture
def categories(writer: CorpusWriter, folder: Path, table: CommuneTable) -> CategoryWriter:
    """Who changes the categories of the small folder."""
    (folder / "directory").mkdir()
    (folder / "directory" / "directory.yml").write_text(DIRECTORY, "utf-8")
    return CategoryWriter(writer, Coverage(folder, table))


def test_a_slug_is_made_of_a_label() -> None:
    labels = ["Achats et sous-traitance", "L’œuf à la coque", "3D", "Le", "É" * 60, "!?"]
    assert [slug_of(label) for label in labels] == [
        "achats_sous_traitance",
        "oeuf_coque",
        "sujet_3d",
        "le",
        "ee",
        "sujet",
    ]


def test_a_new_category_comes_with_its_examples_and_who_covers_it(categories: CategoryWriter, folder: Path) -> None:
    before = contents(folder)
    new, change = categories.add(
        "Achats et export",
        "Acheter : moins cher.",
        "Vendre (emploi)",
        examples=[("Où acheter ?", STUDIO), ("Comment exporter ?", STUDIO)],
        contacts=["paul", "ana"],
    )
    assert new == Category("achats_export", "Achats et export", "Acheter : moins cher.", "Vendre (emploi)")
    assert categories.read().categories["achats_export"] == new and len(change.added) == 2
    assert lines(before, contents(folder)) == [
        "+  - slug: achats_export",
        "+    label: Achats et export",
        '+    scope: "Acheter : moins cher."',
        "+    not: Vendre (emploi)",
        "-    categories: [formation, emploi] # tout",
        "+    categories: [formation, emploi, achats_export] # tout",
        "+    categories: [achats_export]",
        '+version: "3.1"',
        "+nlu:",
        "+# ajoutées dans l’atelier",
        "+- intent: achats_export",
        "+  examples:",
        '+  - text: "Où acheter ?"',
        "+    metadata: {origine: studio}",
        '+  - text: "Comment exporter ?"',
        "+    metadata: {origine: studio}",
    ]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"label": " "}, InvalidCategoryError),
        ({"scope": ""}, InvalidCategoryError),
        ({"label": "a" * 81}, InvalidCategoryError),
        ({"boundary": "a\x07"}, InvalidCategoryError),
        ({"slug": "A b"}, InvalidCategoryError),
        ({"label": "FORMATION"}, TakenCategoryError),
        ({"slug": "saluer"}, TakenCategoryError),
        ({"slug": "ancien"}, TakenCategoryError),
        ({"contacts": ["nobody"]}, UnknownEntryError),
        ({"examples": [("Recruter un tourneur !", STUDIO)]}, DuplicateSentenceError),
    ],
)
def test_what_cannot_be_a_category_is_refused_whole(
    categories: CategoryWriter, folder: Path, arguments: dict[str, Any], error: type[Exception]
) -> None:
    before = contents(folder)
    good: dict[str, Any] = {"label": "Achats", "scope": "Acheter.", "examples": [("Où ?", STUDIO)], "contacts": ["ana"]}
    with pytest.raises(error):
        categories.add(**{**good, **arguments})
    assert contents(folder) == before


def test_a_directory_with_faults_stops_a_category_that_names_contacts(categories: CategoryWriter, folder: Path) -> None:
    file = folder / "directory" / "directory.yml"
    file.write_text(DIRECTORY.replace("front_desk: ana", "front_desk: eve"), "utf-8")
    before = contents(folder)
    with pytest.raises(DirectoryError):
        categories.add("Achats", "Acheter.", contacts=["ana"])
    assert contents(folder) == before
    categories.add("Achats", "Acheter.")


def test_a_description_changes_in_its_lines_only(categories: CategoryWriter, folder: Path) -> None:
    before = contents(folder)
    seen = categories.read().categories["formation"]
    categories.edit(seen, "Formations", "Former des salariés.", "")
    assert lines(before, contents(folder)) == [
        "-    label: Formation",
        "+    label: Formations",
        "-    not: Recruter (emploi).",
        '+    not: ""',
    ]
    with pytest.raises(ChangedCategoryError) as caught:
        categories.edit(seen, "Autre", "Former.", "")
    assert caught.value.now.label == "Formations"
    with pytest.raises(TakenCategoryError):
        categories.edit(categories.read().categories["formation"], "emploi et metiers", "Former.")


def test_a_retired_category_is_one_line_and_comes_back(categories: CategoryWriter, folder: Path) -> None:
    before = contents(folder)
    change = categories.retire("emploi")
    assert lines(before, contents(folder)) == ["+    retired: true"]
    assert list(categories.read().categories) == ["formation"] and change.patches
    with pytest.raises(LastCategoryError):
        categories.retire("formation")
    categories.bring_back("emploi")
    assert contents(folder) == before
    for call in (categories.retire, categories.bring_back):
        with pytest.raises(UnknownIntentError):
            call("saluer")


def test_a_merged_category_gives_all_it_has_to_the_other(
    categories: CategoryWriter, writer: CorpusWriter, folder: Path
) -> None:
    writer.add("emploi", [("mot de membre", Origin("member", "c1"))], private=True)
    (folder / "nlu" / "lexique.yml").write_text("nlu:\n- lookup: emploi\n  examples: |\n    - cdi\n", "utf-8")
    questions = RegressionWriter(folder)
    questions.add("Un CDI ?", "emploi", "formation")
    before = contents(folder)
    change = categories.merge("emploi", "formation")
    assert lines(before, contents(folder)) == [
        "+    retired: true",
        "+    merged_into: formation",
        "-- intent: emploi",
        "+- intent: formation",
        "-- lookup: emploi",
        "+- lookup: formation",
        "-- intent: emploi",
        "+- intent: formation",
        "-  category: emploi",
        "-  second: formation",
        "+  category: formation",
    ]
    assert set(writer.read().by_intent) == {"formation"} and len(writer.read().sentences) == 9
    assert categories.read().successor("emploi") == "formation"
    hand = folder / "categories.yml"
    merged = hand.read_bytes()
    hand.write_bytes(merged.replace(b"merged_into: formation", b"merged_into: autre"))
    with pytest.raises(StaleChangeError):
        writer.undo(change)
    hand.write_bytes(merged)
    writer.undo(change)
    assert contents(folder) == before
    with pytest.raises(InvalidCategoryError):
        categories.merge("emploi", "emploi")
    with pytest.raises(UnknownIntentError):
        categories.merge("emploi", "ancien")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("categories: [", BrokenCatalogueError),
        ("- a\n", BrokenCatalogueError),
        ("categories: &a\n- {slug: emploi}\n- {slug: formation}\nother: *a\n", ByHandOnlyError),
    ],
)
@pytest.mark.parametrize("call", [lambda one: one.retire("emploi"), lambda one: one.add("Achats", "Acheter.")])
def test_a_file_that_has_to_be_mended_by_hand_stays(
    categories: CategoryWriter,
    folder: Path,
    text: str,
    error: type[Exception],
    call: Callable[[CategoryWriter], object],
) -> None:
    (folder / "categories.yml").write_text(text, "utf-8")
    before = contents(folder)
    with pytest.raises(error):
        call(categories)
    assert contents(folder) == before
