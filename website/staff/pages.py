"""Pages of the staff side: one frame, a navigation by role, short messages after an action."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from directory.french import typeset
from website.accounts.access import allows
from website.accounts.browser import FORM_COOKIE, cookie, form_secret, set_cookie
from website.accounts.guard import ACCOUNT, RULES, RefusedError
from website.accounts.sessions import SignedIn
from website.errors import MESSAGES, STATUS, ApiError
from website.headers import Handler, is_api, pattern
from website.keys import SETTINGS
from website.page_templates import environment

logger = logging.getLogger(__name__)

FLASH_COOKIE = "flash"
FLASH_SECONDS = 60
_IN_ADDRESSES = "/?&=#%:;,+@!~*'()[]$"
"""Signs that stand in an address as they are; others, above all line ends, are written by their number."""


@dataclass(frozen=True)
class Entry:
    """A line of the navigation; shown to those who may call its page."""

    label: str
    path: str
    current: bool = False


NAVIGATION = (
    Entry("Conversations", "/console"),
    Entry("Chiffres", "/console/chiffres"),
    Entry("Studio", "/studio"),
    Entry("Annuaire", "/console/annuaire"),
    Entry("Comptes", "/console/comptes"),
    Entry("Journal", "/console/journal"),
    Entry("Effacements", "/console/effacements"),
)
ACCOUNT_PAGE = "/compte"
_TITLES = {
    403: "Accès refusé",
    404: "Page introuvable",
    413: "Message trop volumineux",
    500: "Une erreur est survenue",
}


def navigation(request: web.Request, account: SignedIn | None) -> list[Entry]:
    """The pages that somebody may open; the one that the call belongs to is marked."""
    if account is None:
        return []
    rules = request.app[RULES]
    open_to = [
        entry for entry in NAVIGATION if ("GET", entry.path) in rules and allows(rules["GET", entry.path], account.role)
    ]
    inside = [entry.path for entry in open_to if (request.path + "/").startswith(entry.path + "/")]
    current = max(inside, key=len, default="")
    return [Entry(entry.label, entry.path, entry.path == current) for entry in open_to]


def home(request: web.Request, account: SignedIn) -> str:
    """Where somebody begins: the first page of the navigation."""
    pages = navigation(request, account)
    return pages[0].path if pages else ACCOUNT_PAGE


def render(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A page of the staff side.

    Args:
        request: The call.
        template: Such as `accounts/sign_in.html`; extends `staff.html`.
        status: Of the answer.
        context: What the template shows. It finds `account`, `csrf`, `navigation`, `flash`, `path` and
            `site_name` too.
    """
    account: SignedIn | None = request.get(ACCOUNT)
    secret = account.csrf if account else form_secret(request)
    page = environment.get_template(template).render(
        account=account,
        csrf=secret,
        navigation=navigation(request, account),
        flash=_read_flash(request),
        path=request.path,
        site_name=request.app[SETTINGS].site_name,
        **context,
    )
    response = web.Response(text=page, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})
    if account is None and cookie(request, FORM_COOKIE) != secret:
        set_cookie(request, response, FORM_COOKIE, secret, None)
    if cookie(request, FLASH_COOKIE):
        set_cookie(request, response, FLASH_COOKIE, "", None)
    return response


def see_other(request: web.Request, path: str, message: str = "", kind: str = "ok") -> web.Response:
    """Lead to another page after an action.

    Args:
        request: The call.
        path: Of the page.
        message: What the page says once, in ordinary typing.
        kind: `ok`, or `bad` for what did not work.
    """
    response = web.Response(status=303, headers={"Location": quote(path, safe=_IN_ADDRESSES)})
    if message:
        content = json.dumps([kind, typeset(message)]).encode()
        set_cookie(request, response, FLASH_COOKIE, base64.urlsafe_b64encode(content).decode(), FLASH_SECONDS)
    return response


def _read_flash(request: web.Request) -> dict[str, str] | None:
    raw = cookie(request, FLASH_COOKIE)
    if not raw:
        return None
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(raw))
    except ValueError:
        return None
    if not isinstance(text, str) or kind not in ("ok", "bad"):
        return None
    return {"kind": kind, "text": text}


@web.middleware
async def show_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show as a page why a call was refused."""
    try:
        return await handler(request)
    except RefusedError as error:
        return message(request, MESSAGES[error.code], status=STATUS.get(error.code, 400))
    except web.HTTPNotFound:
        if is_api(request) or ACCOUNT not in request:
            raise
        return message(request, "Cette page n’existe pas, ou n’existe plus.", status=404)
    except web.HTTPRequestEntityTooLarge:
        if is_api(request):
            raise
        return message(request, MESSAGES["body_too_large"], status=413)
    except (ApiError, web.HTTPException, ConnectionError):
        raise
    except Exception:
        if is_api(request):  # answered as JSON, further out
            raise
        logger.exception("a page failed: %s %s", request.method, pattern(request))
        return message(request, MESSAGES["internal"], status=500)


def message(request: web.Request, text: str, *, status: int = 200, title: str = "") -> web.Response:
    """A page that says one thing.

    Args:
        request: The call.
        text: What it says.
        status: Of the answer.
        title: Its heading.
    """
    title = title or _TITLES.get(status, "Guichet")
    return render(request, "staff/message.html", status=status, title=title, text=text)
