"""A stand-in for Rasa: a real HTTP server that speaks the protocol of the site's channel, for tests of the site.

It answers as its `script` says, counts as Rasa does (a message id is played once), and can be slow or away.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from aiohttp import web

SECRET = "secret-of-the-tests"
NBSP = "\u00a0"
OFFICER_BUTTON = {"title": "Parler à un chargé de mission", "payload": "/demander_humain"}

Answer = dict[str, Any]
Script = Callable[[str], list[Answer]]


def said(text: str, **more: Any) -> Answer:
    """One bot message as the channel gives it."""
    return {"text": text, "buttons": [], "contact": None, "handoff": None, "erase": False, **more}


def contact(**changes: Any) -> dict[str, Any]:
    """A contact whose person works at another antenna than the nearest one."""
    return {
        "type": "contact",
        "category": "financement",
        "category_label": "Financement et aides",
        "commune": {"code": "17415", "name": "Saintes"},
        "antenna": {"slug": "rochefort", "name": "Rochefort", "distance_km": 33.1},
        "person": {
            "id": "bordeaux-financement",
            "name": "Référent financement",
            "role": "Ingénierie financière",
            "email": "financement.bordeaux@example.org",
            "phone": "05 36 49 00 22",
            "antenna": "bordeaux",
        },
        "front_desk": {
            "id": "sandrine-aubron",
            "name": "Sandrine Aubron",
            "role": "Chargée de mission territoriale",
            "email": "rochefort@example.org",
            "phone": "05 36 49 00 51",
        },
        "alternative_antenna": {"slug": "bordeaux", "name": "Bordeaux Métropole", "distance_km": 37.4},
        "reason": "C’est l’expert financement le plus proche de votre antenne de Rochefort.",
        **changes,
    }


def default_script(text: str) -> list[Answer]:
    """A contact where money is spoken of, a choice where a choice is asked for, an officer on demand, else an echo."""
    lowered = text.lower()
    if lowered == OFFICER_BUTTON["payload"]:
        return [said("Je transmets votre conversation.", handoff={"antenna": "rochefort"})]
    if "financement" in lowered or "payer" in lowered:
        buttons = [{"title": "C’est bien ça", "payload": "/affirmer"}, OFFICER_BUTTON]
        return [said(f"Voici votre interlocuteur{NBSP}:", contact=contact(), buttons=buttons)]
    if "choix" in lowered:
        buttons = [
            {"title": "Financement et aides", "payload": '/choisir{"category": "financement"}'},
            {"title": "Formation", "payload": '/choisir{"category": "formation"}'},
        ]
        return [said(f"Votre question porte plutôt sur{NBSP}:", buttons=buttons)]
    return [said(f"Bien reçu{NBSP}: {text}")]


def read_as(category: str, share: float, *others: tuple[str, float]) -> Answer:
    """What the channel says that it understood of a sentence."""
    decision = "answer" if share >= 0.6 else "choose"
    ranking = [[category, share], *map(list, others)]
    return {"ranking": ranking, "decision": decision, "categories": [category], "place": None, "language": "fr"}


def default_reading(text: str) -> Answer:
    """Money where money is spoken of; else training, where that is likely, and unsure."""
    lowered = text.lower()
    if "financement" in lowered or "payer" in lowered:
        return read_as("financement", 0.96, ("formation", 0.02))
    if "formation" in lowered:
        return read_as("formation", 0.91, ("emploi_metiers", 0.05))
    return read_as("formation", 0.41, ("emploi_metiers", 0.3), ("juridique", 0.1))


class FakeRasa:
    """The server, in a thread of its own. `with FakeRasa() as rasa:` starts and ends it.

    Attributes:
        port: The port of 127.0.0.1 on which it listens.
        script: What is answered to a text or payload.
        delay: Seconds before each answer.
        away: Answer 503 to every call.
        fault: Answer messages with this status instead; 0 for none.
        forgetful: Refuse every payload, as Rasa does with one that it did not offer.
        bodies: Bodies that the next messages are answered with, one each, before any script is played.
        understanding: What is said to be understood of every message.
        calls: The bodies of all calls that were answered.
        played: How often each message id was played; more than once would be a fault of the site's only if the
            answers differed, so the first answer is kept and given again.
        erased: The conversations that were to be forgotten.
        reads: What is understood of a sentence outside of conversations.
        mask_delay: Seconds before names are told.
        names: Names that it takes for people's; nothing else is masked.
    """

    def __init__(self, port: int = 0, script: Script = default_script, delay: float = 0.0) -> None:
        self.port = port
        self.script = script
        self.delay = delay
        self.away = False
        self.fault = 0
        self.forgetful = False
        self.bodies: list[Any] = []
        self.understanding: dict[str, Any] | None = None
        self.calls: list[dict[str, Any]] = []
        self.played: dict[str, list[Answer]] = {}
        self.erased: list[str] = []
        self.reads: Callable[[str], Answer] = default_reading
        self.mask_delay = 0.0
        self.names: tuple[str, ...] = ("Marie Martin", "Dupont")
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> FakeRasa:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the stand-in for Rasa did not start")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        ready.set()
        self._loop.run_forever()
        assert self._runner is not None
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/webhooks/site/", self._health)
        app.router.add_post("/webhooks/site/webhook", self._receive)
        app.router.add_post("/webhooks/site/understand", self._understand)
        app.router.add_post("/webhooks/site/mask", self._mask)
        app.router.add_delete("/webhooks/site/conversations/{sender}", self._erase)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("X-Shared-Secret") != SECRET:
            return web.json_response({"error": "forbidden"}, status=403)
        if self.away:
            return web.json_response({"error": "starting"}, status=503)
        return None

    async def _health(self, request: web.Request) -> web.Response:
        return self._refused(request) or web.json_response({"status": "ok"})

    async def _receive(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        if self.fault:
            return web.json_response({"error": "fault"}, status=self.fault)
        if self.bodies:
            return web.json_response(self.bodies.pop(0))
        body = await request.json()
        if self.forgetful and "payload" in body:
            return web.json_response({"error": "unknown_payload"}, status=422)
        await asyncio.sleep(self.delay)
        key = body["message_id"]
        if key not in self.played:
            self.calls.append(body)
            self.played[key] = self.script(body.get("payload") or body["text"])
        return web.json_response({"messages": self.played[key], "understanding": self.understanding})

    async def _understand(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        texts = (await request.json())["texts"]
        return web.json_response({"understood": [self.reads(text) for text in texts]})

    async def _mask(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        texts = (await request.json())["texts"]
        await asyncio.sleep(self.mask_delay)
        for name in self.names:
            texts = [text.replace(name, "[nom]") for text in texts]
        return web.json_response({"texts": texts})

    async def _erase(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        self.erased.append(request.match_info["sender"])
        return web.Response(status=204)
