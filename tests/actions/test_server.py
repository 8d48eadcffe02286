"""The action server as a process, over HTTP: who may call it, and calls that a real Rasa 3.6 made."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from supervisor.loopback import free_port
from tests.actions.server import SECRET, call, outside_address, refuses_connections, serving

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))


@pytest.fixture(scope="module")
def port(directory_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running action server."""
    chosen = free_port()
    environment = {"ACTIONS_PORT": str(chosen), "SHARED_SECRET": SECRET, "DATABASE_URL": directory_url}
    log = tmp_path_factory.mktemp("actions") / "log"
    with serving([sys.executable, "-m", "actions"], environment, f"http://127.0.0.1:{chosen}/health", log):
        yield chosen


def _recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "recorded" / f"{name}.json").read_text("utf-8"))
    return found


def _slots(answer: dict[str, Any]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in answer["events"] if event["event"] == "slot"}


@pytest.mark.parametrize("headers", [{}, {"X-Shared-Secret": ""}, {"X-Shared-Secret": "x"}, {"X-Shared-Secret": "é"}])
def test_a_call_without_the_secret_is_refused(port: int, headers: dict[str, str]) -> None:
    status, answer = call(f"http://127.0.0.1:{port}/webhook", _recorded("pas_compris"), headers=headers)
    assert (status, answer) == (403, {"error": "forbidden"})


@pytest.mark.parametrize("path", ["/actions", "/webhook", "/nothing", "/"])
def test_nothing_but_the_health_check_is_open(port: int, path: str) -> None:
    assert call(f"http://127.0.0.1:{port}{path}", headers={})[0] in (403, 405)
    assert call(f"http://127.0.0.1:{port}/health", headers={})[0] == 200


def test_it_listens_on_loopback_only(port: int) -> None:
    address = outside_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    assert refuses_connections(address, port)
    assert not refuses_connections("127.0.0.1", port)


def test_the_calls_were_recorded_from_rasa_3_6() -> None:
    assert len(RECORDED) >= 5
    for path in RECORDED:
        recorded = json.loads(path.read_text("utf-8"))
        assert recorded["version"].startswith("3.6."), path.name


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_recorded_call_is_answered(port: int, path: Path) -> None:
    status, answer = call(f"http://127.0.0.1:{port}/webhook", json.loads(path.read_text("utf-8")))
    assert status == 200
    assert answer["responses"] and all(response["text"] for response in answer["responses"])
    assert all(event["event"] == "slot" for event in answer["events"])


def test_a_question_with_a_place(port: int) -> None:
    _, answer = call(f"http://127.0.0.1:{port}/webhook", _recorded("question_et_lieu"))
    [response] = answer["responses"]
    assert response["custom"]["type"] == "contact"
    assert response["custom"]["commune"]["name"] == "Jonzac"
    assert response["custom"]["antenna"]["slug"] == "bordeaux"
    assert _slots(answer)["besoins"] == ["financement"]


def test_a_question_without_a_place(port: int) -> None:
    _, answer = call(f"http://127.0.0.1:{port}/webhook", _recorded("question_sans_lieu"))
    assert "commune" in answer["responses"][0]["text"]
    assert _slots(answer)["attente"] == "commune"


def test_homonyms_then_a_pressed_button(port: int) -> None:
    _, answer = call(f"http://127.0.0.1:{port}/webhook", _recorded("homonymes"))
    assert len(answer["responses"][0]["buttons"]) >= 2
    _, answer = call(f"http://127.0.0.1:{port}/webhook", _recorded("bouton_de_commune"))
    assert answer["responses"][0]["custom"]["commune"]["code"] == "31516"
    assert _slots(answer)["attente"] == ""


def test_erasing(port: int) -> None:
    _, answer = call(f"http://127.0.0.1:{port}/webhook", _recorded("effacer_oui"))
    assert answer["responses"][0]["custom"] == {"type": "erase"}


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"null", b'{"next_action": "unknown"}'])
def test_bad_calls_end_no_process(port: int, body: bytes) -> None:
    status, _ = call(f"http://127.0.0.1:{port}/webhook", body)
    assert status >= 400
    assert call(f"http://127.0.0.1:{port}/webhook", _recorded("pas_compris"))[0] == 200


def test_a_call_may_be_compressed(port: int) -> None:
    import zlib

    body = zlib.compress(json.dumps(_recorded("pas_compris")).encode())
    headers = {"X-Shared-Secret": SECRET, "Content-Encoding": "deflate"}
    assert call(f"http://127.0.0.1:{port}/webhook", body, headers=headers)[0] == 200


def test_without_a_secret_in_the_settings_every_call_is_refused(directory_url: str, tmp_path: Path) -> None:
    chosen = free_port()
    environment = {"ACTIONS_PORT": str(chosen), "SHARED_SECRET": "", "DATABASE_URL": directory_url}
    with serving([sys.executable, "-m", "actions"], environment, f"http://127.0.0.1:{chosen}/health", tmp_path / "log"):
        for headers in ({}, {"X-Shared-Secret": ""}):
            status, _ = call(f"http://127.0.0.1:{chosen}/webhook", _recorded("pas_compris"), headers=headers)
            assert status == 403
