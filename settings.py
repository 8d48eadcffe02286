"""Every setting of every process, from environment variables (listed in docs/settings.md).

Python 3.10 syntax and standard library only: all processes and the supervisor read it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent

SECRET_HEADER = "X-Shared-Secret"
"""Header of the calls between site, Rasa and action server that carries `Settings.shared_secret`."""


_YES = ("1", "true", "yes", "oui", "on")
_NO = ("0", "false", "no", "non", "off")
_YES_OR_NO = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message names it."""


LEAST_KEY_CHARACTERS = 24
"""A key of our own has at least so many characters, of which `LEAST_KEY_VARIETY` differ."""
LEAST_KEY_VARIETY = 8
LEAST_PASSWORD_CHARACTERS = 8
"""A password in an address has at least so many."""
_WELL_KNOWN = frozenset(
    "12345678 admin azerty changeme default guichet local-test mot-de-passe motdepasse pass passwd password postgres "
    "qwerty root secret test user".split()
)

_DRAW_ONE = "Tirez-en un au hasard, par exemple avec «\u00a0openssl rand -base64 32\u00a0»."
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


def _setting(name: str, default: Any, meaning: str, *, secret: str = "") -> Any:
    """A setting.

    Args:
        name: Its environment variable.
        default: Its value where the variable is not set; gives the type too.
        meaning: For docs/settings.md.
        secret: "key" for a key of our own, "address" for an address that may hold a password, "foreign" for a secret
            that others chose; empty for what may be shown. `{name}_FILE` may name a file that holds a secret.
    """
    return field(default=default, metadata={"env": name, "meaning": meaning, "secret": secret})


def _read(raw: str, default: Any) -> Any:
    """A raw value as the type of the default: list of words, yes or no, integer, decimal number, or text."""
    if isinstance(default, tuple):
        return tuple(raw.replace(",", " ").split())
    if isinstance(default, bool):
        return _YES_OR_NO[raw.strip().lower()]
    if isinstance(default, int):
        return int(raw)
    return float(raw) if isinstance(default, float) else raw


def _given(source: Mapping[str, str], item: Any) -> str | None:
    """What the environment says for a setting: its variable or, for a secret, the content of the file that is named."""
    name: str = item.metadata["env"]
    raw = source.get(name)
    path = source.get(f"{name}_FILE", "") if item.metadata["secret"] and not raw else ""
    if not path:
        return raw
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{name}_FILE: {path} cannot be read ({type(error).__name__})") from error


def _weakness(kind: str, value: str) -> str:
    """What is wrong with a secret, in a few French words; empty where nothing is."""
    if kind == "address":
        password = urlsplit(value).password
        if password is None:
            return ""
        value = unquote(password)
    word = value.lower()
    if word in _WELL_KNOWN or word.strip("0123456789!-_. ") in {"", *_WELL_KNOWN}:
        return "est un mot que tout le monde essaie"
    if kind == "address":
        return "est trop court" if len(value) < LEAST_PASSWORD_CHARACTERS else ""
    if kind == "key" and len(value) < LEAST_KEY_CHARACTERS:
        return f"compte moins de {LEAST_KEY_CHARACTERS} caractères"
    if kind == "key" and len(set(value)) < LEAST_KEY_VARIETY:
        return "répète toujours les mêmes caractères"
    return ""


@dataclass(frozen=True)
class Settings:
    """All settings. `Settings.from_environment()` reads them; tests build them directly."""

    host: str = _setting("HOST", "127.0.0.1", "Address on which the site listens.")
    port: int = _setting("PORT", 8080, "Port of the site.")
    rasa_port: int = _setting("RASA_PORT", 5005, "Port of Rasa.")
    actions_port: int = _setting("ACTIONS_PORT", 5055, "Port of the action server.")
    rasa_host: str = _setting(
        "RASA_HOST", "127.0.0.1", "Address on which Rasa listens; another one only for containers and closed networks."
    )
    actions_host: str = _setting("ACTIONS_HOST", "127.0.0.1", "The same of the action server.")
    rasa_address: str = _setting(
        "RASA_URL", "", "Where the site finds Rasa (`http://rasa:5005`); on this machine where empty."
    )
    actions_address: str = _setting(
        "ACTIONS_URL",
        "",
        "Where Rasa finds the action server (`http://actions:5055`); on this machine where empty.",
    )
    database_url: str = _setting(
        "DATABASE_URL",
        f"sqlite:///{ROOT / 'var' / 'helpdesk.db'}",
        "SQLAlchemy URL of the database: SQLite (a file under `var/` by default) or postgresql://…",
        secret="address",
    )
    database_connections: int = _setting(
        "DATABASE_CONNECTIONS", 8, "Connections to the database that the site keeps at most (scaling.md counts them)."
    )
    redis_url: str = _setting(
        "REDIS_URL",
        "",
        "Redis, for several sites or several Rasa over one PostgreSQL.",
        secret="address",
    )
    data_owner: bool = _setting(
        "DATA_OWNER",
        True,
        "Whether this instance owns the files under `data/` and changes them; 0 for all but one of several instances.",
    )
    shared_secret: str = _setting(
        "SHARED_SECRET",
        "",
        "Secret between site, Rasa and action server; `make serve` makes one at each start where empty.",
        secret="key",
    )
    development: bool = _setting(
        "DEVELOPMENT",
        False,
        "1: weak secrets are taken on a machine that others reach too, and Rasa's REST channel answers without one.",
    )
    model_key: str = _setting(
        "MODEL_KEY",
        "",
        "Secret that signs models, the same on all machines over one database; where empty one is drawn once and kept "
        "in the file `models.key` beside the database.",
        secret="key",
    )
    identity_key: str = _setting(
        "IDENTITY_KEY",
        "",
        "Key shared with the website that embeds the chat, which signs who its member is (docs/integration.md); "
        "no such token is read where empty.",
        secret="key",
    )
    allowed_origins: tuple[str, ...] = _setting(
        "ALLOWED_ORIGINS", (), "Origins that may embed the chat, separated by spaces or commas; `*` for any."
    )
    limit_address: int = _setting(
        "LIMIT_ADDRESS", 300, "API calls a minute for one address; 0 switches this limit and the next off."
    )
    limit_openings: int = _setting("LIMIT_OPENINGS", 300, "Conversations a minute that one address may open; 0: any.")
    body_seconds: float = _setting("BODY_SECONDS", 20.0, "Seconds within which the whole body of a call has to come.")
    idle_seconds: float = _setting(
        "IDLE_SECONDS", 75.0, "Seconds after which a connection without a complete call is closed."
    )
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
    oidc_client_secret: str = _setting("OIDC_CLIENT_SECRET", "", "Our secret there.", secret="foreign")
    oidc_name: str = _setting("OIDC_NAME", "votre organisation", "What the button « Se connecter avec … » names.")
    emergency_name: str = _setting(
        "EMERGENCY_NAME", "", "Who is named first in an emergency; the head office where empty."
    )
    emergency_phone: str = _setting("EMERGENCY_PHONE", "", "Telephone of that person.")
    rasa_timeout: float = _setting(
        "RASA_TIMEOUT", 20.0, "Seconds that the site waits for one answer of Rasa's before it tries again."
    )
    site_name: str = _setting(
        "SITE_NAME",
        "Guichet aéro",
        "The help desk's name, in titles, heads of pages, the chat's first message and mails.",
    )
    color_brand: str = _setting(
        "COLOR_BRAND", "", "Main colour of pages and chat in the light theme, as `#0b4f8a`; it must be easy to read."
    )
    color_brand_dark: str = _setting("COLOR_BRAND_DARK", "", "The same in the dark theme, as `#7db9ee`.")
    color_accent: str = _setting("COLOR_ACCENT", "", "Second colour in the light theme, as `#b3450b`.")
    color_accent_dark: str = _setting("COLOR_ACCENT_DARK", "", "The same in the dark theme, as `#f0a06a`.")
    public_url: str = _setting(
        "PUBLIC_URL",
        "",
        "Address of the site as people reach it, for links in mails; 127.0.0.1 where empty.",
    )
    smtp_url: str = _setting(
        "SMTP_URL",
        "",
        "Mail server: smtp://user:password@host:587 (with a password: STARTTLS) or smtps://…:465; no mail where empty.",
        secret="address",
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
    controller_name: str = _setting(
        "CONTROLLER_NAME", "", "Who answers for members' data (responsable du traitement), for the page `/donnees`."
    )
    controller_contact: str = _setting("CONTROLLER_CONTACT", "", "Postal or mail address of that organisation.")
    dpo_contact: str = _setting("DPO_CONTACT", "", "How to reach the data protection officer, where there is one.")
    retention_days_conversations: int = _setting(
        "RETENTION_DAYS_CONVERSATIONS",
        365,
        "Days after its last message that a conversation is kept, with all that belongs to it and was learnt from it.",
    )
    retention_days_review: int = _setting(
        "RETENTION_DAYS_REVIEW", 180, "Days that a sentence waits for the trainers, or is kept once they decided."
    )
    retention_days_mails: int = _setting(
        "RETENTION_DAYS_MAILS", 90, "Days that it is kept to whom a mail was sent; its text goes once it is delivered."
    )
    retention_days_log: int = _setting(
        "RETENTION_DAYS_LOG", 1095, "Days that the audit log is kept; at least 365, as the database sees to."
    )
    retention_days_receipts: int = _setting(
        "RETENTION_DAYS_RECEIPTS", 1095, "Days that closed receipts of erasures are kept; longer than any backup."
    )
    retention_days_backups: int = _setting(
        "RETENTION_DAYS_BACKUPS", 30, "Days that backups are kept; older ones go when the next one is made."
    )
    backup_dir: str = _setting(
        "BACKUP_DIR",
        str(ROOT / "var" / "backups"),
        "Folder of the backups, and of the hashes of what was erased since; outside of the database on purpose.",
    )
    metrics_token: str = _setting(
        "METRICS_TOKEN",
        "",
        "Bearer token with which Prometheus reads `/metrics`; no figures are given where empty.",
        secret="key",
    )
    traces_endpoint: str = _setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "Base address (`http://127.0.0.1:4318`) of an OpenTelemetry collector that takes OTLP over HTTP; nothing is "
        "traced where empty.",
    )
    log_level: str = _setting("LOG_LEVEL", "INFO", "Least level that is logged.")
    log_format: str = _setting("LOG_FORMAT", "text", "text, or json: one object a line, with the conversation's id.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read all settings.

        Raises:
            SettingError: A value is not of the setting's type, or a file that holds one cannot be read.
        """
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for item in fields(cls):
            name = item.metadata["env"]
            raw = _given(source, item)
            if raw is None or raw == "" and not isinstance(item.default, str):
                continue
            try:
                values[item.name] = _read(raw, item.default)
            except (KeyError, ValueError) as error:
                raise SettingError(f"{name}={raw!r} is not a valid {type(item.default).__name__}") from error
        return cls(**values)

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine's own people can reach the site, Rasa or the action server."""
        hosts = {self.host, self.rasa_host, self.actions_host}
        return bool(self.public_url) or self.trusted_proxies > 0 or not hosts <= _LOOPBACK

    @property
    def is_spread(self) -> bool:
        """Whether the parts of the help desk stand on several machines."""
        return bool(self.rasa_address or self.actions_address) or not {self.rasa_host, self.actions_host} <= _LOOPBACK

    def check_secrets(self) -> None:
        """Refuse secrets that can be guessed, where others can reach the site.

        Raises:
            SettingError: One is weak, or there is none where several machines have to share one; the message says which
                and what to do, never the secret.
        """
        if self.is_spread and not self.shared_secret:
            raise SettingError(f"SHARED_SECRET est vide, or plusieurs machines doivent avoir le même. {_DRAW_ONE}")
        if self.development or not self.is_exposed:
            return
        for item in fields(self):
            value = getattr(self, item.name)
            found = _weakness(item.metadata["secret"], value) if item.metadata["secret"] and value else ""
            if found:
                what = "le secret" if item.metadata["secret"] == "key" else "le mot de passe"
                raise SettingError(f"{what} de {item.metadata['env']} {found}. {_DRAW_ONE}")

    @property
    def rasa_url(self) -> str:
        """Base address of Rasa."""
        return self.rasa_address.rstrip("/") or f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_url(self) -> str:
        """Base address of the action server."""
        return self.actions_address.rstrip("/") or f"http://127.0.0.1:{self.actions_port}"

    @property
    def site_url(self) -> str:
        """Base address of the site as people reach it."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def mail_sender(self) -> str:
        """What stands in `From` of our mails."""
        return self.mail_from or f"guichet@{urlsplit(self.site_url).hostname or 'localhost'}"
