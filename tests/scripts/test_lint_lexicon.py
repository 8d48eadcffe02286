"""What the check of the lexicon refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lint_lexicon import Entry, check, entries

SENTENCES = ["on cherche des avances remboursables", "un bilan carbone pour l’usine"]


def _faults(*rows: Entry) -> list[str]:
    return [fault.message for fault in check(rows, ["financement", "transition_ecologique"], SENTENCES)]


def test_terms_of_the_corpus_are_accepted() -> None:
    assert _faults((3, "financement", "avance remboursable"), (4, "transition_ecologique", "Bilan Carbone")) == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(3, "finance", "avance remboursable")], "unknown category"),
        ([(3, "financement", "carbone"), (4, "transition_ecologique", "carbones")], "line 3"),
        ([(3, "financement", "levée de fonds")], "no example"),
        ([(3, "financement", "un bilan carbone pour l usine")], "1 to 4"),
        ([(3, "financement", "!!")], "0 words"),
    ],
)
def test_what_is_refused(rows: list[Entry], told: str) -> None:
    (fault,) = _faults(*rows)
    assert told in fault


def test_entries_are_read_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "lexique.yml"
    file.write_text(
        'version: "3.1"\nnlu:\n# prêts\n- lookup: financement\n  examples: |\n    - prêt\n    - pge\n', "utf-8"
    )
    assert list(entries(file)) == [(6, "financement", "prêt"), (7, "financement", "pge")]
