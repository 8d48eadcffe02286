"""Tasks that run as long as the site."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Protocol

STOP_SECONDS = 4.0


class Running(Protocol):
    """What begins and ends with the site."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""


class Background(ABC):
    """A task of the site's. What is cut off when it ends is taken up at the next start."""

    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=type(self).__name__.lower())

    async def stop(self) -> None:
        """End; a transaction under way is rolled back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=STOP_SECONDS)

    @abstractmethod
    async def _run(self) -> None:
        """Work until cancelled."""
