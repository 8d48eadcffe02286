"""Random directories, written as YAML files, for the property tests."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.directory.oracle import COMMUNES, LABELS, SERVED

TODAY = date(2026, 11, 23)
CATEGORIES = sorted(LABELS)
_SOME_COMMUNES = ["31555", "33200", "34172", "86062", "17299", "17300", "64445", "75056"]
_communes = st.sampled_from(_SOME_COMMUNES) | st.sampled_from(SERVED)


@st.composite
def _absences(draw: st.DrawFn) -> list[dict[str, date]]:
    rows = []
    for _ in range(draw(st.integers(0, 2))):
        first = TODAY + timedelta(days=draw(st.integers(-3, 2)))
        rows.append({"from": first, "to": first + timedelta(days=draw(st.integers(0, 3)))})
    return rows


@st.composite
def directories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Contents of one or two files. Few categories are covered often; one contact covers all the others."""
    count = draw(st.integers(1, 5))
    slugs = [f"a{index}" for index in range(count)]
    contacts: list[dict[str, Any]] = []
    for index in range(draw(st.integers(0, 8))):
        contacts.append(
            {
                "id": f"c{index}",
                "antenna": draw(st.sampled_from(slugs)),
                "categories": draw(st.lists(st.sampled_from(CATEGORIES[:3]), unique=True, max_size=3)),
                "absences": draw(_absences()),
            }
        )
    for slug in slugs:
        contacts.append({"id": f"desk-{slug}", "antenna": slug, "absences": draw(_absences())})
    contacts.append({"id": "all", "antenna": draw(st.sampled_from(slugs)), "categories": CATEGORIES})
    contacts[-1]["absences"] = draw(_absences())
    contacts = list(draw(st.permutations(contacts)))
    ranks = draw(st.permutations(range(len(contacts))))
    for index, contact in enumerate(contacts):
        # Deputies always rank higher, so that they never stand in for each other in a circle.
        higher = [other["id"] for place, other in enumerate(contacts) if ranks[place] > ranks[index]]
        replaced: bool = draw(st.booleans())
        if higher and replaced:
            contact["deputy"] = draw(st.sampled_from(higher))
        contact.update(name=f"Nom {contact['id']}", role="Rôle", email=f"{contact['id']}@example.org", phone="01 99 00")
    head_office = draw(st.sampled_from(slugs))
    antennas = [
        {
            "slug": slug,
            "name": f"Antenne {slug}",
            "commune": draw(_communes),
            "address": "1 rue Haute",
            "phone": "01 99 00",
            "front_desk": f"desk-{slug}",
            **({"head_office": True} if slug == head_office else {}),
        }
        for slug in slugs
    ]
    cut_antennas, cut_contacts = draw(st.integers(0, len(antennas))), draw(st.integers(0, len(contacts)))
    return [
        {"antennas": antennas[:cut_antennas], "contacts": contacts[:cut_contacts]},
        {"antennas": antennas[cut_antennas:], "contacts": contacts[cut_contacts:]},
    ]


def write(folder: Path, contents: list[dict[str, Any]]) -> Path:
    """Write the files of a directory."""
    for index, content in enumerate(contents):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / f"{index}.yml").write_text(text, "utf-8")
    return folder


communes = st.sampled_from(_SOME_COMMUNES) | st.sampled_from(sorted(COMMUNES))
