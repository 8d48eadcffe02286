"""What an installation changes of its looks by settings: the name, and the colours of the pages and of the chat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from directory.french import typeset
from settings import SettingError, Settings

TOKENS = Path(__file__).resolve().parent / "static" / "tokens.css"
LEAST_CONTRAST = 4.5
"""WCAG 2.2, level AA, for text."""
LONGEST_NAME = 60
INKS = ("#ffffff", "#0f151c")
"""What stands on the brand's colour, whichever is easier to read."""

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_TOKEN = re.compile(rf"--([\w-]+):\s*({_COLOUR.pattern});")
_DARK = "prefers-color-scheme: dark"
_OF_CHAT = re.compile(rf"var\(--(brand|on|accent)-(light|dark),{_COLOUR.pattern}\)")
"""A colour of tchat.js that the page which embeds it may replace, with what stands there else."""
_BACKGROUNDS = ("bg", "surface", "bubble")
_SETTINGS = {
    ("light", "brand"): "COLOR_BRAND",
    ("dark", "brand"): "COLOR_BRAND_DARK",
    ("light", "accent"): "COLOR_ACCENT",
    ("dark", "accent"): "COLOR_ACCENT_DARK",
}
_THEMES = {"light": "clair", "dark": "sombre"}


def luminance(colour: str) -> float:
    """How light a colour (`#rrggbb`) is, from 0 to 1, as WCAG reckons."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (`#rrggbb`), from 1 to 21, as WCAG reckons."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tokens(style: str) -> dict[str, dict[str, str]]:
    """The colours that a style sheet sets, by theme and name."""
    light, _, dark = style.partition(_DARK)
    return {"light": dict(_TOKEN.findall(light)), "dark": dict(_TOKEN.findall(dark))}


@dataclass(frozen=True)
class Palette:
    """The colours that the settings change.

    Attributes:
        colours: Theme (`light` or `dark`), name of the token and colour of each.
    """

    colours: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> Palette:
        """Read the settings.

        Raises:
            SettingError: A colour is none, or cannot be read on its background; the message is French.
        """
        given = {
            ("light", "brand"): settings.color_brand,
            ("dark", "brand"): settings.color_brand_dark,
            ("light", "accent"): settings.color_accent,
            ("dark", "accent"): settings.color_accent_dark,
        }
        themes = tokens(TOKENS.read_text("utf-8"))
        found: list[tuple[str, str, str]] = []
        for (theme, name), value in given.items():
            if not value.strip():
                continue
            colour = _checked(_SETTINGS[theme, name], value, theme, themes[theme])
            found.append((theme, name, colour))
            if (theme, name) == ("light", "brand"):
                found.append((theme, "hero", colour))
            if name == "brand":
                found.append((theme, "on-brand", max(INKS, key=lambda ink: contrast(ink, colour))))
        return cls(tuple(found))

    def _rules(self, theme: str) -> str:
        return " ".join(f"--{name}: {colour};" for of, name, colour in self.colours if of == theme)

    def style(self) -> str:
        """A style sheet that comes after tokens.css; empty where nothing is changed."""
        light, dark = self._rules("light"), self._rules("dark")
        style = f":root {{ {light} }}\n" if light else ""
        return style + (f"@media screen and ({_DARK}) {{ :root {{ {dark} }} }}\n" if dark else "")

    def dress(self, script: str) -> str:
        """The chat's script with these colours in place of its own; a page's `data-brand` still comes before them."""
        mine = {(theme, name.removesuffix("-brand")): colour for theme, name, colour in self.colours}

        def replaced(match: re.Match[str]) -> str:
            name, theme = match.groups()
            colour = mine.get((theme, name))
            return f"var(--{name}-{theme},{colour})" if colour else match[0]

        return _OF_CHAT.sub(replaced, script)


def _checked(setting: str, value: str, theme: str, background: Mapping[str, str]) -> str:
    """A colour of the settings in our own form.

    Raises:
        SettingError: It is no colour, or cannot be read on a background of its theme.
    """
    colour = value.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise SettingError(typeset(f"{setting} : « {value} » n’est pas une couleur de la forme #1a2b3c."))
    worst = min((background[name] for name in _BACKGROUNDS), key=lambda ground: contrast(colour, ground))
    found = contrast(colour, worst)
    if found >= LEAST_CONTRAST:
        return colour
    # rounded down, so that what is refused never reads like what is asked for
    told = f"{int(found * 10) / 10:.1f}".replace(".", ",")
    advice = "plus foncée" if theme == "light" else "plus claire"
    raise SettingError(
        typeset(
            f"{setting} : la couleur {colour} se lit mal sur le fond {_THEMES[theme]} {worst} "
            f"(contraste de {told} pour 1, il faut au moins 4,5). Choisissez-en une {advice}."
        )
    )


def check_name(settings: Settings) -> None:
    """Refuse a name that cannot stand in a title or in the head of a mail.

    Raises:
        SettingError: It is empty, too long, or holds line ends or other signs that nobody sees.
    """
    name = settings.site_name
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise SettingError(
            typeset(f"SITE_NAME : il faut un nom sur une ligne, d’au plus {LONGEST_NAME} caractères visibles.")
        )
