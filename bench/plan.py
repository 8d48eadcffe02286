"""What is measured: approaches, sizes, repetitions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT

OURS, SKLEARN, STOCK = "ours", "sklearn", "stock"
APPROACHES = (OURS, SKLEARN, STOCK)
WHOLE = 0
"""In place of a number of examples a category: the whole corpus."""

FIGURES = ("sizes", "diet_most", "conversation_most", "epochs", "limit", "repeats", "calls", "seed")
"""The options that change a figure."""


@dataclass(frozen=True)
class Plan:
    """The options of a run.

    Attributes:
        folder: Where results, models and logs are kept.
        questions: Labelled questions, one JSON object a line.
        docs: Where the report goes.
        sizes: Examples a category, ascending, for the learning curve.
        diet_most: The stock pipeline is trained up to this size: DIET needs most of an hour at 150.
        conversation_most: Examples of each conversation intent at most, unless the corpus is taken whole.
        epochs: Of DIET.
        limit: How many questions are asked at most; 0 for all.
        repeats: Cold starts.
        calls: Requests of each kind that are timed.
        seed: Of every choice by chance.
        only: The approaches that are measured.
        again: Measure even what is already known.
    """

    folder: Path = ROOT / "var" / "bench"
    questions: Path = ROOT / "eval" / "questions.jsonl"
    docs: Path = ROOT / "docs"
    sizes: tuple[int, ...] = (30, 75, 150, 300, 600)
    diet_most: int = 150
    conversation_most: int = 30
    epochs: int = 100
    limit: int = 0
    repeats: int = 3
    calls: int = 200
    seed: int = 20
    only: tuple[str, ...] = APPROACHES
    again: bool = False

    @property
    def common(self) -> int:
        """The largest size at which all three are trained."""
        return max((size for size in self.sizes if size <= self.diet_most), default=min(self.sizes))

    def sizes_of(self, approach: str) -> tuple[int, ...]:
        """The sizes at which an approach is trained; the last may be `WHOLE`."""
        if approach == STOCK:
            return tuple(size for size in self.sizes if size <= self.diet_most) or (self.common,)
        return (*self.sizes, WHOLE)

    def served(self) -> tuple[tuple[str, int], ...]:
        """The models whose server is measured: both at the common size, ours on the whole corpus too."""
        wanted = ((STOCK, self.common), (OURS, self.common), (OURS, WHOLE))
        return tuple(pair for pair in wanted if pair[0] in self.only)

    def command(self) -> str:
        """The command that measures by this plan, with the options that change a figure."""
        default = Plan()
        options = [
            f"--{name.replace('_', '-')} {','.join(map(str, value)) if isinstance(value, tuple) else value}"
            for name in FIGURES
            if (value := getattr(self, name)) != getattr(default, name)
        ]
        return f"make bench OPTIONS='{' '.join(options)}'" if options else "make bench"

    def work(self, tag: str) -> Path:
        """A folder for a generated project."""
        return self.folder / "work" / tag


def tag(approach: str, size: int) -> str:
    """Name of a trained approach, e.g. « stock-150 » or « ours-whole »."""
    return f"{approach}-{size or 'whole'}"


def option_fields() -> list[dataclasses.Field[object]]:
    """The options that the command line takes as whole numbers."""
    return [field for field in dataclasses.fields(Plan) if field.type == "int"]
