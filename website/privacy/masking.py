"""Taking personal data out of a text before somebody else reads it."""

from __future__ import annotations

import re

_MASKS = (
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), "[courriel]"),
    (re.compile(r"\bFR ?\d{2}(?: ?\w{4}){5} ?\w{3}\b", re.IGNORECASE), "[IBAN]"),
    (re.compile(r"(?<![\d.,])(?:\+|00)\s?(?:\(0\)|\d)(?:[\s.()/-]{0,2}\d){8,13}(?!\d)"), "[téléphone]"),
    (re.compile(r"(?<![\d.,+])0[1-9](?:[\s./-]{0,2}\d{2}){4}(?![\d])"), "[téléphone]"),
    (re.compile(r"(?<!\d)\d{3}[\s.]?\d{3}[\s.]?\d{3}[\s.]?\d{5}(?!\d)"), "[SIRET]"),
    (re.compile(r"(?<!\d)\d{3}[\s.]?\d{3}[\s.]?\d{3}(?!\d|[\s.]?\d{3}\b|\s?(?:€|euros?\b|k€))"), "[SIREN]"),
)
"""In this order: what holds the other comes first."""


def masked(text: str) -> str:
    """A text without mail addresses, telephone numbers, IBAN, SIRET and SIREN; a word in brackets stands for each."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text
