"""Why a change of examples or subjects is not made, in French, for pages and for the API."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.errors import (
    ChangedSentenceError,
    CorpusChangeError,
    CrowdedError,
    DuplicateSentenceError,
    InvalidSentenceError,
    UnknownIntentError,
)
from datafiles.snapshots import ChangedMeanwhileError, NotWritableError
from datafiles.yaml_edit import NotEditableError
from directory.changes import UnknownEntryError
from directory.faults import DirectoryError
from directory.french import typeset
from directory.writer import NotOwnerError
from website.directory import answers
from website.errors import ApiError

REFUSALS = (
    ChangedMeanwhileError,
    CorpusChangeError,
    DirectoryError,
    NotEditableError,
    NotOwnerError,
    NotWritableError,
    UnknownEntryError,
)
"""All reasons for which a change is not made."""

_SENTENCES: Mapping[type[Exception], str] = {
    ChangedMeanwhileError: "Les fichiers ont changé pendant ce temps. Rien n’a été écrit : recommencez.",
    NotOwnerError: "Ce site montre les phrases mais ne les modifie pas : un autre exemplaire du site en a la charge.",
    NotWritableError: "Le dossier des données n’accepte pas d’écriture (lecture seule, ou disque plein). Rien n’a été "
    "écrit : demandez à la personne qui exploite le site d’ouvrir ce dossier.",
    NotEditableError: "Le fichier est écrit d’une façon que cette page ne sait pas changer. Rien n’a été écrit : "
    "faites ce changement à la main.",
    UnknownEntryError: "Cet interlocuteur n’est plus dans l’annuaire. Rien n’a été écrit.",
}
_CODES: Mapping[type[Exception], str] = {
    ChangedSentenceError: "changed_meanwhile",
    CrowdedError: "changed_meanwhile",
    ChangedMeanwhileError: "changed_meanwhile",
    DuplicateSentenceError: "duplicate",
    InvalidSentenceError: "bad_sentence",
    UnknownIntentError: "unknown_category",
}


class RefusedExampleError(ApiError):
    """A call of the API that is refused for a reason that names the sentence.

    Args:
        code: A key of `website.errors.STATUS`.
        message: Why, in French.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self._message = message

    @property
    def message(self) -> str:
        """What people may be shown."""
        return self._message


def sentence_of(error: Exception) -> str:
    """Why a change was not made, in French.

    Args:
        error: One of `REFUSALS`.
    """
    if isinstance(error, DirectoryError):
        return " ".join(answers.sentences(error)[:3])
    return typeset(_SENTENCES.get(type(error)) or str(error))


def refusal_of(error: Exception) -> ApiError:
    """The same for the API.

    Args:
        error: One of `REFUSALS`.
    """
    return RefusedExampleError(_CODES.get(type(error), "not_written"), sentence_of(error))
