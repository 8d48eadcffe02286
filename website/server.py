"""The site on its port: what a connection may cost, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from aiohttp import web

from settings import Settings
from website.access_log import AccessLog
from website.headers import ALWAYS, DATA_POLICY

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 5.0
MAX_FIELDS = 64
"""Headers of a call; each, and the first line, is held to 8 kB by aiohttp itself."""
LINGER_SECONDS = 2.0
"""How long what is left of a refused call's body is taken, so that the client reads the refusal."""


class Connection(web.RequestHandler):
    """A client's connection. What is no HTTP is answered in two words, without the server's name and version."""

    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer a call that cannot be read, or whose handling failed outside of all views."""
        if status >= 500 or request.writer.output_size > 0:
            response = super().handle_error(request, status, exc, message)
        else:  # nothing of what was sent is logged or sent back
            logger.info("a call could not be read: %s", type(exc).__name__)
            response = web.Response(status=status, text="Bad Request")
            response.force_close()
        response.headers.update({**ALWAYS, "Content-Security-Policy": DATA_POLICY, "Server": "guichet"})
        return response


class Runner(web.AppRunner):
    """Runs an application with our limits.

    Args:
        app: The site.
        settings: Give the seconds that a connection may be idle.
        options: Further ones of aiohttp's connections.
    """

    __slots__ = ("_options",)

    def __init__(self, app: web.Application, settings: Settings, **options: Any) -> None:
        self._options = {
            "access_log_class": AccessLog,
            "keepalive_timeout": settings.idle_seconds,
            "lingering_time": LINGER_SECONDS,
            "max_headers": MAX_FIELDS,
            "auto_decompress": False,  # nobody compresses what they send; what only says that it is, is read as it came
            **options,
        }
        super().__init__(app, shutdown_timeout=SHUTDOWN_SECONDS, **self._options)

    @property
    def server(self) -> Any:
        """What makes a connection's protocol."""
        return None if self._server is None else self._connect

    def _connect(self) -> Connection:
        assert self._server is not None
        return Connection(self._server, loop=asyncio.get_running_loop(), **self._options)


async def serve(app: web.Application, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM comes.

    Args:
        app: The site.
        settings: Give address and port.

    Raises:
        OSError: The port cannot be opened.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    runner = Runner(app, settings)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        await told.wait()
    finally:
        await runner.cleanup()
