"""The images can be built from what is here, hold the whole program and nothing secret, and run without privileges.

Docker is not asked: the steps are read, and the files that a build is given are laid out apart and tried.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from releases.hashes import code_hash
from scripts.setup import PROFILES
from settings import ROOT
from supervisor.parts import Part, read_parts
from supervisor.probes import CALLED
from tests.deploy.images import DOCKERFILE, Context, command, history, instructions, last, stages

FINAL = ("site", "actions", "rasa", "owner", "backup")
CONTEXT = Context((ROOT / ".dockerignore").read_text("utf-8"))
NEEDS_RASA = ("rasa", "owner")
MODULES = (
    "actions.server",
    "directory.importer",
    "releases.compare",
    "scripts.backup",
    "scripts.health",
    "scripts.restore",
    "supervisor.main",
    "supervisor.model",
    "website.accounts.command",
    "website.main",
)
SECRET = (
    ".env",
    ".git/config",
    "data/.complete",
    "data/nlu/membres/financement.yml",
    "data/temoins/membres/a.yml",
    "deploy/guichet.env",
    "eval/questions.jsonl",
    "models/modele.tar.gz",
    "secrets/model-key",
    "var/helpdesk.db",
    "website/helpdesk.db",
    "models.key",
)


def test_bases_are_fixed_and_fit_the_environments() -> None:
    every = stages()
    outside = {stage.base for stage in every.values()} - every.keys()
    versions = {tuple(map(int, base.removeprefix("python:").split("-")[0].split(".")[:2])) for base in outside}
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-bookworm", base) for base in outside), (
        "one Debian, no moving tag"
    )
    site, rasa = PROFILES["site"], PROFILES["rasa"]
    assert len(versions) == 2 and rasa.least in versions
    assert site.least <= max(versions) < site.below


def test_packages_come_from_the_lock_files_alone() -> None:
    runs = [argument for name, argument in instructions() if name == "RUN"]
    assert not any(re.search(r"\bpip3?\b|\buv\b|curl|wget|git ", run) for run in runs)
    for name in ("site", "rasa"):
        stage = stages()[f"environment-{name}"]
        copied = " ".join(stage.all_of("COPY"))
        assert PROFILES[name].lock in copied and "requirements/uv.lock" in copied and "scripts/setup.py" in copied
        assert stage.all_of("RUN")[-1].endswith(f"python scripts/setup.py {name}")
    debian = [run for run in runs if "apt-get" in run]
    assert len(debian) == 1 and "postgresql-client-15" in debian[0]


def test_what_is_copied_exists() -> None:
    every = stages()
    for stage in every.values():
        for argument in stage.all_of("COPY"):
            *words, _ = argument.split()
            source = next((word.removeprefix("--from=") for word in words if word.startswith("--from=")), None)
            if source:
                assert source in every
                continue
            for path in words:
                assert path == "." or CONTEXT.holds(path) and (ROOT / path).is_file(), path


@pytest.mark.parametrize("name", FINAL)
def test_images_run_without_privileges(name: str) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last(name, "USER")), (
        "a number, so that Kubernetes sees that it is not root"
    )
    copied = [argument for stage in history(name) for argument in stage.all_of("COPY")]
    environments = [argument for argument in copied if "environment-rasa" in argument]
    assert bool(environments) == (name in NEEDS_RASA)


@pytest.mark.parametrize("name", FINAL)
def test_images_start_what_there_is(name: str) -> None:
    python, option, module, *words = command(name)
    assert (python, option) == ("python", "-m")
    assert (ROOT / module.replace(".", "/")).is_dir() or (ROOT / f"{module.replace('.', '/')}.py").is_file()
    if module == "supervisor":
        assert read_parts(words) == ({Part.SITE, Part.TRAININGS} if name == "owner" else {Part(name)})


@pytest.mark.parametrize("name", ["site", "actions", "rasa", "owner"])
def test_images_say_how_they_are(name: str) -> None:
    asked = json.loads(last(name, "HEALTHCHECK").partition(" CMD ")[2])
    assert asked[:3] == ["python", "-m", "scripts.health"]
    assert asked[3:] == ["site" if name == "owner" else name] and asked[3] in CALLED


def test_no_secret_is_built_in() -> None:
    text = DOCKERFILE.read_text("utf-8")
    assert not re.search(r"^(ARG|ENV)\b.*(SECRET|PASSWORD|TOKEN|KEY)", text, re.MULTILINE)
    assert [path for path in SECRET if CONTEXT.holds(path)] == []


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a build is given."""
    folder = tmp_path_factory.mktemp("app")
    for name in CONTEXT.files(ROOT):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    return folder


def test_the_program_is_whole(laid_out: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    code = f"import {', '.join(MODULES)}; from releases.hashes import present_code; print(present_code())"
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, '.'); {code}"]
    done = subprocess.run(command, cwd=laid_out, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == code_hash(ROOT), "models of the checkout serve in the images, and the other way round"


def test_what_is_not_the_program_stays_out(laid_out: Path) -> None:
    there = {path.name for path in laid_out.iterdir()}
    assert there.isdisjoint({"eval", "tests", "bench", "faults", "docs", "deploy", "models", "var", "secrets"})
    assert not [path for path in laid_out.rglob("*") if path.name.startswith(".") or path.name == "__pycache__"]
