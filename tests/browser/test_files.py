"""What can be told of the files without a browser: size, policy, colours."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "website" / "static"
SCRIPT = (STATIC / "tchat.js").read_text(encoding="utf-8")
TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")


def colours(style: str) -> list[dict[str, str]]:
    """The colours of each theme, light then dark, as a style sheet sets them."""
    light, dark = style.split("prefers-color-scheme", 1)
    pattern = (
        r"--(bg|surface|bubble|text|muted|line|soft|ok|bad|brand|accent|on-brand):\s*(?:var\([\w-]+,\s*)?(#[0-9a-f]{6})"
    )
    return [dict(re.findall(pattern, part)) for part in (light, dark)]


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SCRIPT.encode(), 9)) < 20_000


def test_the_chat_and_the_pages_have_the_same_colours() -> None:
    style = SCRIPT[SCRIPT.index("const STYLE") : SCRIPT.index("*,*::before")]
    chat, pages = colours(style), colours(TOKENS)
    assert len(chat[0]) == 12
    assert chat == pages


def test_the_script_never_writes_markup_and_names_no_other_site() -> None:
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in SCRIPT
    addresses = set(re.findall(r"https?://[\w.-]+", SCRIPT))
    assert addresses == {"https://guichet.example.org", "http://www.w3.org"}


def test_pages_have_no_inline_code_or_styles() -> None:
    for page in (ROOT / "website" / "templates").glob("*.html"):
        markup = page.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", markup), page.name
