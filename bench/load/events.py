"""A stream of events, read without waiting in between."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator

from bench.calls import Event


async def read_events(stream: AsyncIterable[bytes]) -> AsyncIterator[Event]:
    """Events whose data is JSON, as the site sends them: a name, then one line of data; all else is left out.

    Args:
        stream: Gives lines.
    """
    name = ""
    async for raw in stream:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield Event(name, json.loads(line.removeprefix("data: ")))
