"""What a process says, line by line, as a terminal would show it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

READ_SIZE = 65_536
LONGEST_LINE = 20_000
"""Bytes after which a line counts though it has not ended."""


async def read_lines(pipe: int) -> AsyncGenerator[str]:
    """The lines that come out of a pipe, without empty ones, until nobody can write into it any more.

    Args:
        pipe: The file number of its reading end, which is closed at the end.
    """
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
    )
    rest = b""
    try:
        while chunk := await reader.read(READ_SIZE):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                lines.append(rest)
                rest = b""
            for text in filter(None, map(_shown, lines)):
                yield text
        if text := _shown(rest):
            yield text
    finally:
        transport.close()


def _shown(line: bytes) -> str:
    """A progress bar redraws its line after a carriage return: only its last state is worth showing."""
    return line.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2].rstrip()
