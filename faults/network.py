"""A network that can be cut or made slow: a TCP relay on loopback."""

from __future__ import annotations

import asyncio
import contextlib

CHUNK = 65_536


class Network:
    """Relays connections from one port of 127.0.0.1 to another.

    Args:
        to: The port behind it.

    Attributes:
        port: The port before it, once it is open.
        delay: Seconds that each piece of what the client says is held.
    """

    def __init__(self, to: int) -> None:
        self.port = 0
        self.delay = 0.0
        self._to = to
        self._cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self, port: int = 0) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", port)
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
        try:
            await asyncio.gather(self._pass(reader, behind_writer, True), self._pass(behind_reader, writer, False))
        finally:
            self._writers -= both
            for end in both:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if asked and self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        writer.close()
