"""Before, at and after the opening of the panel: silence, keyboard, focus."""

from __future__ import annotations

from playwright.sync_api import Page, Request, expect

from tests.browser.chat import Chat, answer_to
from tests.browser.conftest import NewContext, Site
from tests.support.fake_rasa import FakeRasa

STORED = """async () => ({
    local: localStorage.length, session: sessionStorage.length, cookies: document.cookie,
    databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
})"""
NOTHING = {"local": 0, "session": 0, "cookies": "", "databases": 0, "caches": 0}


def test_nothing_is_stored_or_requested_before_the_chat_is_opened(site: Site, new_context: NewContext) -> None:
    context = new_context()
    page = context.new_page()
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(site.url)
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(1000)
    asked = {request.url.removeprefix(site.url).split("?")[0] for request in requests}
    own = ("tokens.css", "couleurs.css", "page.css", "tchat.js", "icon.svg")
    assert asked <= {"/", *(f"/static/{name}" for name in own)}
    assert page.evaluate(STORED) == NOTHING
    assert context.cookies() == []

    Chat(page).open()
    assert page.evaluate(STORED) == {**NOTHING, "local": 1}
    assert page.evaluate("Object.keys(localStorage)") == ["tchat"]
    assert any("/api/conversations" in request.url for request in requests)
    assert all(request.url.startswith(site.url) for request in requests)
    assert context.cookies() == []


def test_a_whole_conversation_with_the_keyboard_alone(chat: Chat) -> None:
    page = chat.page
    for _ in range(40):
        page.keyboard.press("Tab")
        if chat.focused().startswith("button.launch"):
            break
    assert chat.focused() == "button.launch"
    page.keyboard.press("Enter")
    expect(chat.panel).to_be_visible()
    assert chat.focused().startswith("textarea"), "opening puts the focus where one writes"

    page.keyboard.type("Première ligne")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("un choix")
    page.keyboard.press("Enter")
    chat.expect_sent("Première ligne\nun choix")
    button = chat.button("Formation")
    expect(button).to_be_visible()
    assert chat.focused().startswith("textarea"), "an answer does not take the focus"

    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if button.evaluate("node => node.getRootNode().activeElement === node"):
            break
    page.keyboard.press("Space")
    chat.expect_sent("Première ligne\nun choix", "Formation")

    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert chat.focused() == "button.launch", "closing gives the focus back"


def test_escape_closes_one_thing_at_a_time(chat: Chat) -> None:
    chat.open().choose("Effacer la conversation")
    expect(chat.root.get_by_role("alertdialog", name="Effacer toute la conversation")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.root.get_by_role("alertdialog")).to_have_count(0)
    expect(chat.panel).to_be_visible()
    chat.root.get_by_role("button", name="Plus d’actions").click()
    chat.page.keyboard.press("Escape")
    expect(chat.root.get_by_role("button", name="Imprimer la conversation")).to_be_hidden()
    expect(chat.panel).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()


def test_a_link_of_the_page_opens_the_chat_and_gets_the_focus_back(chat: Chat) -> None:
    link = chat.page.get_by_role("link", name="Poser ma question")
    link.click()
    expect(chat.panel).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_an_answer_that_comes_when_the_panel_is_closed_is_counted(chat: Chat, rasa: FakeRasa) -> None:
    chat.open().say("bonjour")
    chat.expect_sent("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    rasa.delay = 1.0
    chat.say("encore")
    chat.root.get_by_role("button", name="Fermer le tchat").click()
    expect(chat.root.get_by_role("button", name="Tchat, 1 nouveau message")).to_be_visible()
    chat.launcher.click()
    chat.expect_answers(answer_to("bonjour"), answer_to("encore"))
    chat.page.keyboard.press("Escape")
    expect(chat.root.get_by_role("button", name="Tchat", exact=True)).to_be_visible()


def test_works_without_storage(new_context: NewContext, site: Site) -> None:
    context = new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page: Page = context.new_page()
    page.goto(site.url)
    chat = Chat(page).open()
    chat.say("sans stockage")
    chat.expect_sent("sans stockage")
    chat.expect_answers(answer_to("sans stockage"))
