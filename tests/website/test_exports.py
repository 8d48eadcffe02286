"""What is taken away: nothing in it is a formula, and nothing is lost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from website.exports import Sheet, Value, as_csv, as_excel, safe_text

BEGINNINGS = tuple("=+-@\t\r")
dangerous = st.sampled_from(
    ["=1+1", "+33", "-2", "@x", "\t=1", "\r=1", " =1", "\n@a", "'=1", "﻿=1", "＝1", "a;=1", '"=1']
)
texts = dangerous | st.text(max_size=20) | st.builds(str.__add__, st.sampled_from(BEGINNINGS), st.text(max_size=8))
values: st.SearchStrategy[Value] = (
    texts | st.none() | st.integers(0, 10**6) | st.floats(0, 1e6).map(lambda v: round(v, 1))
)
sheets = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Sheet,
        st.just("Feuille"),
        st.lists(texts, min_size=width, max_size=width),
        st.lists(st.lists(values, min_size=width, max_size=width), max_size=4),
    )
)


@given(texts)
def test_no_text_can_be_a_formula(text: str) -> None:
    safe = safe_text(text)
    assert not safe.lstrip(" \n\t\r\x0b\x0c\ufeff").startswith((*BEGINNINGS, "＝", "＋", "－", "＠"))
    assert not safe.startswith(BEGINNINGS)
    assert safe.removeprefix("'") in (text, text.removeprefix("'")) or any(not letter.isprintable() for letter in text)


@pytest.mark.parametrize("text", ["", "Référent qualité", "é = 2", "05 36 49", "l’été - 2026", "'quote"])
def test_ordinary_texts_stay(text: str) -> None:
    assert safe_text(text) == text


@given(sheets)
def test_csv(sheet: Sheet) -> None:
    content = as_csv(sheet)
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(read) == len(sheet.rows) + 1
    for row, line in zip([sheet.header, *sheet.rows], read, strict=True):
        assert len(row) == len(line)
        for value, cell in zip(row, line, strict=True):
            assert not cell.startswith(BEGINNINGS)
            if isinstance(value, float):
                assert float(cell.replace(",", ".")) == value
            elif isinstance(value, int):
                assert int(cell) == value


@given(sheets)
def test_excel(sheet: Sheet) -> None:
    book = load_workbook(io.BytesIO(as_excel([sheet])))
    page = book["Feuille"]
    for number, row in enumerate([sheet.header, *sheet.rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = page.cell(number, column)
            assert cell.data_type != "f"
            assert not (isinstance(cell.value, str) and cell.value.startswith(BEGINNINGS))
            if isinstance(value, int | float):
                assert cell.value == value


def test_csv_as_excel_in_french_reads_it() -> None:
    sheet = Sheet("Détail", ("Mois", "Délai"), [["mars; 2026", 12.5], ["avril", None]])
    assert as_csv(sheet).decode("utf-8") == '\ufeffMois;Délai\r\n"mars; 2026";12,5\r\navril;\r\n'
