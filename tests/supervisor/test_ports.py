"""A port that cannot be had is named in one sentence, before anything is started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from settings import ROOT, Settings
from supervisor.loopback import LOOPBACK, free_port
from supervisor.parts import Part
from supervisor.ports import PortError, check_ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


@pytest.mark.parametrize("name", ["port", "rasa_port", "actions_port"])
def test_each_taken_port_is_named_with_its_setting(taken: int, name: str) -> None:
    port, rasa_port, actions_port = free_ports(3)
    free = Settings(port=port, rasa_port=rasa_port, actions_port=actions_port)
    changed: dict[str, Any] = {name: taken}
    with pytest.raises(PortError) as caught:
        check_ports(replace(free, **changed))
    sentence = str(caught.value)
    assert f"Le port {taken} ({name.upper()}, pour " in sentence
    assert f"make serve {name.upper()}=" in sentence
    assert "\n" not in sentence


def test_the_port_of_a_part_that_runs_elsewhere_does_not_matter(taken: int) -> None:
    (port,) = free_ports(1)
    settings = Settings(port=port, rasa_port=taken, actions_port=taken)
    check_ports(settings, {Part.SITE, Part.TRAININGS})
    with pytest.raises(PortError, match="RASA_PORT"):
        check_ports(settings, {Part.SITE, Part.RASA})


def test_a_free_port_can_be_listened_on_and_is_not_given_twice() -> None:
    held = []
    try:
        for _ in range(5):
            held.append(socket.create_server((LOOPBACK, free_port())))
    finally:
        for listener in held:
            listener.close()


def test_free_ports_pass() -> None:
    port, rasa_port, actions_port = free_ports(3)
    check_ports(Settings(port=port, rasa_port=rasa_port, actions_port=actions_port))


def test_a_port_held_on_all_addresses_is_taken() -> None:
    port, rasa_port = free_ports(2)
    with socket.create_server(("0.0.0.0", 0)) as listener, pytest.raises(PortError, match="déjà pris"):
        check_ports(Settings(port=port, rasa_port=rasa_port, actions_port=listener.getsockname()[1]))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(port=5005), "PORT et RASA_PORT désignent le même port 5005"),
        (Settings(port=0), "PORT=0 n’est pas un numéro de port"),
        (Settings(port=70_000), "PORT=70000 n’est pas un numéro de port"),
        (Settings(port=1_899, host="192.0.2.1"), "HOST=192.0.2.1 n’est pas une adresse de cette machine"),
    ],
)
def test_ports_that_make_no_sense(settings: Settings, said: str) -> None:
    with pytest.raises(PortError, match=said):
        check_ports(settings)


def test_the_command_says_the_sentence_and_fails(taken: int) -> None:
    ports = {"PORT": str(taken), "PYTHONIOENCODING": "utf-8"}
    found = subprocess.run(
        [sys.executable, "-m", "supervisor"], cwd=ROOT, env=os.environ | ports, capture_output=True, text=True
    )
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.startswith(f"Le port {taken} (PORT, pour le site) est déjà pris")
    assert found.stderr.count("\n") == 1


def test_the_command_names_a_setting_that_is_no_number() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "supervisor"],
        cwd=ROOT,
        env=os.environ | {"RASA_PORT": "cinq"},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 1
    assert "RASA_PORT='cinq'" in found.stderr
    assert found.stderr.count("\n") == 1
