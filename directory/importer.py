"""Importing the directory from its files: `python -m directory.importer`.

Exit status 0: imported, or nothing to change. 1: the files have faults, printed one a line; nothing was changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from database.engine import make_engine
from database.migrate import upgrade
from directory.data import DirectoryData
from directory.faults import DirectoryError
from directory.files import read_directory
from directory.repository import store
from settings import Settings
from understanding import paths
from understanding.catalogue import CatalogueError, load_catalogue
from understanding.places.table import CommuneTable


def import_directory(settings: Settings, data: DirectoryData) -> int | None:
    """Bring the database's tables up to date and store a directory that was checked, in one transaction.

    Returns:
        The new version, or None where nothing had to change.
    """
    upgrade(settings)
    engine = make_engine(settings.database_url)
    try:
        with Session(engine) as session, session.begin():
            return store(session, data)
    finally:
        engine.dispose()


def import_files(settings: Settings, folder: Path = paths.DIRECTORY) -> int | None:
    """Read, check and store the directory's files.

    Returns:
        The new version, or None where nothing had to change.

    Raises:
        DirectoryError: The files have faults; nothing was changed.
        CatalogueError: The categories cannot be read; nothing was changed.
    """
    return import_directory(settings, read_directory(load_catalogue(), CommuneTable(), folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m directory.importer", description="Vérifie l’annuaire, puis l’importe dans la base."
    )
    parser.add_argument("folder", nargs="?", type=Path, default=paths.DIRECTORY, help="dossier des fichiers .yml")
    parser.add_argument("--check", action="store_true", help="vérifie seulement, sans rien importer")
    options = parser.parse_args(arguments)
    try:
        data = read_directory(load_catalogue(), CommuneTable(), options.folder)
    except DirectoryError as error:
        print(error)
        return 1
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    size = f"{len(data.antennas)} antennes, {len(data.contacts)} interlocuteurs"
    if options.check:
        print(f"Annuaire correct\u00a0: {size}.")
        return 0
    imported = import_directory(Settings.from_environment(), data)
    if imported is None:
        print(f"Annuaire\u00a0: rien à changer ({size}).")
    else:
        print(f"Annuaire importé\u00a0: {size} (version {imported}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
