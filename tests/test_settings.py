"""Settings as the environment gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import SettingError, Settings


@pytest.mark.parametrize(
    ("written", "meant"), [("", True), ("1", True), ("oui", True), ("0", False), ("Non", False), ("false", False)]
)
def test_yes_and_no(written: str, meant: bool) -> None:
    assert Settings.from_environment({"DATA_OWNER": written}).data_owner is meant


def test_neither_yes_nor_no_is_told() -> None:
    with pytest.raises(SettingError, match="DATA_OWNER='peut-être' is not a valid bool"):
        Settings.from_environment({"DATA_OWNER": "peut-être"})


GOOD = "c3VwZXJzZWNyZXRrZXltYXRlcmlhbDEy"
OPEN = {"PUBLIC_URL": "https://guichet.exemple.fr"}


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{GOOD}\n")
    assert Settings.from_environment({"SHARED_SECRET_FILE": str(file)}).shared_secret == GOOD
    both = {"SHARED_SECRET": "itself", "SHARED_SECRET_FILE": str(file)}
    assert Settings.from_environment(both).shared_secret == "itself"
    assert Settings.from_environment({"DATABASE_URL": "", "DATABASE_URL_FILE": str(file)}).database_url == GOOD


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingError, match="SHARED_SECRET_FILE: /nowhere cannot be read"):
        Settings.from_environment({"SHARED_SECRET_FILE": "/nowhere"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHARED_SECRET", "local-test"),
        ("SHARED_SECRET", "x" * 40),
        ("SHARED_SECRET", GOOD[:23]),
        ("MODEL_KEY", "guichet"),
        ("METRICS_TOKEN", "metrics"),
        ("DATABASE_URL", "postgresql://guichet:Postgres1!@base/guichet"),
        ("DATABASE_URL", "postgresql://guichet:a%62c@base/guichet"),
        ("DATABASE_URL", "postgresql://guichet:@base/guichet"),
        ("SMTP_URL", "smtp://guichet:changeme@mail.exemple.fr:587"),
    ],
)
def test_a_secret_that_can_be_guessed_is_refused_where_others_reach_the_site(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name) as refusal:
        Settings.from_environment({**OPEN, name: value}).check_secrets()
    assert value not in str(refusal.value)
    for elsewhere in ({"HOST": "0.0.0.0"}, {"TRUSTED_PROXIES": "1"}):
        with pytest.raises(SettingError, match=name):
            Settings.from_environment({**elsewhere, name: value}).check_secrets()
    Settings.from_environment({name: value}).check_secrets()
    Settings.from_environment({**OPEN, "DEVELOPMENT": "1", name: value}).check_secrets()


@pytest.mark.parametrize("given", [{"RASA_HOST": "0.0.0.0"}, {"ACTIONS_HOST": "10.0.0.3"}])
def test_who_listens_to_other_machines_needs_a_good_secret(given: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="SHARED_SECRET est vide"):
        Settings.from_environment(given).check_secrets()
    with pytest.raises(SettingError, match="SHARED_SECRET est un mot"):
        Settings.from_environment({**given, "SHARED_SECRET": "guichet"}).check_secrets()
    Settings.from_environment({**given, "SHARED_SECRET": GOOD}).check_secrets()


@pytest.mark.parametrize("name", ["RASA_URL", "ACTIONS_URL"])
def test_what_stands_elsewhere_is_called_there_with_a_secret_that_both_know(name: str) -> None:
    given = {name: "http://elsewhere:5005/"}
    with pytest.raises(SettingError, match="SHARED_SECRET est vide"):
        Settings.from_environment(given).check_secrets()
    settings = Settings.from_environment(given)
    assert "http://elsewhere:5005" in (settings.rasa_url, settings.actions_url)
    assert (Settings().rasa_url, Settings().actions_url) == ("http://127.0.0.1:5005", "http://127.0.0.1:5055")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHARED_SECRET", ""),
        ("SHARED_SECRET", GOOD),
        ("DATABASE_URL", "sqlite:///var/helpdesk.db"),
        ("DATABASE_URL", "postgresql://guichet@127.0.0.1/guichet"),
        ("DATABASE_URL", "postgresql://guichet:aV7-kq_2mZ@base/guichet"),
    ],
)
def test_other_secrets_are_taken(name: str, value: str) -> None:
    Settings.from_environment({**OPEN, name: value}).check_secrets()
