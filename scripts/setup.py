"""Builds the Python environments from the lock files; `make` runs it with whatever Python there is.

    python3 scripts/setup.py site      .venv: the site and the action server
    python3 scripts/setup.py dev       .venv: the same, with what the tests and checks need
    python3 scripts/setup.py rasa      .venv-rasa: Rasa (Python 3.10), and the slimmed spaCy model

Standard library only, Python 3.8 or later. Each environment carries a stamp with the hash of its lock file, so that
a second run costs nothing. It may be interrupted (the next run rebuilds) and started twice at once (one waits).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

if sys.version_info < (3, 8):  # noqa: UP036 - this file meets older ones
    sys.exit("Il faut Python 3.8 ou plus récent pour lancer l’installation.")

import fcntl

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".setup.json"
HEARTBEAT_S = 20
UV_LEAST = (0, 5)
"""Oldest uv on the PATH that is taken; an older one is left aside for our own."""


class SetupError(Exception):
    """An environment cannot be built; the message is one sentence that says what to do."""


class Profile(NamedTuple):
    """What goes into which environment.

    Args:
        folder: The environment.
        lock: The lock file, from the top of the checkout.
        python: The versions of Python that it runs on, as uv writes them.
        least: The least of them.
        below: The first version that is too new.
        label: How the lines that are printed call it, in French.
    """

    folder: str
    lock: str
    python: str
    least: tuple[int, int]
    below: tuple[int, int]
    label: str


PROFILES = {
    "site": Profile(".venv", "requirements/site.lock", ">=3.11,<3.15", (3, 11), (3, 15), "du site"),
    "dev": Profile(".venv", "requirements/dev.lock", ">=3.11,<3.15", (3, 11), (3, 15), "du site et des tests"),
    "rasa": Profile(
        ".venv-rasa", "requirements/rasa.lock", "3.10", (3, 10), (3, 11), "de Rasa (2,7 Go, quelques minutes)"
    ),
}


def say(text: str) -> None:
    """Print one line of progress."""
    print(text, flush=True)


def digest(*paths: Path) -> str:
    """SHA-256 of the files' contents, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def clean_environment() -> dict[str, str]:
    """The environment for processes started here: bytecode is written, no other environment is active."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in dropped}


def run(command: list[str]) -> None:
    """Run a command and say now and then that it still runs.

    Raises:
        SetupError: It ended with an error (its own words stand above).
    """
    began = time.monotonic()
    with subprocess.Popen(command, cwd=str(ROOT), env=clean_environment(), stdin=subprocess.DEVNULL) as process:
        while True:
            try:
                code = process.wait(timeout=HEARTBEAT_S)
                break
            except subprocess.TimeoutExpired:
                say(f"… toujours en cours ({time.monotonic() - began:.0f}\u00a0s)")
            except BaseException:
                process.terminate()
                raise
    if code:
        raise SetupError(f"La commande «\u00a0{Path(command[0]).name} {' '.join(command[1:3])}\u00a0» a échoué.")


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock among all runs in this checkout; the system frees it even when the holder is killed."""
    folder = ROOT / ".tools"
    folder.mkdir(exist_ok=True)
    with open(str(folder / (name + ".lock")), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Une autre installation est en cours dans ce dossier\u00a0; j’attends qu’elle finisse.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_stamp(environment: Path) -> dict[str, str]:
    """What the last set-up left in an environment; empty where there is nothing readable."""
    try:
        stamp = json.loads((environment / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(environment: Path, stamp: dict[str, str]) -> None:
    """Replace the stamp at one stroke."""
    draft = environment / (STAMP + ".new")
    draft.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    os.replace(str(draft), str(environment / STAMP))


def version_of(python: Path) -> tuple[int, int] | None:
    """Version of an interpreter, or None where it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        found = subprocess.run([str(python), "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
        major, minor = found.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def uv_version(uv: str) -> tuple[int, int] | None:
    """Version of an uv, or None where it does not run (an idle pyenv shim, say)."""
    try:
        found = subprocess.run([uv, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
        major, minor = found.stdout.decode().split()[1].split(".")[:2]
        return int(major), int(minor)
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None


def find_uv() -> str:
    """An uv that works: the one on the PATH, else our own under `.tools/`, installed where missing.

    Raises:
        SetupError: There is none and it cannot be installed.
    """
    on_path = shutil.which("uv")
    if on_path and (uv_version(on_path) or (0, 0)) >= UV_LEAST:
        return on_path
    lock = ROOT / "requirements" / "uv.lock"
    with locked("uv"):
        home = ROOT / ".tools" / ("uv-" + digest(lock)[:12])
        ours = home / "bin" / "uv"
        if uv_version(str(ours)):
            return str(ours)
        say("Installation de l’outil uv…")
        draft = home.with_name(home.name + ".new")
        shutil.rmtree(str(draft), ignore_errors=True)
        try:
            install_uv(draft, lock)
        except SetupError as error:
            raise SetupError(
                "uv n’a pas pu être installé (l’erreur est ci-dessus)\u00a0: vérifiez l’accès au réseau, ou "
                "installez-le vous-même («\u00a0pip install uv\u00a0» ou votre gestionnaire de paquets), puis "
                "relancez la commande."
            ) from error
        shutil.rmtree(str(home), ignore_errors=True)
        os.replace(str(draft), str(home))
        return str(ours)


def install_uv(target: Path, lock: Path) -> None:
    """Install uv into `target`, each file checked against the lock's hashes.

    The way through `venv` needs Debian's package python3-venv, the way through `--target` only pip.
    """
    options = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    try:
        run([sys.executable, "-m", "venv", str(target)])
        run([str(target / "bin" / "python"), "-m", "pip", *options])
    except SetupError:
        shutil.rmtree(str(target), ignore_errors=True)
        run([sys.executable, "-m", "pip", *options, "--target", str(target)])


def is_ready(name: str) -> bool:
    """Whether an environment holds what its lock file says."""
    profile = PROFILES[name]
    environment = ROOT / profile.folder
    stamp = read_stamp(environment)
    if not os.access(str(environment / "bin" / "python"), os.X_OK):
        return False
    if name == "site" and stamp.get("profile") == "dev":
        return is_ready("dev")
    return stamp.get("profile") == name and stamp.get("lock") == digest(ROOT / profile.lock)


def build(name: str) -> None:
    """Make an environment hold what its lock file says.

    Raises:
        SetupError: It cannot be built.
    """
    if is_ready(name):
        return
    with locked(PROFILES[name].folder.lstrip(".")):
        if is_ready(name):
            return
        environment = ROOT / PROFILES[name].folder
        before = read_stamp(environment)
        if name == "site" and before.get("profile") == "dev":
            name = "dev"
        profile = PROFILES[name]
        began = time.monotonic()
        say(f"Installation de l’environnement {profile.label}…")
        uv = find_uv()
        python = environment / "bin" / "python"
        version = version_of(python)
        if before.get("state") == "unfinished" or not version or not profile.least <= version < profile.below:
            shutil.rmtree(str(environment), ignore_errors=True)
            make_venv(uv, profile)
        write_stamp(environment, {"state": "unfinished"})
        quiet = [] if sys.stderr.isatty() else ["--quiet"]
        lock = digest(ROOT / profile.lock)
        options = ["--require-hashes", "--compile-bytecode", "--python", str(python), profile.lock]
        run([uv, "pip", "sync", *quiet, *options])
        write_stamp(environment, {"state": "complete", "profile": name, "lock": lock})
        say(f"Environnement prêt en {time.monotonic() - began:.0f}\u00a0s.")


def make_venv(uv: str, profile: Profile) -> None:
    """Make an empty environment; uv fetches the interpreter where the machine has none and the network allows it."""
    try:
        run([uv, "venv", "--quiet", "--python", profile.python, profile.folder])
    except SetupError as error:
        wanted = "Python 3.10" if profile.python == "3.10" else "Python 3.11 ou plus récent"
        raise SetupError(
            f"{wanted} est introuvable et n’a pas pu être téléchargé\u00a0: installez-le (avec pyenv, Homebrew ou "
            "votre gestionnaire de paquets), puis relancez la commande."
        ) from error


def main(arguments: list[str]) -> int:
    """Build the environments that are named.

    Returns:
        The exit code: 0, or 1 after one sentence that says what to do, 2 where the command is wrong.
    """
    names = arguments or ["site", "rasa"]
    unknown = [name for name in names if name not in PROFILES]
    if unknown:
        print(
            f"Environnement inconnu\u00a0: {', '.join(unknown)}. Choix\u00a0: {', '.join(PROFILES)}.", file=sys.stderr
        )
        return 2
    try:
        for name in names:
            build(name)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Installation interrompue\u00a0; la prochaine fois elle reprendra d’elle-même.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
