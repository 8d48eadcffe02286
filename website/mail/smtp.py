"""Delivering one mail over SMTP, and what a refusal means."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from settings import SettingError, Settings

_STEP_SECONDS = 20.0
_ALL_SECONDS = 90.0
_PORTS = {"smtp": 25, "smtps": 465}


class UndeliveredError(RuntimeError):
    """A mail was not accepted.

    Args:
        word: One word for the reason; never a text, since servers repeat addresses and contents.
        final: Whether trying again is of no use.
    """

    def __init__(self, word: str, *, final: bool = False) -> None:
        super().__init__(word)
        self.word = word
        self.final = final


@dataclass(frozen=True)
class Letter:
    """A mail as it is handed to the server."""

    to: str
    subject: str
    text: str
    key: str


def _named(settings: Settings) -> str:
    """What stands in `From`: the address with the name that MAIL_FROM gives it, else with the site's.

    Raises:
        ValueError: There is no address.
        MessageError: The address is malformed.
    """
    name, address = parseaddr(settings.mail_sender)
    if "@" not in address:
        raise ValueError(address)
    return settings.mail_sender if name else str(Address(settings.site_name, addr_spec=address))


@dataclass(frozen=True)
class Transport:
    """A mail server and who writes.

    A password crosses a network only encrypted; on the machine itself encryption is not asked for.

    Attributes:
        sender: What stands in `From`.
        host: The server.
        port: Its port.
        user: Login, or None.
        password: Password, or None.
        tls: Encrypted from the beginning.
        start_tls: Encryption is begun within the connection: always, never, or (None) where the server offers it.
    """

    sender: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    start_tls: bool | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Transport | None:
        """The server that the settings name, or None where they name none.

        Raises:
            SettingError: The address cannot be used; the message does not repeat it, since it may hold a password.
        """
        if not settings.smtp_url:
            return None
        wrong = SettingError("SMTP_URL is not of the form smtp://user:password@host:587 or smtps://…:465")
        try:
            url = urlsplit(settings.smtp_url)
            port = url.port or _PORTS[url.scheme]
        except (ValueError, KeyError):
            raise wrong from None
        if not url.hostname:
            raise wrong
        try:
            sender = _named(settings)
        except (ValueError, MessageError) as error:
            raise SettingError("MAIL_FROM is not a mail address") from error
        user, password = (unquote(part) if part else None for part in (url.username, url.password))
        tls = url.scheme == "smtps"
        start_tls = False if tls or _is_this_machine(url.hostname) else (True if user else None)
        return cls(sender, url.hostname, port, user, password, tls, start_tls)

    def compose(self, letter: Letter) -> EmailMessage:
        """The mail with its headers; the same letter always has the same Message-ID.

        Raises:
            UndeliveredError: An address or the subject cannot stand in a header.
        """
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        message = EmailMessage()
        try:
            message["From"] = self.sender
            message["To"] = letter.to
            message["Subject"] = letter.subject
            message["Date"] = formatdate(usegmt=True)
            message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:40]}@{domain}>"
            message["Auto-Submitted"] = "auto-generated"
            message["Content-Language"] = "fr"
            message.set_content(letter.text, cte="quoted-printable")
        except (ValueError, MessageError) as error:
            raise UndeliveredError("malformed", final=True) from error
        return message

    async def deliver(self, letter: Letter) -> None:
        """Hand a mail to the server.

        Raises:
            UndeliveredError: It did not take it.
        """
        message = self.compose(letter)
        try:
            async with asyncio.timeout(_ALL_SECONDS):
                await aiosmtplib.send(
                    message,
                    hostname=self.host,
                    port=self.port,
                    username=self.user,
                    password=self.password,
                    use_tls=self.tls,
                    start_tls=self.start_tls,
                    timeout=_STEP_SECONDS,
                )
        except Exception as error:
            raise _reason(error) from error


def _reason(error: Exception) -> UndeliveredError:
    """What an exception means: refused for good only where the server says so of this very mail."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
        return UndeliveredError("recipient_refused", final=bool(codes) and min(codes) >= 500)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return UndeliveredError("login_refused")
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return UndeliveredError("sender_refused")
    if isinstance(error, aiosmtplib.SMTPDataError):
        return UndeliveredError("content_refused", final=error.code >= 500)
    if isinstance(error, TimeoutError):
        return UndeliveredError("timeout")
    if isinstance(error, ssl.SSLError):
        return UndeliveredError("no_encryption")
    if isinstance(error, OSError | aiosmtplib.SMTPConnectError | aiosmtplib.SMTPServerDisconnected):
        return UndeliveredError("no_connection")
    return UndeliveredError("failed")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
