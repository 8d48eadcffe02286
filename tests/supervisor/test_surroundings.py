"""What the processes are started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import ROOT, Settings
from supervisor.surroundings import current_environment, rasa_environment, tracker_store_url, with_secret


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACKER_STORE_URL", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


def test_a_secret_is_made_where_there_is_none_and_differs_each_time() -> None:
    first, second = with_secret(Settings()), with_secret(Settings())
    assert len(first.shared_secret) >= 32
    assert first.shared_secret != second.shared_secret
    assert with_secret(Settings(shared_secret="given")).shared_secret == "given"


def test_both_sides_share_ports_and_secret_and_write_bytecode() -> None:
    settings = Settings(rasa_port=6005, actions_port=6055, shared_secret="s")
    for environment in (current_environment(settings), rasa_environment(settings)):
        assert (environment["RASA_PORT"], environment["ACTIONS_PORT"]) == ("6005", "6055")
        assert environment["SHARED_SECRET"] == "s"
        assert environment["SANIC_HOST"] == "127.0.0.1"
        assert "PYTHONDONTWRITEBYTECODE" not in environment


def test_rasa_is_told_where_the_action_server_and_redis_are() -> None:
    alone = rasa_environment(Settings(actions_port=6055))
    assert (alone["ACTIONS_URL"], alone["REDIS_URL"]) == ("http://127.0.0.1:6055", "")
    spread = Settings(actions_address="http://actions:5055", redis_url="redis://store/0", actions_host="0.0.0.0")
    environment = rasa_environment(spread)
    assert (environment["ACTIONS_URL"], environment["REDIS_URL"]) == ("http://actions:5055", "redis://store/0")
    assert environment["SANIC_HOST"] == "0.0.0.0"


def test_telemetry_is_off_in_training_and_serving() -> None:
    assert rasa_environment()["RASA_TELEMETRY_ENABLED"] == "false"
    assert rasa_environment(Settings())["RASA_TELEMETRY_ENABLED"] == "false"


def test_trackers_stand_beside_the_database(tmp_path: Path) -> None:
    found = tracker_store_url(Settings(database_url=f"sqlite:///{tmp_path}/new/site.db"))
    assert found == f"sqlite:///{tmp_path}/new/rasa.db"
    assert (tmp_path / "new").is_dir()
    assert tracker_store_url(Settings(database_url="sqlite:///var/x.db")) == f"sqlite:///{ROOT}/var/rasa.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_the_older_driver(scheme: str) -> None:
    found = tracker_store_url(Settings(database_url=f"{scheme}://desk:p%40ss@db:5432/desk"))
    assert found == "postgresql+psycopg2://desk:p%40ss@db:5432/desk"


def test_the_setting_for_trackers_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_STORE_URL", "sqlite:///elsewhere.db")
    assert tracker_store_url(Settings()) == "sqlite:///elsewhere.db"
