"""What the log of calls holds: no secret, nothing that somebody typed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import aiohttp

from settings import ROOT
from supervisor.loopback import free_port

UNREADABLE = (
    b"SECRET\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: SECRET\r\nno colon\r\n\r\n",
    b"POST /api/conversations HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\nSECRET",
)
"""Calls that are no HTTP, and one whose body is not what it says."""


async def test_no_secrets_in_the_log(sqlite_url: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "site.log"
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "PORT": str(port), "RASA_PORT": "1", "ACTIONS_PORT": "1"}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "website", cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        async with asyncio.timeout(60):
            while b"/static/tokens.css" not in log.read_bytes():
                await asyncio.sleep(0.2)
                try:
                    await http.get(f"http://127.0.0.1:{port}/static/tokens.css")
                except aiohttp.ClientConnectionError:
                    assert process.returncode is None, log.read_text()
        for path in ("/lien/SECRET", "/connexion?suite=SECRET", "/rien/ligne%0Asuivante"):
            await http.get(f"http://127.0.0.1:{port}{path}")
        for call in UNREADABLE:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(call)
            assert (await reader.readline()).split()[1] == b"400"
            writer.close()
    finally:
        process.terminate()
        await process.wait()
    text = log.read_text()
    assert "SECRET" not in text
    for line in ("410 GET /lien/{token} ", "200 GET /connexion ", "404 GET /rien/ligne\\nsuivante "):
        assert line in text
    assert "Traceback" not in text and text.count("\nINFO aiohttp.access: 400 ") == len(UNREADABLE)
