"""A stand-in for Rasa as a process of its own (`python -m faults.standin`), to be killed as often as one likes.

It speaks the protocol of the site's channel and does as the channel does: asks the action server, stores what was said
under the message's id, then answers. It starts in a blink where Rasa needs many seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from settings import SECRET_HEADER, Settings

STORE = "FAULTS_STORE"
"""Environment variable: the file that holds what was played."""
ACTION_SECONDS = 8.0
ACTION = "action_converser"
OPEN_SECONDS = 0.01
"""Between storing an answer and giving it: the moment that a kill has to find."""


class PlayedStore:
    """What was answered to each message, in a file that outlives the process.

    Args:
        file: The SQLite file.
    """

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS played (number INTEGER PRIMARY KEY, message_id TEXT UNIQUE, answer TEXT)"
        )

    def find(self, message_id: str) -> str | None:
        """What was answered to a message, or None where it was not played."""
        row = self._connection.execute("SELECT answer FROM played WHERE message_id = ?", (message_id,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, message_id: str, answer: str) -> None:
        """Store an answer."""
        self._connection.execute("INSERT INTO played (message_id, answer) VALUES (?, ?)", (message_id, answer))

    def played(self) -> list[str]:
        """Ids of all messages, in the order in which they were played."""
        return [str(row[0]) for row in self._connection.execute("SELECT message_id FROM played ORDER BY number")]


def action_call(sender: str, text: str) -> dict[str, Any]:
    """A call to the action server as Rasa makes it, with no more than is read there."""
    tracker = {
        "sender_id": sender,
        "slots": {},
        "latest_message": {"text": text, "intent": {"name": "saluer", "confidence": 1.0}, "entities": []},
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
        "latest_event_time": 0.0,
    }
    return {"next_action": ACTION, "sender_id": sender, "tracker": tracker, "domain": {}, "version": "3.6.21"}


class StandIn:
    """The server's answers.

    Args:
        settings: Give port, secret and the action server's address.
        store: What was played.
        http: The session to call the action server through.
    """

    def __init__(self, settings: Settings, store: PlayedStore, http: aiohttp.ClientSession) -> None:
        self._store = store
        self._http = http
        self._actions = f"{settings.actions_url}/webhook"
        self._headers = {SECRET_HEADER: settings.shared_secret}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def app(self) -> web.Application:
        """The application."""
        app = web.Application()
        app.router.add_get("/webhooks/site/", self._health)
        app.router.add_post("/webhooks/site/webhook", self._receive)
        app.router.add_post("/webhooks/site/mask", self._mask)
        app.router.add_post("/webhooks/site/understand", self._understand)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.json()
        async with self._locks[body["sender"]]:
            answer = self._store.find(body["message_id"])
            if answer is None:
                if not await self._acted(body["sender"], body["text"]):
                    return web.json_response({"error": "no_answer"}, status=503)
                message: dict[str, Any] = {
                    "text": f"Bien reçu : {body['text']}",
                    "buttons": [],
                    "contact": None,
                    "handoff": None,
                }
                answer = json.dumps({"messages": [message], "understanding": None})
                self._store.keep(body["message_id"], answer)
                await asyncio.sleep(OPEN_SECONDS)
        return web.Response(text=answer, content_type="application/json")

    async def _acted(self, sender: str, text: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=ACTION_SECONDS)
        call = action_call(sender, text)
        try:
            async with self._http.post(self._actions, json=call, headers=self._headers, timeout=timeout) as response:
                return response.status == 200 and bool((await response.json())["responses"])
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return False

    async def _mask(self, request: web.Request) -> web.Response:
        return web.json_response({"texts": (await request.json())["texts"]})

    async def _understand(self, request: web.Request) -> web.Response:
        texts = (await request.json())["texts"]
        reading = {"ranking": [["formation", 0.9]], "decision": "answer", "categories": ["formation"], "place": None}
        return web.json_response({"understood": [reading] * len(texts)})


async def main() -> None:
    """Serve until killed."""
    settings = Settings.from_environment()
    store = PlayedStore(Path(os.environ[STORE]))
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        runner = web.AppRunner(StandIn(settings, store, http).app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.rasa_port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
