"""Two officers and a member, each in a browser of their own: the whole way of a conversation, with a crash in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from database.storage import Storage
from tests.browser.chat import Chat, answer_to
from tests.browser.conftest import Site
from tests.browser.staff import UNDERSTOOD, Console, Person, in_database, person
from tests.support.fake_rasa import FakeRasa
from website.audit.models import AuditEntry
from website.console import operations
from website.console.models import Proposal
from website.console.officer import Officer
from website.models import Handoff, Message, Outcome, Sender
from website.waiting.models import Rating

Pages = Callable[..., Page]
ASK = "Parler à un chargé de mission"


@pytest.fixture
def site(chromium: str, rasa: FakeRasa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, that can be killed."""
    rasa.understanding = UNDERSTOOD
    running = Site(tmp_path_factory.mktemp("console"), rasa.port)
    running.prepare()
    running.start()
    yield running
    running.stop()
    rasa.understanding = None


Consoles = Callable[[Person], Console]


@pytest.fixture
def console(site: Site, new_page: Pages) -> Consoles:
    """Opens the console of somebody, in a browser of their own. Keyword arguments go to the browser."""

    def make(who: Person, **options: object) -> Console:
        page = new_page(**options)
        who.sign_in(page.context, site)
        return Console(page, site.url).open()

    return make


@pytest.fixture
def roux(site: Site) -> Person:
    return person(site, "Mme Roux", antennas=("bordeaux",))


@pytest.fixture
def petit(site: Site) -> Person:
    return person(site, "M. Petit", antennas=("bordeaux",))


@pytest.fixture
def member(site: Site, new_page: Pages) -> Chat:
    """A member who asked for money."""
    page = new_page()
    page.goto(site.url)
    chat = Chat(page).open()
    chat.say("Qui peut nous aider à payer un tour ? Appelez le 06 12 34 56 78")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    return chat


def ask_for_person(chat: Chat) -> None:
    chat.root.get_by_role("button", name=ASK).last.click()
    expect(chat.button("Continuer avec l’assistant")).to_be_visible()


def messages(site: Site, sender: Sender) -> list[str]:
    """The texts of a sender's messages as they are stored."""

    async def read(storage: Storage) -> list[str]:
        async with storage.read() as session:
            found = await session.scalars(select(Message).where(Message.sender == sender).order_by(Message.seq))
            return [message.text for message in found]

    return in_database(site, read)


def test_the_whole_way(site: Site, console: Consoles, member: Chat, roux: Person, petit: Person) -> None:
    one, two = console(roux), console(petit)
    expect(one.page.locator("#rows")).to_contain_text("Personne n’attend")
    ask_for_person(member)
    for each in (one, two):
        expect(each.lines).to_have_count(1)
        expect(each.lines).to_contain_text("Financement et aides")
        expect(each.page).to_have_title("(1) Conversations · Guichet aéro")
        each.lines.click()
        expect(each.log).to_contain_text("Financement et aides, presque sûr (93\u00a0%)")
    expect(one.page.locator("#people")).to_contain_text("M. Petit regarde aussi")
    # both press at the same moment
    for each in (one, two):
        each.page.evaluate("document.querySelector('[data-testid=claim]').form.requestSubmit()")
    for each in (one, two):
        expect(each.log).to_contain_text("a rejoint la conversation")
    one.page.wait_for_load_state()
    two.page.wait_for_load_state()
    winner, loser = (one, two) if one.field.count() else (two, one)
    winning, losing = ("Mme Roux", "M. Petit") if winner is one else ("M. Petit", "Mme Roux")
    expect(winner.field).to_have_count(1)
    expect(loser.field).to_have_count(0)
    expect(loser.page.locator("#compose")).to_contain_text(f"{winning} suit cette conversation")
    expect(loser.page.locator(".flash")).to_contain_text(f"{winning} suit déjà cette conversation")
    expect(member.log).to_contain_text(f"{winning}, Bordeaux Métropole, a rejoint la conversation")
    # reply, answer
    winner.answer("Bonjour, quel tour ?")
    expect(member.texts("officer")).to_have_text(["Bonjour, quel tour ?"])
    member.say("Un 5 axes")
    for each in (one, two):
        expect(each.log).to_contain_text("Un 5 axes")
    # the field says nothing to the member before it is sent, but that somebody types
    winner.field.press_sequentially("Je ")
    expect(loser.page.locator("#people")).to_contain_text(f"{winning} écrit…")
    winner.field.fill("")
    # the site dies in the middle, while an answer is on its way
    site.kill()
    winner.answer("Voici les aides")
    expect(winner.page.locator("#sending")).to_contain_text("Votre réponse est gardée")
    member.say("Vous êtes toujours là ?")
    site.start()
    winner.expect_own("Bonjour, quel tour ?", "Voici les aides")
    expect(winner.log).to_contain_text("Vous êtes toujours là ?")
    expect(member.texts("officer")).to_have_text(["Bonjour, quel tour ?", "Voici les aides"])
    assert messages(site, Sender.OFFICER) == ["Bonjour, quel tour ?", "Voici les aides"]
    assert messages(site, Sender.MEMBER)[-2:] == ["Un 5 axes", "Vous êtes toujours là ?"]
    # transfer
    winner.button("transfer").click()
    winner.page.get_by_label("À qui").select_option(label=f"{losing}, Bordeaux Métropole")
    winner.button("confirm-transfer").click()
    expect(winner.page.locator(".flash")).to_contain_text("transmise")
    expect(loser.field).to_be_visible()
    expect(member.log).to_contain_text(f"Votre conversation est confiée à {losing}")
    loser.answer("Je prends la suite")
    expect(member.texts("officer").last).to_have_text("Je prends la suite")
    # back to the assistant, which answers; taken over again
    loser.button("release").click()
    expect(member.log).to_contain_text("L’assistant automatique reprend la conversation")
    member.say("bonjour assistant")
    expect(member.texts("bot").last).to_have_text(answer_to("bonjour assistant"))
    expect(loser.log).to_contain_text(answer_to("bonjour assistant"))
    loser.button("claim").click()
    loser.answer("C’est réglé ?")
    expect(member.texts("officer").last).to_have_text("C’est réglé ?")
    # close, and what it teaches
    loser.button("close").click()
    loser.page.get_by_label("Résolue").check()
    loser.page.locator("#lesson-sentence").select_option(index=0)
    loser.page.locator("#lesson-subject").select_option("nouvelle_machine")
    loser.button("confirm").click()
    expect(loser.page.locator(".flash")).to_contain_text("La conversation est close")
    expect(member.log).to_contain_text("a terminé la conversation")
    member.root.get_by_role("button", name="Utile", exact=True).click()
    expect(member.root.get_by_role("textbox", name="Merci")).to_be_visible()
    rating, proposal, outcomes, actions = in_database(site, _what_is_left)
    assert rating is True
    assert proposal == ("Qui peut nous aider à payer un tour ? Appelez le [téléphone]", "nouvelle_machine")
    assert outcomes == [Outcome.RELEASED, Outcome.RESOLVED]
    assert actions.count("conversation.claimed") == 2 and actions.count("conversation.answered") == 4


async def _what_is_left(storage: Storage) -> tuple[bool | None, tuple[str, str], list[Outcome | None], list[str]]:
    async with storage.read() as session:
        useful = await session.scalar(select(Rating.useful))
        proposal = (await session.scalars(select(Proposal))).one()
        outcomes = list(await session.scalars(select(Handoff.outcome).order_by(Handoff.id)))
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        return useful, (proposal.sentence, proposal.category), outcomes, actions


def test_by_keyboard_alone(site: Site, console: Consoles, member: Chat, roux: Person) -> None:
    officer = console(roux)
    keys = officer.page.keyboard
    ask_for_person(member)
    expect(officer.lines).to_have_count(1)
    keys.press("j")
    expect(officer.lines.first).to_be_focused()
    keys.press("Enter")
    expect(officer.log).to_be_visible()
    keys.press("?")
    expect(officer.page.get_by_role("dialog", name="Raccourcis du clavier")).to_be_visible()
    keys.press("Escape")
    keys.press("c")
    expect(officer.field).to_be_focused()
    keys.type("Bonjour cj?/ gm")
    keys.press("Control+Enter")
    expect(member.texts("officer")).to_have_text(["Bonjour cj?/ gm"])
    keys.press("Escape")
    keys.press("n")
    expect(officer.page.get_by_role("textbox", name="Une note pour l’équipe")).to_be_focused()
    keys.type("Rappeler")
    keys.press("Control+Enter")
    expect(officer.page.locator("#facts")).to_contain_text("Rappeler")
    keys.press("Escape")
    keys.press("g")
    keys.press("m")
    expect(officer.page).to_have_url(f"{site.url}/console?liste=miennes")
    expect(officer.lines).to_have_count(1)
    keys.press("/")
    keys.type("payer")
    keys.press("Enter")
    expect(officer.page.locator("mark")).to_have_text(["payer"])
    keys.press("k")
    keys.press("Enter")
    expect(officer.field).to_be_visible()
    keys.press("r")
    expect(officer.field).to_be_focused()
    keys.press("Escape")
    keys.press("x")
    dialog = officer.page.get_by_role("dialog", name="Clore la conversation")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Résolue")).to_be_focused()
    keys.press("ArrowDown")
    for _ in range(2):
        keys.press("Tab")
    expect(officer.button("confirm")).to_be_focused()
    keys.press("Enter")
    expect(officer.page.locator(".flash")).to_contain_text("close")
    expect(member.log).to_contain_text("a terminé la conversation")
    _, _, outcomes, _ = in_database(site, _without_lesson)
    assert outcomes == [Outcome.REDIRECTED]


async def _without_lesson(storage: Storage) -> tuple[None, None, list[Outcome | None], None]:
    async with storage.read() as session:
        assert (await session.scalars(select(Proposal))).first() is None
        return None, None, list(await session.scalars(select(Handoff.outcome))), None


def tab_to(officer: Console, name: str) -> None:
    """Press Tab until a button has the focus."""
    for _ in range(60):
        if officer.page.evaluate("document.activeElement?.dataset.testid") == name:
            return
        officer.page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


def test_handing_on_by_keyboard_alone(site: Site, console: Consoles, member: Chat, roux: Person, petit: Person) -> None:
    one, two = console(roux), console(petit)
    ask_for_person(member)
    expect(one.lines).to_have_count(1)
    keys = one.page.keyboard
    keys.press("j")
    keys.press("Enter")
    expect(one.button("claim")).to_be_visible()
    keys.press("c")
    expect(one.field).to_be_focused()
    keys.press("Escape")
    keys.press("t")
    expect(one.page.get_by_label("À qui")).to_be_focused()
    keys.type("M. Petit")
    keys.press("Tab")
    expect(one.button("confirm-transfer")).to_be_focused()
    keys.press("Enter")
    expect(one.page.locator(".flash")).to_contain_text("transmise")
    expect(two.page).to_have_title("(1) Conversations · Guichet aéro")
    keys = two.page.keyboard
    keys.press("g")
    keys.press("m")
    expect(two.lines).to_contain_text("vous est confiée")
    keys.press("j")
    keys.press("Enter")
    expect(two.field).to_be_visible()
    tab_to(two, "release")
    keys.press("Enter")
    expect(member.log).to_contain_text("L’assistant automatique reprend la conversation")
    member.say("bonjour assistant")
    expect(two.log).to_contain_text(answer_to("bonjour assistant"))
    keys.press("c")
    expect(two.field).to_be_visible()
    expect(member.log).to_contain_text("M. Petit, Bordeaux Métropole, a rejoint la conversation")


def test_tabs_share_one_stream(site: Site, console: Consoles, member: Chat, roux: Person) -> None:
    first = console(roux)
    second = Console(first.page.context.new_page(), site.url).open()
    ask_for_person(member)
    for each in (first, second):
        expect(each.lines).to_have_count(1)
        expect(each.page).to_have_title("(1) Conversations · Guichet aéro")
    locks = second.page.evaluate("navigator.locks.query().then(({held, pending}) => [held.length, pending.length])")
    assert locks == [1, 1], "one tab reads, the other waits for its turn"
    first.page.close()
    member.say("allô ?")
    expect(second.lines).to_contain_text("allô ?")


def test_the_bell_is_off_until_it_is_wanted(console: Consoles, roux: Person) -> None:
    officer = console(roux)
    officer.page.get_by_text("Alertes").click()
    bell = officer.page.get_by_label("Un son quand quelqu’un attend")
    expect(bell).not_to_be_checked()
    bell.check()
    officer.open()
    officer.page.get_by_text("Alertes").click()
    expect(bell).to_be_checked()
    bell.uncheck()
    officer.open()
    expect(bell).not_to_be_checked()


def test_what_is_typed_outlives_a_reload(console: Consoles, member: Chat, roux: Person) -> None:
    officer = console(roux)
    ask_for_person(member)
    officer.lines.click()
    officer.button("claim").click()
    officer.field.fill("Je cherche encore")
    officer.page.get_by_text("Textes types").click()
    officer.page.get_by_role("button", name="Je prends le relais").click()
    typed = officer.field.input_value()
    assert typed.startswith("Je cherche encore\nBonjour, ici Mme Roux, antenne Bordeaux Métropole.")
    officer.page.reload()
    expect(officer.field).to_have_value(typed)
    member.say("prenez votre temps")
    expect(officer.log).to_contain_text("prenez votre temps")
    expect(officer.field).to_have_value(typed)


def test_what_is_typed_is_never_anothers(
    site: Site, console: Consoles, member: Chat, roux: Person, petit: Person
) -> None:
    officer = console(roux)
    ask_for_person(member)
    officer.lines.click()
    officer.button("claim").click()
    officer.field.fill("Je cherche encore")
    petit.sign_in(officer.page.context, site)  # at the same machine
    conversation_id = str(officer.page.locator(".panes").get_attribute("data-conversation"))

    async def hand_on(storage: Storage) -> None:
        async with storage.write() as session:
            one, other = [Officer(who.id, who.name, ("bordeaux",)) for who in (roux, petit)]
            await operations.transfer_to_officer(session, one, conversation_id, other)

    in_database(site, hand_on)
    member.say("vous êtes là ?")
    expect(officer.page.get_by_text("M. Petit", exact=True).first).to_be_visible()
    expect(officer.field).to_have_value("")


def test_an_officer_is_told_where_a_reply_cannot_go(
    console: Consoles, member: Chat, roux: Person, petit: Person, site: Site
) -> None:
    officer = console(roux)
    ask_for_person(member)
    officer.lines.click()
    officer.button("claim").click()
    expect(officer.field).to_be_visible()
    address = officer.page.url
    other = Console(officer.page.context.new_page(), site.url).open(address.removeprefix(site.url))
    officer.page.context.set_offline(True)
    officer.answer("Trop tard")
    expect(officer.page.locator("#sending")).to_contain_text("gardée")
    officer.page.context.set_offline(False)
    officer.expect_own("Trop tard")
    other.button("transfer").click()
    other.page.get_by_label("À qui").select_option(label="M. Petit, Bordeaux Métropole")
    other.button("confirm-transfer").click()
    expect(officer.field).to_have_count(0)
    expect(officer.page.locator("#compose")).to_contain_text("M. Petit suit cette conversation")


def test_without_scripts(site: Site, new_page: Pages, member: Chat, roux: Person) -> None:
    ask_for_person(member)
    page = new_page(java_script_enabled=False)
    roux.sign_in(page.context, site)
    officer = Console(page, site.url).open()
    officer.lines.click()
    officer.button("claim").click()
    officer.answer("Bonjour sans script")
    expect(page.locator(".msg.own .text")).to_have_text(["Bonjour sans script"])
    page.get_by_role("textbox", name="Une note pour l’équipe").fill("À rappeler")
    officer.button("note").click()
    expect(page.locator("#facts")).to_contain_text("À rappeler")
    officer.button("close").click()
    officer.button("confirm").click()
    expect(page.locator(".flash")).to_contain_text("close")
    expect(member.texts("officer")).to_have_text(["Bonjour sans script"])
