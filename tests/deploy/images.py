"""What the Dockerfile says, and which files of a checkout its build is given, read without Docker."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from settings import ROOT

DOCKERFILE = ROOT / "deploy" / "containers" / "Dockerfile"


@dataclass
class Stage:
    """One stage of a Dockerfile.

    Attributes:
        base: The image or stage that it begins with.
        steps: Instruction and argument of each step, in order.
    """

    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all_of(self, instruction: str) -> list[str]:
        """The arguments of all steps of one kind."""
        return [argument for name, argument in self.steps if name == instruction]


def instructions(path: Path = DOCKERFILE) -> Iterator[tuple[str, str]]:
    """Instruction and argument of each line, lines that go on put together."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, argument = line.partition(" ")
            yield name, argument.strip()


def stages(path: Path = DOCKERFILE) -> dict[str, Stage]:
    """All stages by name, arguments of the whole file put in."""
    defaults: dict[str, str] = {}
    found: dict[str, Stage] = {}
    for name, argument in instructions(path):
        if name == "FROM":
            base, name_of_stage = re.fullmatch(r"(\S+) AS (\S+)", argument).groups()  # type: ignore[union-attr]
            present = found[name_of_stage] = Stage(re.sub(r"\$\{(\w+)\}", lambda word: defaults[word[1]], base))
        elif found:
            present.steps.append((name, argument))
        else:
            assert name == "ARG"
            key, _, value = argument.partition("=")
            defaults[key] = value
    return found


def history(image: str) -> list[Stage]:
    """The stages that an image is made of one after the other, the last one first."""
    every = stages()
    found, name = [], image
    while name in every:
        found.append(every[name])
        name = every[name].base
    return found


def last(image: str, instruction: str) -> str:
    """The argument that an image is left with, of its own or of a stage that it begins with."""
    return next(stage.all_of(instruction)[-1] for stage in history(image) if stage.all_of(instruction))


def command(stage: str) -> list[str]:
    """What an image starts."""
    words: list[str] = json.loads(last(stage, "CMD"))
    return words


class Context:
    """Which files of a folder a build is given, by a .dockerignore.

    Args:
        rules: Its lines. `*`, `**/` and `!` are known; a path that is under an excluded folder is excluded.
    """

    def __init__(self, rules: str) -> None:
        lines = [line.strip() for line in rules.splitlines() if line.strip() and not line.startswith("#")]
        self._rules = [(not line.startswith("!"), self._pattern(line.removeprefix("!"))) for line in lines]

    @staticmethod
    def _pattern(text: str) -> re.Pattern[str]:
        parts = re.split(r"(\*\*/|\*)", text)
        known = {"**/": r"(?:.*/)?", "*": r"[^/]*"}
        return re.compile("".join(known.get(part, re.escape(part)) for part in parts) + r"(?:/.*)?")

    def holds(self, path: str) -> bool:
        """Whether a path is given: the last rule that fits it decides."""
        decided = [excluded for excluded, pattern in self._rules if pattern.fullmatch(path)]
        return not (decided and decided[-1])

    def files(self, root: Path, folder: str = "") -> Iterator[str]:
        """All files of a folder that are given, as paths from its top."""
        for entry in sorted((root / folder).iterdir()):
            path = f"{folder}/{entry.name}".lstrip("/")
            if not self.holds(path):
                continue
            if entry.is_dir() and not entry.is_symlink():
                yield from self.files(root, path)
            else:
                yield path
