"""Puts to a model, before it goes online, the regression questions that its release note does not know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from corpus.regressions import Regression, read_regressions
from database.storage import Storage
from releases import notes
from releases.archives import fetch_archive
from releases.errors import UnaskedError, UnknownModelError
from releases.hashes import present_code
from releases.models import BotModel, Comparison
from releases.rasa_side import ProgramFailedError, readings
from releases.readings import Reading
from releases.registry import alone, was_online
from understanding import paths

logger = logging.getLogger(__name__)


async def put_late_questions(storage: Storage, model_id: str, folder: Path, key: bytes) -> tuple[Regression, ...]:
    """Ask a model what it was not asked, and note what it makes of it.

    One that was online before, or cannot be any more, is asked nothing. Where it cannot be asked its note stays as it
    is. In each case `releases.registry.put_online` decides.

    Args:
        storage: The database.
        model_id: The model.
        folder: Where archives stand on this machine.
        key: From `releases.signing.model_key`.

    Returns:
        The regression questions that must have been put to it.

    Raises:
        ReleaseError: There is no such model, its archive may not be used, or a file of questions cannot be read.
    """
    async with storage.read() as session:
        model = await session.get(BotModel, model_id)
        if model is None:
            raise UnknownModelError
        can_serve = model.retired_at is None and model.code_hash == present_code()
        if not can_serve or await was_online(session, model_id):
            return ()
        questions = await _questions()
        comparison = await session.get(Comparison, model_id)
        missing = notes.unasked(comparison.content if comparison is not None else None, questions)
        if not missing:
            return questions
        archive = await fetch_archive(session, model_id, folder, key)
    read = await asyncio.to_thread(_read, archive, missing)
    if read is not None:
        await _note(storage, model_id, missing, read)
    return questions


async def _questions() -> tuple[Regression, ...]:
    found = await asyncio.to_thread(read_regressions, paths.DATA)
    for fault in found.faults:
        raise UnaskedError(f"Des questions témoins ne se lisent pas\u00a0: {fault}")
    return found.questions


def _read(archive: Path, questions: Sequence[Regression]) -> list[Reading] | None:
    """How the model reads questions; None where it cannot be asked."""
    try:
        (read,) = readings([archive], [question.text for question in questions])
    except (OSError, ProgramFailedError) as error:
        logger.warning("regression questions cannot be put to %s: %s", archive.name, type(error).__name__)
        return None
    return read


async def _note(storage: Storage, model_id: str, asked: Sequence[Regression], read: Sequence[Reading]) -> None:
    """Keep the answers to what is still asked, unless the model was retired meanwhile."""
    async with storage.write() as session:
        await alone(session)
        model = await session.get(BotModel, model_id, populate_existing=True)
        if model is None or model.retired_at is not None:
            return
        now = {(question.id, question.category, question.second) for question in await _questions()}
        still = [
            (question, reading)
            for question, reading in zip(asked, read)
            if (question.id, question.category, question.second) in now
        ]
        await notes.add_answers(session, model_id, [one for one, _ in still], [reading for _, reading in still])
