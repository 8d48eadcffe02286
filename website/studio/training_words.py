"""How trainings are spoken of."""

from __future__ import annotations

from collections.abc import Mapping

from directory.french import typeset
from releases.models import Training, TrainingCause, TrainingStatus
from releases.stages import LABELS, STAGES
from website.staff.moments import moment
from website.statistics.words import plural

_MINUTE = 60


def stages(training: Training) -> list[tuple[str, str]]:
    """Each stage and whether it is `done`, `current` or `coming`."""
    keys = [stage.key for stage in STAGES]
    at = keys.index(training.stage) if training.stage in keys else -1
    return [
        (stage.label, "done" if number < at else "current" if number == at else "coming")
        for number, stage in enumerate(STAGES)
    ]


def progress(training: Training, position: int) -> str:
    """What a training that runs or waits does just now.

    Args:
        training: Which one.
        position: 0 for the first.
    """
    if training.cancel_asked:
        return "Annulation en cours…"
    if training.status is TrainingStatus.RUNNING:
        return LABELS.get(training.stage, "Préparation")
    if position == 0:
        return "Va commencer dans un instant."
    return "Attend la fin de l’entraînement en cours."


def left(training: Training) -> str:
    """« encore 2 minutes environ »; empty where nobody knows."""
    if training.status is not TrainingStatus.RUNNING or training.seconds_left is None or training.cancel_asked:
        return ""
    seconds = training.seconds_left
    if seconds < 20:
        return "presque terminé"
    if seconds < 50:
        return "encore moins d’une minute"
    return f"encore {plural(max(1, round(seconds / _MINUTE)), 'minute')} environ"


def asked(training: Training, people: Mapping[str, str]) -> str:
    """Who asked for a training, and when."""
    when = moment(training.asked_at)
    if training.cause is TrainingCause.ERASURE:
        return f"Après un effacement, le {when}"
    if training.account_id:
        return f"Demandé par {people.get(training.account_id, 'une personne qui a quitté le guichet')}, le {when}"
    return f"Au démarrage du guichet, le {when}"


def ended(training: Training) -> tuple[str, str]:
    """How a training ended: words, and the colour of their mark."""
    if training.status is TrainingStatus.DONE:
        return "Terminé", "ok"
    if training.status is TrainingStatus.CANCELLED:
        return "Annulé", ""
    return typeset("Échoué"), "bad"
