"""Transcripts as members read them."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from faults.ledger import Conversation

ERRORS = (TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError)
"""What a call may end with where something is away; of a stream broken in the middle of a chunk, aiohttp's own too."""
CALL_SECONDS = 8.0
PAUSE_SECONDS = 0.5


async def settled(
    http: aiohttp.ClientSession, url: str, known: Conversation, deadline: float = math.inf
) -> list[dict[str, Any]]:
    """A transcript once all that its member sent is answered.

    Args:
        http: To call through.
        url: The site.
        known: The conversation.
        deadline: When patience ends, by the monotonic clock: then it is given as it is.
    """
    address = f"{url}/api/conversations/{known.id}/messages"
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    while True:
        content: dict[str, Any] = {"answered_to": -1, "messages": []}
        try:
            async with http.get(address, headers=known.headers, timeout=timeout) as response:
                if response.status == 200:
                    content = await response.json()
        except ERRORS:
            pass
        last = max((row["seq"] for row in content["messages"] if row["sender"] == "member"), default=0)
        if content["answered_to"] >= last or time.monotonic() > deadline:
            messages: list[dict[str, Any]] = content["messages"]
            return messages
        await asyncio.sleep(PAUSE_SECONDS)
