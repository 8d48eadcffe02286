"""compose.yaml is what Compose takes, refers to what exists, keeps the parts apart, and nginx leads to them."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import redis
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from settings import ROOT, SettingError, Settings
from supervisor.loopback import free_port
from tests.conftest import unavailable
from tests.deploy import images, kustomize
from tests.deploy.given import GOOD, settings_of
from tests.support import nginx
from website.main import ROUTES

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
GUIDE = ROOT / "docs" / "containers.md"
ENV_FILE = ROOT / "deploy" / "containers" / "guichet.env"
SITES = ("site-1", "site-2", "owner")

needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")


def environment(name: str) -> dict[str, str]:
    """What a service's processes find in their environment."""
    lines = [line for line in ENV_FILE.read_text("utf-8").splitlines() if line and line[0] != "#"]
    given = {key: value.strip("'") for key, value in (line.split("=", 1) for line in lines)}
    assert SERVICES[name]["env_file"] == ENV_FILE.relative_to(ROOT).as_posix()
    return {**given, **SERVICES[name]["environment"]}


def secrets(name: str) -> list[str]:
    """Paths of the secrets that a service finds."""
    return [f"/run/secrets/{secret}" for secret in SERVICES[name].get("secrets", [])]


def networks(name: str) -> set[str]:
    """Which networks a service is on."""
    return set(SERVICES[name]["networks"])


def moved(text: str, folder: Path) -> str:
    """The same with a folder of the test's for secrets and for what is written."""
    return re.sub(r"/run/secrets\b|/tmp\b", str(folder), text)


def test_compose_knows_every_field() -> None:
    schema = get_builtin_schema("vendor.compose-spec")
    jsonschema.validate(COMPOSE, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**COMPOSE, "services": {"site-1": {"imagge": "x"}}}, schema)


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_named_exists(name: str) -> None:
    service = SERVICES[name]
    assert networks(name) <= COMPOSE["networks"].keys()
    assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert service.get("depends_on", {}).keys() <= SERVICES.keys()
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or source.startswith("./") and (ROOT / source).is_file()
    assert re.search(r":\d+\.\d+(\.\d+)?(-bookworm)?$", service["image"]), "a version that does not move by itself"
    if "build" in service:
        build = service["build"]
        assert (ROOT / build["context"] / build["dockerfile"]) == images.DOCKERFILE
        assert build["target"] in images.stages() and service["image"].startswith(f"guichet/{build['target']}:")


@pytest.mark.parametrize("name", SERVICES)
def test_services_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"] and "privileged" not in service
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    if "profiles" in service:
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    own = service.get("healthcheck")
    assert own or images.last(service["build"]["target"], "HEALTHCHECK") != "NONE"


def test_images_are_those_of_kubernetes() -> None:
    base = kustomize.build(ROOT / "deploy" / "kubernetes" / "overlays" / "example")
    there = {container["image"].rpartition("/")[2] for item in base for container in kustomize.containers(item)}
    here = {service["image"].rpartition("/")[2] for service in SERVICES.values()}
    assert here - there == {SERVICES["nginx"]["image"]} and there <= here


@pytest.mark.parametrize("name", OURS)
def test_parts_read_their_settings(name: str, tmp_path: Path) -> None:
    given = environment(name)
    known = {item.metadata["env"]: item.metadata["secret"] for item in Settings.__dataclass_fields__.values()}
    assert [key for key in given if key not in known and not known.get(key.removesuffix("_FILE"))] == []
    files = [path for key, path in given.items() if key.endswith("_FILE")]
    assert sorted(files) == sorted(secrets(name))
    settings = settings_of(given, {path: GOOD[Path(path).name] for path in files}, tmp_path)
    settings.check_secrets()
    assert settings.database_url == GOOD["database-url"] and settings.is_exposed
    weak = {path: GOOD[Path(path).name] for path in files} | {"/run/secrets/model-key": "changeme"}
    with pytest.raises(SettingError, match="MODEL_KEY"):
        settings_of(given, weak, tmp_path).check_secrets()


@pytest.mark.parametrize("name", SITES)
def test_sites_start_without_the_host_websites_key(name: str, tmp_path: Path) -> None:
    found = re.fullmatch(r"\$\{IDENTITY_KEY_FILE:-(\S+)\}", COMPOSE["secrets"]["identity-key"]["file"])
    assert found, "Compose itself refuses a file that is not there"
    paths = secrets(name)
    files = {path: GOOD[Path(path).name] for path in paths}
    assert settings_of(environment(name), files, tmp_path).identity_key == GOOD["identity-key"]
    nothing = files | {"/run/secrets/identity-key": Path(found[1]).read_text("utf-8")}
    settings = settings_of(environment(name), nothing, tmp_path)
    settings.check_secrets()
    assert settings.identity_key == ""


def test_only_one_owns_the_data() -> None:
    owning = [name for name in OURS if environment(name)["DATA_OWNER"] == "1"]
    writing = [name for name in OURS if "data:/app/data" in SERVICES[name]["volumes"]]
    reading = [name for name in OURS if "data:/app/data:ro" in SERVICES[name]["volumes"]]
    assert owning == writing == ["owner", "restore"] and sorted(writing + reading) == sorted(OURS)


def test_there_are_two_of_each() -> None:
    assert SERVICES["rasa"]["deploy"]["replicas"] == SERVICES["actions"]["deploy"]["replicas"] == 2
    assert {key: SERVICES["site-1"][key] for key in SERVICES["site-1"] if key != "networks"} == {
        key: SERVICES["site-2"][key] for key in SERVICES["site-2"] if key != "networks"
    }


def test_who_may_talk_with_whom() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    inner = {name for name in COMPOSE["networks"] if COMPOSE["networks"][name].get("internal")}
    assert COMPOSE["networks"].keys() - inner == {"outside"}
    for name in ("rasa", "actions", "postgres", "redis", "backup", "restore"):
        assert networks(name) <= inner and networks(name).isdisjoint(networks("nginx"))
    assert {name for name in SERVICES if "front" in networks(name)} == {"nginx", *SITES}
    assert {name for name in SERVICES if "assistant" in networks(name)} == {*SITES, "rasa", "actions"}


def test_addresses_are_those_of_the_services() -> None:
    here = environment("site-1")
    assert here["RASA_URL"] == f"http://rasa:{images.last('rasa', 'EXPOSE')}"
    assert here["ACTIONS_URL"] == f"http://actions:{images.last('actions', 'EXPOSE')}"
    fixed = {name: SERVICES[name]["networks"]["front"]["ipv4_address"] for name in SITES}
    assert dict(line.split(":") for line in SERVICES["nginx"]["extra_hosts"]) == fixed


def test_the_guide_makes_every_secret() -> None:
    text = GUIDE.read_text("utf-8")
    for name, secret in COMPOSE["secrets"].items():
        optional = name == "identity-key"
        assert secret == {"file": f"secrets/{name}"} or optional
        assert f"secrets/{name}" in text or name in text and not optional
    assert "/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def _redis_scripts() -> Iterator[str]:
    yield SERVICES["redis"]["command"][2].replace("$$", "$")
    (item, *_) = kustomize.read(ROOT / "deploy" / "kubernetes" / "overlays" / "example" / "redis.yaml")
    (container,) = kustomize.containers(item)
    yield container["command"][2].replace("/run/secrets/storage/", "/run/secrets/")


@pytest.mark.services
@pytest.mark.parametrize("script", list(_redis_scripts()), ids=["compose", "kubernetes"])
def test_redis_asks_for_the_password(script: str, tmp_path: Path) -> None:
    if not shutil.which("redis-server"):
        unavailable("redis-server is not installed")
    port = free_port()
    (tmp_path / "redis-password").write_text("Pq7-xK2vLw9Zt4Rb")
    script = moved(script, tmp_path)
    process = subprocess.Popen(["sh", "-c", f"{script.strip()} --port {port}"], stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, password="Pq7-xK2vLw9Zt4Rb")
        end = time.monotonic() + 20
        while True:
            try:
                assert client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.05)
        assert client.config_get("save") == {"save": ""} and client.config_get("appendonly") == {"appendonly": "no"}
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
    finally:
        process.terminate()
        process.wait()


class Proxy:
    """nginx with the configuration of the containers, and three sites of ours behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.sites = {name: free_port() for name in SITES}

    def write(self) -> Path:
        """The configuration with other ports, files and names."""
        nginx.make_certificate(self.folder, "guichet.example.org", "tls-key", "tls-certificate")
        text = (ROOT / "deploy" / "containers" / "nginx.conf").read_text("utf-8")
        text = moved(text, self.folder)
        for name, port in self.sites.items():
            text = text.replace(f"server {name}:8080", f"server 127.0.0.1:{port}")
        text = text.replace("listen 8443", f"listen 127.0.0.1:{self.port}")
        text = text.replace("listen 127.0.0.1:8081", f"listen 127.0.0.1:{free_port()}")
        text = text.replace("listen 8080", f"listen 127.0.0.1:{free_port()}")
        path = self.folder / "nginx.conf"
        path.write_text(f"{nginx.user_line()}\ndaemon off;\n{text}", "utf-8")
        return path

    async def answered_by(self, path: str, **headers: str) -> str:
        """Which site a call reaches."""
        status, text = await nginx.ask(self.port, path, {"Host": "guichet.example.org", **headers})
        assert status == 200, text
        name: str = yaml.safe_load(text)["name"]
        return name


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """A running one."""
    proxy = Proxy(tmp_path)
    async with AsyncExitStack() as stack:
        for name, port in proxy.sites.items():
            await stack.enter_async_context(nginx.telling_site(port, name))
        await stack.enter_async_context(nginx.running(proxy.write(), proxy.port, {"Host": "guichet.example.org"}))
        yield proxy


@needs_nginx
def test_nginx_reads_the_file(tmp_path: Path) -> None:
    nginx.check(Proxy(tmp_path).write())


@needs_nginx
async def test_nginx_leads_to_both_sites_and_to_the_owner(proxy: Proxy) -> None:
    assert {await proxy.answered_by("/") for _ in range(16)} == {"site-1", "site-2"}
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "abc", route.path)
        if path.endswith(("/events", "/stream")):
            assert await nginx.first_line(proxy.port, path, {"Host": "guichet.example.org"}) == b"data: 1\n"
        elif path == "/metrics":
            assert (await nginx.ask(proxy.port, path, {}))[0] == 404
        else:
            owner = path.startswith(("/studio", "/api/studio", "/console/annuaire"))
            assert (await proxy.answered_by(path) == "owner") == owner, path


def test_streams_are_not_held_back() -> None:
    text = (ROOT / "deploy" / "containers" / "nginx.conf").read_text("utf-8")
    (place,) = [found[2] for found in re.finditer(r"location ~ (\S+) \{([^}]*)\}", text) if "events" in found[1]]
    assert "proxy_buffering off;" in place and "gzip off;" in place


@needs_nginx
async def test_a_site_that_is_away_is_left_out(tmp_path: Path) -> None:
    proxy = Proxy(tmp_path)
    async with (
        nginx.telling_site(proxy.sites["site-2"], "site-2"),
        nginx.running(proxy.write(), proxy.port, {"Host": "guichet.example.org"}),
    ):
        assert {await proxy.answered_by("/") for _ in range(8)} == {"site-2"}
        async with nginx.telling_site(proxy.sites["site-1"], "site-1"):
            assert {await proxy.answered_by("/") for _ in range(16)} == {"site-1", "site-2"}, "at once, without a wait"


@needs_nginx
async def test_one_site_serves_a_conversation_and_one_a_session(proxy: Proxy) -> None:
    conversations, sessions = [], []
    for number in range(8):
        base = f"/api/conversations/{number:032x}"
        conversations.append({await proxy.answered_by(base + path) for path in ("", "/messages", "/messages?after=3")})
        cookies = (f"session=s{number}", f"form=x; __Host-session=s{number}", f"a=b; session=s{number}; c=d")
        sessions.append({await proxy.answered_by("/console", Cookie=cookie) for cookie in cookies})
    for each in (conversations, sessions):
        assert all(len(sites) == 1 for sites in each) and set.union(*each) == {"site-1", "site-2"}
