"""What can be wrong with a wish for a training or a model; each message is French and fit to show."""

from __future__ import annotations


class ReleaseError(Exception):
    """Something about models cannot be done; the message is for trainers."""

    message = "Cette action n’est pas possible."

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)


class UnknownModelError(ReleaseError):
    """No model has this id."""

    message = "Cette version n’existe pas."


class RetiredModelError(ReleaseError):
    """The model holds a sentence that was erased."""

    message = "Cette version a été retirée\u00a0: elle contient une phrase effacée à la demande d’un adhérent."


class OtherCodeError(ReleaseError):
    """The model was made by other code, which the present one cannot serve."""

    message = (
        "Cette version a été faite avant une mise à jour du programme\u00a0; elle ne peut plus être mise en service."
    )


class ArchiveGoneError(ReleaseError):
    """The bytes of the model are not kept any more."""

    message = "Les fichiers de cette version ne sont plus conservés\u00a0; elle ne peut plus être mise en service."


class RegressionError(ReleaseError):
    """Regression questions fail, and no reason is given to go online all the same."""

    def __init__(self, failing: int) -> None:
        these = "une question témoin" if failing == 1 else f"{failing} questions témoins"
        super().__init__(f"Cette version se trompe sur {these}\u00a0; elle n’est pas mise en service.")
        self.failing = failing


class UnaskedError(ReleaseError):
    """Regression questions were not put to the model, and no reason is given to go online all the same."""

    message = (
        "Des questions témoins n’ont pas pu être posées à cette version\u00a0; elle n’est pas mise en service. "
        "Réessayez dans un moment."
    )


class DamagedArchiveError(ReleaseError):
    """The bytes of a model are not those that were signed."""

    message = "Les fichiers de cette version sont abîmés ou n’ont pas été signés par ce guichet."


class ErasedSourceError(ReleaseError):
    """A conversation of which the model has learnt was erased while it was trained."""

    message = "Une conversation dont cette version a appris une phrase a été effacée pendant l’entraînement."


class UnknownTrainingError(ReleaseError):
    """No training has this id."""

    message = "Cet entraînement n’existe pas."
