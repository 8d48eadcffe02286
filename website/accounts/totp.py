"""One-time codes of an authenticator application (TOTP), and the recovery codes for when it is lost."""

from __future__ import annotations

import hmac
import io
import re
import secrets
import time

import pyotp
import segno
from sqlalchemy import delete, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from website.accounts.models import Account, RecoveryCode
from website.models import digest

RECOVERY_CODES = 10
_STEP_SECONDS = 30
_SECRET = re.compile(r"[A-Z2-7]{32}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """A secret to set an application up with."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether a text is such a secret."""
    return _SECRET.fullmatch(text) is not None


def grouped(secret: str) -> str:
    """A secret in groups of four, to be typed by hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def address_of(secret: str, email: str, issuer: str) -> str:
    """The `otpauth://` address that an application reads; it shows the issuer's name."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def qr_code(text: str) -> str:
    """A text as a QR code, in SVG."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(
        drawing, kind="svg", scale=5, border=4, xmldecl=False, svgclass=None, lineclass=None, light="#fff"
    )
    return drawing.getvalue().decode("utf-8")


def step_of(secret: str, code: str, now: float | None = None) -> int | None:
    """The time step that a code belongs to; None where it is none of this moment.

    Args:
        secret: Of the account.
        code: As typed; spaces do not matter.
        now: Seconds since 1970; the present where not given.
    """
    typed = "".join(code.split())
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    current = int((time.time() if now is None else now) // _STEP_SECONDS)
    codes = pyotp.TOTP(secret)
    found = None
    for step in (current - 1, current, current + 1):  # clocks differ
        if hmac.compare_digest(codes.generate_otp(step), typed):
            found = step
    return found


async def use_code(session: AsyncSession, account: Account, code: str) -> bool:
    """Use a code up, of the application or for recovery. None works twice.

    Args:
        session: The transaction.
        account: Whose.
        code: As typed.

    Returns:
        Whether it was right.
    """
    step = step_of(account.totp_secret, code) if account.totp_secret else None
    if step is not None:
        newer = or_(Account.totp_step.is_(None), Account.totp_step < step)
        done = update(Account).where(Account.id == account.id, newer).values(totp_step=step).returning(Account.id)
        return await session.scalar(done) is not None
    used = delete(RecoveryCode).where(
        RecoveryCode.account_id == account.id, RecoveryCode.code_sha256 == digest(canonical_recovery_code(code))
    )
    return await session.scalar(used.returning(RecoveryCode.account_id)) is not None


async def turn_on(session: AsyncSession, account: Account, secret: str, step: int) -> list[str]:
    """Ask an account for codes from now on.

    Args:
        session: The transaction.
        account: Whose.
        secret: That the application was set up with.
        step: Of the code that showed it; this one will not work again.

    Returns:
        The recovery codes; only their hashes are kept.
    """
    await turn_off(session, account)
    account.totp_secret, account.totp_step = secret, step
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        session.add(RecoveryCode(account_id=account.id, code_sha256=digest(canonical_recovery_code(code))))
    await session.flush()
    return codes


async def turn_off(session: AsyncSession, account: Account) -> None:
    """Ask an account for codes no longer."""
    account.totp_secret = account.totp_step = None
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def canonical_recovery_code(code: str) -> str:
    """A recovery code without what people add or leave out."""
    return "".join(mark for mark in code.lower() if mark.isalnum())


def _recovery_code() -> str:
    letters = [secrets.choice(_LETTERS) for _ in range(12)]
    return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))
