"""What tests of several areas share: throw-away databases, a Redis of one's own, a collector of traces."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.support.redis_server import RedisServer

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def unavailable(reason: str) -> NoReturn:
    """Skip, or fail where services are required."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A connection to a PostgreSQL server on which databases may be made."""
    import psycopg

    try:
        connection = psycopg.connect(POSTGRES_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        unavailable("no PostgreSQL server answers at TEST_POSTGRES_URL")
    with connection:
        yield connection


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """The address of an empty PostgreSQL database that goes away after the test."""
    name = f"test_{uuid.uuid4().hex}"
    postgres_server.execute(f'CREATE DATABASE "{name}"')
    base, _, query = POSTGRES_URL.partition("?")
    yield base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
    postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind; it goes away after the test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis that the test may end and start again."""
    if not RedisServer.installed():
        unavailable("redis-server is not installed")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A collector that this process traces to as the site does."""
    from tests.support.collector import QUICK, Collector
    from tracing import spans
    from tracing.otlp import OtlpRecorder

    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    with Collector() as running:
        monkeypatch.setattr(spans, "_recorder", OtlpRecorder("site", running.url))
        yield running
