"""nginx on ports of the test's own, and a site behind it that tells what it hears."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

HEARD = ("Host", "X-Forwarded-For", "X-Forwarded-Proto")


def make_certificate(folder: Path, name: str, key: str, certificate: str) -> None:
    """A key and a certificate that it signs itself."""
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2", "-subj", f"/CN={name}"]
    files = ["-keyout", str(folder / key), "-out", str(folder / certificate)]
    subprocess.run([*command, *files], check=True, capture_output=True)


def user_line() -> str:
    """What nginx has to be told where root runs it."""
    return "user root;" if os.getuid() == 0 else ""


def check(config: Path) -> str:
    """What nginx says of a configuration that it takes; asserts that it takes it without a warning."""
    command = ["nginx", "-t", "-c", str(config), "-e", str(config.with_name("error.log"))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr
    return done.stderr


async def ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """A call through nginx, whoever its certificate is of."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(_address(port, path), headers=headers, ssl=_trusting()) as answer,
    ):
        return answer.status, await answer.text()


async def first_line(port: int, path: str, headers: dict[str, str]) -> bytes:
    """The first line of a stream that goes on."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(_address(port, path), headers=headers, ssl=_trusting()) as answer,
    ):
        return await asyncio.wait_for(answer.content.readline(), 10)


def _address(port: int, path: str) -> str:
    return f"https://127.0.0.1:{port}{path}"


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@asynccontextmanager
async def running(config: Path, port: int, headers: dict[str, str]) -> AsyncIterator[None]:
    """nginx with a configuration (`daemon off;` stands in it), once it answers on a port."""
    log = config.with_name("error.log")
    process = await asyncio.create_subprocess_exec("nginx", "-c", config, "-e", log)
    try:
        end = time.monotonic() + 20
        while True:
            try:
                await ask(port, "/", headers)
                break
            except aiohttp.ClientConnectionError:
                assert time.monotonic() < end and process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def telling_site(port: int, name: str = "") -> AsyncIterator[None]:
    """A site that answers with its name and what it heard; at addresses of streams it says one line and is silent."""

    over = asyncio.Event()

    async def told(request: web.Request) -> web.StreamResponse:
        if not request.path.endswith(("/events", "/stream")):
            return web.json_response({"name": name, **{header: request.headers.get(header) for header in HEARD}})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await over.wait()
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", told)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        over.set()
        await runner.cleanup()
