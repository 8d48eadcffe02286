"""Masking names of people, in a process of its own beside Rasa's.

The whole of fr_core_news_md takes seconds to load and holds Python's lock while it works: in a thread of Rasa's
process every member's message would wait for it. The process starts at the first call, serves one call at a time, and
ends after a while without one, or with Rasa. It speaks JSON, a line each way.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any, List, Optional, Text

from settings import ROOT

if TYPE_CHECKING:
    from bot.name_finder import NameFinder

IDLE_SECONDS = 600.0
START_SECONDS = 120.0
CALL_SECONDS = 60.0
LINE_BYTES = 64 * 1024 * 1024
PRIORITY = 10
"""Members' messages go first."""


class MaskingAway(RuntimeError):
    """The process gives no answer now."""


class NameMasker:
    """Masks names through the process beside.

    Args:
        command: What starts it.
        idle_seconds: After how long without a call it is ended.
    """

    def __init__(
        self,
        command: Optional[List[Text]] = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._command = command or [sys.executable, "-m", "bot.names"]
        self._idle_seconds = idle_seconds
        self._process: Optional[asyncio.subprocess.Process] = None
        self._alone = asyncio.Lock()
        self._end: Optional[asyncio.TimerHandle] = None

    async def mask(self, texts: List[Text]) -> List[Text]:
        """The texts with « [nom] » in the place of each name.

        Raises:
            MaskingAway: Not now.
        """
        async with self._alone:
            if self._end is not None:
                self._end.cancel()
            try:
                return await self._ask(texts)
            except (OSError, ValueError, KeyError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
                self.close()
                raise MaskingAway(type(error).__name__) from error
            except asyncio.CancelledError:
                self.close()  # its answer would be taken for the next call's
                raise
            finally:
                self._end = asyncio.get_running_loop().call_later(self._idle_seconds, self.close)

    async def _ask(self, texts: List[Text]) -> List[Text]:
        seconds = CALL_SECONDS
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_BYTES,
            )
            seconds = START_SECONDS
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(texts).encode() + b"\n")
        line = await asyncio.wait_for(process.stdout.readline(), seconds)
        masked = json.loads(line)
        if not isinstance(masked, list) or len(masked) != len(texts):
            raise ValueError("an answer of another length")
        return [str(text) for text in masked]

    def close(self) -> None:
        """End the process; the next call starts another."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None


def load() -> NameFinder:
    """The finder, with the whole model: takes seconds."""
    import spacy

    from bot.name_finder import NameFinder

    # the tagger and the parser are not needed; the lemmatizer only holds the dictionary and is never run
    nlp: Any = spacy.load("fr_core_news_md", exclude=["parser", "senter"])
    nlp.disable_pipes("morphologizer", "attribute_ruler", "lemmatizer")
    return NameFinder(nlp)


def serve() -> None:
    """Answer lines from standard input until it ends."""
    os.nice(PRIORITY)
    finder = load()
    for line in sys.stdin:
        masked: List[Text] = [finder.mask(text) for text in json.loads(line)]
        print(json.dumps(masked), flush=True)


if __name__ == "__main__":
    serve()
