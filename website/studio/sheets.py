"""Reading tables of sentences that somebody brings along: CSV in its usual encodings, Excel, or pasted text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl import load_workbook

from understanding.text import comparison_key

MOST_BYTES = 2_000_000
MOST_ROWS = 2_000
_MOST_UNPACKED = 30_000_000
_MOST_PARTS = 500
_MOST_COLUMNS = 30
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NO_SEPARATOR = "\x1f"
_SEPARATORS = (";", "\t", ",")
_BULLET = re.compile(r"^\s*(?:[-–—•*·]|\d{1,4}[.)])\s+")
_SENTENCES = frozenset(
    {"phrase", "phrases", "phrase d exemple", "exemple", "exemples", "texte", "question", "questions"}
)
_SUBJECTS = frozenset({"sujet", "sujets", "categorie", "categories", "theme"})
_DOCTYPES = tuple(
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
)

IsSubject = Callable[[str], bool]


class SheetError(ValueError):
    """A file that cannot be taken.

    Attributes:
        message: Why, in French.
    """

    message = "Ce fichier ne peut pas être lu. Enregistrez-le au format CSV ou Excel (.xlsx), puis recommencez."


class TooLargeError(SheetError):
    """More bytes than `MOST_BYTES`, packed, or more than can be meant once they are unpacked."""

    message = "Ce fichier est trop gros : 2 Mo au plus. Partagez-le en plusieurs fichiers."


class TooManyRowsError(SheetError):
    """More rows than `MOST_ROWS`."""

    message = "Ce fichier a plus de 2 000 lignes. Partagez-le en plusieurs fichiers."


class OldExcelError(SheetError):
    """The format of Excel before 2007."""

    message = "Ce fichier est d’un ancien format d’Excel. Enregistrez-le au format .xlsx, puis recommencez."


class NoSentenceError(SheetError):
    """There is no sentence in it."""

    message = "Aucune phrase n’a été trouvée. Mettez une phrase par ligne, dans la première colonne."


@dataclass(frozen=True)
class Row:
    """A line of a table.

    Attributes:
        number: Of the line, from 1, as a table reader counts them.
        text: The sentence, as it stands there.
        subject: Name of the subject, as it stands there; empty where none is given.
    """

    number: int
    text: str
    subject: str = ""


def read_pasted(text: str, is_subject: IsSubject) -> list[Row]:
    """Sentences that were pasted: one a line, bullets and numbers before them left out, maybe a tab and a subject.

    Raises:
        SheetError: There are none, or too many.
    """
    if "\t" in text:
        return _rows(_cells(text, is_subject), is_subject)
    lines = ([_BULLET.sub("", line)] for line in text.splitlines())
    return _rows(enumerate(lines, 1), is_subject)


def read_file(content: bytes, is_subject: IsSubject) -> list[Row]:
    """The sentences of a file.

    Args:
        content: Of a CSV or Excel file.
        is_subject: Tells whether a cell names a subject.

    Raises:
        SheetError: It cannot be taken.
    """
    if len(content) > MOST_BYTES:
        raise TooLargeError
    if content.startswith(_OLD_EXCEL):
        raise OldExcelError
    if content.startswith(_ZIP):
        return _rows(_excel(content), is_subject)
    return _rows(_cells(decoded(content), is_subject), is_subject)


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8, UTF-16 or the code page of Windows in western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content[:200].count(0) > len(content[:200]) // 4:
        return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


Numbered = Iterable[tuple[int, Sequence[str]]]


def _cells(text: str, is_subject: IsSubject) -> Numbered:
    return enumerate(_parsed(text, _separator(text, is_subject)), 1)


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator)
    except csv.Error as error:
        raise SheetError from error


def _separator(text: str, is_subject: IsSubject) -> str:
    """What stands between sentence and subject; sentences hold commas themselves, so a comma alone says nothing."""
    for separator in _SEPARATORS:
        first = next((row for row in _parsed(text, separator) if any(row)), [])
        if len(first) > 1 and _heads(first) is not None:
            return separator
    for separator in _SEPARATORS:
        some = [row for _, row in zip(range(50), _parsed(text, separator)) if any(row)]
        if some and sum(len(row) > 1 and is_subject(row[1]) for row in some) * 2 > len(some):
            return separator
    return _NO_SEPARATOR


def _heads(row: Sequence[str]) -> tuple[int, int | None] | None:
    """Columns of sentence and subject, where a row names them."""
    keys = [comparison_key(cell) for cell in row]
    sentence = next((place for place, key in enumerate(keys) if key in _SENTENCES), None)
    subject = next((place for place, key in enumerate(keys) if key in _SUBJECTS), None)
    return None if sentence is None else (sentence, subject)


def _rows(cells: Numbered, is_subject: IsSubject) -> list[Row]:
    rows: list[Row] = []
    columns: tuple[int, int | None] | None = None
    for number, row in cells:
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            heads = _heads(row)
            columns = heads or (0, 1)
            if heads is not None:
                continue
        sentence, subject = columns
        text = _cell(row, sentence)
        if text:
            rows.append(Row(number, text, "" if subject is None else _cell(row, subject)))
        if len(rows) > MOST_ROWS:
            raise TooManyRowsError
    if not rows:
        raise NoSentenceError
    return rows


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _excel(content: bytes) -> Numbered:
    """The cells of the first sheet. Formulas are given as they are written, never as what they were worth."""
    try:
        _refuse_bombs(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # twice as many: empty lines are passed over
            rows = sheet.iter_rows(max_row=2 * MOST_ROWS, max_col=_MOST_COLUMNS, values_only=True)
            return [
                (number, ["" if value is None else str(value) for value in row]) for number, row in enumerate(rows, 1)
            ]
        finally:
            book.close()
    except SheetError:
        raise
    # openpyxl lets whatever goes wrong in its parsers through: KeyError, ValueError, ParseError, zlib.error …
    except Exception as error:
        raise SheetError from error


def _refuse_bombs(content: bytes) -> None:
    """Refuse what unpacks to more than anybody types, and parts that define entities of their own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
            raise TooLargeError
        for part in parts:
            if part.filename.endswith((".xml", ".rels")) and any(mark in archive.read(part) for mark in _DOCTYPES):
                raise SheetError
