"""What changed in the example sentences since the version in service was trained."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from directory.french import typeset
from releases.archives import archive_path
from releases.figures import held_out_of
from releases.models import BotModel
from settings import ROOT
from understanding import paths
from understanding.catalogue import current_catalogue
from understanding.corpus import CorpusError, read_corpus
from website.console.words import subject
from website.statistics.words import plural

Pair = tuple[str, str]
"""A sentence and its intent."""
MODELS = ROOT / "models"


@dataclass(frozen=True)
class Row:
    """The changes of one subject."""

    subject: str
    added: int
    removed: int
    moved: int


@dataclass(frozen=True)
class Changes:
    """All changes.

    Attributes:
        sentence: In words.
        rows: By subject, the most changed first.
    """

    sentence: str
    rows: tuple[Row, ...] = ()


@lru_cache(maxsize=2)
def _learnt(archive: Path, _stamp: int) -> frozenset[Pair]:
    return frozenset((row.text, row.intent) for row in held_out_of(archive))


@lru_cache(maxsize=1)
def _written(_stamp: frozenset[tuple[str, int, int]]) -> frozenset[Pair]:
    in_service = set(current_catalogue().intents)
    return frozenset((one.text, one.intent) for one in read_corpus(paths.NLU) if one.intent in in_service)


def _stamp() -> frozenset[tuple[str, int, int]]:
    files = [*paths.NLU.rglob("*.yml"), paths.CATEGORIES]
    return frozenset((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


async def changes_since(served: BotModel | None) -> Changes:
    """What changed since a version was trained.

    Args:
        served: The version in service; None where there is none.
    """
    return await asyncio.to_thread(_changes, served)


def _changes(served: BotModel | None) -> Changes:
    if served is None:
        return Changes("Aucune version n’est encore en service.")
    try:
        now = _written(_stamp())
    except CorpusError as error:
        return Changes(typeset(f"Un fichier de phrases ne peut pas être lu : {error}. Corrigez-le avant d’entraîner."))
    archive = archive_path(MODELS, served.id)
    try:
        before = _learnt(archive, archive.stat().st_mtime_ns)
    except (OSError, ValueError):
        before = frozenset()
    if not before:
        return Changes("La version en service ne dit pas de quelles phrases elle est faite.")
    return compare(before, now)


def compare(before: Iterable[Pair], now: Iterable[Pair]) -> Changes:
    """The changes between two states of the examples."""
    old, new = frozenset(before), frozenset(now)
    added, removed = new - old, old - new
    moved_texts = {text for text, _ in added} & {text for text, _ in removed}
    counts = {
        "added": Counter(intent for text, intent in added if text not in moved_texts),
        "removed": Counter(intent for text, intent in removed if text not in moved_texts),
        "moved": Counter(intent for text, intent in added if text in moved_texts),
    }
    intents = {intent for counter in counts.values() for intent in counter}
    rows = [
        Row(subject(intent), counts["added"][intent], counts["removed"][intent], counts["moved"][intent])
        for intent in intents
    ]
    rows.sort(key=lambda row: (-(row.added + row.removed + row.moved), row.subject))
    return Changes(_sentence(*(counter.total() for counter in counts.values())), tuple(rows))


def _sentence(added: int, removed: int, moved: int) -> str:
    """« Depuis la version en service : 12 phrases ajoutées, 1 retirée. »"""
    if not added + removed + moved:
        return "Les phrases d’exemple sont celles de la version en service."
    words = [
        (added, "ajoutée"),
        (removed, "retirée"),
        (moved, "changée"),
    ]
    parts = [f"{plural(count, 'phrase')} {word}{'s' if count > 1 else ''}" for count, word in words if count]
    if moved:
        parts[-1] += " de sujet"
    return typeset(f"Depuis la version en service : {', '.join(parts)}.")
