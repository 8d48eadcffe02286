"""Tables to take away, as CSV or as an Excel file, in which no cell can be taken for a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Value = str | int | float | None
_FORMULA = re.compile(r"[\s\0-\x1f\u200b-\u200f\ufeff]*[=+\-@＝＋－＠\t\r]")
_UNWRITABLE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MOST_CHARACTERS = 32_000
_WIDEST = 40


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        name: At most 31 characters.
        header: Of the columns.
        rows: As many values as the header.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]


def safe_text(text: str) -> str:
    """A text that no table reader takes for a formula: an apostrophe stands before what could be one."""
    text = _UNWRITABLE.sub(" ", text)[:_MOST_CHARACTERS]
    return f"'{text}" if _FORMULA.match(text) else text


def as_csv(sheet: Sheet) -> bytes:
    """CSV as Excel in French opens it at once: UTF-8 with BOM, semicolons, decimal commas."""
    return codecs.BOM_UTF8 + csv_lines([sheet.header, *sheet.rows])


def csv_lines(rows: Iterable[Sequence[Value]]) -> bytes:
    """Lines of such a CSV, to send piece by piece; `codecs.BOM_UTF8` comes before the first."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return stream.getvalue().encode("utf-8")


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    return safe_text(str(value).replace(".", ","))


def as_excel(sheets: Iterable[Sheet]) -> bytes:
    """An Excel file with one sheet for each table."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(safe_text(sheet.name)[:31])
        page.freeze_panes = "A2"
        for number, name in enumerate(sheet.header):
            cells = [name, *(str(row[number]) for row in sheet.rows[:200])]
            page.column_dimensions[get_column_letter(number + 1)].width = min(max(map(len, cells)) + 2, _WIDEST)
        heads = []
        for name in sheet.header:
            cell = WriteOnlyCell(page, value=safe_text(name))
            cell.font = Font(bold=True)
            heads.append(cell)
        page.append(heads)
        for row in sheet.rows:
            page.append([safe_text(value) if isinstance(value, str) else value for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
