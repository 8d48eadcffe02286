"""What the directory's pages answer when a change cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from datafiles.snapshots import ChangedMeanwhileError, NotWritableError
from datafiles.yaml_edit import NotEditableError
from directory.changes import NoPlaceError, UnknownEntryError
from directory.data import DirectoryData
from directory.faults import DirectoryError, DirectoryFault
from directory.french import typeset
from directory.writer import NotOwnerError, lines_changed
from website.directory import words
from website.directory.desk import DirectoryDesk
from website.directory.forms import Typed

Entry = TypeVar("Entry")

REFUSALS = (
    ChangedMeanwhileError,
    DirectoryError,
    NoPlaceError,
    NotEditableError,
    NotOwnerError,
    NotWritableError,
    UnknownEntryError,
)
"""All reasons for which a change is not made."""

_SENTENCES: dict[type[Exception], str] = {
    ChangedMeanwhileError: "Le fichier a changé depuis que vous avez ouvert la page. Rien n’a été modifié : "
    "regardez ce qu’il dit maintenant, puis recommencez.",
    NotOwnerError: "Ce site montre l’annuaire mais ne le modifie pas : un autre exemplaire du site en a la charge. "
    "Faites la modification là-bas.",
    NotWritableError: "Le dossier de l’annuaire n’accepte pas d’écriture (lecture seule, ou disque plein). "
    "Rien n’a été modifié : demandez à la personne qui exploite le site d’ouvrir ce dossier.",
    NotEditableError: "Le fichier est écrit d’une façon que cette page ne sait pas changer sans toucher au reste. "
    "Rien n’a été modifié : faites ce changement à la main dans le fichier.",
    UnknownEntryError: "Cette fiche n’existe plus dans le fichier. Rien n’a été modifié.",
    NoPlaceError: "Cet interlocuteur ne peut pas aller plus loin dans la liste : son voisin est dans un autre fichier, "
    "ou il est déjà au bout.",
}


def sentences(error: Exception) -> list[str]:
    """Why a change was not made, in French.

    Args:
        error: One of `REFUSALS`.
    """
    if isinstance(error, DirectoryError):
        return [fault_sentence(fault) for fault in error.faults]
    return [typeset(_SENTENCES[type(error)])]


def fault_sentence(fault: DirectoryFault) -> str:
    """A fault as a sentence of its own, with where it would stand."""
    return typeset(f"{fault.sentence[:1].upper()}{fault.sentence[1:]} ({fault.file}, ligne {fault.line}).")


@dataclass(frozen=True)
class Conflict:
    """What changed in the files while a form was open.

    Attributes:
        rows: Field, what the file said before (None where that is no longer known), what it says now, what was typed.
        lines: Lines of the files that changed; None where it is no longer known.
    """

    rows: Sequence[tuple[str, str | None, str, str]]
    lines: Sequence[str] | None


def conflict(
    desk: DirectoryDesk,
    seen: str,
    error: ChangedMeanwhileError,
    rows: Callable[[DirectoryData], Sequence[words.Row] | None],
    mine: Sequence[words.Row],
) -> Conflict:
    """Set the file beside what was typed.

    Args:
        desk: The directory.
        seen: Digest of the files that the form was made from.
        error: What the writer said.
        rows: The entry of an edition as rows; None where it is not in it.
        mine: What was typed, as rows.
    """
    before = desk.writer.remembered(seen)
    now = desk.writer.remembered(error.now.digest)
    return Conflict(
        words.differences((rows(now.data) if now else None) or [], mine, rows(before.data) if before else None),
        lines_changed(before.snapshot, error.now) if before else None,
    )


async def read_form(request: web.Request) -> Typed:
    """The form that was sent."""
    return Typed((await request.post()).items())


def find(entries: Sequence[Entry], key: str, value: str) -> Entry:
    """An entry by its key.

    Raises:
        HTTPNotFound: There is none.
    """
    for entry in entries:
        if getattr(entry, key) == value:
            return entry
    raise web.HTTPNotFound
