"""What is refused in the example sentences, each fault with its file and line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.lint_corpus import UnreadableError, check, main, read_lines, read_questions
from settings import ROOT
from understanding.catalogue import load_catalogue

CATALOGUE = load_catalogue()
LETTERS = "bcdfghjklmnpqrstvwxz"


def _word(number: int) -> str:
    """A word of its own for each number, far from all others."""
    first, second, third = number % 20, number // 20 % 20, number // 400 % 20
    return f"{LETTERS[first]}a{LETTERS[second]}i{LETTERS[third]}o{LETTERS[first]}u"


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus in order: enough sentences of every intent, all different."""
    tmp_path = tmp_path_factory.mktemp("corpus")
    number = 0
    for intent in CATALOGUE.intents:
        sentences = []
        for _ in range(125 if intent in CATALOGUE.categories or intent == "hors_perimetre" else 35):
            sentences.append(" ".join(_word(number * 7 + step * 331) for step in range(7)))
            number += 1
        _write(tmp_path, intent, {intent: sentences})
    assert check(tmp_path, []) == []
    return tmp_path


@pytest.fixture
def corpus(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return shutil.copytree(sound, tmp_path / "nlu")


def _write(folder: Path, name: str, examples: dict[str, list[str]]) -> Path:
    blocks = [
        f"# un sujet\n- intent: {intent}\n  examples: |\n" + "".join(f"    - {sentence}\n" for sentence in sentences)
        for intent, sentences in examples.items()
    ]
    path = folder / f"{name}.yml"
    path.write_text('version: "3.1"\nnlu:\n' + "".join(blocks), "utf-8")
    return path


def _faults(folder: Path, questions: list[str] | None = None) -> list[str]:
    return [f"{fault.path.name}:{fault.line}: {fault.message}" for fault in check(folder, questions or [])]


@pytest.mark.parametrize(
    "again", ["On cherche un four à vide.", "ON CHERCHE UN FOUR A VIDE", "on  cherche un four à vide !"]
)
def test_duplicates_within_a_file(corpus: Path, again: str) -> None:
    _write(corpus, "x", {"financement": ["On cherche un four à vide.", "tout autre chose ici", again]})
    [fault] = _faults(corpus)
    assert fault.startswith("x.yml:8: same as x.yml:6:")


def test_duplicates_across_files_and_intents(corpus: Path) -> None:
    _write(corpus, "x", {"financement": ["on cherche un four à vide"]})
    _write(corpus, "y", {"formation": ["On cherche un four à vide ?"]})
    [fault] = _faults(corpus)
    assert fault.startswith("y.yml:6: same as x.yml:6:")


def test_a_template_is_seen_by_its_opening(corpus: Path) -> None:
    _write(
        corpus, "x", {"financement": [f"je voudrais une aide {_word(9000 + n)} {_word(9400 + n)}" for n in range(7)]}
    )
    assert [fault.split(":")[1] for fault in _faults(corpus)] == ["10", "11", "12"]
    assert all("7 sentences of financement begin with 'je voudrais une aide'" in fault for fault in _faults(corpus))


def test_a_template_is_seen_by_a_run_of_words(corpus: Path) -> None:
    around = [[_word(9000 + 37 * n + 401 * step) for step in range(8)] for n in range(7)]
    sentences = [" ".join([*words[:4], "pour le four de notre atelier", *words[4:]]) for words in around]
    for index, intent in enumerate(["financement", "formation", "juridique"]):
        _write(corpus, f"x{index}", {intent: sentences[index::3]})
    faults = _faults(corpus)
    assert len(faults) == 2 and all("7 sentences hold 'pour le four de notre atelier'" in fault for fault in faults)


def test_the_same_sentence_nearly_in_two_categories(corpus: Path) -> None:
    _write(corpus, "x", {"financement": ["qui peut nous aider à payer ce centre d'usinage 5 axes"]})
    _write(corpus, "y", {"nouvelle_machine": ["qui peut nous aider à payer un centre d'usinage 5 axes"]})
    [fault] = _faults(corpus)
    assert fault.startswith("y.yml:6: nearly x.yml:6 (financement, 0.9")


def test_nearly_the_same_within_a_category_is_let_through(corpus: Path) -> None:
    near = ["qui peut nous aider à payer ce centre d'usinage", "qui peut nous aider à payer un centre d'usinage"]
    _write(corpus, "x", {"financement": near})
    assert _faults(corpus) == []


@pytest.mark.parametrize("text", read_questions()[:120:15])
def test_a_question_for_validation_is_refused(corpus: Path, text: str) -> None:
    reworded = text.replace("à", "a").upper() + " svp"
    _write(corpus, "x", {"financement": [reworded]})
    [fault] = [fault for fault in _faults(corpus, read_questions()) if "for validation" in fault]
    assert fault.startswith("x.yml:6: question ")


def test_an_unknown_intent(corpus: Path) -> None:
    _write(corpus, "x", {"inconnu": ["une phrase", "une autre phrase encore"]})
    assert _faults(corpus) == ["x.yml:6: unknown intent 'inconnu'"]


@pytest.mark.parametrize(("intent", "least"), [("financement", 120), ("saluer", 30), ("hors_perimetre", 100)])
def test_too_few_examples(corpus: Path, intent: str, least: int) -> None:
    path = corpus / f"{intent}.yml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: 5 + least]), "utf-8")
    assert _faults(corpus) == []
    path.write_text("".join(lines[: 4 + least]), "utf-8")
    [fault] = _faults(corpus)
    assert fault.endswith(f"{intent}: {least - 1} examples, at least {least} are needed")


def test_what_is_read_as_yaml_is_read_line_by_line(corpus: Path) -> None:
    _write(corpus, "x", {"financement": ['on est à [Pau](lieu) et à [Agen]{"entity": "lieu"}']})
    assert read_lines(corpus)[-1].text == "on est à Pau et à Agen"
    (corpus / "x.yml").write_text("nlu:\n- intent: financement\n  examples:\n  - text: une phrase\n", "utf-8")
    assert (read_lines(corpus)[-1].text, read_lines(corpus)[-1].number) == ("une phrase", 4)
    (corpus / "x.yml").write_text("nlu:\n- intent: financement\n  examples: |\n    - a\n  - b\n", "utf-8")
    with pytest.raises(UnreadableError, match=r"x\.yml:5"):
        read_lines(corpus)


def test_what_trainers_added_is_checked_for_what_would_mislead(corpus: Path) -> None:
    """Not for its style: they write as they like. Members' own sentences stay where they are."""
    own = "    metadata: {origine: studio}\n"
    texts = [f"je voudrais savoir comment {_word(7000 + number)}" for number in range(12)]
    rows = "".join(f"  - text: {text}\n{own}" for text in texts)
    (corpus / "x.yml").write_text(f"nlu:\n- intent: financement\n  examples:\n{rows}", "utf-8")
    assert check(corpus, []) == []
    (corpus / "y.yml").write_text(f"nlu:\n- intent: formation\n  examples:\n  - text: {texts[0]}\n{own}", "utf-8")
    assert any("same as" in fault.message for fault in check(corpus, []))
    (corpus / "y.yml").unlink()
    (corpus / "membres").mkdir()
    (corpus / "membres" / "y.yml").write_text("nlu:\n- intent: x\n  examples:\n  - text: a\n", "utf-8")
    assert check(corpus, []) == []


def test_the_command_names_file_and_line(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(corpus)]) == 0
    _write(corpus, "x", {"financement": ["une phrase bien à nous", "Une phrase bien à nous !"]})
    assert main([str(corpus)]) == 1
    assert f"{corpus / 'x.yml'}:7: same as x.yml:6" in capsys.readouterr().out


def test_the_corpus_of_the_repository_is_in_order() -> None:
    done = subprocess.run([sys.executable, "-m", "scripts.lint_corpus"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
