"""Writing the audit log."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from website.audit.models import AuditEntry

Detail = str | int | bool | None | list[str]
LONGEST = 100
"""Characters of a detail: an id or a word, never a text."""


class TextInAuditError(ValueError):
    """A detail is so long that it must be a text; the log holds none."""


async def record(
    session: AsyncSession,
    account_id: str | None,
    action: str,
    conversation_id: str | None = None,
    subject: str | None = None,
    **details: Detail,
) -> None:
    """Note what somebody does, in the transaction that does it.

    Args:
        session: The transaction.
        account_id: Who does it; None where nobody is signed in.
        action: A word such as `account.invited`.
        conversation_id: To which conversation.
        subject: To what else.
        details: Ids and short words.

    Raises:
        TextInAuditError: A detail is a text.
    """
    for name, value in details.items():
        if any(
            isinstance(part, str) and len(part) > LONGEST for part in (value if isinstance(value, list) else [value])
        ):
            raise TextInAuditError(name)
    session.add(
        AuditEntry(
            account_id=account_id, action=action, conversation_id=conversation_id, subject=subject, details=details
        )
    )
    await session.flush()
