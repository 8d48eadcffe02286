"""Lengths of time and kinds of erasures, in French."""

from __future__ import annotations

from collections.abc import Mapping

from website.privacy.models import Erasure, Kind

KINDS: Mapping[Kind, str] = {
    Kind.ASKED: "demandé par l’adhérent",
    Kind.EXPIRED: "durée de conservation passée",
    Kind.OBJECTED: "opposition à l’amélioration",
}


def period(days: int) -> str:
    """A number of days as people say it: « 3 ans », « 6 mois », « 45 jours »."""
    if days % 365 == 0:
        years = days // 365
        return f"{years}\u00a0an{'s' if years > 1 else ''}"
    if days % 30 == 0:
        return f"{days // 30}\u00a0mois"
    return f"{days}\u00a0jour{'s' if days > 1 else ''}"


def left_to_do(receipt: Erasure) -> str:
    """What an open erasure still waits for."""
    if receipt.forgotten_at is None:
        return "l’assistant doit encore l’oublier"
    if receipt.cleaned_at is None:
        return "les fichiers d’exemples doivent encore être nettoyés"
    if receipt.training_id is not None:
        return "une nouvelle version de l’assistant se prépare"
    if receipt.retired_at is None:
        return "attend la prochaine version de l’assistant"
    return "dernières vérifications"
