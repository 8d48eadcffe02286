"""Tables of sentences as people bring them along, and as somebody who means ill would make them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from website.studio.sheets import (
    MOST_BYTES,
    NoSentenceError,
    OldExcelError,
    Row,
    SheetError,
    TooLargeError,
    TooManyRowsError,
    read_file,
    read_pasted,
)

SUBJECTS = {"Formation", "formation", "Question juridique", "Matériaux, procédés"}


def is_subject(text: str) -> bool:
    return text in SUBJECTS


def excel(rows: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators(encoding: str, separator: str) -> None:
    text = f"Phrase{separator}Sujet\r\nOù se former à l’écrêtage{separator}Formation\r\n\r\n"
    text += f'"Un œil, un ""brevet""{separator} un délai"{separator}Question juridique\r\n'
    assert read_file(text.encode(encoding), is_subject) == [
        Row(2, "Où se former à l’écrêtage", "Formation"),
        Row(4, f'Un œil, un "brevet"{separator} un délai', "Question juridique"),
    ]


def test_columns_are_found_by_their_names() -> None:
    text = "n°;Catégorie;Exemple\n1;Formation;apprendre à souder\n2;;passer le CACES\n"
    assert read_file(text.encode(), is_subject) == [
        Row(2, "apprendre à souder", "Formation"),
        Row(3, "passer le CACES"),
    ]


def test_sentences_may_hold_commas_and_semicolons() -> None:
    text = "Bonjour, nous cherchons un stage\noù, quand; et combien ?\nsans signe\n"
    assert [row.text for row in read_file(text.encode(), is_subject)] == text.splitlines()


def test_without_a_head_the_second_column_is_the_subject() -> None:
    text = "apprendre, vite;Formation\nrompre un contrat;Question juridique\nde quoi s’agit-il;Autre chose\n"
    assert [row.subject for row in read_file(text.encode(), is_subject)] == [
        "Formation",
        "Question juridique",
        "Autre chose",
    ]


def test_excel() -> None:
    content = excel([["phrase", "sujet"], ["passer le CACES", "Formation"], [], ["un litige", None], [2027, None]])
    assert read_file(content, is_subject) == [
        Row(2, "passer le CACES", "Formation"),
        Row(4, "un litige"),
        Row(5, "2027"),
    ]


def test_formulas_stay_text() -> None:
    content = excel([["phrase"], ['=HYPERLINK("http://exemple.fr","cliquez")'], ["=1+1"]])
    assert [row.text[:1] for row in read_file(content, is_subject)] == ["=", "="]


def test_pasted_lines() -> None:
    text = "- passer le CACES\r\n • un litige\n\n3) trouver un laboratoire\n2027 sera l’année\n"
    assert [row.text for row in read_pasted(text, is_subject)] == [
        "passer le CACES",
        "un litige",
        "trouver un laboratoire",
        "2027 sera l’année",
    ]
    assert read_pasted("passer le CACES\tFormation\nun litige\tFormation", is_subject)[1].subject == "Formation"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"x" * (MOST_BYTES + 1), TooLargeError),
        (b"une phrase\n" * 2001, TooManyRowsError),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, OldExcelError),
        (b"PK\x03\x04 no archive", SheetError),
        (b"", NoSentenceError),
        (b"phrase;sujet\n", NoSentenceError),
        (b'"' + b"a" * 200_000 + b'"', SheetError),
    ],
    ids=range(7),
)
def test_what_cannot_be_taken(content: bytes, error: type[SheetError]) -> None:
    with pytest.raises(SheetError) as raised:
        read_file(content, is_subject)
    assert type(raised.value) is error


def repacked(content: bytes, name: str, part: bytes) -> bytes:
    """An Excel file with another part in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, part)
    return stream.getvalue()


def test_a_zip_bomb_is_not_unpacked() -> None:
    content = repacked(excel([["phrase"], ["un litige"]]), "xl/media/rien.bin", b"\0" * 40_000_000)
    assert len(content) < MOST_BYTES
    with pytest.raises(TooLargeError):
        read_file(content, is_subject)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_of_ones_own_are_refused(encoding: str) -> None:
    part = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccccccc">]><sst>&b;</sst>'.encode(encoding)
    with pytest.raises(SheetError):
        read_file(repacked(excel([["phrase"], ["un litige"]]), "xl/sharedStrings.xml", part), is_subject)


def test_a_sheet_that_claims_a_million_rows_is_cut() -> None:
    content = excel([["phrase"], ["un litige"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert read_file(repacked(content, "xl/worksheets/sheet1.xml", far), is_subject) == [Row(2, "un litige")]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for prefix in (b"", b"PK\x03\x04", b"\xff\xfe"):
        try:
            read_file(prefix + content, is_subject)
        except SheetError as error:
            assert error.message


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_pasted, lambda given, known: read_file(given.encode("utf-8", "surrogatepass"), known)):
        try:
            rows = read(text, is_subject)
        except SheetError:
            continue
        assert all(row.text.strip() for row in rows)


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1)
)
def test_a_column_of_sentences_comes_back_whole(sentences: list[str]) -> None:
    stream = io.StringIO()
    stream.write("phrase;sujet\r\n")
    csv.writer(stream, delimiter=";").writerows([sentence, "Formation"] for sentence in sentences)
    wanted = [sentence.strip() for sentence in sentences if sentence.strip()]
    if wanted:
        rows = read_file(stream.getvalue().encode("utf-8-sig"), is_subject)
        assert [row.text for row in rows] == wanted
