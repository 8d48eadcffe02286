"""What is wrong with the data files of a training, before it takes minutes to find out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import yaml

from understanding.catalogue import load_catalogue
from understanding.corpus import Example, load_yaml, read_corpus, read_examples, read_two_needs
from understanding.intents.lexicon import read_lexicon

LEXICON = "lexique.yml"


def fault(folder: Path) -> str | None:
    """The first file that cannot be read, as one French sentence; None where all can."""
    for path, read in _readings(folder):
        try:
            read()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            said = str(error).partition(":")[0]
            name = said if (folder / said).is_file() else path.relative_to(folder).as_posix()
            return f"Le fichier {name}{_line(error)} ne se lit pas\u00a0: corrigez-le, puis relancez l’entraînement."
    return None


def sources(folder: Path) -> tuple[str, ...]:
    """Conversations that sentences of the data files come from."""
    return tuple(sorted({example.origin for example in read_corpus(folder / "nlu") if example.origin}))


def _readings(folder: Path) -> Iterator[tuple[Path, Callable[[], object]]]:
    categories, conversation = folder / "categories.yml", folder / "conversation.yml"
    for path in (categories, conversation):
        yield path, partial(load_yaml, path)
    yield categories, partial(load_catalogue, categories, conversation)
    two_needs = folder / "deux_besoins.yml"
    if two_needs.exists():
        yield two_needs, partial(read_two_needs, two_needs)
    for path in sorted((folder / "nlu").rglob("*.yml")):
        yield path, partial(read_lexicon, path) if path.name == LEXICON else partial(_all_examples, path)


def _all_examples(path: Path) -> list[Example]:
    return list(read_examples(path))


def _line(error: BaseException) -> str:
    cause = error.__cause__
    mark = cause.problem_mark if isinstance(cause, yaml.MarkedYAMLError) else None
    return f", ligne {mark.line + 1}," if mark else ""
