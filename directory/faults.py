"""What can be wrong with the directory's files, told to those who write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.french import typeset


@dataclass(frozen=True, order=True)
class DirectoryFault:
    """One fault.

    Attributes:
        file: Name of the file.
        line: Line in it, from 1.
        sentence: What is wrong, in French.
    """

    file: str
    line: int
    sentence: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentence", typeset(self.sentence))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class DirectoryError(ValueError):
    """The files cannot be used; `faults` names everything that is wrong, in order of file and line."""

    def __init__(self, faults: Sequence[DirectoryFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))
