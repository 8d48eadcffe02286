"""`/metrics` for Prometheus, `/health/live` and `/health/ready` for whoever starts and stops processes."""

from __future__ import annotations

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from website.accounts.access import Access
from website.accounts.guard import same
from website.keys import HEALTH, SETTINGS
from website.metrics.measures import REGISTRY
from website.metrics.state import refresh
from website.openapi import Operation, Route, json_answer, schema


async def give_metrics(request: web.Request) -> web.Response:
    """Give all figures to whoever holds the token of METRICS_TOKEN; without that setting there are none."""
    token = request.app[SETTINGS].metrics_token
    if not token:
        raise web.HTTPNotFound
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not same(given.strip(), token):
        return web.Response(status=401, text="Unauthorized", headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    await refresh(request.app)
    return web.Response(
        body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


async def say_alive(request: web.Request) -> web.Response:
    """Say that the process answers: if it does not, it has to be started anew."""
    return web.json_response({"status": "ok"})


async def say_ready(request: web.Request) -> web.Response:
    """Say whether calls may be sent here: what comes is stored; Rasa may be away, its answers come later."""
    ready = (await request.app[HEALTH].check())["database"] == "ok"
    return web.json_response({"status": "ok" if ready else "down"}, status=200 if ready else 503)


_STATUS = schema({"status": {"enum": ["ok", "down"]}})

ROUTES = (
    Route(
        "GET",
        "/metrics",
        give_metrics,
        Operation(
            "Figures for Prometheus, with the bearer token of METRICS_TOKEN",
            answers={
                "200": {"description": "The figures", "content": {"text/plain": {"schema": {"type": "string"}}}},
                "401": {"description": "Token missing or wrong", "content": {"text/plain": {}}},
                "404": {"description": "METRICS_TOKEN is not set", "content": {"text/plain": {}}},
            },
        ),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/health/live",
        say_alive,
        Operation("Whether the process answers", answers={"200": json_answer(_STATUS, "It does")}),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/health/ready",
        say_ready,
        Operation(
            "Whether calls may be sent here",
            answers={"200": json_answer(_STATUS, "They may"), "503": json_answer(_STATUS, "They would be lost")},
        ),
        Access.PUBLIC,
    ),
)
