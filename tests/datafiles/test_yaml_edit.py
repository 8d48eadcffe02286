"""Changing YAML text: only the lines that are meant change, and what is read back is what was wanted."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datafiles.yaml_edit import NotEditableError, load, rewrite
from understanding import paths

NASTY = [
    "true",
    "no",
    "~",
    "",
    " a ",
    "01",
    "1.5",
    "2026-01-01",
    "a: b",
    "a # b",
    "- a",
    "[x",
    "a, b",
    "é « ’",
    "*a",
    "&a",
]
one_line = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)
words = one_line | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
values = words | st.booleans() | st.dates() | st.lists(words, max_size=3)
written = one_line | st.booleans() | st.dates() | st.lists(one_line, max_size=3)
FIELDS = ("name", "phone", "tags", "from")


@dataclass
class Line:
    """A line of a document: its text, and the entry and field that it belongs to (none for a comment)."""

    text: str
    entry: str = ""
    field: str = ""


@dataclass
class Written:
    """A document and what it says."""

    lines: list[Line]
    data: dict[str, Any]
    newline: str
    ends: bool

    @property
    def text(self) -> str:
        return self.newline.join(line.text for line in self.lines) + (self.newline if self.ends else "")


def _inline(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=9999).split("\n...")[0].rstrip("\n")


@st.composite
def documents(draw: st.DrawFn) -> Written:
    """A list of entries, some on one line and some on several, with comments and empty lines anywhere."""
    lines, entries = [Line("# au début"), Line("entries:")], []
    indent = draw(st.sampled_from(["", "  "]))
    number = 0

    def between(indentation: str) -> None:
        nonlocal number
        for kind in draw(st.lists(st.sampled_from(["comment", "empty"]), max_size=2)):
            number += 1
            lines.append(Line(f"{indentation}# remarque {number}") if kind == "comment" else Line(""))

    for position in range(draw(st.integers(1, 5))):
        name = f"e{position}"
        entry: dict[str, Any] = {"id": name}
        entry |= {f"{name}_{field}": draw(written) for field in FIELDS if draw(st.booleans())}
        between(draw(st.sampled_from(["", indent, indent + "  "])))
        number += 1
        tail = f"  # suite {number}" if draw(st.booleans()) else ""
        if draw(st.booleans()):
            lines.append(Line(f"{indent}- {_inline(entry)}{tail}", name, "*"))
        else:
            for place, (field, value) in enumerate(entry.items()):
                start = f"{indent}- " if place == 0 else f"{indent}  "
                lines.append(Line(f"{start}{field}: {_inline(value)}{tail if place == 0 else ''}", name, field))
        entries.append(entry)
    between("")
    lines.append(Line("after: fin"))
    ends = draw(st.booleans())
    return Written(lines, {"entries": entries, "after": "fin"}, draw(st.sampled_from(["\n", "\r\n"])), ends)


@st.composite
def edits(draw: st.DrawFn) -> tuple[Written, dict[str, Any], set[tuple[str, str]]]:
    """A document, what it shall say, and the entries and fields that may change for it."""
    before = draw(documents())
    wanted = copy.deepcopy(before.data)
    entries: list[dict[str, Any]] = wanted["entries"]
    touched: set[tuple[str, str]] = set()
    for count in range(draw(st.integers(1, 4))):
        entry = draw(st.sampled_from(entries))
        match draw(st.sampled_from(["set", "drop", "remove", "move", "add"])):
            case "set":
                field = f"{entry['id']}_{draw(st.sampled_from(FIELDS))}"
                entry[field] = draw(values)
                touched.add((entry["id"], field))
            case "drop":
                field = f"{entry['id']}_{draw(st.sampled_from(FIELDS))}"
                entry.pop(field, None)
                touched.add((entry["id"], field))
            case "remove" if len(entries) > 1:
                entries.remove(entry)
                touched.add((entry["id"], "*"))
            case "move":
                entries.remove(entry)
                entries.insert(draw(st.integers(0, len(entries))), entry)
                touched.add((entry["id"], "order"))
            case "add":
                new = {"id": f"n{count}", "name": draw(words), "absences": [{"from": date(2026, 1, 2)}]}
                entries.insert(draw(st.integers(0, len(entries))), new)
            case _:
                pass
    return before, wanted, touched


def _untouched(before: Written, touched: set[tuple[str, str]]) -> list[str]:
    whole = {entry for entry, field in touched if field == "*"}
    changed = {entry for entry, field in touched if field != "order"}
    return [
        line.text
        for line in before.lines
        if line.entry not in whole
        and (line.entry, line.field) not in touched
        and not (line.field == "*" and line.entry in changed)
    ]


@given(edits())
def test_only_the_lines_that_are_meant_change(case: tuple[Written, dict[str, Any], set[tuple[str, str]]]) -> None:
    before, wanted, touched = case
    assert load(before.text) == before.data
    after = rewrite(before.text, wanted)
    assert yaml.safe_load(after) == wanted
    kept = _untouched(before, touched)
    lines = after.split(before.newline)
    if any(field == "order" for _, field in touched):  # of two that change places, either may be the one that stays
        assert set(kept) <= set(lines)
        kept = [line for line in kept if line.lstrip().startswith("#")]
    assert [line for line in lines if line and line in set(kept)] == [line for line in kept if line]
    assert after.count("\r\n") == (after.count("\n") if before.newline == "\r\n" else 0)


@given(documents())
def test_nothing_to_change_changes_nothing(document: Written) -> None:
    assert rewrite(document.text, copy.deepcopy(document.data)) == document.text


def _changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_the_directory_as_it_is_written() -> None:
    text = (paths.DIRECTORY / "directory.yml").read_text("utf-8")
    wanted = load(text)
    wanted["antennas"][1]["phone"] = "05 36 49 00 99"
    wanted["antennas"][1]["hours"] = {"lundi": ["9:00-12:00"], "mardi": []}
    wanted["contacts"][1]["absences"] = [{"from": date(2026, 12, 24), "to": date(2026, 12, 31)}]
    wanted["contacts"][2]["categories"].remove("formation")
    gone, new = _changed_lines(text, rewrite(text, wanted))
    assert gone == [
        '    phone: "05 36 49 00 20"',
        next(line for line in text.split("\n") if "rochefort-industrie" in line),
        next(line for line in text.split("\n") if "rochefort-competences" in line),
    ]
    assert new[:4] == ['    phone: "05 36 49 00 99"', "    hours:", '      lundi: ["9:00-12:00"]', "      mardi: []"]
    assert new[4] == gone[1][:-1] + ", absences: [{from: 2026-12-24, to: 2026-12-31}]}"
    assert new[5] == gone[2].replace("[formation, emploi_metiers]", "[emploi_metiers]")


def test_an_entry_takes_its_lines_with_it() -> None:
    text = "l:\n# un\n- id: a\n  # dans a\n  n: 1 # reste\n# deux\n- {id: b}\n- id: c"
    wanted = {"l": [{"id": "c"}, {"id": "b"}, {"id": "a", "n": 1}]}
    assert rewrite(text, wanted) == "l:\n# un\n- id: c\n- {id: b}\n- id: a\n  # dans a\n  n: 1 # reste\n# deux\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("a:\nb: 1\n", {"a": [1, 2], "b": 1}, "a: [1, 2]\nb: 1\n"),
        ("a: [1] # deux\n", {"a": {"b": {"c": []}}}, "a:\n  b:\n    c: [] # deux\n"),
        ("a:\n  - b\n  - c\nd: 1", {"a": [], "d": 1}, "a: []\nd: 1"),
        ("a: |\n  b\n\n# c\nd: e\n", {"a": "f", "d": "e"}, "a: f\n\n# c\nd: e\n"),
        ("l:\n- a: 1\n", {"l": [{"b": 2}]}, "l:\n- b: 2\n"),
        ("a: 'b'\n", {"a": "c’d"}, "a: 'c’d'\n"),
        ("a: {b: 1, c: 2}\n", {"a": {"c": 2, "d": None}}, "a: {c: 2, d: null}\n"),
    ],
)
def test_values_of_another_kind(before: str, wanted: Any, after: str) -> None:
    assert rewrite(before, wanted) == after


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: &x 1\nb: *x\n", {"a": 2, "b": 1}),
        ("{a: 1}\n", {"a": 2}),
        ("- a\n", {"a": 2}),
        ("a: [1,\n  # deux\n  2]\n", {"a": [1]}),
        ("a: !!python/name:os.system x\n", {"a": 1}),
        ("a: [\n", {}),
        ("? [a]\n: b\n", {"x": 1}),
    ],
)
def test_what_cannot_be_changed_in_place_is_refused(text: str, wanted: Any) -> None:
    with pytest.raises(NotEditableError):
        rewrite(text, wanted)
