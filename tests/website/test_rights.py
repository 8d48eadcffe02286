"""Every route × everybody: who is let in, who is not. A route that stands in no row fails."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aiohttp
import pytest

from tests.support.fake_rasa import FakeRasa
from tests.support.staff import make_account, make_session
from tests.website.conftest import Member, Site, StartSite
from website.accounts.access import Access, Role, allows
from website.errors import MESSAGES
from website.main import ROUTES
from website.openapi import SESSION_COOKIE, Route

CALLERS = ("anonymous", "member", "officer", "trainer", "admin")
EVERYBODY = frozenset(CALLERS)
MEMBERS = frozenset({"member"})
STAFF = frozenset({"officer", "trainer", "admin"})
OFFICERS = frozenset({"officer", "admin"})
TRAINERS = frozenset({"trainer", "admin"})
ADMINS = frozenset({"admin"})

LET_IN: Mapping[str, frozenset[str]] = {
    "GET /": EVERYBODY,
    "GET /health": EVERYBODY,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /static/couleurs.css": EVERYBODY,
    "GET /static/{name}": EVERYBODY,
    "GET /static/{part}/{name}": EVERYBODY,
    "GET /api/openapi.json": EVERYBODY,
    "POST /api/conversations": EVERYBODY,
    "POST /api/conversations/{id}/messages": MEMBERS,
    "GET /api/conversations/{id}/messages": MEMBERS,
    "GET /api/conversations/{id}/events": MEMBERS,
    "POST /api/conversations/{id}/end": MEMBERS,
    "DELETE /api/conversations/{id}": MEMBERS,
    "GET /api/conversations/{id}/coordonnees": MEMBERS,
    "PUT /api/conversations/{id}/coordonnees": MEMBERS,
    "DELETE /api/conversations/{id}/coordonnees": MEMBERS,
    "PUT /api/conversations/{id}/avis": MEMBERS,
    "GET /api/conversations/{id}/export": MEMBERS,
    "PUT /api/conversations/{id}/amelioration": MEMBERS,
    "GET /donnees": EVERYBODY,
    "GET /effacement/{number}": EVERYBODY,
    "POST /api/reprendre": EVERYBODY,
    "POST /api/stop": EVERYBODY,
    "GET /reprendre": EVERYBODY,
    "GET /stop": EVERYBODY,
    "GET /connexion": EVERYBODY,
    "POST /connexion": EVERYBODY,
    "GET /connexion/code": EVERYBODY,
    "POST /connexion/code": EVERYBODY,
    "GET /connexion/oidc": EVERYBODY,
    "GET /connexion/oidc/retour": EVERYBODY,
    "GET /lien/{token}": EVERYBODY,
    "POST /lien/{token}": EVERYBODY,
    "GET /mot-de-passe-oublie": EVERYBODY,
    "POST /mot-de-passe-oublie": EVERYBODY,
    "GET /studio": TRAINERS,
    "GET /studio/entrainement": TRAINERS,
    "POST /studio/entrainement": TRAINERS,
    "POST /studio/entrainement/{id}/annuler": TRAINERS,
    "POST /studio/entrainement/{id}/maintenant": TRAINERS,
    "GET /studio/versions": TRAINERS,
    "GET /studio/versions/{id}": TRAINERS,
    "POST /studio/versions/{id}/service": TRAINERS,
    "GET /studio/temoins": TRAINERS,
    "POST /studio/temoins": TRAINERS,
    "POST /studio/temoins/{id}": TRAINERS,
    "POST /studio/temoins/{id}/supprimer": TRAINERS,
    "POST /studio/temoins/propositions/{id}": TRAINERS,
    "GET /api/studio/trainings": TRAINERS,
    "POST /api/studio/train": TRAINERS,
    "POST /api/studio/models/{id}/online": TRAINERS,
    "GET /studio/ecrire": TRAINERS,
    "POST /studio/ecrire": TRAINERS,
    "POST /studio/ecrire/lot": TRAINERS,
    "POST /studio/ecrire/lot/ajouter": TRAINERS,
    "GET /studio/sujets": TRAINERS,
    "GET /studio/sujets/nouveau": TRAINERS,
    "POST /studio/sujets/nouveau": TRAINERS,
    "GET /studio/sujets/{slug}": TRAINERS,
    "POST /studio/sujets/{slug}": TRAINERS,
    "POST /studio/sujets/{slug}/phrases": TRAINERS,
    "POST /studio/sujets/{slug}/retablir": TRAINERS,
    "GET /studio/sujets/{slug}/fusionner": TRAINERS,
    "POST /studio/sujets/{slug}/fusionner": TRAINERS,
    "GET /studio/sujets/{slug}/retirer": TRAINERS,
    "POST /studio/sujets/{slug}/retirer": TRAINERS,
    "GET /studio/sujets/phrases/{id}": TRAINERS,
    "POST /studio/sujets/phrases/{id}": TRAINERS,
    "POST /api/studio/verdict": TRAINERS,
    "POST /api/studio/examples": TRAINERS,
    "POST /studio/relire/{id}": TRAINERS,
    "GET /api/studio/review/next": TRAINERS,
    "POST /api/studio/review/{id}": TRAINERS,
    "POST /deconnexion": STAFF,
    "GET /compte": STAFF,
    "POST /compte": STAFF,
    "POST /compte/mot-de-passe": STAFF,
    "POST /compte/sessions": STAFF,
    "GET /compte/code": STAFF,
    "POST /compte/code": STAFF,
    "GET /console": OFFICERS,
    "GET /console/c/{id}": OFFICERS,
    "POST /console/vues": OFFICERS,
    "POST /console/vues/supprimer": OFFICERS,
    "GET /console/textes": OFFICERS,
    "POST /console/textes": OFFICERS,
    "POST /console/textes/supprimer": OFFICERS,
    "POST /console/c/{id}/{action}": OFFICERS,
    "POST /api/officer/conversations/{id}/claim": OFFICERS,
    "POST /api/officer/conversations/{id}/messages": OFFICERS,
    "POST /api/officer/conversations/{id}/notes": OFFICERS,
    "POST /api/officer/conversations/{id}/transfer": OFFICERS,
    "POST /api/officer/conversations/{id}/release": OFFICERS,
    "POST /api/officer/conversations/{id}/close": OFFICERS,
    "POST /api/officer/conversations/{id}/typing": OFFICERS,
    "GET /api/officer/stream": OFFICERS,
    "GET /console/comptes": ADMINS,
    "POST /console/comptes": ADMINS,
    "GET /console/comptes/nouveau": ADMINS,
    "GET /console/comptes/{id}": ADMINS,
    "POST /console/comptes/{id}": ADMINS,
    "POST /console/comptes/{id}/lien": ADMINS,
    "POST /console/comptes/{id}/sessions": ADMINS,
    "POST /console/comptes/{id}/code": ADMINS,
    "POST /console/comptes/{id}/supprimer": ADMINS,
    "GET /console/journal": ADMINS,
    "GET /console/effacements": ADMINS,
    "GET /console/journal/export.csv": ADMINS,
    "GET /console/chiffres": OFFICERS,
    "GET /console/chiffres/export.csv": OFFICERS,
    "GET /console/chiffres/export.xlsx": OFFICERS,
    "GET /console/annuaire": ADMINS,
    "POST /console/annuaire/importer": ADMINS,
    "GET /console/annuaire/antennes/{slug}": ADMINS,
    "POST /console/annuaire/antennes/{slug}": ADMINS,
    "GET /console/annuaire/antennes/{slug}/ajouter": ADMINS,
    "POST /console/annuaire/antennes/{slug}/ajouter": ADMINS,
    "GET /console/annuaire/interlocuteurs/{id}": ADMINS,
    "POST /console/annuaire/interlocuteurs/{id}": ADMINS,
    "POST /console/annuaire/interlocuteurs/{id}/deplacer": ADMINS,
    "POST /console/annuaire/interlocuteurs/{id}/retirer": ADMINS,
}

REFUSALS = ("unauthorized", "not_signed_in", "forbidden")


def name_of(route: Route) -> str:
    """How the table names it."""
    return f"{route.method} {route.path}"


def test_every_route_stands_in_the_table() -> None:
    assert sorted(LET_IN) == sorted(name_of(route) for route in ROUTES)


def test_rules() -> None:
    assert {role for role in Role if allows(Access.OFFICER, role)} == {Role.OFFICER, Role.ADMIN}
    assert {role for role in Role if allows(Access.TRAINER, role)} == {Role.TRAINER, Role.ADMIN}
    assert {role for role in Role if allows(Access.ADMIN, role)} == {Role.ADMIN}
    for access in Access:
        assert allows(access, None) == (access in (Access.PUBLIC, Access.MEMBER))


class Callers:
    """Makes calls as everybody. Each call has a session and a conversation of its own, since some end theirs."""

    def __init__(self, site: Site, http: aiohttp.ClientSession) -> None:
        self._site = site
        self._http = http
        self._accounts: dict[str, str] = {}

    async def prepare(self) -> Callers:
        """Make an account of each role."""
        for role in Role:
            self._accounts[role.value] = (await make_account(self._site.storage, role)).id
        return self

    async def refusal(self, route: Route, caller: str, secret: str | None = None) -> str:
        """Why a call is refused; empty where it is let in.

        Args:
            route: What is called.
            caller: By whom.
            secret: What an unsafe call carries in place of the right one.
        """
        headers: dict[str, str] = {}
        conversation = "0" * 32
        csrf = "x"
        if caller == "member":
            member = await Member(self._http, self._site.url).open()
            headers, conversation = member.headers, member.id
        elif caller != "anonymous":
            token, csrf = await make_session(self._site.storage, self._accounts[caller])
            headers["Cookie"] = f"{SESSION_COOKIE}={token}; form={csrf}"
        if caller in ("anonymous", "member"):
            headers["Cookie"] = f"form={csrf}"
        path = route.path.replace("{id}", conversation)
        for name in ("token", "name", "part", "action", "slug", "number"):
            path = path.replace(f"{{{name}}}", "rien")
        assert "{" not in path, "a new name in an address: fill it in here"
        is_json = route.path.startswith("/api/")
        sent = csrf if secret is None else secret
        if is_json and caller in STAFF:
            headers["X-CSRF-Token"] = sent
        body = {"json": {}} if is_json else {"data": {"csrf": sent}}
        async with self._http.request(
            route.method,
            self._site.url + path,
            headers=headers,
            allow_redirects=False,
            **({} if route.method == "GET" else body),  # type: ignore[arg-type]
        ) as response:
            if response.headers.get("Location", "").startswith("/connexion?"):
                return "not_signed_in"
            if response.status not in (401, 403):
                return ""
            text = await response.text()
        code = json.loads(text)["error"]["code"] if is_json else ""
        return code or next(code for code, message in MESSAGES.items() if message in text)


@pytest.fixture
async def callers(start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession) -> Callers:
    """Everybody."""
    return await Callers(await start_site(rasa.port), http).prepare()


@pytest.mark.parametrize("caller", CALLERS)
async def test_who_is_let_in(callers: Callers, caller: str) -> None:
    wrong = []
    for route in ROUTES:
        code = await callers.refusal(route, caller)
        if (code == "") != (caller in LET_IN[name_of(route)]) or code not in ("", *REFUSALS):
            wrong.append((name_of(route), code))
    assert wrong == []


@pytest.mark.parametrize("secret", ["", "faux", "é"])
async def test_nothing_is_changed_without_the_sessions_own_secret(callers: Callers, secret: str) -> None:
    changing = [route for route in ROUTES if route.access.needs_account and route.method != "GET"]
    assert changing
    codes = {name_of(route): await callers.refusal(route, "admin", secret) for route in changing}
    assert set(codes.values()) == {"csrf"}, codes
