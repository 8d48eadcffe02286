"""What schemathesis makes little of: texts, parameters and headers that trip programs up."""

from __future__ import annotations

import random
from typing import Any

TEXTS = (
    *("", " ", "\0", "a\0b", "\r\nX-Injected: 1", "\ud83d", "\udfff\ud800", "\ufeff", "\ufffe", "\x7f\x85\u2028"),
    *("é" * 300, "e\u0301\u0327" * 40, "👩‍👩‍👧‍👦" * 20, "\u202eabc", "ﷺ" * 100, "İıſK", "١٢٣", "½²", "𝔘𝔫𝔦"),
    *("a" * 2_001, "mot " * 3_000, "x" * 70_000, "1" * 5_000, "-" * 500, "\n" * 500),
    *("'; DROP TABLE conversation; --", '"', "%", "_", "a* OR NEAR(b c)", "\\", "text:x", "a <-> b", ":*", "$1", "?"),
    *(
        "<script>alert(1)</script>",
        "{{7*7}}",
        "{% raw %}",
        "${x}",
        "%(x)s",
        "{0.__class__}",
        "../../settings.py",
        "%2e%2e",
    ),
    *("-1", "0", "1e309", "NaN", "9" * 30, "2147483648", "-9223372036854775809", "0x10", "1_000", "١", "+1", " 1"),
    *(
        "null",
        "true",
        "[]",
        "{}",
        "!!python/object:os.system",
        "2026-02-30",
        "0000-00-00",
        "9999-12-31",
        "24:00",
        "&a *a",
    ),
    *(
        "/demander_humain",
        '/choisir{"category": "formation"}',
        "/",
        "a@b",
        "x@exemple.fr",
        "+33 5 36 49 00 50",
        "rochefort",
    ),
)
"""Texts that programs trip over: nothing, what ends texts or lines, halves of characters, what is long, what means
something to a database, a template, a path, a number, YAML or our own buttons."""

PARAMETERS = (
    *("q", "boite", "antenne", "avant", "apres", "after", "du", "au", "compte", "famille", "mois", "suite", "page"),
    *("fin", "code", "state", "annuler", "sujet", "tri", "vue", "etat", "version", "format", "number", "csrf"),
)
HEADERS = {
    "Last-Event-ID": ("0", "-1", "9" * 40, "x", ""),
    "Range": ("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=0-0,2-3", "x=1"),
    "If-None-Match": ("*", '"x"', 'W/"x"', "x", '"'),
    "If-Modified-Since": ("x", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 9999 00:00:00 GMT"),
    "Accept": ("", "*/*", "text/html;q=x", "application/json, " * 100),
    "Accept-Language": ("fr", "x" * 500),
    "Accept-Encoding": ("gzip", "br;q=9", "*;q=0"),
    "Origin": ("null", "https://attaque.example", "http://127.0.0.1", "x"),
    "Sec-Fetch-Site": ("cross-site", "same-origin", "x"),
    "Referer": ("https://attaque.example/", "x"),
    "X-Forwarded-For": ("1.2.3.4", "::1, x", ",,,", "999.1.1.1", "a" * 500),
    "X-Forwarded-Proto": ("https", "x"),
    "Forwarded": ("for=x;proto=https",),
    "Content-Type": (
        *("text/plain", "application/json; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=x"),
        *("application/x-www-form-urlencoded; charset=x", "x", "application/xml"),
    ),
    "Content-Encoding": ("gzip", "br", "x"),
    "User-Agent": ("", "x" * 3_000, "\u00e9"),
    "Host": ("attaque.example", "[::1", "a b", "127.0.0.1:99999"),
}
"""Headers and values that are seldom sent, foreign or wrong."""


def text(chance: random.Random) -> str:
    """An odd text: one of those above, two of them, or characters from anywhere."""
    drawn = chance.random()
    if drawn < 0.6:
        return chance.choice(TEXTS)
    if drawn < 0.75:
        return chance.choice(TEXTS) + chance.choice(TEXTS)
    return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(1, 40)))


def query(chance: random.Random) -> dict[str, str]:
    """Some parameters of an address, most of them ones that some page knows."""
    names = [*PARAMETERS, text(chance)[:50]]
    return {chance.choice(names): text(chance)[:3_000] for _ in range(chance.randrange(1, 4))}


def headers(chance: random.Random) -> dict[str, str]:
    """One header or two."""
    names = chance.sample(sorted(HEADERS), chance.randrange(1, 3))
    return {name: chance.choice(HEADERS[name]) for name in names}


def twisted(content: Any, chance: random.Random) -> Any:
    """A body with odd texts in some places, or with other kinds of values."""
    if isinstance(content, dict):
        return {name: twisted(value, chance) for name, value in content.items() if chance.random() < 0.97}
    if isinstance(content, list):
        return [twisted(value, chance) for value in content]
    if chance.random() < 0.5:
        return content
    others: tuple[Any, ...] = (None, True, -1, 2**63, 1.5, [], {}, [[[]]], {"a": "b"})
    return text(chance) if isinstance(content, str) or chance.random() < 0.5 else chance.choice(others)
