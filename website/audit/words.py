"""What the log's entries are called on its page."""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES: Mapping[str, str] = {
    "conversation": "Conversations",
    "export": "Exports",
    "proposal": "Propositions aux formateurs",
    "text": "Textes types",
    "directory": "Annuaire",
    "account": "Comptes",
    "session": "Connexions",
    "password": "Mots de passe",
    "code": "Double authentification",
}
"""First words of actions, and what they are called."""

ACTIONS: Mapping[str, str] = {
    "account.changed": "a modifié le compte",
    "account.created": "compte créé par la commande",
    "account.invited": "a invité",
    "account.link": "a envoyé un lien à",
    "account.removed": "a supprimé le compte",
    "code.off": "double authentification désactivée",
    "code.on": "double authentification activée",
    "conversation.answered": "a répondu",
    "conversation.claimed": "a pris la conversation",
    "conversation.closed": "a clos la conversation",
    "conversation.erased": "conversation effacée par l’adhérent",
    "conversation.expired": "conversation effacée, sa durée de conservation est passée",
    "conversation.noted": "a écrit une note privée",
    "conversation.read": "a lu la conversation",
    "conversation.released": "a rendu la conversation à l’assistant",
    "conversation.transferred": "a transféré la conversation",
    "directory.antenna_changed": "a modifié l’antenne",
    "directory.contact_added": "a ajouté à l’annuaire",
    "directory.contact_changed": "a modifié dans l’annuaire",
    "directory.contact_moved": "a déplacé dans l’annuaire",
    "directory.contact_removed": "a retiré de l’annuaire",
    "directory.imported": "annuaire importé",
    "export.figures": "a exporté les chiffres",
    "export.log": "a exporté le journal",
    "password.link_asked": "lien de mot de passe demandé pour",
    "password.set": "a choisi un mot de passe",
    "proposal.made": "a fait une proposition aux formateurs",
    "session.begun": "s’est connecté",
    "session.ended": "s’est déconnecté",
    "session.ended_by_administrator": "a fermé les sessions de",
    "session.ended_everywhere": "s’est déconnecté partout",
    "session.ended_others": "a fermé ses autres sessions",
    "session.refused": "connexion refusée",
    "text.dropped": "a supprimé un texte type",
    "text.saved": "a enregistré un texte type",
}
"""What was done, in a few words; an action that is not here is shown by its own name."""

DETAILS: Mapping[str, str] = {
    "before": "auparavant",
    "by": "par",
    "category": "catégorie",
    "entries": "entrées",
    "fields": "champs",
    "files": "fichiers",
    "format": "format",
    "note": "note",
    "outcome": "issue",
    "period": "période",
    "proposal": "proposition",
    "role": "rôle",
    "seq": "message",
    "to": "vers",
    "way": "par",
}
"""Names of details."""

VALUES: Mapping[str, str] = {
    "name": "nom",
    "role": "rôle",
    "email": "adresse",
    "contact": "personne de l’annuaire",
    "antennas": "antennes",
    "away_until": "absence",
    "disabled": "désactivation",
    "officer": "chargé de mission",
    "trainer": "formateur",
    "admin": "administrateur",
    "password": "mot de passe",
    "code": "mot de passe et code",
    "oidc": "connexion unique",
    "link": "lien",
    "owner": "la personne elle-même",
    "bot": "l’assistant",
    "waiting": "en attente",
    "closed": "close",
    "resolved": "résolue",
    "redirected": "orientée ailleurs",
    "unreachable": "adhérent injoignable",
    "duplicate": "doublon",
    "off_topic": "hors sujet",
    "spam": "indésirable",
}
"""Words that details hold; ids are shown as they are, or as the name of the account."""
