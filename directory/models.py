"""The directory's tables. `position` keeps the order of the files, which the lookup rule depends on."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from database.base import Base


class Antenna(Base):
    """A local office."""

    __tablename__ = "antenna"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    head_office: Mapped[bool]
    name: Mapped[str]
    commune: Mapped[str] = mapped_column(String(5))
    address: Mapped[str]
    phone: Mapped[str]
    front_desk: Mapped[str] = mapped_column(
        ForeignKey("contact.id", use_alter=True, deferrable=True, initially="DEFERRED")
    )
    opening: Mapped[list[Opening]] = relationship(
        cascade="all, delete-orphan", order_by=lambda: (Opening.weekday, Opening.opens)
    )


class Opening(Base):
    """One span of time during which an antenna is open, every week."""

    __tablename__ = "antenna_opening"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens < closes", name="order"),
    )

    antenna: Mapped[str] = mapped_column(ForeignKey("antenna.slug", ondelete="CASCADE"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, doc="0 is Monday.", autoincrement=False)
    opens: Mapped[time] = mapped_column(primary_key=True)
    closes: Mapped[time]


class Contact(Base):
    """A person or function at an antenna."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    role: Mapped[str]
    antenna: Mapped[str] = mapped_column(ForeignKey("antenna.slug"), index=True)
    email: Mapped[str]
    phone: Mapped[str]
    deputy: Mapped[str | None] = mapped_column(ForeignKey("contact.id", deferrable=True, initially="DEFERRED"))
    coverage: Mapped[list[Coverage]] = relationship(cascade="all, delete-orphan", order_by=lambda: Coverage.position)
    absences: Mapped[list[Absence]] = relationship(cascade="all, delete-orphan", order_by=lambda: Absence.position)


class Coverage(Base):
    """A category that a contact covers."""

    __tablename__ = "coverage"

    contact: Mapped[str] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    position: Mapped[int]


class Absence(Base):
    """Days on which a contact is away, the first and the last included."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="order"),)

    contact: Mapped[str] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_day: Mapped[date]
    last_day: Mapped[date]


class DirectoryImport(Base):
    """One import that changed something; the highest version is what the other tables hold."""

    __tablename__ = "directory_import"

    version: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), doc="SHA-256 of the content, in hexadecimal.")
    imported_at: Mapped[datetime]
