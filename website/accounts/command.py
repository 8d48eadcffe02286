"""`make user`: makes an account and prints a one-time link to set its password. For an account that exists, a new link.

Exit status 2 after one sentence that says what is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from database.engine import DatabaseUrlError, make_engine
from database.migrate import upgrade
from database.storage import Storage
from directory.faults import DirectoryError
from directory.french import typeset
from directory.importer import import_files
from directory.repository import version
from settings import SettingError, Settings
from understanding.catalogue import CatalogueError
from website import audit, handoff
from website.accounts import links
from website.accounts.access import Role
from website.accounts.models import Purpose
from website.accounts.records import by_email, canonical_email, create, looks_like_email

USAGE = "usage : make user EMAIL=prenom.nom@exemple.fr ROLE=officer|trainer|admin ANTENNA=rochefort"


class UserError(ValueError):
    """What was asked cannot be done; the message is one French sentence."""


def read_role(text: str) -> Role:
    """The role that a word names.

    Raises:
        UserError: It names none.
    """
    try:
        return Role(text.strip().lower())
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise UserError(f"ROLE={text} n’est pas un rôle : choisissez parmi {known}.") from None


def read_email(text: str) -> str:
    """An address.

    Raises:
        UserError: It is none.
    """
    if not text.strip():
        raise UserError(f"Il manque EMAIL= ; {USAGE}.")
    if not looks_like_email(canonical_email(text)):
        raise UserError(f"EMAIL={text} n’est pas une adresse électronique.")
    return canonical_email(text)


def read_antennas(text: str, known: Sequence[str]) -> list[str]:
    """Slugs of antennas, separated by commas.

    Raises:
        UserError: The directory has no such antenna.
    """
    wanted = [part for part in text.replace(",", " ").split() if part]
    for slug in wanted:
        if slug not in known:
            raise UserError(f"ANTENNA={slug} n’est pas dans l’annuaire : choisissez parmi {', '.join(known)}.")
    return wanted


def name_from(email: str) -> str:
    """A name to begin with: « marie.dupont@… » → « Marie Dupont »; the person changes it later."""
    return " ".join(part.capitalize() for part in email.partition("@")[0].replace("_", ".").split(".") if part)


async def make_user(settings: Settings, email: str, role: str, antenna: str) -> tuple[str, bool]:
    """Make an account, or a new link for one that exists.

    Args:
        settings: Where the database and the site are.
        email: Address of the person.
        role: `officer`, `trainer` or `admin`.
        antenna: Slugs, separated by commas.

    Returns:
        The link, and whether the account is new.

    Raises:
        UserError: Something is wrong; nothing was changed.
    """
    address, chosen = read_email(email), read_role(role)
    storage = Storage.open(settings.database_url)
    try:
        async with storage.write() as session:
            data = await handoff.directory(session)
            antennas = read_antennas(antenna, [one.slug for one in data.antennas] if data else [])
            if chosen is Role.OFFICER and not antennas:
                raise UserError("Un chargé de mission travaille dans une antenne au moins : indiquez ANTENNA=…")
            account = await by_email(session, address)
            is_new = account is None
            if account is None:
                account = await create(session, address, name_from(address), chosen, antennas)
            elif account.role is not chosen or sorted(one.antenna for one in account.antennas) != sorted(antennas):
                raise UserError(
                    f"{address} a déjà un compte, avec un autre rôle ou d’autres antennes : un administrateur les "
                    "change dans la page Comptes."
                )
            lifetime = timedelta(hours=settings.link_hours)
            token = await links.make(session, account.id, Purpose.INVITATION, lifetime)
            await audit.record(
                session, None, "account.created" if is_new else "account.link", subject=account.id, role=chosen.value
            )
    finally:
        await storage.close()
    return settings.site_url + links.PATH.replace("{token}", token), is_new


def prepare(settings: Settings) -> None:
    """Bring the tables up to date, and import the directory where none is in the database yet.

    Raises:
        UserError: The database does not answer, or the directory's files have faults.
    """
    try:
        upgrade(settings)
        engine = make_engine(settings.database_url)
        with Session(engine) as session:
            imported = version(session)
        engine.dispose()
        if not imported:
            import_files(settings)
    except (DatabaseUrlError, OperationalError) as error:
        raise UserError("La base de données ne répond pas : vérifiez DATABASE_URL.") from error
    except (DirectoryError, CatalogueError) as error:
        raise UserError(
            "L’annuaire ne peut pas être lu : « python -m directory.importer --check » en montre les fautes."
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="make user", add_help=False)
    for option in ("email", "role", "antenna"):
        parser.add_argument(f"--{option}", default="")
    options = parser.parse_args(arguments)
    try:
        read_email(options.email), read_role(options.role)  # before the database is touched
        settings = Settings.from_environment()
        prepare(settings)
        link, is_new = asyncio.run(make_user(settings, options.email, options.role, options.antenna))
    except (UserError, SettingError) as error:
        print(typeset(str(error)), file=sys.stderr)
        return 2
    hours = f"{settings.link_hours:g}"
    print(typeset("Compte créé." if is_new else "Ce compte existe déjà : voici un nouveau lien."))
    print(typeset(f"Lien pour choisir le mot de passe (une seule fois, pendant {hours} heures) :"))
    print(link)
    return 0


if __name__ == "__main__":
    sys.exit(main())
