"""Forms of antennas and contacts: what was typed, what it means, and what cannot be meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time

from directory.data import DAYS, AbsenceEntry, AntennaEntry, ContactEntry, Span
from directory.french import typeset
from understanding.text import comparison_key

SPANS = 2
"""Spans of opening hours that every day's row offers at least."""
EMPTY_ABSENCES = 2
"""Empty rows for absences that a form offers without JavaScript."""
_MOST_ABSENCES = 60
_MOST_CHARACTERS = 200


class Typed:
    """What a form sent.

    Args:
        fields: Names and values; several of the same name where several boxes are ticked.
    """

    def __init__(self, fields: Iterable[tuple[str, object]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            if isinstance(value, str):
                self._fields.setdefault(name, []).append(_clean(value))

    def text(self, name: str) -> str:
        """A field; empty where it is missing."""
        return self._fields.get(name, [""])[0]

    def texts(self, name: str) -> list[str]:
        """All values of a name."""
        return self._fields.get(name, [])


def _clean(value: str) -> str:
    """As the files keep it: one line, no spaces around, composed letters."""
    printable = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in value)
    return unicodedata.normalize("NFC", printable.strip())


@dataclass
class Draft:
    """A form in work: the text of every field and what is wrong with some.

    Attributes:
        values: Text by field, as typed.
        errors: Sentence by field.
    """

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def wrong(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first fault counts."""
        self.errors.setdefault(name, typeset(sentence))


def _required(draft: Draft, typed: Typed, names: Mapping[str, str]) -> dict[str, str]:
    texts = {}
    for name, what in names.items():
        texts[name] = draft.values[name] = typed.text(name)
        if not texts[name]:
            draft.wrong(name, f"Indiquez {what}.")
        elif len(texts[name]) > _MOST_CHARACTERS:
            draft.wrong(name, f"Raccourcissez à {_MOST_CHARACTERS} caractères.")
    return texts


def antenna_values(entry: AntennaEntry) -> dict[str, str]:
    """An antenna as its form shows it."""
    values = {name: getattr(entry, name) for name in ("name", "address", "phone", "front_desk")}
    for day, spans in zip(DAYS, entry.hours):
        for number, span in enumerate(spans):
            values[f"{day}-{number}-ouvre"] = f"{span.opens:%H:%M}"
            values[f"{day}-{number}-ferme"] = f"{span.closes:%H:%M}"
    return values


def antenna(typed: Typed, old: AntennaEntry) -> tuple[AntennaEntry, Draft]:
    """Read an antenna's form.

    Args:
        typed: What was sent.
        old: The antenna as it is.

    Returns:
        The antenna as it shall be, of use only where the draft has no errors; and the draft.
    """
    draft = Draft()
    names = {"name": "un nom", "address": "une adresse", "phone": "un numéro de téléphone", "front_desk": "un accueil"}
    texts = _required(draft, typed, names)
    week = tuple(tuple(_spans(draft, typed, day, rows(old, day))) for day in DAYS)
    new = AntennaEntry(slug=old.slug, commune=old.commune, head_office=old.head_office, hours=week, **texts)
    return new, draft


def rows(entry: AntennaEntry, day: str) -> int:
    """How many spans the form offers on a day."""
    return max(SPANS, len(entry.hours[DAYS.index(day)]))


def _spans(draft: Draft, typed: Typed, day: str, count: int) -> Iterator[Span]:
    last: time | None = None
    for number in range(count):
        names = f"{day}-{number}-ouvre", f"{day}-{number}-ferme"
        texts = [typed.text(name) for name in names]
        draft.values |= dict(zip(names, texts))
        if not any(texts):
            continue
        opens, closes = map(_time, texts)
        if opens is None or closes is None:
            draft.wrong(day, f"{day.capitalize()} : indiquez l’ouverture et la fermeture, comme 9:00 et 12:30.")
        elif opens >= closes:
            draft.wrong(day, f"{day.capitalize()} : l’ouverture vient avant la fermeture.")
        elif last is not None and opens < last:
            draft.wrong(day, f"{day.capitalize()} : le second horaire commence avant la fin du premier.")
        else:
            last = closes
            yield Span(opens, closes)


def _time(text: str) -> time | None:
    match = re.fullmatch(r"(\d{1,2})\s*[:hH]\s*(\d{2})?(?::00)?", text)
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return None
    return time(int(match[1]), int(match[2] or 0))


_CONTACT_FIELDS = {
    "name": "un nom",
    "role": "une fonction",
    "email": "une adresse électronique",
    "phone": "un numéro de téléphone",
}


@dataclass
class ContactDraft(Draft):
    """A contact's form in work.

    Attributes:
        categories: Slugs that are ticked.
        absences: First and last day of each row, as typed.
    """

    categories: tuple[str, ...] = ()
    absences: list[tuple[str, str]] = field(default_factory=list)


def contact_draft(entry: ContactEntry | None) -> ContactDraft:
    """A contact as its form shows it; an empty form for a new one."""
    if entry is None:
        return ContactDraft(dict.fromkeys((*_CONTACT_FIELDS, "deputy"), ""))
    values = {name: getattr(entry, name) for name in _CONTACT_FIELDS} | {"deputy": entry.deputy or ""}
    absences = [(one.first.isoformat(), one.last.isoformat()) for one in entry.absences]
    return ContactDraft(values, categories=entry.categories, absences=absences)


def contact(typed: Typed, old: ContactEntry, known: Sequence[str]) -> tuple[ContactEntry, ContactDraft]:
    """Read a contact's form.

    Args:
        typed: What was sent.
        old: The contact as it is.
        known: Slugs of the categories in service; the old order stays, new ones follow in this order.

    Returns:
        The contact as it shall be, of use only where the draft has no errors; and the draft.
    """
    draft = ContactDraft()
    texts = _required(draft, typed, _CONTACT_FIELDS)
    ticked = set(typed.texts("categories"))
    kept = [slug for slug in old.categories if slug in ticked]
    draft.categories = (*kept, *(slug for slug in known if slug in ticked and slug not in kept))
    draft.values["deputy"] = typed.text("deputy")
    absences = tuple(_absences(draft, typed))
    new = replace(old, **texts, categories=draft.categories, deputy=draft.values["deputy"] or None, absences=absences)
    return new, draft


def _absences(draft: ContactDraft, typed: Typed) -> Iterator[AbsenceEntry]:
    pairs = list(zip(typed.texts("absence-du"), typed.texts("absence-au")))[:_MOST_ABSENCES]
    for number, (first_text, last_text) in enumerate(pair for pair in pairs if any(pair)):
        draft.absences.append((first_text, last_text))
        first, last = _day(first_text), _day(last_text or first_text)
        if first is None or last is None:
            draft.wrong(f"absence-{number}", "Indiquez deux dates, comme 2026-12-24.")
        elif first > last:
            draft.wrong(f"absence-{number}", "Le premier jour vient avant le dernier.")
        else:
            yield AbsenceEntry(first, last)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def new_identifier(name: str, taken: Iterable[str]) -> str:
    """An id for a new contact, made from the name: « Léa N’Diaye » → `lea-n-diaye`."""
    base = re.sub(r"[^a-z0-9]+", "-", comparison_key(name)).strip("-")[:48] or "contact"
    used = set(taken)
    number = 1
    while (identifier := base if number == 1 else f"{base}-{number}") in used:
        number += 1
    return identifier
