"""The files for a server hold together: nginx and systemd read them, streams pass at once, the guide names each."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from settings import ROOT, Settings
from supervisor.loopback import free_port
from tests.support import nginx
from website.main import ROUTES

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "installation.md"
CONTAINERS = ROOT / "docs" / "containers.md"
NAME = "guichet.example.org"
STREAMS = [route.path for route in ROUTES if "text/event-stream" in str(route.operation.answers.get("200", ""))]

needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


class Proxy:
    """nginx with our file, on ports of its own, and a site behind it that tells what it hears."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.plain, self.site = free_port(), free_port(), free_port()

    def write(self) -> Path:
        """Our file with other ports and a certificate of its own, inside the least that nginx asks for."""
        text = (DEPLOY / "nginx" / "guichet.conf").read_text("utf-8")
        nginx.make_certificate(self.folder, NAME, "privkey.pem", "fullchain.pem")
        text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(self.folder))
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{self.site}")
        text = re.sub(r" *listen \[::\].*\n", "", text)
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.port}").replace(
            "listen 80;", f"listen 127.0.0.1:{self.plain};"
        )
        (self.folder / "guichet.conf").write_text(text, "utf-8")
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = self.folder / "nginx.conf"
        main.write_text(
            f"{nginx.user_line()}\ndaemon off;\nworker_processes 1;\npid {self.folder}/pid;\n"
            f"error_log {self.folder}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{temporary}include {self.folder}/guichet.conf;\n}}\n"
        )
        return main

    async def ask(self, path: str, **more: str) -> tuple[int, str]:
        """A call through nginx."""
        return await nginx.ask(self.port, path, {"Host": NAME, **more})


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """A running one."""
    proxy = Proxy(tmp_path)
    async with nginx.telling_site(proxy.site), nginx.running(proxy.write(), proxy.port, {"Host": NAME}):
        yield proxy


@needs_nginx
def test_nginx_reads_the_file(tmp_path: Path) -> None:
    nginx.check(Proxy(tmp_path).write())


@needs_nginx
async def test_the_site_hears_who_calls_and_figures_stay_inside(proxy: Proxy) -> None:
    status, text = await proxy.ask("/", **{"X-Forwarded-For": "6.6.6.6"})
    assert status == 200 and '"X-Forwarded-For": "6.6.6.6, 127.0.0.1"' in text, "one entry more, the last one true"
    assert f'"Host": "{NAME}"' in text and '"X-Forwarded-Proto": "https"' in text
    assert (await proxy.ask("/metrics"))[0] == 404
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{proxy.plain}/x?y=1", headers={"Host": NAME}, allow_redirects=False) as answer,
    ):
        assert answer.status == 301 and answer.headers["Location"] == f"https://{NAME}/x?y=1"


@needs_nginx
async def test_streams_pass_at_once(proxy: Proxy) -> None:
    assert len(STREAMS) == 2
    found = re.search(r"location ~ (\S+) \{([^}]*)\}", (DEPLOY / "nginx" / "guichet.conf").read_text("utf-8"))
    assert found and "proxy_buffering off;" in found[2]
    assert all(re.search(found[1], path) for path in STREAMS)
    for path in STREAMS:
        assert await nginx.first_line(proxy.port, path.replace("{id}", "abc"), {"Host": NAME}) == b"data: 1\n"


@needs_systemd
@pytest.mark.parametrize("unit", ["guichet.service", "guichet-backup.service", "guichet-backup.timer"])
def test_systemd_reads_the_units(unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", DEPLOY / "systemd" / unit],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    said = [line for line in done.stderr.splitlines() if unit in line and "is not executable" not in line]
    assert said == []


@needs_systemd
@pytest.mark.parametrize("unit", ["guichet.service", "guichet-backup.service"])
def test_the_services_may_do_little(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager"]
    done = subprocess.run([*command, DEPLOY / "systemd" / unit], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:]


def test_the_settings_of_the_example_are_good_ones() -> None:
    lines = [line for line in (DEPLOY / "guichet.env").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert all(re.fullmatch(r"[A-Z_]+='[^']*'", line) for line in lines)
    given = {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}
    settings = Settings.from_environment(given)
    settings.check_secrets()
    known = {item.metadata["env"] for item in settings.__dataclass_fields__.values()}
    assert given.keys() <= known and settings.trusted_proxies == 1


def test_the_guides_name_each_file() -> None:
    text = GUIDE.read_text("utf-8") + CONTAINERS.read_text("utf-8")
    files = [file.relative_to(ROOT).as_posix() for file in DEPLOY.rglob("*") if file.is_file()]
    folders = ("base", "components", "overlays")
    as_a_whole = ("deploy/monitoring/", *(f"deploy/kubernetes/{name}/" for name in folders))
    assert [name for name in files if name not in text and not name.startswith(as_a_whole)] == []
    assert (DEPLOY / "bin" / "guichet").stat().st_mode & stat.S_IXUSR


def test_commands_of_the_guide_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    called = re.findall(r"sudo guichet ([a-z-]+)", GUIDE.read_text("utf-8"))
    assert set(called) <= targets and {"upgrade", "restore", "user"} <= set(called)
