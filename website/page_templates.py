"""Templates: the site's own by name, those of a part as `part/name.html` from its folder `templates/`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import jinja2

from directory.french import typeset
from website.staff.moments import day, moment

FOLDER = Path(__file__).resolve().parent
SHARED = ("templates", "staff/templates")
"""Folders whose templates are found by their bare name."""


def _of_part(name: str) -> tuple[str, str, None] | None:
    part, _, file = name.partition("/")
    path = FOLDER / part / "templates" / file
    if not part.isidentifier() or not file or ".." in Path(file).parts or not path.is_file():
        return None
    return path.read_text("utf-8"), str(path), None


environment = jinja2.Environment(
    loader=jinja2.ChoiceLoader(
        [jinja2.FileSystemLoader([FOLDER / folder for folder in SHARED]), jinja2.FunctionLoader(_of_part)]
    ),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def mailto(address: str) -> str:
    """A link that writes to an address and says nothing else: « ? » and « & » in it begin no subject and no copy."""
    local, _, domain = address.rpartition("@")
    return f"mailto:{quote(local, safe='')}@{quote(domain, safe='')}"


environment.filters.update(typeset=typeset, moment=moment, day=day, mailto=mailto)
