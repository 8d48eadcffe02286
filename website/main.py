"""The site's application: `python -m website`."""

from __future__ import annotations

import asyncio
import errno
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web

import logs
from database.claims import claims
from database.migrate import upgrade
from database.storage import Storage
from settings import SettingError, Settings
from tracing import spans
from understanding import paths
from website import api, pages, static_files, stream
from website.accounts import routes as accounts_routes
from website.accounts.access import Access
from website.accounts.guard import MOST_BYTES, RULES, guard
from website.accounts.oidc import PROVIDER, Provider
from website.appearance import Palette, check_name
from website.audit import pages as audit_pages
from website.background import Running
from website.body import MAX_BODY_BYTES
from website.console import routes as console_routes
from website.conversations import Conversations
from website.delivery import Delivery
from website.directory import routes as directory_routes
from website.directory.desk import DESK, DirectoryDesk
from website.errors import too_many
from website.fanout.sharing import connected, hand_over, share
from website.headers import Outside
from website.health import Health
from website.identity.tokens import VERIFIER, Verifier
from website.keys import CONVERSATIONS, HEALTH, HUB, PALETTE, RASA, SETTINGS, STORAGE, WORKER
from website.limits import Buckets
from website.mail.sender import MailSender
from website.mail.smtp import Transport
from website.metrics import views as metrics_views
from website.metrics.calls import count_calls
from website.openapi import Operation, Route, document
from website.privacy import console as privacy_console
from website.privacy import pages as privacy_pages
from website.privacy import views as privacy_views
from website.privacy.eraser import Eraser
from website.privacy.files import TrainersFiles
from website.privacy.retention import Retention
from website.rasa import Rasa
from website.server import serve
from website.shared_lists import ListPublisher
from website.staff.pages import show_refusals
from website.statistics import views as figures
from website.studio import routes as studio_routes
from website.studio.desk import EXAMPLES, ExamplesDesk
from website.studio.review import REVIEWS
from website.studio.review_acts import Reviews
from website.studio.review_gather import Gatherer
from website.studio.review_lessons import Lessons
from website.studio.subject_desk import SUBJECT_DESK, SubjectDesk
from website.waiting import pages as waiting_pages
from website.waiting import views as waiting_views
from website.waiting.watch import Watch
from website.worker import Worker

SWITCH_SECONDS = 0.0005
"""How long a thread keeps the interpreter while another waits for it: SQLite's threads have little to do, but often."""
MESSAGE_BURST = 10
MESSAGES_PER_SECOND = 1.0


async def describe_api(request: web.Request) -> web.Response:
    """Give the OpenAPI document."""
    return web.json_response(document(ROUTES))


ROUTES: tuple[Route, ...] = (
    *api.ROUTES,
    *stream.ROUTES,
    *pages.ROUTES,
    *metrics_views.ROUTES,
    *static_files.ROUTES,
    *accounts_routes.ROUTES,
    *audit_pages.ROUTES,
    *directory_routes.ROUTES,
    *figures.ROUTES,
    *waiting_views.ROUTES,
    *waiting_pages.ROUTES,
    *privacy_views.ROUTES,
    *privacy_pages.ROUTES,
    *privacy_console.ROUTES,
    *console_routes.ROUTES,
    *studio_routes.ROUTES,
    Route(
        "GET",
        "/api/openapi.json",
        describe_api,
        Operation(
            "This document", answers={"200": {"description": "OpenAPI 3.1", "content": {"application/json": {}}}}
        ),
        Access.PUBLIC,
    ),
)


async def resources(app: web.Application) -> AsyncIterator[None]:
    """Open what the views and the worker need, and close it."""
    settings = app[SETTINGS]
    await asyncio.to_thread(upgrade, settings)
    storage = app[STORAGE] = Storage.open(settings.database_url, settings.database_connections)
    app[DESK] = DirectoryDesk(storage, settings.data_owner)
    hub = app[HUB]
    messages = Buckets(MESSAGE_BURST, MESSAGES_PER_SECOND)

    def admit(conversation_id: str) -> None:
        wait = messages.take(conversation_id)
        if wait:
            raise too_many("too_many_messages", wait)

    # No proxies, cookies or addresses of the outside: it calls only the two processes beside it. No connection is kept:
    # the Rasa that answered may be gone at the next call.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as http:
        rasa = app[RASA] = Rasa(settings, http)
        examples = app[EXAMPLES] = ExamplesDesk(storage, rasa, settings.data_owner)
        app[REVIEWS] = Reviews(storage, Lessons(examples.writer))
        app[SUBJECT_DESK] = SubjectDesk(storage, examples, app[DESK])
        worker = app[WORKER] = Worker(Delivery(storage, hub), rasa, hub, claims(settings.database_url))
        about = settings.site_url + privacy_pages.ABOUT
        app[CONVERSATIONS] = Conversations(storage, hub, worker.wake, admit, about, settings.site_name)
        app[HEALTH] = Health(settings, storage, rasa, http)
        mail = MailSender(storage, Transport.from_settings(settings))
        watch = Watch(storage, settings)
        gatherer = Gatherer(storage, rasa)
        files = TrainersFiles() if settings.data_owner else None
        eraser = Eraser(storage, rasa, worker.settled, Path(settings.backup_dir), files)
        retention = Retention(storage, settings)
        hub.watch(lambda _, news: eraser.wake() if news.erased else None)
        parts: list[Running] = [worker, eraser, retention, mail, watch, gatherer]
        if settings.data_owner:
            parts.append(ListPublisher(storage, paths.DATA))
        async with connected(app):
            for part in parts:
                await part.start()
            yield
            for part in reversed(parts):
                await part.stop()
            hand_over(app)
    await storage.close()


async def _end_streams(app: web.Application) -> None:
    app[HUB].close()


def create_app(settings: Settings) -> web.Application:
    """The application, ready to be run.

    Raises:
        SettingError: A setting cannot be used.
    """
    Transport.from_settings(settings)
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[SETTINGS] = settings
    app[PALETTE] = Palette.from_settings(settings)
    check_name(settings)
    share(app, settings.redis_url)
    app[RULES] = {(route.method, route.path): route.access for route in ROUTES}
    app[MOST_BYTES] = {(route.method, route.path): route.most_bytes for route in ROUTES if route.most_bytes}
    app[PROVIDER] = Provider(settings)
    app[VERIFIER] = Verifier(settings)
    app.middlewares.append(count_calls)
    Outside(settings).install(app)
    app.middlewares.extend((show_refusals, guard))
    app.cleanup_ctx.append(resources)
    app.on_shutdown.append(_end_streams)
    for route in ROUTES:
        resource = app.router.add_resource(route.path)
        resource.add_route(route.method, route.handler)
        if route.method == "GET" and not route.path.startswith("/api/"):
            resource.add_route("HEAD", route.handler)
    return app


def main() -> None:
    """Run the site until it is told to stop."""
    try:
        settings = Settings.from_environment()
        settings.check_secrets()
        app = create_app(settings)
    except SettingError as error:
        sys.exit(str(error))
    logs.begin("site", settings.log_level, settings.log_format)
    spans.begin("site", settings.traces_endpoint)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        asyncio.run(serve(app, settings))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"Le port {settings.port} est déjà pris : choisissez-en un autre avec PORT=…".replace(" :", "\u00a0:"))
