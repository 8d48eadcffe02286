"""A real SMTP server on a free port, which keeps what it takes."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from supervisor.loopback import free_port


class MailServer:
    """`with MailServer() as server:` starts and ends it; `start` and `stop` in between, on the same port.

    Attributes:
        port: The port of 127.0.0.1 on which it listens.
        taken: What it accepted, in order.
        refusals: Answers to the next recipients, one each, in place of acceptance.
        greeting_seconds: How long a client waits for the answer to its greeting.
        greeted: How many clients said hello.
    """

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.refusals: list[str] = []
        self.greeting_seconds = 0.0
        self.greeted = 0
        self._controller: Controller | None = None

    def __enter__(self) -> MailServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its `SMTP_URL`."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self.port = self.port or free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=15)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
        self._controller = None

    def texts(self) -> list[str]:
        """The texts of all mails taken, in order."""
        return [mail.get_content() for mail in self.taken]

    def recipients(self) -> list[str]:
        """To whom the mails taken go, in order."""
        return [str(mail["To"]) for mail in self.taken]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet back, slowly where that is asked for."""
        session.host_name = hostname
        self.greeted += 1
        await asyncio.sleep(self.greeting_seconds)
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse as told."""
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append(mail)
        return "250 OK"
