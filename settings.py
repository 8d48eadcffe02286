"""Every setting of every process, from environment variables (listed in docs/settings.md).

Python 3.10 syntax and standard library only: all processes and the supervisor read it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent

SECRET_HEADER = "X-Shared-Secret"
"""Header of the calls between site, Rasa and action server that carries `Settings.shared_secret`."""


_YES = ("1", "true", "yes", "oui", "on")
_NO = ("0", "false", "no", "non", "off")
_YES_OR_NO = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message names it."""


def _setting(name: str, default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"env": name, "meaning": meaning})


def _read(raw: str, default: Any) -> Any:
    """A raw value as the type of the default: list of words, yes or no, integer, decimal number, or text."""
    if isinstance(default, tuple):
        return tuple(raw.replace(",", " ").split())
    if isinstance(default, bool):
        return _YES_OR_NO[raw.strip().lower()]
    if isinstance(default, int):
        return int(raw)
    return float(raw) if isinstance(default, float) else raw


@dataclass(frozen=True)
class Settings:
    """All settings. `Settings.from_environment()` reads them; tests build them directly."""

    host: str = _setting("HOST", "127.0.0.1", "Address on which the site listens.")
    port: int = _setting("PORT", 8080, "Port of the site.")
    rasa_port: int = _setting("RASA_PORT", 5005, "Port of Rasa, on 127.0.0.1 only.")
    actions_port: int = _setting("ACTIONS_PORT", 5055, "Port of the action server, on 127.0.0.1 only.")
    database_url: str = _setting(
        "DATABASE_URL",
        f"sqlite:///{ROOT / 'var' / 'helpdesk.db'}",
        "SQLAlchemy URL of the database: SQLite (a file under `var/` by default) or postgresql://…",
    )
    redis_url: str = _setting("REDIS_URL", "", "Redis for several instances; nothing uses it yet.")
    data_owner: bool = _setting(
        "DATA_OWNER",
        True,
        "Whether this instance owns the files under `data/` and changes them; 0 for all but one of several instances.",
    )
    shared_secret: str = _setting(
        "SHARED_SECRET",
        "",
        "Secret between site, Rasa and action server; `make serve` makes one at each start where empty.",
    )
    model_key: str = _setting(
        "MODEL_KEY",
        "",
        "Secret of at least 32 characters that signs models, the same on all machines over one database; where empty "
        "one is drawn once and kept in the file `models.key` beside the database.",
    )
    allowed_origins: tuple[str, ...] = _setting(
        "ALLOWED_ORIGINS", (), "Origins that may embed the chat, separated by spaces or commas; `*` for any."
    )
    limit_address: int = _setting("LIMIT_ADDRESS", 300, "API calls a minute for one address; 0 switches the limit off.")
    trusted_proxies: int = _setting(
        "TRUSTED_PROXIES", 0, "How many proxies stand before the site; so many entries of X-Forwarded-For are believed."
    )
    session_idle_hours: float = _setting(
        "SESSION_IDLE_HOURS", 12.0, "Hours without any call after which somebody of the staff has to sign in again."
    )
    session_hours: float = _setting(
        "SESSION_HOURS", 168.0, "Hours after which somebody of the staff has to sign in again in any case."
    )
    link_hours: float = _setting("LINK_HOURS", 72.0, "Hours that the link of an invitation can be used.")
    reset_minutes: float = _setting("RESET_MINUTES", 60.0, "Minutes that a link to set another password can be used.")
    oidc_issuer: str = _setting(
        "OIDC_ISSUER", "", "Address (`https://…`) of an OpenID Connect provider for single sign-on; none where empty."
    )
    oidc_client_id: str = _setting("OIDC_CLIENT_ID", "", "Our id at that provider.")
    oidc_client_secret: str = _setting("OIDC_CLIENT_SECRET", "", "Our secret there.")
    oidc_client_secret_file: str = _setting("OIDC_CLIENT_SECRET_FILE", "", "A file that holds that secret instead.")
    oidc_name: str = _setting("OIDC_NAME", "votre organisation", "What the button « Se connecter avec … » names.")
    emergency_name: str = _setting(
        "EMERGENCY_NAME", "", "Who is named first in an emergency; the head office where empty."
    )
    emergency_phone: str = _setting("EMERGENCY_PHONE", "", "Telephone of that person.")
    rasa_timeout: float = _setting(
        "RASA_TIMEOUT", 20.0, "Seconds that the site waits for one answer of Rasa's before it tries again."
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "",
        "Address of the site as people reach it, for links in mails; 127.0.0.1 where empty.",
    )
    smtp_url: str = _setting(
        "SMTP_URL",
        "",
        "Mail server: smtp://user:password@host:587 (with a password: STARTTLS) or smtps://…:465; no mail where empty.",
    )
    mail_from: str = _setting("MAIL_FROM", "", "Who writes our mails; guichet@ and PUBLIC_URL's host where empty.")
    alert_antenna_minutes: int = _setting(
        "ALERT_ANTENNA_MINUTES",
        5,
        "Minutes, in opening hours, after which an antenna's officers are told by mail of a conversation that waits.",
    )
    alert_head_office_minutes: int = _setting(
        "ALERT_HEAD_OFFICE_MINUTES", 30, "Minutes, in opening hours, after which the head office is told too."
    )
    answer_mail_seconds: int = _setting(
        "ANSWER_MAIL_SECONDS", 60, "Seconds that an officer's answer may stay unseen before the member gets a mail."
    )
    mails_per_address: int = _setting("MAILS_PER_ADDRESS", 10, "Mails a day at most to one address of a member's.")
    log_level: str = _setting("LOG_LEVEL", "INFO", "Least level that is logged.")

    @classmethod
    def from_environment(cls, environment: dict[str, str] | None = None) -> Settings:
        """Read all settings.

        Raises:
            SettingError: A value is not of the setting's type.
        """
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for item in fields(cls):
            name = item.metadata["env"]
            raw = source.get(name)
            if raw is None or raw == "" and not isinstance(item.default, str):
                continue
            try:
                values[item.name] = _read(raw, item.default)
            except (KeyError, ValueError) as error:
                raise SettingError(f"{name}={raw!r} is not a valid {type(item.default).__name__}") from error
        return cls(**values)

    @property
    def rasa_url(self) -> str:
        """Base address of Rasa."""
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_url(self) -> str:
        """Base address of the action server."""
        return f"http://127.0.0.1:{self.actions_port}"

    @property
    def site_url(self) -> str:
        """Base address of the site as people reach it."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def mail_sender(self) -> str:
        """What stands in `From` of our mails."""
        return self.mail_from or f"guichet@{urlsplit(self.site_url).hostname or 'localhost'}"
