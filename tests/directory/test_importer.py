"""The import command over real databases: all or nothing, and nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from database.engine import make_async_engine, make_engine
from database.migrate import upgrade
from directory.faults import DirectoryError
from directory.files import read_directory
from directory.importer import import_directory, import_files
from directory.models import DirectoryImport
from directory.repository import CachedDirectory, NoDirectoryError, load, store, version
from settings import ROOT, Settings
from tests.directory.random_directories import TODAY, directories, write
from understanding import paths
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable

TABLES = ("antenna", "antenna_opening", "contact", "coverage", "absence", "directory_import")


def _everything(address: str) -> dict[str, list[tuple[Any, ...]]]:
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            return {
                table: sorted(tuple(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {table}")))
                for table in TABLES
            }
    finally:
        engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the directory's files that a test may change."""
    copy = tmp_path / "directory"
    shutil.copytree(paths.DIRECTORY, copy)
    return copy


def _change(folder: Path, old: str, new: str) -> None:
    file = folder / "directory.yml"
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), "utf-8")


def _run(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "directory.importer", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address},
        capture_output=True,
        text=True,
    )


def test_the_command_imports_once_and_then_has_nothing_to_change(database_url: str) -> None:
    first = _run(database_url)
    assert (first.returncode, first.stderr) == (0, ""), first
    assert "5 antennes, 23 interlocuteurs (version 1)" in first.stdout
    before = _everything(database_url)
    second = _run(database_url)
    assert second.returncode == 0
    assert "rien à changer" in second.stdout
    assert _everything(database_url) == before


def test_a_fault_is_printed_and_changes_nothing(database_url: str, folder: Path) -> None:
    import_files(Settings(database_url=database_url), folder)
    before = _everything(database_url)
    _change(folder, "Sandrine Aubron", "Quelqu’un d’autre")
    _change(folder, 'commune: "33200"', 'commune: "33999"')
    run = _run(database_url, str(folder))
    assert run.returncode == 1
    assert run.stdout.splitlines() == ["directory.yml:15: «\u00a033999\u00a0» n’est le code INSEE d’aucune commune"]
    assert _everything(database_url) == before


def test_a_fault_does_not_even_make_the_database(tmp_path: Path, folder: Path) -> None:
    _change(folder, "head_office: true", "head_office: false")
    with pytest.raises(DirectoryError):
        import_files(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}"), folder)
    assert not (tmp_path / "x.db").exists()


def test_checking_only_changes_nothing(tmp_path: Path) -> None:
    run = _run(f"sqlite:///{tmp_path / 'x.db'}", "--check")
    assert (run.returncode, run.stdout) == (0, "Annuaire correct\u00a0: 5 antennes, 23 interlocuteurs.\n")
    assert not (tmp_path / "x.db").exists()


def test_what_is_loaded_is_what_was_read(
    database_url: str, folder: Path, table: CommuneTable, catalogue: Catalogue
) -> None:
    _change(folder, "head_office: true", "head_office: true\n    hours: {samedi: ['10:00-12:00', '14:00-18:30']}")
    _change(
        folder,
        "categories: [formation, emploi_metiers]}",
        "categories: [formation, emploi_metiers], "
        "deputy: sandrine-aubron, absences: [{from: 2026-01-01, to: 2026-01-02}, {from: 2026-01-01, to: 2026-01-02}]}",
    )
    data = read_directory(catalogue, table, folder)
    assert import_directory(Settings(database_url=database_url), data) == 1
    engine = make_engine(database_url)
    with Session(engine) as session:
        assert load(session) == data
        assert session.get_one(DirectoryImport, 1).content_hash == data.fingerprint
    engine.dispose()


def test_a_change_replaces_order_contacts_antennas_and_hours(
    database_url: str, folder: Path, table: CommuneTable, catalogue: Catalogue
) -> None:
    configuration = Settings(database_url=database_url)
    import_files(configuration, folder)
    content = yaml.safe_load((folder / "directory.yml").read_text("utf-8"))
    content["antennas"] = [antenna for antenna in reversed(content["antennas"]) if antenna["slug"] != "montpellier"]
    content["antennas"][0]["hours"] = {"lundi": ["9:00-12:00"]}
    content["contacts"] = [
        contact for contact in reversed(content["contacts"]) if contact["id"] != "montpellier-accueil"
    ]
    for contact in content["contacts"]:
        if contact["antenna"] == "montpellier":
            contact["antenna"] = "toulouse"
    (folder / "directory.yml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    data = read_directory(catalogue, table, folder)
    assert [antenna.slug for antenna in data.antennas] == ["rochefort", "futuroscope", "bordeaux", "toulouse"]
    assert import_files(configuration, folder) == 2
    engine = make_engine(database_url)
    with Session(engine) as session:
        assert load(session) == data
    engine.dispose()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
@given(first=directories(), second=directories())
def test_any_directory_can_follow_any_other(
    table: CommuneTable, catalogue: Catalogue, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        configuration = Settings(database_url=f"sqlite:///{name}/x.db")
        engine = make_engine(configuration.database_url)
        for contents in (first, second):
            data = read_directory(catalogue, table, write(Path(name), contents))
            import_directory(configuration, data)
            with Session(engine) as session:
                assert load(session) == data
        engine.dispose()


def test_a_failure_half_way_undoes_everything(
    database_url: str, folder: Path, table: CommuneTable, catalogue: Catalogue
) -> None:
    configuration = Settings(database_url=database_url)
    import_files(configuration, folder)
    before = _everything(database_url)
    _change(folder, "Sandrine Aubron", "Quelqu’un d’autre")
    engine = make_engine(database_url)
    with pytest.raises(RuntimeError), Session(engine) as session, session.begin():
        assert store(session, read_directory(catalogue, table, folder)) == 2
        raise RuntimeError
    engine.dispose()
    assert _everything(database_url) == before


def test_imports_at_the_same_time_make_one_version(
    database_url: str, table: CommuneTable, catalogue: Catalogue
) -> None:
    upgrade(Settings(database_url=database_url))
    data = read_directory(catalogue, table)
    made: list[int | None] = []
    engine = make_engine(database_url)

    def store_once() -> None:
        with Session(engine) as session, session.begin():
            made.append(store(session, data))

    threads = [threading.Thread(target=store_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert sorted(made, key=str) == [1, None, None, None]


def test_the_cache_follows_imports(database_url: str, folder: Path, table: CommuneTable, catalogue: Catalogue) -> None:
    configuration = Settings(database_url=database_url)
    upgrade(configuration)
    engine = make_engine(database_url)
    cached = CachedDirectory(engine, table)
    with pytest.raises(NoDirectoryError):
        cached.lookup(catalogue)
    import_files(configuration, folder)
    first = cached.lookup(catalogue)
    assert first.for_commune("evenement", "17299", TODAY).person.name == "Sandrine Aubron"
    assert cached.lookup(catalogue) is first
    _change(folder, "name: Sandrine Aubron", "name: Sandrine A.")
    import_files(configuration, folder)
    assert cached.lookup(catalogue).for_commune("evenement", "17299", TODAY).person.name == "Sandrine A."
    renamed = {**catalogue.categories, "evenement": replace(catalogue.categories["evenement"], label="Salons")}
    newer = replace(catalogue, categories=renamed)
    assert cached.lookup(newer).for_commune("evenement", "17299", TODAY).category_label == "Salons"
    engine.dispose()


async def test_loading_from_an_asynchronous_session(
    database_url: str, table: CommuneTable, catalogue: Catalogue
) -> None:
    import_files(Settings(database_url=database_url))
    engine = make_async_engine(database_url)
    try:
        async with AsyncSession(engine) as session:
            assert await session.run_sync(version) == 1
            assert await session.run_sync(load) == read_directory(catalogue, table)
    finally:
        await engine.dispose()
