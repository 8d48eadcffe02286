"""How trainings are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from database.base import utc_now
from directory.french import typeset
from releases.models import Training, TrainingCause, TrainingStatus
from releases.queue import LEASE
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
    if training.due_at is not None and is_delayed(training):
        times = "un échec" if training.failures == 1 else f"{training.failures} échecs"
        return f"Nouvel essai de lui-même après {times}, le {moment(training.due_at)}."
    if position == 0:
        return "Va commencer dans un instant."
    return "Attend la fin de l’entraînement en cours."


def is_delayed(training: Training) -> bool:
    """Whether a training waits for its moment, after one that failed."""
    return training.status is TrainingStatus.QUEUED and training.due_at is not None and training.due_at > utc_now()


def left(training: Training, now: datetime | None = None) -> str:
    """« encore 2 minutes environ », or why nobody can say; empty where nothing is to be said.

    Args:
        training: Which one.
        now: The present moment.
    """
    if training.status is not TrainingStatus.RUNNING or training.cancel_asked:
        return ""
    silence = (now or utc_now()) - training.heartbeat_at if training.heartbeat_at else timedelta()
    if silence > LEASE:
        return f"sans nouvelles depuis {plural(round(silence.total_seconds() / _MINUTE), 'minute')}"
    if training.overdue:
        return "plus long que d’habitude"
    if training.seconds_left is None:
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
