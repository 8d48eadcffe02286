"""Finding out what is to be said of sentences: what they resemble, how the assistant understands them, who is named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.checks import Likeness, look, trouble
from corpus.edition import Edition, Sentence
from directory.french import typeset
from understanding.text import comparison_key
from website.privacy import masked
from website.rasa import MOST_SENTENCES, Rasa, RasaAwayError, Reading
from website.studio import names
from website.studio.verdicts import REFUSED, Kind, Remark, Verdict, on_likeness, on_masks, on_reading, order

_FORMULA = "="
_NAMES_UNKNOWN = "Les noms de personnes n’ont pas encore pu être cherchés : vérifiez qu’il n’y en a pas."


@dataclass(frozen=True)
class Line:
    """A sentence that shall become an example.

    Attributes:
        text: The sentence.
        category: What it shall be an example of; empty for a subject that does not exist yet.
        number: Of the line, where there are several.
    """

    text: str
    category: str
    number: int = 1


class Judge:
    """Says what is to be said of sentences.

    Args:
        rasa: The assistant.
    """

    def __init__(self, rasa: Rasa) -> None:
        self._rasa = rasa
        self._slow: asyncio.Task[list[str]] | None = None

    async def verdicts(
        self, edition: Edition, lines: Sequence[Line], read: bool, apart_from: Sentence | None, seconds: float
    ) -> list[Verdict]:
        """What is to be said of each sentence.

        Args:
            edition: The examples.
            lines: The sentences.
            read: Whether the assistant shall say how it understands them.
            apart_from: A sentence that does not count.
            seconds: How long the assistant may take for `MOST_SENTENCES`.
        """
        texts = [line.text for line in lines]
        names_out, readings = await asyncio.gather(
            self._without_names(texts, seconds), self._read(texts if read else [], seconds)
        )
        shown = [masked(text) for text in names_out or texts]
        away = read and readings is None
        found = await asyncio.to_thread(_remarks, edition, lines, shown, apart_from)
        verdicts = []
        for place, (line, text, remarks) in enumerate(zip(lines, shown, found)):
            if names_out is None and not away:
                remarks = [*remarks, Remark(Kind.NAMES_UNKNOWN, typeset(_NAMES_UNKNOWN))]
            if read and not any(remark.kind in REFUSED for remark in remarks):
                reading = readings[place] if readings is not None else None
                remarks = [*remarks, on_reading(line.category, reading)]
            verdicts.append(Verdict(text, line.category, order(remarks)))
        return verdicts

    async def _without_names(self, texts: Sequence[str], seconds: float) -> list[str] | None:
        """The sentences without names of people; None where that is not known in time."""
        result: list[str] = []
        for start in range(0, len(texts), MOST_SENTENCES):
            some = await self._mask(texts[start : start + MOST_SENTENCES], seconds)
            if some is None:
                return None
            result += some
        return result

    async def _mask(self, texts: Sequence[str], seconds: float) -> list[str] | None:
        """A call that takes too long goes on, so that what it starts is there for the next one; one at a time."""
        if self._slow is not None:
            await asyncio.wait({self._slow}, timeout=seconds)
            if not self._slow.done():
                return None
        task = asyncio.ensure_future(self._rasa.mask(texts))
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            self._slow = task
            task.add_done_callback(_heard)
            return None
        self._slow = None
        try:
            return task.result()
        except RasaAwayError:
            return None

    async def _read(self, texts: Sequence[str], seconds: float) -> list[Reading] | None:
        try:
            return await self._rasa.understand(texts, seconds) if texts else []
        except RasaAwayError:
            return None


def _remarks(
    edition: Edition, lines: Sequence[Line], shown: Sequence[str], apart_from: Sentence | None
) -> list[list[Remark]]:
    """What the files and the other lines say against each sentence, and what was masked."""
    earlier: dict[str, Line] = {}
    return [_on_line(edition, line, text, apart_from, earlier) for line, text in zip(lines, shown)]


def _on_line(
    edition: Edition, line: Line, text: str, apart_from: Sentence | None, earlier: dict[str, Line]
) -> list[Remark]:
    fault = trouble(text)
    if fault is None and text.startswith(_FORMULA):
        fault = "Ceci est une formule de tableur, pas une phrase."
    if fault is not None:
        return [Remark(Kind.UNUSABLE, typeset(fault))]
    remarks = on_masks(line.text, text)
    if line.category and not names.is_slug(line.category):
        remarks.append(Remark(Kind.UNKNOWN_SUBJECT, typeset(f"Le sujet « {line.category} » n’existe pas.")))
    first = earlier.setdefault(comparison_key(text) or text, line)
    if first is not line:
        return [*remarks, _on_repeated(line, first)]
    return [*remarks, *on_likeness(text, line.category, _likeness(edition, text, apart_from))]


def _likeness(edition: Edition, text: str, apart_from: Sentence | None) -> Likeness:
    """Which other examples a sentence is like."""
    found = look(text, edition)
    if apart_from is None:
        return found
    same = next((one for one in edition.keys.same(text) if one.id != apart_from.id), None)
    return Likeness(same, [(one, share) for one, share in found.near if one.id != apart_from.id])


def _on_repeated(line: Line, first: Line) -> Remark:
    if first.category == line.category:
        return Remark(Kind.DUPLICATE, typeset(f"Identique à la ligne {first.number}."))
    sentence = f"Contradiction avec la ligne {first.number}, qui met la même phrase dans un autre sujet."
    return Remark(Kind.CONTRADICTION, typeset(sentence))


def _heard(task: asyncio.Task[list[str]]) -> None:
    """Whatever came of a call that nobody waits for any more is of no interest."""
    if not task.cancelled():
        task.exception()
