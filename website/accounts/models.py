"""Accounts, their sessions and one-time links. Secrets are kept as hashes, except what one-time codes are made from."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from database.base import Base, Word, utc_now
from website.accounts.access import Role


class Purpose(StrEnum):
    """What a one-time link is for.

    Attributes:
        INVITATION: To set the first password.
        RESET: To set another one.
        SECOND_STEP: The password was right, the code is still to come; lives in a cookie.
    """

    INVITATION = "invitation"
    RESET = "reset"
    SECOND_STEP = "second_step"


class Account(Base):
    """Somebody of the staff.

    Attributes:
        id: Random.
        email: Case-folded.
        role: What the person does here.
        password_hash: Argon2; None where none was chosen.
        signed_in_at: When the person last signed in, by whichever way; None until the first time.
        totp_secret: What the codes of the authenticator application are made from; None where it is off.
        totp_step: The last time step whose code was used, so that none is used twice.
        contact: Id of the person in the directory; no foreign key, since a directory may change.
        away_until: The last day of an absence.
        disabled: Whether signing in is refused.
        antennas: Where the person works.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String)
    role: Mapped[Role] = mapped_column(Word(Role))
    password_hash: Mapped[str | None] = mapped_column(String, default=None)
    signed_in_at: Mapped[datetime | None] = mapped_column(default=None)
    totp_secret: Mapped[str | None] = mapped_column(String(64), default=None)
    totp_step: Mapped[int | None] = mapped_column(default=None)
    contact: Mapped[str | None] = mapped_column(String(64), default=None)
    away_until: Mapped[date | None] = mapped_column(default=None)
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    antennas: Mapped[list[AccountAntenna]] = relationship(
        cascade="all, delete-orphan", order_by=lambda: AccountAntenna.antenna, lazy="selectin"
    )


class AccountAntenna(Base):
    """An antenna where somebody works; no foreign key to the directory, since it may change."""

    __tablename__ = "account_antenna"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    antenna: Mapped[str] = mapped_column(String(64), primary_key=True)


class AccountSession(Base):
    """A browser in which somebody is signed in.

    Attributes:
        token_sha256: Hash of the cookie's value.
        csrf: What forms of this session carry.
        device: The browser, in words.
        seen_at: The last call, give or take a minute.
        expires_at: When it ends however often it is used.
    """

    __tablename__ = "account_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]


class AccountLink(Base):
    """A secret that can be used once, until it expires; the row goes away with its use."""

    __tablename__ = "account_link"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code that signs in once in place of the authenticator application's."""

    __tablename__ = "recovery_code"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class Attempts(Base):
    """Failed attempts to sign in, counted for an account or an address.

    Attributes:
        key: Hash of what is counted; says neither address nor account.
        failures: Since the last success, or since they were forgotten.
        blocked_until: Before this moment nothing is tried.
    """

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
