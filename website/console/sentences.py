"""What a member reads when a person comes, goes, or hands on; and the words of the screens for it."""

from __future__ import annotations

from directory.french import de, short_name, typeset
from website.models import Outcome, State

OUTCOMES = {
    Outcome.RESOLVED: "Résolue",
    Outcome.REDIRECTED: "Orientée ailleurs",
    Outcome.UNREACHABLE: "Adhérent injoignable",
    Outcome.DUPLICATE: "Doublon",
    Outcome.OFF_TOPIC: "Hors de nos missions",
    Outcome.SPAM: "Indésirable",
    Outcome.RELEASED: "Rendue à l’assistant",
    Outcome.RESUMED: "Reprise avec l’assistant par l’adhérent",
    Outcome.ENDED: "Terminée par l’adhérent",
}
"""How each outcome is called."""

CHOSEN_OUTCOMES = tuple(OUTCOMES)[:6]
"""Those that an officer chooses from."""

RATED_OUTCOMES = frozenset({Outcome.RESOLVED, Outcome.REDIRECTED, Outcome.OFF_TOPIC})
"""After which the member is asked what they think of the exchange."""

STATES = {
    State.BOT: "Assistant automatique",
    State.WAITING: "En attente",
    State.OFFICER: "En cours",
    State.CLOSED: "Close",
}
"""How each state is called."""


def joined(name: str, antenna: str | None) -> str:
    """« Mme X, Rochefort, a rejoint la conversation. »"""
    place = f", {short_name(antenna)}," if antenna else ""
    return typeset(f"{name}{place} a rejoint la conversation.")


def entrusted(name: str, antenna: str | None) -> str:
    """« Votre conversation est confiée à Mme X, Rochefort. »: true also where they have not looked yet."""
    return typeset(f"Votre conversation est confiée à {name}{f', {short_name(antenna)}' if antenna else ''}.")


def moved(antenna: str) -> str:
    """« Votre conversation est transmise à l’antenne de Rochefort. »"""
    return typeset(f"Votre conversation est transmise à l’antenne {de(antenna)}, qui la lira depuis le début.")


def closed(name: str) -> str:
    """What is said when an officer closes a conversation."""
    return typeset(f"{name} a terminé la conversation. Pour la reprendre, il suffit d’écrire ici.")
