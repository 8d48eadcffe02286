"""Where a sentence comes from, and what was done to it since: its origin in the file, then the audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from corpus.edition import Origin, Sentence
from directory.french import typeset
from website.accounts.models import Account
from website.audit.models import AuditEntry
from website.console import words
from website.staff import moments

_LONGEST = 30
"""Steps that are followed backwards."""
_ORIGINS = {
    "studio": "Écrite dans le studio",
    "import": "Venue d’un fichier importé",
    "officer": "Proposée par un chargé de mission, d’après une conversation",
    "member": "Venue d’une conversation",
    "rewritten": "Réécrite dans le studio, d’après une conversation",
}
_ACTS = {
    "example.changed": "Modifiée",
    "example.moved": "Déplacée",
    "example.deleted": "Supprimée",
    "example.restored": "Rétablie",
}


async def history(session: AsyncSession, sentence: Sentence) -> list[str]:
    """What was done to a sentence, in words, the latest first.

    Args:
        session: To read the log and the names of accounts.
        sentence: The sentence as it is.
    """
    entries = await _entries(session, sentence.id)
    origin = sentence.origin or Origin("")
    accounts = {entry.account_id for entry in entries} | {origin.account}
    found = await session.execute(select(Account.id, Account.name).where(Account.id.in_(filter(None, accounts))))
    people: dict[str, str] = dict(found.tuples().all())
    lines = [_line(_act(entry), people, entry.account_id, entry.at) for entry in entries]
    begun = _ORIGINS.get(origin.kind, "Présente dans les fichiers")
    lines.append(_line(begun, people, origin.account, origin.at))
    lines.append(f"Fichier {sentence.file}, ligne {sentence.line}.")
    return [typeset(line) for line in lines]


async def _entries(session: AsyncSession, identifier: str) -> list[AuditEntry]:
    """The log's entries on a sentence, followed back through the ids that it had before it was changed."""
    entries: list[AuditEntry] = []
    seen: set[str] = set()
    wanted: str | None = identifier
    while wanted and wanted not in seen and len(entries) < _LONGEST:
        seen.add(wanted)
        found = await session.scalars(
            select(AuditEntry)
            .where(AuditEntry.subject == wanted, AuditEntry.action.in_(_ACTS))
            .order_by(AuditEntry.id.desc())
            .limit(_LONGEST)
        )
        some = list(found)
        entries += some
        before = [entry.details.get("before") for entry in some if entry.details.get("before")]
        wanted = str(before[-1]) if before else None
    return entries[:_LONGEST]


def _act(entry: AuditEntry) -> str:
    act = _ACTS[entry.action]
    category = entry.details.get("category")
    if entry.action == "example.moved" and isinstance(category, str):
        return f"{act} depuis « {words.subject(category)} »"
    return act


def _line(what: str, people: dict[str, str], account: str | None, at: datetime | None) -> str:
    who = f" par {people[account]}" if account in people else ""
    when = f", le {moments.moment(at)}" if at is not None else ""
    return f"{what}{who}{when}."
