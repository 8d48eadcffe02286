"""Figures of a model from how its held-out examples were read."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from releases.figures import figures, held_out_of
from understanding.intents.held_out import HELD_OUT_FILE, HeldOut, write_held_out


def _read(text: str, intent: str, first: str, certainty: float, second: str = "", origin: str = "") -> HeldOut:
    return HeldOut(text, intent, origin, ((first, certainty), *(((second, 0.1),) if second else ())))


READINGS = [
    *[_read(f"un prêt {number}", "financement", "financement", 0.9) for number in range(6)],
    _read("payer un stage", "financement", "formation", 0.62, "financement"),
    _read("payer mon stage", "financement", "formation", 0.97, "juridique"),
    _read("mon stage à moi", "financement", "formation", 0.99, "juridique", origin="c1"),
    _read("un stage", "formation", "formation", 1.0),
    _read("bonjour", "saluer", "saluer", 0.04),
]


def test_shares_confusions_matrix_and_histogram() -> None:
    found = figures(READINGS, ["formation", "financement", "juridique"])
    assert found["n"] == 11
    assert found["right"]["value"] == pytest.approx(8 / 11, abs=1e-4)
    assert 0 < found["right"]["low"] < found["right"]["value"] < found["right"]["high"] <= 1
    assert found["labels"] == ["formation", "financement", "saluer"]
    assert found["matrix"] == [[1, 0, 0], [3, 6, 0], [0, 0, 1]]
    financement = found["categories"]["financement"]
    assert (financement["n"], financement["offered"]["value"]) == (9, pytest.approx(7 / 9, abs=1e-4))
    assert financement["confused_with"] == [{"label": "formation", "count": 3}]
    assert found["confusions"] == [
        {
            "of": "financement",
            "as": "formation",
            "count": 3,
            "sentences": [
                {"text": "payer mon stage", "certainty": 0.97},
                {"text": "payer un stage", "certainty": 0.62},
            ],
        }
    ]
    assert found["certainty"]["right"][19] == 1 and found["certainty"]["right"][0] == 1
    assert found["certainty"]["wrong"][12] == 1 and found["certainty"]["wrong"][19] == 2


def test_what_members_wrote_is_counted_but_never_quoted() -> None:
    assert "à moi" not in json.dumps(figures(READINGS), ensure_ascii=False)


def test_they_stay_small() -> None:
    labels = [f"categorie_{number}" for number in range(30)]
    wrong = [
        _read("é" * 400 + str(number), of, as_, 0.5)
        for number in range(8)
        for of in labels
        for as_ in labels
        if of != as_
    ]
    assert len(json.dumps(figures(wrong, labels))) < 700_000
    assert len(json.dumps(figures(wrong, labels), ensure_ascii=False)) < 300_000


def test_no_example_gives_no_share() -> None:
    found = figures([], ["formation"])
    assert (found["n"], found["right"], found["labels"], found["confusions"]) == (0, None, [], [])


def test_readings_are_found_in_an_archive(tmp_path: Path) -> None:
    write_held_out(READINGS, tmp_path)
    archive = tmp_path / "m.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / HELD_OUT_FILE, f"components/reader/{HELD_OUT_FILE}")
    assert held_out_of(archive) == READINGS
    with tarfile.open(archive, "w:gz") as packed:
        packed.addfile(tarfile.TarInfo("metadata.json"), io.BytesIO())
    assert held_out_of(archive) == []
    archive.write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"m\.tar\.gz"):
        held_out_of(archive)
