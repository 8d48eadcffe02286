"""Why a change of trainers' files is refused; each message is a French sentence fit to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.faults import DirectoryFault
from directory.french import typeset

if TYPE_CHECKING:
    from corpus.edition import Sentence

Fault = DirectoryFault
"""What is wrong with a file that was edited by hand: file, line, French sentence."""


class CorpusChangeError(ValueError):
    """A change is refused; nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message))


class ChangedSentenceError(CorpusChangeError):
    """A sentence is no longer there as it was.

    Attributes:
        sentence_id: By which it was named.
        now: What stands in its place; None where it is gone, or nobody knows.
    """

    def __init__(self, sentence_id: str, now: Sentence | None = None) -> None:
        there = f"Il y a maintenant : « {now.text} »." if now else "Elle n’est plus dans les fichiers."
        super().__init__(f"Cette phrase a été changée entre-temps. {there}")
        self.sentence_id = sentence_id
        self.now = now


class DuplicateSentenceError(CorpusChangeError):
    """A sentence is there already, but for case, accents and punctuation.

    Attributes:
        text: The new one.
        sentence: The one that is there; None where it is given twice at once.
    """

    def __init__(self, text: str, sentence: Sentence | None) -> None:
        where = f"existe déjà dans « {sentence.intent} »" if sentence else "est donnée deux fois"
        super().__init__(f"« {text} » {where}.")
        self.text = text
        self.sentence = sentence


class InvalidSentenceError(CorpusChangeError):
    """A text cannot be an example."""


class UnknownIntentError(CorpusChangeError):
    """There is no such category or conversation intent in service.

    Attributes:
        slug: Its slug.
    """

    def __init__(self, slug: str) -> None:
        super().__init__(f"Le sujet « {slug} » n’existe pas, ou n’est plus proposé.")
        self.slug = slug


class BrokenFileError(CorpusChangeError):
    """A file that has to be changed is broken by hand.

    Attributes:
        fault: Where and why.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"Le fichier {fault.file} est à corriger d’abord, ligne {fault.line} : {fault.sentence}.")
        self.fault = fault


class ByHandOnlyError(CorpusChangeError):
    """A place is written in a way that only a person can change.

    Attributes:
        file: The file.
    """

    def __init__(self, file: str) -> None:
        super().__init__(f"Cet endroit du fichier {file} ne peut être changé qu’à la main.")
        self.file = file


class PrivateOriginError(CorpusChangeError):
    """A sentence of a member's conversation does not go to a public file."""

    def __init__(self) -> None:
        super().__init__("Une phrase prise dans une conversation n’entre pas telle quelle dans un fichier public.")


class ForgottenError(CorpusChangeError):
    """A sentence comes from a conversation that was erased; it does not come back."""

    def __init__(self) -> None:
        super().__init__("Cette phrase vient d’une conversation effacée : elle ne peut pas revenir.")


class StaleChangeError(CorpusChangeError):
    """A change cannot be taken back any more, since its files changed again."""

    def __init__(self) -> None:
        super().__init__("Ce changement ne peut plus être annulé : les fichiers ont changé depuis.")


class CrowdedError(CorpusChangeError):
    """The files change so often that a change found no moment for itself."""

    def __init__(self) -> None:
        super().__init__("Les fichiers changent sans cesse : réessayez dans un instant.")
