"""A small copy of the data files, for tests of the trainers' studio."""

from __future__ import annotations

from pathlib import Path

from tests.bot.data import copy_data

KNOWN = "Le pont roulant est conduit sans papier"
"""A sentence of the copy, in « Formation »."""
OTHER = "Un client nous réclame des pénalités de retard"
"""A sentence of the copy, in « Question juridique »."""


def small_data(folder: Path) -> Path:
    """Make the copy.

    Args:
        folder: Where; it is made.

    Returns:
        The folder.
    """
    copy_data(folder)
    for intent, sentence in (("formation", KNOWN), ("juridique", OTHER)):
        path = folder / "nlu" / f"{intent}.yml"
        lines = path.read_text("utf-8").splitlines()
        version = next(line for line in lines if line.startswith("version:"))
        rest = [line for line in lines if line != version]  # the list of blocks comes last, so that it can be added to
        block = ["# à la main", f"- intent: {intent}", "  examples: |", f"    - {sentence}"]
        path.write_text("\n".join([version, *rest, *block]) + "\n", "utf-8")
    return folder


def restore(original: Path, data: Path) -> None:
    """Make a copy of the copy what it was.

    Args:
        original: The copy.
        data: Its copy, which somebody changed.
    """
    for path in data.rglob("*.yml"):
        if not (original / path.relative_to(data)).exists():
            path.unlink()
    for path in original.rglob("*.yml"):
        copy = data / path.relative_to(original)
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            copy.write_bytes(path.read_bytes())
