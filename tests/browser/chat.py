"""The chat as a visitor meets it: what they see and do, in the tests' words."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

NOTICE = "assistant automatique"


class Chat:
    """The widget on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("tchat-widget")
        self.launcher = self.root.locator("button.launch")
        self.panel = self.root.get_by_role("dialog")
        self.log = self.root.get_by_role("log")
        self.field = self.root.get_by_role("textbox", name="Votre message")
        self.status = self.root.locator(".status")

    def open(self) -> Chat:
        """Open the panel and wait for the first notice."""
        self.launcher.click()
        expect(self.log).to_contain_text(NOTICE)
        return self

    def say(self, text: str) -> None:
        """Type a message and send it."""
        self.field.fill(text)
        self.field.press("Enter")

    def choose(self, label: str) -> None:
        """Press an action of the menu."""
        self.root.get_by_role("button", name="Plus d’actions").click()
        self.root.get_by_role("button", name=label).click()

    def button(self, name: str) -> Locator:
        """A button with exactly that name."""
        return self.root.get_by_role("button", name=name, exact=True)

    def texts(self, sender: str) -> Locator:
        """The texts of all messages of a sender: member, bot, officer, system."""
        return self.log.locator(f".msg.{sender} .text")

    def expect_sent(self, *texts: str) -> None:
        """Wait until these and no other messages of the member are there, in this order, all confirmed."""
        expect(self.log.locator(".msg.member.wait")).to_have_count(0)
        expect(self.texts("member")).to_have_text(list(texts))

    def expect_answers(self, *texts: str) -> None:
        """Wait until these and no other messages of the bot are there, in this order."""
        expect(self.texts("bot")).to_have_text(list(texts))

    def kept(self) -> dict[str, Any]:
        """What the browser keeps."""
        stored: dict[str, Any] = json.loads(self.page.evaluate("localStorage.getItem('tchat')"))
        return stored

    def focused(self) -> str:
        """Tag and class of what has the focus inside the widget, or nothing."""
        found: str = self.page.evaluate(
            """() => {
                const widget = document.querySelector("tchat-widget");
                const inner = document.activeElement === widget && widget.shadowRoot.activeElement;
                return inner ? `${inner.localName}.${inner.className}` : "";
            }"""
        )
        return found


def answer_to(text: str) -> str:
    """What the stand-in says where nothing special was asked."""
    return f"Bien reçu\u00a0: {text}"
