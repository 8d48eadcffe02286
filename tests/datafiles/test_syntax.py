"""Reading a data file's text: marks count characters, faults are told, nothing crashes."""

from __future__ import annotations

import pytest
from yaml.nodes import MappingNode

from datafiles.syntax import SyntaxFaultError, compose, decoded


def test_marks_count_characters_of_any_width_and_line_ends_of_any_kind() -> None:
    text = decoded("\ufeffé: 😀\r\nb: |\r\n  ü\r\nc: x\r\n".encode())
    root = compose(text)
    assert isinstance(root, MappingNode)
    assert [text[key.start_mark.index] for key, _ in root.value] == ["é", "b", "c"]


@pytest.mark.parametrize("unit", ["[", "- ", "[\n", "? ", "{a: ", "[ {a: ", "]["])
@pytest.mark.parametrize("times", [900, 200_000])
def test_a_text_of_endless_levels_is_a_fault(unit: str, times: int) -> None:
    with pytest.raises(SyntaxFaultError):
        compose("a: " + unit * times)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "vide"),
        (b"a: b\n\xff", 2, "UTF-8"),
        (b"a: b\nb: \x07", 2, "interdit"),
        (b"a: b\nc: 'd\n\n", 2, "jamais"),
        (b"a:\n\tb: c\n", 2, "tabulation"),
    ],
)
def test_a_fault_is_told_by_its_line(content: bytes, line: int, words: str) -> None:
    with pytest.raises(SyntaxFaultError, match=words) as caught:
        compose(decoded(content))
    assert caught.value.line == line
