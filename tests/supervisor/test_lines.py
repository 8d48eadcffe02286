"""What is written into a pipe comes out in lines, whatever the pieces in which it is written."""

from __future__ import annotations

import asyncio
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from supervisor.lines import LONGEST_LINE, read_lines

TEXTS = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30), max_size=8)


async def _said(pieces: list[bytes]) -> list[str]:
    reading, writing = os.pipe()

    async def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for piece in pieces:
                pipe.write(piece)
                await asyncio.sleep(0)

    writer = asyncio.create_task(write())
    said = [line async for line in read_lines(reading)]
    await writer
    return said


@given(TEXTS, st.integers(1, 20), st.booleans())
@settings(deadline=None)
def test_lines_are_put_together_again(texts: list[str], size: int, ended: bool) -> None:
    whole = "\n\n".join(texts).encode() + (b"\n" if ended else b"")
    pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert asyncio.run(_said(pieces)) == texts


def test_of_a_progress_bar_the_last_state_counts() -> None:
    assert asyncio.run(_said([b"1 %\r50 %\r", b"100 %\r\n", b"done  \r\n"])) == ["100 %", "done"]


async def test_a_line_without_an_end_is_not_waited_for() -> None:
    reading, writing = os.pipe()
    lines = read_lines(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(b"a" * (LONGEST_LINE + 1))
        async with asyncio.timeout(20):
            first = await anext(lines)
        pipe.write(b"b\n")
    assert [first, *[line async for line in lines]] == ["a" * (LONGEST_LINE + 1), "b"]
