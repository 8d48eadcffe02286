"""Writes the release note of a model (`python -m releases.compare --model ID`).

The last stage of a training, run at low priority. Where a part cannot be found out, the note does without it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from corpus.regressions import Regression, read_regressions
from database.engine import make_async_engine, reading
from releases import notes
from releases.archives import fetch_archive
from releases.errors import ReleaseError
from releases.figures import held_out_of
from releases.members import MemberSentence, member_sentences
from releases.rasa_side import ProgramFailedError, cross_validation, readings
from releases.registry import online
from releases.signing import model_key
from settings import ROOT, Settings
from understanding import paths
from understanding.catalogue import load_catalogue

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sides:
    """What is compared.

    Attributes:
        new: Archive of the new model.
        old: Archive of the model in service; None where there is none.
        against: Its id.
    """

    new: Path
    old: Path | None
    against: str | None


def note(sides: Sides, asked: Sequence[Regression], sentences: Sequence[MemberSentence]) -> dict[str, Any]:
    """The content of a release note.

    Args:
        sides: The models.
        asked: The regression questions.
        sentences: What members wrote.

    Raises:
        ProgramFailedError: The new model cannot be read.
    """
    archives = [sides.new] if sides.old is None else [sides.new, sides.old]
    texts = [*(question.text for question in asked), *(sentence.text for sentence in sentences)]
    found = readings(archives, texts)
    new, old = found[0], found[1] if len(found) > 1 else None
    if new is None:
        raise ProgramFailedError(sides.new.name)
    number = len(asked)
    content: dict[str, Any] = {
        "regressions": notes.regressions(asked, old[:number] if old else None, new[:number]),
        "members": notes.members(sentences, old[number:] if old else None, new[number:]),
        "held_out": None,
        "cross": None,
    }
    if sides.old is not None:
        content |= _examples(sides.old, sides.new)
    return content


def _examples(old: Path, new: Path) -> dict[str, Any]:
    """What the examples of both say; nothing where an archive does not hold them."""
    try:
        before, after = held_out_of(old), held_out_of(new)
        if not before or not after:
            return {}
        pairs = [[(row.text, row.intent) for row in rows] for rows in (before, after)]
        return {
            "held_out": notes.held_out(before, after),
            "cross": notes.cross(cross_validation(pairs[0], pairs[1])),
        }
    except (ValueError, ProgramFailedError) as error:
        logger.warning("no cross-validation: %s", error)
        return {}


async def compare(settings: Settings, model_id: str, folder: Path = ROOT / "models") -> None:
    """Compare a model with the one in service, and keep the note.

    Args:
        settings: Name the database.
        model_id: The new model.
        folder: Where archives stand.

    Raises:
        ReleaseError: There is no such model, or its archive cannot be had.
        ProgramFailedError: The model cannot be read.
    """
    engine = make_async_engine(settings.database_url, hide_parameters=True)
    readers, sessions = (async_sessionmaker(one, expire_on_commit=False) for one in (reading(engine), engine))
    try:
        async with readers() as session:
            sides = await _sides(session, model_id, folder, model_key(settings))
            sentences = await member_sentences(session, load_catalogue())
        content = await asyncio.to_thread(note, sides, read_regressions(paths.DATA).questions, sentences)
        async with sessions.begin() as session:
            await notes.store(session, model_id, sides.against, content)
    finally:
        await engine.dispose()


async def _sides(session: AsyncSession, model_id: str, folder: Path, key: bytes) -> Sides:
    served = await online(session)
    old = None
    if served is not None and served.id != model_id:
        try:
            old = await fetch_archive(session, served.id, folder, key)
        except ReleaseError as error:
            logger.warning("nothing to compare with: %s", error)
    new = await fetch_archive(session, model_id, folder, key)
    return Sides(new, old, served.id if served is not None and old is not None else None)


def main(arguments: list[str] | None = None) -> int:
    """Write a note.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m releases.compare", description="Write a model's release note.")
    parser.add_argument("--model", required=True, help="id of the model")
    options = parser.parse_args(arguments)
    logging.basicConfig(level="WARNING", format="%(message)s", stream=sys.stdout)
    try:
        asyncio.run(compare(Settings.from_environment(), options.model))
    except (ReleaseError, ProgramFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
