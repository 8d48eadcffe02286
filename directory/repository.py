"""The directory in the database: storing it, loading it, and a cache that follows imports."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session, selectinload

from database.engine import lock_until_commit, reading
from directory.data import AbsenceEntry, AntennaEntry, ContactEntry, DirectoryData, Span, Week
from directory.lookup import Lookup
from directory.models import Absence, Antenna, Contact, Coverage, DirectoryImport, Opening
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable

_LOCK = 7_301_002
"""Key of the lock that lets one import at a time change a PostgreSQL database."""


class NoDirectoryError(LookupError):
    """No directory was imported yet."""


def version(session: Session) -> int:
    """The number of the last import; 0 before the first."""
    return session.scalar(select(func.max(DirectoryImport.version))) or 0


def load(session: Session) -> DirectoryData:
    """Read the directory back, equal to what was stored.

    From an `AsyncSession`: `await session.run_sync(load)`.

    Raises:
        NoDirectoryError: Nothing was imported yet.
    """
    antennas = session.scalars(select(Antenna).order_by(Antenna.position).options(selectinload(Antenna.opening))).all()
    if not antennas:
        raise NoDirectoryError("no directory was imported")
    contacts = session.scalars(
        select(Contact)
        .order_by(Contact.position)
        .options(selectinload(Contact.coverage), selectinload(Contact.absences))
    ).all()
    return DirectoryData(tuple(map(_antenna_entry, antennas)), tuple(map(_contact_entry, contacts)))


def store(session: Session, data: DirectoryData) -> int | None:
    """Make the database hold exactly this directory. The caller commits.

    Returns:
        The new version, or None where nothing had to change.
    """
    lock_until_commit(session.connection(), _LOCK)
    try:
        if load(session) == data:
            return None
    except NoDirectoryError:
        pass
    for position, antenna in enumerate(data.antennas):
        session.merge(_antenna_row(antenna, position))
    session.flush()
    for position, contact in enumerate(data.contacts):
        session.merge(_contact_row(contact, position))
    session.flush()
    session.execute(delete(Contact).where(Contact.id.not_in([contact.id for contact in data.contacts])))
    session.execute(delete(Antenna).where(Antenna.slug.not_in([antenna.slug for antenna in data.antennas])))
    row = DirectoryImport(version=version(session) + 1, content_hash=data.fingerprint, imported_at=datetime.now(UTC))
    session.add(row)
    session.flush()
    return row.version


def _antenna_row(entry: AntennaEntry, position: int) -> Antenna:
    opening = [
        Opening(antenna=entry.slug, weekday=weekday, opens=span.opens, closes=span.closes)
        for weekday, spans in enumerate(entry.hours)
        for span in spans
    ]
    return Antenna(
        slug=entry.slug,
        position=position,
        head_office=entry.head_office,
        name=entry.name,
        commune=entry.commune,
        address=entry.address,
        phone=entry.phone,
        front_desk=entry.front_desk,
        opening=opening,
    )


def _contact_row(entry: ContactEntry, position: int) -> Contact:
    coverage = [
        Coverage(contact=entry.id, category=category, position=place) for place, category in enumerate(entry.categories)
    ]
    absences = [
        Absence(contact=entry.id, position=place, first_day=absence.first, last_day=absence.last)
        for place, absence in enumerate(entry.absences)
    ]
    return Contact(
        id=entry.id,
        position=position,
        name=entry.name,
        role=entry.role,
        antenna=entry.antenna,
        email=entry.email,
        phone=entry.phone,
        deputy=entry.deputy,
        coverage=coverage,
        absences=absences,
    )


def _antenna_entry(row: Antenna) -> AntennaEntry:
    week: Week = tuple(
        tuple(Span(opening.opens, opening.closes) for opening in row.opening if opening.weekday == weekday)
        for weekday in range(7)
    )
    return AntennaEntry(
        slug=row.slug,
        name=row.name,
        commune=row.commune,
        address=row.address,
        phone=row.phone,
        front_desk=row.front_desk,
        head_office=row.head_office,
        hours=week,
    )


def _contact_entry(row: Contact) -> ContactEntry:
    return ContactEntry(
        id=row.id,
        name=row.name,
        role=row.role,
        antenna=row.antenna,
        email=row.email,
        phone=row.phone,
        categories=tuple(coverage.category for coverage in row.coverage),
        deputy=row.deputy,
        absences=tuple(AbsenceEntry(absence.first_day, absence.last_day) for absence in row.absences),
    )


class CachedDirectory:
    """The directory for processes that look up often: read again only when an import or the categories changed.

    Safe to share between threads; call it from a thread where an event loop must not wait.

    Args:
        engine: Where the directory is.
        table: The commune table.
    """

    def __init__(self, engine: Engine, table: CommuneTable) -> None:
        self._engine = reading(engine)
        self._table = table
        self._catalogue: Catalogue | None = None
        self._version = 0
        self._lookup: Lookup | None = None
        self._lock = Lock()

    def lookup(self, catalogue: Catalogue) -> Lookup:
        """The lookup over the directory as it is now; one small query where nothing changed.

        Args:
            catalogue: The categories as they are now.

        Raises:
            NoDirectoryError: Nothing was imported yet.
        """
        with self._lock, Session(self._engine) as session:
            current = version(session)
            if self._lookup is None or current != self._version or catalogue is not self._catalogue:
                self._lookup = Lookup(load(session), self._table, catalogue)
                self._version, self._catalogue = current, catalogue
            return self._lookup
