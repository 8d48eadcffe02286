"""What is said to a mail server, and which servers are taken."""

from __future__ import annotations

import pytest

from settings import SettingError, Settings
from tests.support.mail_server import MailServer
from website.mail.smtp import Letter, Transport, UndeliveredError

LETTER = Letter("membre@example.org", "Une réponse", "Bonjour,\nvoici « la » réponse : " + "x" * 1200, "answer:1")


def transport(url: str, **more: str) -> Transport:
    made = Transport.from_settings(Settings(smtp_url=url, **more))  # type: ignore[arg-type]
    assert made is not None
    return made


async def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    await transport(server.url, mail_from="Guichet aéro <guichet@example.org>").deliver(LETTER)
    (mail,) = server.taken
    assert mail.get_content().splitlines() == LETTER.text.splitlines()
    assert (mail["To"], mail["Subject"], mail["From"]) == (
        "membre@example.org",
        "Une réponse",
        "Guichet aéro <guichet@example.org>",
    )
    assert mail["Message-ID"].endswith("@example.org>") and mail["Auto-Submitted"] == "auto-generated"


async def test_the_same_letter_has_the_same_message_id(server: MailServer) -> None:
    for key in ("a", "a", "b"):
        await transport(server.url).deliver(Letter("x@example.org", "s", "t", key))
    first, again, other = (mail["Message-ID"] for mail in server.taken)
    assert first == again != other


@pytest.mark.parametrize(
    ("answer", "final"), [("550 no such user", True), ("451 later", False), ("552 mailbox full", True)]
)
async def test_a_refused_recipient(server: MailServer, answer: str, final: bool) -> None:
    server.refusals = [answer]
    with pytest.raises(UndeliveredError) as refused:
        await transport(server.url).deliver(LETTER)
    assert (refused.value.word, refused.value.final) == ("recipient_refused", final)


async def test_nobody_there(server: MailServer) -> None:
    server.stop()
    with pytest.raises(UndeliveredError) as refused:
        await transport(server.url).deliver(LETTER)
    assert (refused.value.word, refused.value.final) == ("no_connection", False)


@pytest.mark.parametrize("to", ["a@example.org\nBcc: b@example.org", "a@example.org\r\n\r\nx"])
async def test_no_header_can_be_smuggled_in(server: MailServer, to: str) -> None:
    with pytest.raises(UndeliveredError) as refused:
        await transport(server.url).deliver(Letter(to, "s", "t", "k"))
    assert refused.value.final and server.greeted == 0


def test_a_password_asks_for_encryption() -> None:
    assert transport("smtp://me:p%40ss@mail.example.org:587") == Transport(
        "Guichet aéro <guichet@127.0.0.1>", "mail.example.org", 587, "me", "p@ss", False, True
    )
    assert transport("smtps://me:x@mail.example.org").port == 465
    assert transport("smtp://mail.example.org").start_tls is None
    assert transport("smtp://me:x@localhost").start_tls is False


@pytest.mark.parametrize("url", ["mail.example.org", "http://x", "smtp://", "smtp://h:port", "smtp://u:secret@:1"])
def test_a_wrong_address_is_named_without_its_password(url: str) -> None:
    with pytest.raises(SettingError, match="SMTP_URL") as wrong:
        Transport.from_settings(Settings(smtp_url=url))
    assert "secret" not in str(wrong.value)


def test_no_address_no_mail() -> None:
    assert Transport.from_settings(Settings()) is None


def test_the_sender_is_an_address() -> None:
    assert (
        transport("smtp://h", public_url="https://aide.example.org/").sender
        == "Guichet aéro <guichet@aide.example.org>"
    )
    named = transport("smtp://h", mail_from="a@example.org", site_name='Pôle "Altaïr", aide')
    assert named.sender == '"Pôle \\"Altaïr\\", aide" <a@example.org>'
    assert named.compose(LETTER)["From"].addresses[0].display_name == 'Pôle "Altaïr", aide'
    assert transport("smtp://h", mail_from="Aide <a@example.org>").sender == "Aide <a@example.org>"
    with pytest.raises(SettingError, match="MAIL_FROM"):
        Transport.from_settings(Settings(smtp_url="smtp://h", mail_from="nobody"))
