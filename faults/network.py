"""A network that can be cut or made slow: a TCP relay on loopback."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 65_536
COMMITTING = b"COMMIT\0"
"""What says in PostgreSQL's protocol that a transaction is to be stored."""


class Network:
    """Relays connections from one port of 127.0.0.1 to another.

    Args:
        to: The port behind it.
        port: The port before it; 0 for a free one.

    Attributes:
        port: The port before it, once it is open.
        delay: Seconds that each piece of what the client says is held.
        unconfirmed: Where it stands in what a client says, the answer to that is swallowed and the connection breaks.
    """

    def __init__(self, to: int, port: int = 0) -> None:
        self.port = port
        self.delay = 0.0
        self.unconfirmed: bytes | None = None
        self._to = to
        self._cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End all connections and listen no more."""
        self.cut()
        if self._server is not None:
            self._server.close()

    def cut(self) -> None:
        """Break every connection in the middle, and every new one until it is mended."""
        self._cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._cut = False

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        try:
            behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, behind_writer}
        self._writers |= both
        swallowed = asyncio.Event()
        try:
            await asyncio.gather(self._ask(reader, behind_writer, swallowed), _pass(behind_reader, writer, swallowed))
        finally:
            self._writers -= both
            for end in both:
                end.transport.abort()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallowed: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.unconfirmed is not None and self.unconfirmed in data:
                    swallowed.set()
                writer.write(data)
                await writer.drain()
        writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallowed: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            if swallowed.is_set():
                writer.transport.abort()
                return
            writer.write(data)
            await writer.drain()
    writer.close()
