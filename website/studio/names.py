"""Subjects by the names that people give them, and in the order in which forms offer them."""

from __future__ import annotations

from directory.french import typeset
from understanding.catalogue import Category, current_catalogue
from understanding.text import comparison_key
from website.console import words

Group = tuple[str, list[tuple[str, str]]]
"""A heading, and slug and label of what stands under it."""


def groups() -> list[Group]:
    """All that a sentence can be an example of: subjects in file order, then other messages."""
    catalogue = current_catalogue()
    subjects = [(category.slug, category.label) for category in catalogue.categories.values()]
    others = [(slug, words.subject(slug)) for slug in catalogue.conversation]
    return [("Sujets", subjects), ("Autres messages", others)]


def find(name: str) -> str | None:
    """The slug of a subject or another kind of message, by its slug or its name; None where there is none."""
    if is_slug(name):
        return name
    catalogue = current_catalogue()
    key = comparison_key(name)
    if not key:
        return None
    return next(
        (slug for slug in catalogue.intents if key in (comparison_key(slug), comparison_key(words.subject(slug)))), None
    )


def is_subject(name: str) -> bool:
    """Whether something has that name."""
    return find(name) is not None


def is_slug(text: str) -> bool:
    """Whether a text is the slug of what sentences can be written for."""
    catalogue = current_catalogue()
    return text in catalogue.categories or text in catalogue.conversation


def label(slug: str) -> str:
    """What it is called, for pages."""
    return typeset(words.subject(slug))


def conversation() -> dict[str, str]:
    """What each other kind of message is, by slug."""
    return current_catalogue().conversation


def category(slug: str) -> Category | None:
    """A subject by its slug, in service or retired; None where it is none."""
    catalogue = current_catalogue()
    return catalogue.categories.get(slug) or catalogue.retired.get(slug)
