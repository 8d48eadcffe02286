"""Brings an installation to another version and, where that fails, back again: `make upgrade`.

    python3 scripts/upgrade.py                 to the newest tag
    python3 scripts/upgrade.py --ref v1.4      to a tag, branch or commit

Everything slow or likely to fail is tried first in a checkout beside, while the desk goes on: merging the data that
trainers changed here, installing, training. Then the desk is stopped, saved, changed, started and asked how it is.
Standard library only, Python 3.8 or later: it runs while the environments are rebuilt.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

if sys.version_info < (3, 8):  # noqa: UP036 - this file meets older ones
    sys.exit("Il faut Python 3.8 ou plus récent pour lancer la mise à jour.")

ROOT = Path(__file__).resolve().parent.parent
BESIDE = "var/upgrade"
DATA = "data"
PRIVATE = ("data/nlu/membres", "data/temoins/membres")
"""Data files that git ignores but a model is trained on."""
SAME_ENVIRONMENT = (
    "requirements/site.lock",
    "requirements/dev.lock",
    "requirements/rasa.lock",
)
"""Where none of these differs the environments fit both versions."""
AUTHOR = ("-c", "user.name=guichet", "-c", "user.email=guichet@localhost")
ASK_EVERY_S = 1.0
SAVED = re.compile(r"\S+\.tar\b")


class UpgradeError(Exception):
    """A step failed; the message is French and says what to do."""


class Way(NamedTuple):
    """How an installation is stopped, started and asked.

    Args:
        stop: Command that ends the desk and waits for it.
        start: Command that starts it.
        health: Address that says how it is.
        patience: Seconds that it may take to be well.
    """

    stop: list[str]
    start: list[str]
    health: str
    patience: float


def say(text: str) -> None:
    """Print one line of progress."""
    print(text, flush=True)


class Upgrade:
    """One installation, on its way to another version.

    Args:
        root: Its checkout.
        way: How it is stopped, started and asked.
    """

    def __init__(self, root: Path, way: Way) -> None:
        self.root = root
        self.way = way
        self.beside = root / BESIDE

    def run(self, ref: str = "") -> bool:
        """Upgrade.

        Args:
            ref: Tag, branch or commit; the newest tag where empty.

        Returns:
            False where there was nothing to do.

        Raises:
            UpgradeError: It failed. The installation is as it was before, or the message says what to do by hand.
        """
        say("Recherche de la nouvelle version…")
        target, name = self._target(ref)
        if self._contains(target):
            say(f"Rien à faire\u00a0: la version {name} est déjà là.")
            return False
        self._refuse_foreign_changes()
        self._commit_data()
        try:
            self._rehearse(target, name)
        finally:
            self._clear_beside()
        self._switch(target, name)
        say(f"Le guichet répond avec la version {name}.")
        return True

    # What is to come

    def _target(self, ref: str) -> tuple[str, str]:
        self._git("fetch", "--quiet", "--tags", "--force", "origin")
        if not ref:
            tags = self._git("tag", "--list", "v[0-9]*", "--sort=-version:refname").split()
            if not tags:
                raise UpgradeError("Aucune version publiée (v…) n’a été trouvée\u00a0: nommez-en une avec REF=…")
            ref = tags[0]
        for candidate in (f"refs/tags/{ref}", f"origin/{ref}", ref):
            with contextlib.suppress(UpgradeError):
                found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}")
                return found.strip(), ref
        raise UpgradeError(f"La version «\u00a0{ref}\u00a0» n’existe pas.")

    def _contains(self, commit: str) -> bool:
        command = ["git", "merge-base", "--is-ancestor", commit, "HEAD"]
        return subprocess.run(command, cwd=str(self.root)).returncode == 0

    def _refuse_foreign_changes(self) -> None:
        changed = self._git("status", "--porcelain", "--untracked-files=no", "--", ".", f":(exclude){DATA}")
        if changed:
            files = ", ".join(line[3:] for line in changed.splitlines())
            raise UpgradeError(
                f"Ces fichiers du programme ont été modifiés ici\u00a0: {files}. Enregistrez ces changements avec "
                "«\u00a0git commit\u00a0» ou annulez-les avec «\u00a0git restore\u00a0», puis recommencez."
            )

    def _commit_data(self) -> None:
        """Note what trainers and administrators changed, so that it is merged and can be found again."""
        self._git("add", "--all", "--", DATA, f":(exclude,glob){DATA}/**/.*")
        if self._git("diff", "--cached", "--name-only"):
            self._git(*AUTHOR, "commit", "--quiet", "--no-verify", "--message", "Données de ce guichet")

    # The rehearsal

    def _rehearse(self, target: str, name: str) -> None:
        say(f"Essai de la version {name} à côté\u00a0; le guichet continue de répondre…")
        self._clear_beside()
        self._git("worktree", "add", "--quiet", "--detach", str(self.beside), "HEAD")
        self._merge(self.beside, target, name)
        same = all(_content(self.root / file) == _content(self.beside / file) for file in SAME_ENVIRONMENT)
        for folder in (".venv", ".venv-rasa") if same else ():
            if (self.root / folder).exists():
                (self.beside / folder).symlink_to((self.root / folder).resolve())
        for folder in PRIVATE:
            if (self.root / folder).is_dir():
                shutil.copytree(str(self.root / folder), str(self.beside / folder))
        _copy_models(self.root / "models", self.beside / "models")
        self._install(self.beside)
        self._python(self.beside, "supervisor.model")
        _copy_models(self.beside / "models", self.root / "models")

    def _clear_beside(self) -> None:
        shutil.rmtree(str(self.beside), ignore_errors=True)
        self._git("worktree", "prune")

    def _merge(self, folder: Path, target: str, name: str) -> None:
        with contextlib.suppress(UpgradeError):
            self._git(*AUTHOR, "merge", "--quiet", "--no-edit", target, folder=folder)
            return
        files = self._git("diff", "--name-only", "--diff-filter=U", folder=folder).split()
        where = ", ".join(files) or "voir ci-dessus"
        raise UpgradeError(
            f"La version {name} et ce guichet ont changé les mêmes lignes\u00a0: {where}. "
            f"Réunissez-les à la main («\u00a0git merge {name}\u00a0»), puis relancez le guichet."
        )

    def _install(self, folder: Path) -> None:
        self._run([sys.executable, "scripts/setup.py", "site", "rasa"], folder)

    def _python(self, folder: Path, module: str, *arguments: str, quiet: bool = False) -> str:
        return self._run([str(folder / ".venv/bin/python"), "-m", module, *arguments], folder, quiet)

    # The change itself

    def _switch(self, target: str, name: str) -> None:
        say("Arrêt du guichet, sauvegarde, changement de version…")
        previous, saved = "", ""
        try:
            self._run(self.way.stop, self.root)
            self._commit_data()
            previous = self._git("rev-parse", "HEAD").strip()
            said = self._python(self.root, "scripts.backup", quiet=True)
            say(said.strip())
            found = SAVED.search(said)
            if not found:
                raise UpgradeError("La sauvegarde n’a pas dit où elle est.")
            saved = found.group()
            self._merge(self.root, target, name)
            self._install(self.root)
            self._python(self.root, "database.migrate")
            self._run(self.way.start, self.root)
            self._await_health()
        except BaseException as error:
            say(f"La mise à jour a échoué\u00a0: {error or type(error).__name__}")
            self._go_back(previous, saved)
            raise UpgradeError(
                "La version précédente est de nouveau en service, avec ses données d’avant la mise à jour."
            ) from error

    def _go_back(self, previous: str, saved: str) -> None:
        say("Retour à la version précédente…")
        try:
            self._run(self.way.stop, self.root)
            if previous:
                self._git("reset", "--quiet", "--hard", previous)
                self._install(self.root)
            if saved:
                self._python(self.root, "scripts.restore", saved)
            self._run(self.way.start, self.root)
            self._await_health()
        except BaseException as error:
            raise UpgradeError(
                f"Le retour a échoué aussi\u00a0: {error or type(error).__name__}\n"
                f"À faire à la main, dans {self.root}\u00a0: "
                f"«\u00a0git reset --hard {previous or 'HEAD'}\u00a0», «\u00a0python3 scripts/setup.py\u00a0», "
                f"«\u00a0make restore FILE={saved or '…'}\u00a0», puis «\u00a0{shlex.join(self.way.start)}\u00a0»."
            ) from error

    def _await_health(self) -> None:
        say("Attente de la première réponse…")
        end = time.monotonic() + self.way.patience
        state = ""
        while state != "ok":
            if time.monotonic() > end:
                raise UpgradeError(f"Le guichet n’est pas prêt après {self.way.patience:g}\u00a0s ({state or 'muet'}).")
            time.sleep(ASK_EVERY_S)
            state = _state(self.way.health)

    # Programs

    def _git(self, *arguments: str, folder: Path | None = None) -> str:
        return self._run(["git", *arguments], folder or self.root, quiet=True)

    def _run(self, command: list[str], folder: Path, quiet: bool = False) -> str:
        """Run a program; what it prints is shown, or returned where quiet."""
        output = subprocess.PIPE if quiet else None
        try:
            done = subprocess.run(command, cwd=str(folder), stdout=output, stdin=subprocess.DEVNULL, encoding="utf-8")
        except OSError as error:
            raise UpgradeError(f"«\u00a0{command[0]}\u00a0» ne peut pas être lancé ({error.strerror}).") from error
        if done.returncode:
            raise UpgradeError(f"«\u00a0{shlex.join(command)}\u00a0» a échoué (code {done.returncode}).")
        return done.stdout or ""


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _copy_models(source: Path, target: Path) -> None:
    """Copy what the other lacks, the records last: a model without one does not count."""
    target.mkdir(exist_ok=True)
    for ending in ("*.tar.gz", "*.json"):
        for file in source.glob(ending):
            if not (target / file.name).exists():
                shutil.copyfile(str(file), str(target / (file.name + ".part")))
                os.replace(str(target / (file.name + ".part")), str(target / file.name))


def _state(address: str) -> str:
    """The word with which the desk says how it is; empty where it says nothing."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=5) as response:
            return str(json.load(response)["status"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class Interrupted(Exception):
    """Somebody wants it to end, or the terminal is gone."""


def _interrupt(number: int, _frame: object) -> None:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)  # going back is not interrupted
    raise Interrupted(f"interrompue ({signal.Signals(number).name})")


def main(arguments: list[str]) -> int:
    """Upgrade as the command line says.

    Returns:
        The exit code: 0, or 1 where the version did not change.
    """
    parser = argparse.ArgumentParser(description="Bring the installation to another version.")
    parser.add_argument("--ref", default="", help="tag, branch or commit; the newest tag where missing")
    parser.add_argument("--stop", default="sudo -n /usr/bin/systemctl stop guichet", help="command that ends the desk")
    parser.add_argument("--start", default="sudo -n /usr/bin/systemctl start guichet", help="command that starts it")
    parser.add_argument("--patience", type=float, default=600, help="seconds until it has to be well")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    options = parser.parse_args(arguments)
    health = f"http://127.0.0.1:{os.environ.get('PORT') or 8080}/health"
    way = Way(shlex.split(options.stop), shlex.split(options.start), health, options.patience)
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        Upgrade(options.root.resolve(), way).run(options.ref)
    except (UpgradeError, Interrupted) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
