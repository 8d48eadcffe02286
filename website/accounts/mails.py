"""The mails of accounts, in French: an invitation, a link to choose another password, word of a change."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from directory.french import typeset
from settings import Settings
from website.accounts import links
from website.accounts.models import Account, Purpose
from website.mail.outbox import enqueue


def link_address(settings: Settings, token: str) -> str:
    """The full address of a one-time link."""
    return settings.site_url + links.PATH.replace("{token}", token)


async def send_link(session: AsyncSession, settings: Settings, account: Account, purpose: Purpose) -> str:
    """Make a one-time link and queue the mail that brings it, in the caller's transaction.

    Args:
        session: The transaction.
        settings: How long the link works, the site's address and name.
        account: For whom.
        purpose: `Purpose.INVITATION` or `Purpose.RESET`.

    Returns:
        The link, for whoever has to hand it over where no mail is set up.
    """
    if purpose is Purpose.INVITATION:
        lifetime, subject, text = timedelta(hours=settings.link_hours), _INVITATION_SUBJECT, _INVITATION
    else:
        lifetime, subject, text = timedelta(minutes=settings.reset_minutes), _RESET_SUBJECT, _RESET
    address = link_address(settings, await links.make(session, account.id, purpose, lifetime))
    site = settings.site_name
    body = typeset(text.format(name=account.name, site=site, duration=spoken_duration(lifetime)))
    body, subject = body.replace("{link}", address), typeset(subject.format(site=site))
    await enqueue(session, to=account.email, subject=subject, text=body, kind=purpose.value, key=_key(account))
    return address


async def tell_of_change(session: AsyncSession, settings: Settings, account: Account, what: str) -> None:
    """Queue a mail that tells somebody what was changed on the account, so that a stranger's change is noticed.

    Args:
        session: The transaction that changes it.
        settings: Give the site's name.
        account: Whose.
        what: A French sentence.
    """
    text = typeset(_CHANGE.format(name=account.name, what=what))
    subject = typeset(f"{settings.site_name} : votre compte a changé")
    await enqueue(session, to=account.email, subject=subject, text=text, kind="account", key=_key(account))


def spoken_duration(lifetime: timedelta) -> str:
    """« 72 heures », « 1 heure », « 30 minutes »."""
    minutes = round(lifetime.total_seconds() / 60)
    if minutes % 60:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{minutes // 60} heure{'s' if minutes > 60 else ''}"


def _key(account: Account) -> str:
    return f"account:{account.id}:{secrets.token_hex(8)}"


_INVITATION_SUBJECT = "{site} : votre compte est prêt"
_INVITATION = """\
Bonjour {name},

Un compte est ouvert pour vous sur « {site} ». Choisissez votre mot de passe ici :
{{link}}

Ce lien sert une seule fois, pendant {duration}. Passé ce délai, demandez-en un autre à votre administrateur.
"""
_RESET_SUBJECT = "{site} : choisir un nouveau mot de passe"
_RESET = """\
Bonjour {name},

Vous avez demandé un nouveau mot de passe. Choisissez-le ici :
{{link}}

Ce lien sert une seule fois, pendant {duration}.
Si vous n’avez rien demandé, ne faites rien : votre mot de passe reste le même.
"""
_CHANGE = """\
Bonjour {name},

{what}

Si ce n’était pas vous, prévenez tout de suite votre administrateur.
"""
