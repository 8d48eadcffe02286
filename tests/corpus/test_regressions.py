"""Regression questions: kept in files, changed in the lines that are meant, private where they are a member's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.checks import look
from corpus.edition import Origin
from corpus.errors import (
    BrokenFileError,
    ByHandOnlyError,
    ChangedSentenceError,
    InvalidSentenceError,
    UnknownIntentError,
)
from corpus.reader import read_edition
from corpus.regressions import DuplicateQuestionError, Regression, RegressionWriter, read_regressions
from directory.writer import NotOwnerError
from scripts.lint_corpus import Line, read_questions, reworded_questions
from tests.corpus.files import contents, lines
from understanding.catalogue import load_catalogue

HAND = """\
# Les questions témoins.
questions:
- text: Former deux soudeurs ?
  category: formation # sûr
# une autre
- {text: "Recruter, et former ?", category: emploi, second: formation, note: "vue en mai"}
"""


@pytest.fixture
def questions(folder: Path) -> RegressionWriter:
    """Who changes two questions of a file that was written by hand."""
    (folder / "temoins").mkdir()
    (folder / "temoins" / "temoins.yml").write_text(HAND, "utf-8")
    return RegressionWriter(folder)


def _named(writer: RegressionWriter, text: str) -> Regression:
    return next(question for question in writer.read().questions if question.text == text)


def test_a_file_is_read(questions: RegressionWriter) -> None:
    first, second = questions.read().questions
    assert (first.text, first.category, first.line, first.private) == ("Former deux soudeurs ?", "formation", 3, False)
    assert (second.second, second.note, second.origin) == ("formation", "vue en mai", None)


def test_what_is_added_edited_and_deleted_changes_its_lines_only(questions: RegressionWriter, folder: Path) -> None:
    before = contents(folder)
    added = questions.add("  Un CDI : où ?", "emploi", origin=Origin("studio", account="ab"), note="fréquent")
    assert added == _named(questions, "Un CDI : où ?") and added.origin == Origin("studio", account="ab")
    questions.edit(_named(questions, "Former deux soudeurs ?").id, "Former trois soudeurs ?", "formation")
    after = lines(before, contents(folder))
    assert [line for line in after if line[0] == "-"] == [
        "-- text: Former deux soudeurs ?",
        "-  category: formation # sûr",
    ]
    assert len(after) == 4 and any("Un CDI" in line for line in after)
    assert [question.text for question in questions.read().questions] == [
        "Former trois soudeurs ?",
        "Recruter, et former ?",
        "Un CDI : où ?",
    ]
    before = contents(folder)
    second = _named(questions, "Recruter, et former ?")
    questions.edit(second.id, second.text, "emploi", None, "vue en juin")
    assert lines(before, contents(folder)) == [
        '-- {text: "Recruter, et former ?", category: emploi, second: formation, note: "vue en mai"}',
        '+- {text: "Recruter, et former ?", category: emploi, note: "vue en juin"}',
    ]
    edited = questions.edit(added.id, added.text, "emploi", "formation", "autre")
    assert (edited.second, edited.note, edited.origin) == ("formation", "autre", added.origin)
    for question in questions.read().questions:
        assert questions.delete(question.id).text == question.text
    assert (folder / "temoins" / "temoins.yml").read_text(
        "utf-8"
    ) == "# Les questions témoins.\nquestions: []\n# une autre\n"
    questions.add("Encore ?", "emploi")
    assert [question.text for question in questions.read().questions] == ["Encore ?"]


def test_a_members_question_is_private_and_its_file_goes_with_it(questions: RegressionWriter, folder: Path) -> None:
    before = contents(folder)
    origin = Origin("member", conversation_id="12e4")
    question = questions.add("Mon CDI à Pau ?", "emploi", origin=origin)
    assert question.private and question.file == "temoins/membres/temoins.yml" and question.origin == origin
    questions.delete(question.id)
    assert contents(folder) == before


def test_what_is_refused_says_why(questions: RegressionWriter, folder: Path) -> None:
    before = contents(folder)
    first = questions.read().questions[0]
    refused: list[tuple[Callable[[], object], type[Exception]]] = [
        (lambda: questions.add("", "emploi"), InvalidSentenceError),
        (lambda: questions.add("Une ?", "jardinage"), UnknownIntentError),
        (lambda: questions.add("Une ?", "emploi", "jardinage"), UnknownIntentError),
        (lambda: questions.add("former DEUX soudeurs", "emploi"), DuplicateQuestionError),
        (lambda: questions.edit(first.id, "recruter et former", "emploi"), DuplicateQuestionError),
        (lambda: questions.edit("0", "Une ?", "emploi"), ChangedSentenceError),
        (lambda: questions.delete("0"), ChangedSentenceError),
        (lambda: RegressionWriter(folder, owner=False).add("Une ?", "emploi"), NotOwnerError),
    ]
    for call, error in refused:
        with pytest.raises(error):
            call()
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- a\n", 1),
        ("questions:\n- text: a\n", 2),
        ("questions: [\n", 2),
        ("questions:\n- text: 5\n  category: x\n", 2),
    ],
)
def test_a_file_with_faults_is_told_and_left_alone(folder: Path, text: str, line: int) -> None:
    (folder / "temoins").mkdir()
    file = folder / "temoins" / "temoins.yml"
    file.write_text(text, "utf-8")
    writer = RegressionWriter(folder)
    (fault,) = writer.read().faults
    assert (fault.file, fault.line) == ("temoins/temoins.yml", line)
    with pytest.raises(BrokenFileError):
        writer.add("Une ?", "emploi")
    assert file.read_text("utf-8") == text


def test_aliases_are_left_to_people(folder: Path) -> None:
    (folder / "temoins").mkdir()
    text = "questions:\n- &a {text: Une, category: emploi}\nx: *a\n"
    (folder / "temoins" / "temoins.yml").write_text(text, "utf-8")
    with pytest.raises(ByHandOnlyError):
        RegressionWriter(folder).add("Deux ?", "emploi")


def test_the_questions_of_the_repository_cover_every_category_and_are_nobody_elses() -> None:
    found = read_regressions()
    public = [question for question in found.questions if not question.private]
    catalogue, edition = load_catalogue(), read_edition()
    assert not found.faults and len(public) >= 40
    assert {question.category for question in public} >= set(catalogue.categories)
    assert [question.text for question in public if look(question.text, edition).same] == []
    rows = [Line(Path(question.file), question.line, question.category, question.text) for question in public]
    assert [str(fault) for fault in reworded_questions(rows, read_questions())] == []
