"""The one address of Rasa, whichever process answers behind it.

A relay of TCP connections. Going over to another port waits a moment until what is being
answered is answered, so that two processes do not play messages of one conversation at the same time; connections
that come in this moment are held, not refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from dataclasses import dataclass, field
from typing import cast

from supervisor.loopback import LOOPBACK

HOLD_S = 0.2
"""How long a call waits at most for those before it to be answered by the process that goes."""
DRAIN_S = 60.0
"""How long an answer of the process that goes may take; the site gives up long before."""
SILENT_S = 0.25
"""A connection that is kept open without a call for so long is closed when its process goes."""
LOOK_EVERY_S = 0.05
BACKLOG = 1024
_HIGH_WATER = 1 << 20


class Relay:
    """Listens on one port and hands each new connection to the process that answers now."""

    def __init__(self) -> None:
        """Prepare; it listens once `start` is called."""
        self._server: asyncio.Server | None = None
        self._port: int | None = None
        self._links: set[_Link] = set()
        self._held: deque[_Link] | None = None
        self._left = asyncio.Event()
        self._going_over = asyncio.Lock()

    @property
    def port(self) -> int | None:
        """The port of the process that new calls go to; None while there is none."""
        return self._port

    async def start(self, port: int, host: str = LOOPBACK) -> int:
        """Listen.

        Args:
            port: 0 for any.
            host: The address to listen on.

        Returns:
            The port.

        Raises:
            OSError: The port cannot be had.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Caller(self), host, port, backlog=BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for link in [*self._links, *(self._held or ())]:
            link.cut()

    async def hand_over(self, port: int | None) -> None:
        """Send new connections to another port (None: hang up on them), once what is being answered is answered."""
        async with self._going_over:
            before = self._port
            try:
                if before is not None and port is not None and self.calls(before):
                    self._held = deque()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._quiet(before), HOLD_S)
                self._port = port
            finally:
                held, self._held = self._held, None
                for link in held or ():
                    link.connect(self._port)

    def calls(self, port: int) -> int:
        """How many calls a port has not answered yet."""
        return sum(link.busy for link in self._links if link.port == port)

    async def drain(self, port: int) -> None:
        """Wait until all callers of a port are gone, at most `DRAIN_S`; those who only keep a connection are cut off.

        Their next call opens another one, and goes to the process that answers now.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DRAIN_S
        while left := [link for link in self._links if link.port == port]:
            now = loop.time()
            for link in left:
                if now > deadline or link.silent_since < now - SILENT_S:
                    link.cut()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _quiet(self, port: int) -> None:
        while self.calls(port):
            self._left.clear()
            await self._left.wait()

    def enter(self, link: _Link) -> None:
        """Take up a new connection."""
        if self._held is not None:
            self._held.append(link)
        else:
            link.connect(self._port)

    def add(self, link: _Link) -> None:
        """Count a connection among those of its port."""
        self._links.add(link)

    def leave(self, link: _Link) -> None:
        """Forget a connection that has ended."""
        self._links.discard(link)
        self._left.set()

    def answered(self) -> None:
        """Note that a call was answered."""
        self._left.set()


@dataclass(eq=False)
class _Link:
    """A caller's connection and that to the process that answers it.

    Attributes:
        relay: Where it belongs.
        caller: The caller's side.
        port: Of the process; None while there is none.
        server: The process's side; None while it is being connected.
        busy: Whether a call was sent and nothing has come back yet.
        silent_since: When the last piece of an answer came; never while a call is open or before the first.
        early: What the caller sent before there was somebody to send it to.
        over: Whether both sides are ended.
    """

    relay: Relay
    caller: asyncio.Transport
    port: int | None = None
    server: asyncio.Transport | None = None
    busy: bool = False
    silent_since: float = math.inf
    early: list[bytes] = field(default_factory=list)
    over: bool = False

    def connect(self, port: int | None) -> None:
        """Find who answers."""
        if port is None or self.over:
            self.cut()
            return
        self.port = port
        self.relay.add(self)
        task = asyncio.get_running_loop().create_task(self._connect(port))
        _connecting.add(task)
        task.add_done_callback(_connecting.discard)

    async def _connect(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_connection(lambda: _Answerer(self), LOOPBACK, port)
        except OSError:
            self.cut()
            return
        if self.over:
            transport.abort()
            return
        self.server = transport
        for data in self.early:
            transport.write(data)
        self.early.clear()

    def ask(self, data: bytes) -> None:
        """Pass on what the caller says."""
        self.busy, self.silent_since = True, math.inf
        if self.server is None:
            self.early.append(data)
        else:
            self.server.write(data)

    def answer(self, data: bytes) -> None:
        """Pass on what the process says."""
        self.caller.write(data)
        self.silent_since = asyncio.get_running_loop().time()
        if self.busy:
            self.busy = False
            self.relay.answered()

    def cut(self) -> None:
        """End both sides; what was written is still sent."""
        if self.over:
            return
        self.over = True
        self.busy = False
        self.caller.close()
        if self.server is not None:
            self.server.close()
        self.relay.leave(self)


_connecting: set[asyncio.Task[None]] = set()


class _Caller(asyncio.Protocol):
    """The caller's side."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._link: _Link | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        caller = cast(asyncio.Transport, transport)
        caller.set_write_buffer_limits(high=_HIGH_WATER)
        self._link = _Link(self._relay, caller)
        self._relay.enter(self._link)

    def data_received(self, data: bytes) -> None:
        if self._link is not None:
            self._link.ask(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._link is not None:
            self._link.cut()

    def pause_writing(self) -> None:
        if self._link is not None and self._link.server is not None:
            self._link.server.pause_reading()

    def resume_writing(self) -> None:
        if self._link is not None and self._link.server is not None:
            self._link.server.resume_reading()


class _Answerer(asyncio.Protocol):
    """The answering process's side."""

    def __init__(self, link: _Link) -> None:
        self._link = link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).set_write_buffer_limits(high=_HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        self._link.answer(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._link.cut()

    def pause_writing(self) -> None:
        self._link.caller.pause_reading()

    def resume_writing(self) -> None:
        self._link.caller.resume_reading()
