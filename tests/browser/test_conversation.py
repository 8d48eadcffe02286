"""What a conversation looks like: messages, contact card, buttons, erasing, copying, printing."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.chat import NOTICE, Chat, answer_to
from tests.browser.conftest import Site
from tests.support.fake_rasa import FakeRasa, said

HTML = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}<b>gras</b>'


def test_every_message_says_who_and_when(chat: Chat) -> None:
    chat.open().say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    assert chat.log.locator(".msg.member .meta b").inner_text() == "Vous"
    assert chat.log.locator(".msg.bot .meta b").inner_text() == "Assistant automatique"
    times = chat.log.locator(".msg time").all_inner_texts()
    assert len(times) == 3
    assert all(re.fullmatch("\\d{1,2}\u00a0h\u00a0\\d\\d", time) for time in times), times


def test_the_contact_card(chat: Chat) -> None:
    chat.open().say("qui peut nous aider à payer un tour ?")
    card = chat.root.get_by_role("region", name="Votre contact\u00a0: Financement et aides")
    expect(card).to_contain_text("Référent financement")
    expect(card).to_contain_text("Ingénierie financière")
    expect(card).to_contain_text("C’est l’expert financement le plus proche de votre antenne de Rochefort.")
    expect(card).to_contain_text("Rochefort, à 33\u00a0km de Saintes")
    expect(card).to_contain_text("Sandrine Aubron, Chargée de mission territoriale")
    expect(card).to_contain_text("Bordeaux Métropole, à 37\u00a0km de Saintes")
    call = card.get_by_role("link", name="Appeler Référent financement, 05 36 49 00 22")
    assert call.get_attribute("href") == "tel:0536490022"
    write = card.get_by_role("link", name="Écrire à Référent financement, financement.bordeaux@example.org")
    assert write.get_attribute("href") == "mailto:financement.bordeaux@example.org"
    assert card.get_by_role("link").count() == 4
    for link in card.get_by_role("link").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44


def test_a_pressed_button_is_said_by_its_title_and_stays(chat: Chat, rasa: FakeRasa) -> None:
    chat.open().say("un choix")
    chat.button("Financement et aides").click()
    chat.expect_sent("un choix", "Financement et aides")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    assert rasa.calls[-1].get("payload") == '/choisir{"category": "financement"}'
    expect(chat.log.locator("button.done")).to_have_text("Financement et aides")
    earlier = chat.button("Formation")
    earlier.click()
    chat.expect_sent("un choix", "Financement et aides", "Formation")


def test_a_double_press_is_one_message(chat: Chat) -> None:
    chat.open().say("un choix")
    chat.button("Formation").dblclick()
    chat.expect_sent("un choix", "Formation")
    chat.page.wait_for_timeout(500)
    chat.expect_sent("un choix", "Formation")


def test_markup_is_shown_as_text(chat: Chat, rasa: FakeRasa) -> None:
    chat.open().say(HTML)
    chat.expect_sent(HTML)
    chat.expect_answers(answer_to(HTML))
    assert chat.page.evaluate("window.hacked") is None
    assert chat.log.locator("img, script, .text b").count() == 0


def test_only_web_addresses_become_links(chat: Chat, rasa: FakeRasa) -> None:
    rasa.script = lambda _: [said("Voir https://example.org/aides?a=1. Pas javascript:alert(1) ni data:text/html,x.")]
    chat.open().say("https://example.org/a-moi")
    link = chat.texts("bot").get_by_role("link")
    expect(link).to_have_count(1)
    assert link.get_attribute("href") == "https://example.org/aides?a=1"
    assert "noopener" in (link.get_attribute("rel") or "")
    expect(chat.texts("member").get_by_role("link")).to_have_count(0)


def test_who_answers_stands_in_the_head(chat: Chat) -> None:
    chat.open()
    expect(chat.root.locator("#who")).to_have_text("Assistant automatique")
    chat.button("Parler à un chargé de mission").first.click()
    expect(chat.root.locator("#who")).to_have_text("En attente d’un chargé de mission")
    chat.button("Continuer avec l’assistant").last.click()
    expect(chat.root.locator("#who")).to_have_text("Assistant automatique")
    chat.choose("Terminer la conversation")
    expect(chat.root.locator("#who")).to_have_text("Conversation terminée")
    chat.say("me revoilà")
    expect(chat.root.locator("#who")).to_have_text("Assistant automatique")


def test_a_long_message_is_counted_and_refused_with_its_text_kept(chat: Chat) -> None:
    chat.open()
    chat.field.fill("é" * 1799 + "👩")
    expect(chat.root.locator("#counter")).to_have_text("")
    chat.field.fill("👩" * 1900)
    expect(chat.root.locator("#counter")).to_have_text(re.compile(r"^1\s900\s/\s2\s000 caractères$"))
    chat.field.fill("a" * 2001)
    chat.field.press("Enter")
    expect(chat.root.get_by_role("alert")).to_have_text(
        re.compile("^Message trop long de 1 caractère\u00a0: raccourcissez")
    )
    expect(chat.field).to_have_value("a" * 2001)
    expect(chat.field).to_have_attribute("aria-invalid", "true")
    chat.field.fill("👩" * 2000)
    chat.field.press("Enter")
    chat.expect_sent("👩" * 2000)


def test_what_the_server_refuses_comes_back_to_the_field(chat: Chat) -> None:
    chat.open()
    chat.page.route(
        "**/messages",
        lambda route: (
            route.fulfill(status=400, json={"error": {"code": "bad", "message": "Ce message ne se lit pas."}})
            if route.request.method == "POST"
            else route.fallback()
        ),
    )
    chat.say("mon texte")
    expect(chat.root.get_by_role("alert")).to_have_text("Ce message ne se lit pas.")
    expect(chat.field).to_have_value("mon texte")
    expect(chat.texts("member")).to_have_count(0)
    assert chat.kept()["outbox"] == []


def test_blank_messages_are_not_sent(chat: Chat, rasa: FakeRasa) -> None:
    before = len(rasa.calls)
    chat.open().say("   \n  ")
    chat.say("après")
    chat.expect_sent("après")
    chat.expect_answers(answer_to("après"))
    assert len(rasa.calls) == before + 1


def test_reload_brings_everything_back(chat: Chat) -> None:
    chat.open().say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    conversation = chat.kept()["id"]
    chat.page.reload()
    expect(chat.panel).to_be_visible()
    chat.expect_sent("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    chat.say("encore")
    chat.expect_answers(answer_to("bonjour"), answer_to("encore"))
    assert chat.kept()["id"] == conversation


def test_the_reader_who_scrolled_up_stays_there(chat: Chat, rasa: FakeRasa) -> None:
    chat.open()
    for number in range(8):
        chat.say(f"message {number}\n\n\n")
        chat.expect_answers(*(answer_to(f"message {n}") for n in range(number + 1)))
    rasa.delay = 0.8
    chat.say("le dernier")
    chat.expect_sent(*(f"message {n}" for n in range(8)), "le dernier")
    chat.log.evaluate("node => { node.scrollTop = 0 }")
    newer = chat.root.get_by_role("button", name="Nouveau message")
    expect(newer).to_be_visible()
    assert chat.log.evaluate("node => node.scrollTop") == 0
    newer.click()
    expect(newer).to_be_hidden()
    assert chat.log.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") < 2


def test_the_end_stays_in_sight_when_the_field_grows(chat: Chat) -> None:
    chat.open()
    for number in range(5):
        chat.say(f"message {number}\n\n\n")
        chat.expect_answers(*(answer_to(f"message {n}") for n in range(number + 1)))
    expect(chat.texts("bot").last).to_be_in_viewport(ratio=1)
    chat.field.fill("une\ndeux\ntrois\nquatre\ncinq")
    box, log = chat.texts("bot").last.bounding_box(), chat.log.bounding_box()
    assert box is not None
    assert log is not None
    assert box["y"] + box["height"] <= log["y"] + log["height"]


def test_erase_asks_first_then_leaves_nothing(chat: Chat) -> None:
    chat.open().say("à effacer")
    chat.expect_answers(answer_to("à effacer"))
    first = chat.kept()["id"]
    chat.choose("Effacer la conversation")
    chat.button("Garder").click()
    chat.expect_sent("à effacer")

    chat.choose("Effacer la conversation")
    chat.button("Effacer").click()
    expect(chat.log).to_contain_text("La conversation est effacée")
    expect(chat.texts("member")).to_have_count(0)
    assert chat.page.evaluate("localStorage.length") == 0

    chat.button("Nouvelle conversation").click()
    expect(chat.log).to_contain_text(NOTICE)
    assert chat.kept()["id"] != first
    chat.say("à neuf")
    chat.expect_sent("à neuf")


def test_erased_elsewhere_is_said_and_unsent_text_is_kept(chat: Chat, site: Site) -> None:
    chat.open().say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    kept = chat.kept()
    chat.page.context.set_offline(True)
    chat.say("pas encore parti")
    answer = chat.page.request.delete(
        f"{site.url}/api/conversations/{kept['id']}", headers={"Authorization": f"Bearer {kept['token']}"}
    )
    assert answer.status == 204
    chat.page.context.set_offline(False)
    expect(chat.log).to_contain_text("Cette conversation a été effacée")
    chat.button("Nouvelle conversation").click()
    expect(chat.field).to_have_value("pas encore parti")
    expect(chat.log).to_contain_text(NOTICE)


def test_copy(new_page: Callable[..., Page], site: Site) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(site.url)
    chat = Chat(page).open()
    chat.say("qui peut payer ?")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    chat.choose("Copier la conversation")
    expect(chat.status).to_have_text("Conversation copiée.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Vous, " in copied
    assert "qui peut payer ?" in copied
    assert "Référent financement – Ingénierie financière – 05 36 49 00 22 – financement.bordeaux@example.org" in copied


def test_print_shows_the_conversation_alone(chat: Chat) -> None:
    chat.page.evaluate("window.print = () => { window.printed = true }")
    chat.open().say("qui peut payer ?")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    chat.choose("Imprimer la conversation")
    assert chat.page.evaluate("window.printed") is True
    chat.page.emulate_media(media="print")
    expect(chat.page.locator("main")).to_be_hidden()
    expect(chat.root.get_by_text("Référent financement", exact=True)).to_be_visible()
    expect(chat.field).to_be_hidden()
    chat.page.emulate_media(media="screen")
    chat.page.evaluate("dispatchEvent(new Event('afterprint'))")
    chat.page.emulate_media(media="print")
    expect(chat.page.locator("main")).to_be_visible()
    expect(chat.panel).to_be_hidden()
