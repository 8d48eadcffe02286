"""Lost networks, many messages, several tabs: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.chat import Chat, answer_to
from tests.browser.conftest import NewContext, Site
from tests.support.fake_rasa import FakeRasa

Pages = Callable[..., Page]


def streams(page: Page) -> list[Request]:
    """The requests for the stream that a page makes from now on."""
    made: list[Request] = []
    page.on("request", lambda request: made.append(request) if request.url.endswith("/events") else None)
    return made


def test_a_message_written_offline_leaves_when_the_network_is_back(chat: Chat) -> None:
    chat.open()
    chat.page.context.set_offline(True)
    chat.say("hors ligne")
    expect(chat.status).to_contain_text("Vous êtes hors ligne")
    expect(chat.log.locator(".msg.member.wait time")).to_have_text("en attente d’envoi…")
    assert [item["text"] for item in chat.kept()["outbox"]] == ["hors ligne"]
    chat.page.context.set_offline(False)
    chat.expect_sent("hors ligne")
    chat.expect_answers(answer_to("hors ligne"))
    expect(chat.status).to_have_text("")
    assert chat.kept()["outbox"] == []


def test_a_message_written_offline_survives_a_closed_tab(new_context: NewContext, new_page: Pages, site: Site) -> None:
    context = new_context()
    chat = Chat(new_page(context))
    chat.page.goto(site.url)
    chat.open()
    context.set_offline(True)
    chat.say("gardé")
    expect(chat.log.locator(".msg.member.wait")).to_have_count(1)
    chat.page.close()
    context.set_offline(False)
    again = Chat(new_page(context))
    again.page.goto(site.url)
    again.expect_sent("gardé")
    again.expect_answers(answer_to("gardé"))


def test_the_site_restarts_in_the_middle_of_a_conversation(chat: Chat, site: Site) -> None:
    chat.open().say("avant")
    chat.expect_answers(answer_to("avant"))
    site.stop()
    chat.say("pendant")
    expect(chat.status).to_contain_text("Connexion interrompue")
    site.start()
    chat.expect_sent("avant", "pendant")
    chat.expect_answers(answer_to("avant"), answer_to("pendant"))


def test_an_answer_that_is_lost_on_the_way_does_not_double_the_message(chat: Chat) -> None:
    chat.open()
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())  # the server has it, the browser hears nothing
            route.abort()
        else:
            route.fallback()

    chat.page.route("**/messages", lose_once)
    chat.say("une fois")
    chat.expect_answers(answer_to("une fois"))
    chat.expect_sent("une fois")
    assert len(lost) == 1
    expect(chat.status).to_have_text("")
    chat.page.reload()
    chat.expect_sent("une fois")


def test_many_messages_at_once_wait_for_their_turn(chat: Chat) -> None:
    chat.open()
    refused: list[int] = []
    chat.page.on("response", lambda response: refused.append(response.status) if response.status == 429 else None)
    texts = [f"message {number}" for number in range(14)]
    for text in texts:
        chat.say(text)
    chat.page.set_default_timeout(30_000)
    expect(chat.log.locator(".msg.member.wait")).to_have_count(0, timeout=30_000)
    chat.expect_sent(*texts)
    chat.expect_answers(*map(answer_to, texts))
    assert refused, "the limit was never reached: the test shows nothing"


def test_two_tabs_share_one_stream_and_hand_it_over(new_context: NewContext, new_page: Pages, site: Site) -> None:
    context = new_context()
    first, second = Chat(new_page(context)), Chat(new_page(context))
    first_streams, second_streams = streams(first.page), streams(second.page)
    first.page.goto(site.url)
    first.open().say("du premier")
    first.expect_answers(answer_to("du premier"))
    second.page.goto(site.url)
    expect(second.panel).to_be_visible()
    second.expect_sent("du premier")
    second.say("du second")
    for chat in (first, second):
        chat.expect_sent("du premier", "du second")
        chat.expect_answers(answer_to("du premier"), answer_to("du second"))
    assert (len(first_streams), len(second_streams)) == (1, 0)

    first.page.close()
    second.say("encore")
    second.expect_sent("du premier", "du second", "encore")
    second.expect_answers(answer_to("du premier"), answer_to("du second"), answer_to("encore"))
    assert len(second_streams) == 1


def test_a_tab_that_sleeps_on_the_stream_loses_it(new_context: NewContext, new_page: Pages, site: Site) -> None:
    context = new_context()
    first = Chat(new_page(context))
    first.page.goto(site.url)
    first.open().say("bonjour")
    first.expect_answers(answer_to("bonjour"))
    lock = f"tchat-stream-{first.kept()['id']}"
    first.page.goto(f"{site.url}/static/icon.svg")
    first.page.evaluate("name => { navigator.locks.request(name, () => new Promise(() => {})).catch(() => {}) }", lock)

    second = Chat(new_page(context))
    second_streams = streams(second.page)
    second.page.clock.install()
    second.page.goto(site.url)
    second.expect_answers(answer_to("bonjour"))
    assert second_streams == []
    for _ in range(12):
        second.page.clock.run_for(5_000)
    second.say("me voilà")
    second.expect_answers(answer_to("bonjour"), answer_to("me voilà"))
    assert len(second_streams) == 1


def test_erasing_in_one_tab_clears_the_other(new_context: NewContext, new_page: Pages, site: Site) -> None:
    context = new_context()
    first, second = Chat(new_page(context)), Chat(new_page(context))
    first.page.goto(site.url)
    first.open().say("bonjour")
    first.expect_answers(answer_to("bonjour"))
    second.page.goto(site.url)
    second.expect_sent("bonjour")
    second.choose("Effacer la conversation")
    second.button("Effacer").click()
    expect(first.log).to_contain_text("Cette conversation a été effacée")
    expect(first.texts("member")).to_have_count(0)
    first.button("Nouvelle conversation").click()
    first.say("à neuf")
    for chat in (first, second):
        chat.expect_sent("à neuf")


def test_without_locks_and_channels_each_tab_follows_by_itself(
    new_context: NewContext, new_page: Pages, site: Site
) -> None:
    context = new_context()
    context.add_init_script(
        "Object.defineProperty(navigator, 'locks', { value: undefined }); window.BroadcastChannel = undefined;"
    )
    first, second = Chat(new_page(context)), Chat(new_page(context))
    first.page.goto(site.url)
    first.open().say("du premier")
    second.page.goto(site.url)
    second.expect_sent("du premier")
    second.say("du second")
    for chat in (first, second):
        chat.expect_sent("du premier", "du second")
        chat.expect_answers(answer_to("du premier"), answer_to("du second"))


def test_where_streams_do_not_pass_the_chat_asks(chat: Chat) -> None:
    chat.page.route("**/events", lambda route: route.fulfill(status=200, content_type="text/event-stream", body=""))
    chat.open().say("sans flux")
    chat.expect_sent("sans flux")
    chat.expect_answers(answer_to("sans flux"))
    chat.page.wait_for_timeout(2500)
    chat.say("encore")
    chat.expect_answers(answer_to("sans flux"), answer_to("encore"))


def test_what_is_kept_expires_after_30_days(chat: Chat) -> None:
    chat.open().say("bonjour")
    chat.expect_sent("bonjour")
    kept = chat.kept()
    days = (kept["expires"] - chat.page.evaluate("Date.now()")) / 86_400_000
    assert 29.9 < days <= 30
    chat.page.evaluate(
        "kept => { localStorage.setItem('tchat', JSON.stringify({...kept, expires: Date.now() - 1})) }", kept
    )
    chat.page.reload()
    expect(chat.launcher).to_be_visible()
    expect(chat.panel).to_be_hidden()
    assert chat.page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("junk", ["", "null", "[]", "{}", "{not json", '{"id": 1, "token": null, "outbox": 3}', "7"])
def test_junk_under_its_key_does_no_harm(chat: Chat, site: Site, junk: str) -> None:
    chat.page.evaluate(
        """([junk, site]) => {
            let value = junk;
            try { value = JSON.stringify({ ...JSON.parse(junk), site, expires: Date.now() + 1e6 }); } catch {}
            localStorage.setItem("tchat", value);
        }""",
        [junk, site.url],
    )
    chat.page.reload()
    chat.open().say("bonjour")
    chat.expect_answers(answer_to("bonjour"))


def test_rasa_away_then_back(chat: Chat, rasa: FakeRasa) -> None:
    chat.open()
    rasa.away = True
    chat.say("patience")
    chat.expect_sent("patience")
    expect(chat.texts("system")).to_have_count(2)
    rasa.away = False
    chat.expect_answers(answer_to("patience"))
