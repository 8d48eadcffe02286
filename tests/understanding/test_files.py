"""Reading the data files: what they hold, and how a fault is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from understanding import paths
from understanding.catalogue import CatalogueError, current_catalogue, load_catalogue
from understanding.corpus import CorpusError, read_corpus, read_two_needs

CATEGORY = "categories:\n  - {slug: un, label: Premier, scope: s, not: n}\n  - {slug: deux, retired: true}\n"
INTENTS = "intents:\n  - {slug: saluer, scope: Bonjour.}\n"


def _files(folder: Path, categories: str = CATEGORY, conversation: str = INTENTS) -> tuple[Path, Path]:
    (folder / "categories.yml").write_text(categories, "utf-8")
    (folder / "conversation.yml").write_text(conversation, "utf-8")
    return folder / "categories.yml", folder / "conversation.yml"


def test_the_catalogue_of_the_repository() -> None:
    catalogue = load_catalogue()
    assert "financement" in catalogue.categories and "saluer" in catalogue.conversation
    assert catalogue.label("financement") == "Financement et aides"
    assert catalogue.intents == [*catalogue.categories, *catalogue.conversation]


def test_a_retired_category_is_not_in_service(tmp_path: Path) -> None:
    catalogue = load_catalogue(*_files(tmp_path))
    assert list(catalogue.categories) == ["un"] and catalogue.categories["un"].boundary == "n"
    assert catalogue.intents == ["un", "saluer"] and list(catalogue.retired) == ["deux"]
    assert catalogue.successor("un") == "un" and catalogue.successor("deux") is None


def test_a_merged_category_leads_to_what_took_its_place(tmp_path: Path) -> None:
    rows = "".join(
        f"  - {{slug: {slug}, retired: true, merged_into: {target}}}\n"
        for slug, target in [("a", "b"), ("b", "un"), ("c", "d"), ("d", "c"), ("e", "nothing")]
    )
    catalogue = load_catalogue(*_files(tmp_path, CATEGORY + rows))
    assert [catalogue.successor(slug) for slug in "abcde"] == ["un", "un", None, None, None]


def test_a_change_of_the_files_is_seen_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    categories, conversation = _files(tmp_path)
    monkeypatch.setattr(paths, "CATEGORIES", categories)
    monkeypatch.setattr(paths, "CONVERSATION", conversation)
    first = current_catalogue()
    assert current_catalogue() is first and list(first.categories) == ["un"]
    categories.write_text(CATEGORY + "  - {slug: drones, label: Drones}\n", "utf-8")
    assert current_catalogue().label("drones") == "Drones"
    categories.write_text("categories: [", "utf-8")
    assert current_catalogue().label("drones") == "Drones"
    categories.write_text(CATEGORY, "utf-8")
    assert list(current_catalogue().categories) == ["un"]


@pytest.mark.parametrize(
    ("categories", "conversation", "named"),
    [
        (CATEGORY + "  - {slug: un}\n", INTENTS, "categories.yml.*un"),
        (CATEGORY, INTENTS + "  - {slug: un}\n", "conversation.yml.*un"),
        (CATEGORY, INTENTS + "  - {slug: deux}\n", "conversation.yml.*deux"),
        (CATEGORY, INTENTS + "  - {slug: saluer}\n", "conversation.yml.*saluer"),
        ("categories: 5", INTENTS, "categories.yml"),
        ("categories:\n  - {label: x}\n", INTENTS, "categories.yml"),
        ("- a\n", INTENTS, "categories.yml"),
        ("", INTENTS, "categories.yml"),
        ("a: [", INTENTS, "categories.yml"),
        (CATEGORY, "intents: {}", "conversation.yml"),
    ],
)
def test_a_fault_names_its_file(tmp_path: Path, categories: str, conversation: str, named: str) -> None:
    with pytest.raises(CatalogueError, match=named):
        load_catalogue(*_files(tmp_path, categories, conversation))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"nothing\.yml"):
        load_catalogue(tmp_path / "nothing.yml", tmp_path / "nothing.yml")


def test_the_corpus_of_the_repository_has_examples_of_every_intent() -> None:
    counts = Counter(example.intent for example in read_corpus())
    catalogue = load_catalogue()
    assert set(counts) - set(catalogue.retired) == set(catalogue.intents)
    assert all(counts[slug] >= 20 for slug in catalogue.categories)
    assert all(counts[slug] >= 30 for slug in catalogue.conversation)
    assert counts["hors_perimetre"] >= 100


def test_the_forms_of_examples(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: x\n  examples: |\n    - une phrase\n    -   bordée  \n\n'
        '    - on est à [Pau](lieu) et [Lescar]{"entity": "lieu"}\n- lookup: y\n  examples: |\n    - pas un exemple\n',
        "utf-8",
    )
    (tmp_path / "a.yml").write_text(
        "nlu:\n- intent: z\n  metadata: {voix: atelier}\n  examples:\n  - text: |\n      en liste\n  - 5\n", "utf-8"
    )
    examples = read_corpus(tmp_path)
    assert [(e.text, e.intent) for e in examples] == [
        ("en liste", "z"),
        ("une phrase", "x"),
        ("bordée", "x"),
        ("on est à Pau et Lescar", "x"),
    ]
    assert examples[0].voice == "atelier" and examples[0].group == "a/0" and examples[1].group == "b/0"


def test_an_example_may_name_its_writer_and_its_conversation(tmp_path: Path) -> None:
    rows = (
        '  - text: a\n    metadata: {voix: lettres, conversation: "12"}\n  - text: b\n    metadata: {}\n  - text: c\n'
    )
    block = f"- intent: z\n  metadata: {{voix: atelier}}\n  examples:\n{rows}"
    (tmp_path / "a.yml").write_text(f"nlu:\n{block}- intent: y\n  examples:\n", "utf-8")
    (tmp_path / "b.yml").write_text("nlu:\n", "utf-8")
    examples = read_corpus(tmp_path)
    assert [(e.text, e.voice, e.origin) for e in examples] == [
        ("a", "lettres", "12"),
        ("b", "atelier", ""),
        ("c", "atelier", ""),
    ]


@pytest.mark.parametrize("content", [b"a: [", b"- a", b"\xff\xfe", b""])
def test_a_file_that_is_no_corpus_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "faux.yml").write_bytes(content)
    with pytest.raises(CorpusError, match=r"faux\.yml"):
        read_corpus(tmp_path)


def test_two_needs_name_two_different_categories() -> None:
    pairs = read_two_needs()
    catalogue = load_catalogue()
    categories = {*catalogue.categories, *catalogue.retired}
    assert len(pairs) >= 100
    for pair in pairs:
        assert pair.first in categories and pair.second in categories and pair.first != pair.second, pair.text


@pytest.mark.parametrize("content", ["messages: [{text: a}]", "messages: [{besoins: [a, b]}]", "x: 1", "a: ["])
def test_faulty_two_needs_are_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "deux.yml"
    path.write_text(content, "utf-8")
    with pytest.raises(CorpusError, match=r"deux\.yml"):
        read_two_needs(path)


def test_the_data_stand_in_one_folder() -> None:
    for path in (paths.CATEGORIES, paths.CONVERSATION, paths.TEXTS, paths.DIRECTORY, paths.NLU, paths.COMMUNES):
        assert path.exists() and path.is_relative_to(paths.DATA)
