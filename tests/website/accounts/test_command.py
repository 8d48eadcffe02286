"""`make user`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from settings import ROOT


def make_user(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a database."""
    environment = {**os.environ, "DATABASE_URL": address, "PUBLIC_URL": "https://guichet.exemple.fr/"}
    command = [sys.executable, "-m", "website.accounts.command", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'new' / 'x.db'}"


def test_on_a_fresh_clone_it_makes_an_account_and_again_a_new_link(address: str) -> None:
    arguments = ("--email=Marie.DUPONT@exemple.fr", "--role=officer", "--antenna=rochefort, toulouse")
    first, again = make_user(address, *arguments), make_user(address, *arguments)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    links = [done.stdout.splitlines()[-1] for done in (first, again)]
    assert links[0] != links[1] and all(link.startswith("https://guichet.exemple.fr/lien/") for link in links)
    engine = create_engine(address)
    with engine.connect() as connection:
        [row] = connection.execute(text("SELECT email, name, role FROM account")).all()
        antennas = connection.execute(text("SELECT antenna FROM account_antenna ORDER BY antenna")).scalars().all()
        kept = connection.execute(text("SELECT count(*) FROM account_link")).scalar()
    assert tuple(row) == ("marie.dupont@exemple.fr", "Marie Dupont", "officer")
    assert antennas == ["rochefort", "toulouse"] and kept == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "Il manque EMAIL="),
        (("--email=pas une adresse", "--role=admin"), "n’est pas une adresse"),
        (("--email=-x", "--role=admin"), "n’est pas une adresse"),
        (("--email=a@b.fr", "--role=chef"), "n’est pas un rôle"),
        (("--email=a@b.fr",), "n’est pas un rôle"),
        (
            ("--email=a@b.fr", "--role=officer", "--antenna=rochefort,nulle-part"),
            "nulle-part n’est pas dans l’annuaire",
        ),
        (("--email=a@b.fr", "--role=officer"), "ANTENNA="),
    ],
)
def test_bad_input_is_one_sentence(address: str, arguments: tuple[str, ...], why: str) -> None:
    done = make_user(address, *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert why in done.stderr and len(done.stderr.splitlines()) == 1
    assert " :" not in done.stderr


def test_another_role_is_not_given_by_the_way(address: str) -> None:
    assert make_user(address, "--email=a@b.fr", "--role=trainer").returncode == 0
    done = make_user(address, "--email=a@b.fr", "--role=admin")
    assert done.returncode == 2 and "a déjà un compte" in done.stderr


def test_a_database_that_does_not_answer() -> None:
    done = make_user("postgresql://postgres@127.0.0.1:1/x", "--email=a@b.fr", "--role=admin")
    assert done.returncode == 2 and "ne répond pas" in done.stderr and len(done.stderr.splitlines()) == 1
