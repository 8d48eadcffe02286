"""An end for a run that stands still, and a word on where it stood."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

LOOK_SECONDS = 1.0


class StandstillError(RuntimeError):
    """A run was ended; the message says why, and where each of its tasks stood."""


@asynccontextmanager
async def limited(longest: float, still: float, progress: Callable[[], object]) -> AsyncIterator[None]:
    """End what runs inside where it takes too long or moves no more.

    Args:
        longest: Seconds that it may take.
        still: Seconds in which something has to move.
        progress: What moves.

    Raises:
        StandstillError: It was ended.
    """
    report = ""

    async def watch() -> None:
        nonlocal report
        report = await _standstill(longest, still, progress)
        limit.reschedule(asyncio.get_running_loop().time())

    watching = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(None) as limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise StandstillError(report) from error
    finally:
        watching.cancel()


async def _standstill(longest: float, still: float, progress: Callable[[], object]) -> str:
    """Wait for it; gives the report, made before anything is cancelled."""
    began = moved = time.monotonic()
    last = progress()
    while True:
        await asyncio.sleep(min(LOOK_SECONDS, still, longest))
        now, reached = time.monotonic(), progress()
        if reached != last:
            last, moved = reached, now
        if now - began >= longest:
            return f"not at its end after {longest:.0f} s, at {last}\n{standing()}"
        if now - moved >= still:
            return f"nothing moved for {still:.0f} s, at {last}\n{standing()}"


def standing() -> str:
    """Where each task but the calling one stands, from the outermost call inwards; one line for each place."""
    places: dict[str, int] = {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        place = " > ".join(_calls(task.get_coro()))
        places[place] = places.get(place, 0) + 1
    return "\n".join(f"  {times} x {place}" for place, times in sorted(places.items()))


def _calls(coroutine: Any) -> list[str]:
    calls = []
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None:
            calls.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
    return calls
