"""What the site refuses, and how it says so."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

MESSAGES = {
    "not_json": "La demande n’est pas du JSON en UTF-8.",
    "bad_form": "Ce formulaire n’a pas pu être lu. Rechargez la page, puis recommencez : rien n’a été changé.",
    "not_an_object": "La demande doit être un objet JSON.",
    "bad_unicode": "Le message contient un caractère qui ne peut pas être lu. Retirez-le, puis renvoyez le message.",
    "text_missing": "Le message n’a pas de texte.",
    "text_empty": "Le message est vide. Écrivez votre question, puis envoyez-la.",
    "text_or_payload": "Un message porte soit un texte, soit un bouton, pas les deux.",
    "bad_payload": "Ce bouton n’est pas lisible.",
    "bad_client_id": "L’identifiant du message manque ou n’est pas lisible.",
    "bad_after": "Le numéro « after » doit être un entier positif ou nul.",
    "unauthorized": "L’accès à cette conversation demande sa clé. Ouvrez une nouvelle conversation.",
    "unknown_conversation": "Cette conversation n’existe pas ou a été effacée. Vous pouvez en ouvrir une nouvelle.",
    "not_signed_in": "Votre session est terminée ou n’est pas ouverte. Connectez-vous, puis recommencez.",
    "forbidden": "Votre rôle ne donne pas accès à cette page. Un administrateur peut le changer.",
    "csrf": "Cette page est restée ouverte trop longtemps. Rechargez-la, puis recommencez : rien n’a été changé.",
    "held": "Un autre chargé de mission suit déjà cette conversation. Rien n’a été changé.",
    "not_held": "Personne ne suit cette conversation. Prenez-la d’abord, puis recommencez.",
    "conversation_closed": "Cette conversation est close. Rouvrez-la d’abord, puis recommencez.",
    "not_your_antenna": "Cette conversation revient à une autre antenne. Vous pouvez la lire, pas la prendre.",
    "unknown_officer": "Cette personne ne peut pas recevoir de conversation aujourd’hui. Choisissez-en une autre.",
    "unknown_antenna": "L’annuaire ne connaît pas cette antenne. Choisissez-en une autre.",
    "bad_outcome": "Choisissez comment la conversation se termine.",
    "nothing_to_learn": "Cette phrase ou ce sujet ne peut pas être proposé. La conversation n’a pas été changée.",
    "unknown_category": "Ce sujet n’existe pas. Choisissez-en un autre.",
    "contradiction": "Cette phrase existe déjà dans un autre sujet.",
    "duplicate": "Cette phrase existe déjà dans ce sujet.",
    "bad_sentence": "Cette phrase ne peut pas servir d’exemple.",
    "changed_meanwhile": "Les fichiers ont changé pendant ce temps. Rien n’a été écrit : recommencez.",
    "not_written": "Les fichiers n’ont pas pu être changés. Rien n’a été écrit.",
    "not_found": "Cette adresse n’existe pas.",
    "method_not_allowed": "Cette adresse ne répond pas à cette demande.",
    "client_id_reused": "Ce message a déjà été envoyé avec un autre contenu.",
    "text_too_long": "Le message dépasse 2 000 caractères. Raccourcissez-le ou envoyez-le en plusieurs fois.",
    "body_too_large": "Le message est trop volumineux. Raccourcissez-le ou envoyez-le en plusieurs fois.",
    "payload_not_offered": "Ce bouton n’a pas été proposé dans cette conversation. Écrivez plutôt votre question.",
    "too_many_messages": "Vous écrivez très vite. Votre message pourra partir dans quelques secondes.",
    "too_many_unanswered": "Plusieurs de vos messages attendent encore une réponse. Renvoyez celui-ci dans un moment.",
    "too_many_calls": "Trop de demandes viennent de votre réseau. Réessayez dans un moment.",
    "too_many_openings": "Votre réseau vient d’ouvrir beaucoup de conversations. Réessayez dans un moment.",
    "too_slow": "Votre demande met trop de temps à arriver. Vérifiez votre connexion, puis renvoyez-la.",
    "reach_missing": "Indiquez une adresse électronique ou un numéro de téléphone.",
    "bad_email": "Cette adresse électronique n’est pas complète. Exemple : prenom.nom@exemple.fr.",
    "bad_phone": "Ce numéro de téléphone n’est pas complet. Exemple : 05 36 49 00 50, ou +34 et la suite.",
    "nobody_awaited": "Demandez d’abord à parler à un chargé de mission : c’est lui qui vous répondra.",
    "address_stopped": "Cette adresse ne veut plus recevoir nos courriels. Indiquez-en une autre, ou un téléphone.",
    "too_many_addresses": "Trois adresses ont déjà été indiquées ici. Gardez-en une, ou donnez un téléphone.",
    "bad_objection": "La demande doit dire « oui » (true) ou « non » (false) pour « objects ».",
    "member_objects": "L’adhérent ne veut pas que ses messages servent à améliorer l’assistant : rien n’est transmis.",
    "bad_rating": "L’avis doit dire si l’échange a été utile : oui ou non.",
    "rating_not_asked": "Cette conversation n’attend pas d’avis.",
    "another_kept": "Ce navigateur garde déjà une autre conversation : si celle du courriel prend sa place, vous ne "
    "pourrez plus la rouvrir ici.",
    "dead_code": "Ce lien a déjà servi, ou il n’est plus valable. Vous pouvez écrire à nouveau dans le tchat.",
    "unknown_model": "Cette version n’existe pas.",
    "model_retired": "Cette version contient une phrase effacée à la demande d’un adhérent : elle a été retirée.",
    "model_outdated": "Cette version date d’avant une mise à jour du programme : elle ne peut plus servir.",
    "model_gone": "Les fichiers de cette version ne sont plus conservés : elle ne peut plus être mise en service.",
    "model_damaged": "Les fichiers de cette version sont abîmés : elle ne peut pas être mise en service.",
    "regressions_unasked": "Des questions témoins n’ont pas pu être posées à cette version : réessayez dans un moment.",
    "regressions_fail": "Des questions témoins ne sont pas comprises : un administrateur doit donner un motif.",
    "review_gone": "Cette phrase n’est plus là : sa conversation a été effacée.",
    "review_taken": "Un autre formateur relit cette phrase maintenant. En voici une autre.",
    "review_decided": "Cette phrase a déjà été traitée. Rien n’a été changé.",
    "review_subject": "Choisissez d’abord un sujet dans la liste. Rien n’a été changé.",
    "review_action": "Cette demande n’est pas une décision sur une phrase.",
    "review_elsewhere": "Les phrases s’enregistrent sur le site principal. Rien n’a été changé.",
    "review_unwritten": "La phrase n’a pas pu être enregistrée. Rien n’a été changé.",
    "internal": "Une erreur est survenue de notre côté. Rien de ce qui a été reçu n’est perdu ; réessayez plus tard.",
}
"""What people may be shown, by error code."""

STATUS = {
    "unauthorized": 401,
    "not_signed_in": 401,
    "forbidden": 403,
    "csrf": 403,
    "unknown_conversation": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "held": 409,
    "not_held": 409,
    "conversation_closed": 409,
    "not_your_antenna": 403,
    "unknown_officer": 422,
    "unknown_antenna": 422,
    "bad_outcome": 422,
    "nothing_to_learn": 422,
    "unknown_category": 422,
    "contradiction": 409,
    "duplicate": 409,
    "bad_sentence": 422,
    "changed_meanwhile": 409,
    "not_written": 409,
    "member_objects": 422,
    "client_id_reused": 409,
    "nobody_awaited": 409,
    "rating_not_asked": 409,
    "another_kept": 409,
    "dead_code": 410,
    "address_stopped": 422,
    "too_many_addresses": 422,
    "unknown_model": 404,
    "model_retired": 409,
    "model_outdated": 409,
    "model_gone": 409,
    "model_damaged": 409,
    "regressions_unasked": 409,
    "regressions_fail": 409,
    "text_too_long": 413,
    "body_too_large": 413,
    "payload_not_offered": 422,
    "too_many_messages": 429,
    "too_many_unanswered": 429,
    "too_many_calls": 429,
    "too_many_openings": 429,
    "too_slow": 408,
    "review_gone": 404,
    "review_taken": 409,
    "review_decided": 409,
    "review_subject": 422,
    "review_elsewhere": 409,
    "review_unwritten": 409,
    "internal": 500,
}
"""Status of the codes that are not a 400."""


class ApiError(Exception):
    """A call that is refused.

    Args:
        code: A key of `MESSAGES`.
        headers: To send with the answer.
        holder: Name of the officer who has the conversation, for `held`.
    """

    def __init__(self, code: str, headers: Mapping[str, str] | None = None, holder: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.holder = holder
        self.headers = dict(headers or {})
        if code == "unauthorized":
            self.headers["WWW-Authenticate"] = 'Bearer realm="conversation"'

    @property
    def message(self) -> str:
        """What people may be shown."""
        message = MESSAGES[self.code]
        return message.replace("Un autre chargé de mission", self.holder, 1) if self.holder else message

    def response(self) -> web.Response:
        """The answer to send."""
        error = {"code": self.code, "message": self.message}
        body = {"error": {**error, "holder": self.holder} if self.holder else error}
        return web.json_response(body, status=STATUS.get(self.code, 400), headers=self.headers)


def too_many(code: str, seconds: float) -> ApiError:
    """The refusal of a call that comes too soon.

    Args:
        code: A key of `MESSAGES`.
        seconds: After how long it may come again.
    """
    return ApiError(code, {"Retry-After": str(max(1, int(-(-seconds // 1))))})
