"""What the site itself says to a member, in French."""

from __future__ import annotations

from website.records import Button

HANDOFF_PAYLOAD = "/demander_humain"
"""Asks for a person; Rasa's own payload, understood by the site too while Rasa cannot be reached."""
CONTINUE_PAYLOAD = "site:continuer"
"""Gives a handed-off conversation back to the assistant; the site's own, Rasa never sees it."""

HANDOFF_BUTTON: Button = {"title": "Parler à un chargé de mission", "payload": HANDOFF_PAYLOAD}
CONTINUE_BUTTON: Button = {"title": "Continuer avec l’assistant", "payload": CONTINUE_PAYLOAD}
USEFUL_BUTTON: Button = {"title": "Utile", "payload": "site:utile"}
USELESS_BUTTON: Button = {"title": "Pas utile", "payload": "site:pas-utile"}
AGREE_BUTTON: Button = {"title": "Revenir sur ce choix", "payload": "site:ameliorer"}
"""Takes an objection back."""
USE_ADDRESS_PREFIX = "site:adresse:"
"""Stands before the number of the member's message that holds an address, in the button that keeps it."""

NOTICE = (
    "{site}\u00a0: vous écrivez à un assistant automatique. "
    "Le bouton « Parler à un chargé de mission » vous met en relation avec notre équipe à tout moment.\n"
    "N’écrivez ici rien de classifié, de secret ou de soumis au contrôle des exportations.\n"
    "Qui lit vos messages, combien de temps, vos droits\u00a0: {address}"
)
STARTING = "L’assistant démarre ; votre message est gardé, la réponse arrive dès qu’il est prêt."
UNAVAILABLE = (
    "L’assistant est indisponible pour l’instant ; votre message est gardé, la réponse arrive dès qu’il revient. "
    "Sans attendre, vous pouvez parler à un chargé de mission."
)
UNREACHABLE = "Je n’arrive pas à joindre l’assistant ; votre message est gardé, je réessaie."
UNANSWERABLE = (
    "Je n’ai pas pu traiter ce message. Il reste dans la conversation ; "
    "vous pouvez le reformuler, ou parler à un chargé de mission."
)
RESUMED = "L’assistant automatique reprend la conversation. Quelle est votre question ?"
ENDED = "La conversation est terminée. Pour la reprendre, il suffit d’écrire ici."
ONLY_BUTTONS = "Que souhaitez-vous faire ?"
RATING_QUESTION = "Cet échange vous a-t-il été utile ?"
OBJECTED = "C’est noté\u00a0: vos messages ne serviront pas à améliorer l’assistant. Il continue à vous répondre."
AGREED = "C’est noté\u00a0: vos messages peuvent servir à améliorer l’assistant."
RATING_THANKS = "Merci, c’est noté."


def use_address_button(seq: int) -> Button:
    """Keeps the address that a message of the member's holds."""
    return {"title": "Utiliser cette adresse", "payload": f"{USE_ADDRESS_PREFIX}{seq}"}


def offer_address(email: str) -> str:
    """Asks whether an address that was written is the one for the answer."""
    return f"Souhaitez-vous être joint à l’adresse {email} ?"


def address_kept(email: str) -> str:
    """Says that an address is kept."""
    return f"C’est noté : vous pouvez fermer cette page, nous vous répondrons à {email}."


ADDRESS_REFUSED = "Cette adresse ne peut pas être utilisée. Indiquez-en une autre, ou un numéro de téléphone."
