"""The lookup rule computed the slow way, from the files, sharing no code with what it checks."""

from __future__ import annotations

import csv
import datetime
import math
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
REGIONS = {"75", "76"}


def _csv(name: str) -> list[dict[str, str]]:
    with open(ROOT / "data" / "communes" / name, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


COMMUNES = {row["code"]: row for row in _csv("communes.csv")}
DEPARTEMENTS = {row["code"]: row for row in _csv("departements.csv")}
SERVED = [code for code, row in COMMUNES.items() if DEPARTEMENTS[row["departement"]]["region"] in REGIONS]
LABELS = {
    row["slug"]: row["label"]
    for row in yaml.safe_load((ROOT / "data" / "categories.yml").read_text("utf-8"))["categories"]
}


def _vector(code: str) -> tuple[float, float, float]:
    phi, theta = math.radians(float(COMMUNES[code]["lat"])), math.radians(float(COMMUNES[code]["lon"]))
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


def distance(one: str, other: str) -> float:
    """Great-circle distance in km, through the chord between unit vectors."""
    return 2 * 6371.0088 * math.asin(math.dist(_vector(one), _vector(other)) / 2)


class Oracle:
    """The rule over a directory of YAML files."""

    def __init__(self, folder: Path) -> None:
        self.antennas: list[dict[str, Any]] = []
        self.contacts: list[dict[str, Any]] = []
        for file in sorted(folder.glob("*.yml")):
            content = yaml.safe_load(file.read_text("utf-8"))
            self.antennas += content.get("antennas") or []
            self.contacts += content.get("contacts") or []
        self.by_id = {contact["id"]: contact for contact in self.contacts}

    def _here(self, contact: dict[str, Any], today: datetime.date) -> bool:
        for absence in contact.get("absences") or []:
            day = absence["from"]
            while day <= absence["to"]:
                if day == today:
                    return False
                day += datetime.timedelta(days=1)
        return True

    def _person_at(self, slug: str, category: str, today: datetime.date) -> dict[str, Any] | None:
        covering = [
            contact
            for contact in self.contacts
            if contact["antenna"] == slug and category in (contact.get("categories") or [])
        ]
        direct = [contact for contact in covering if self._here(contact, today)]
        deputies = [self.by_id[contact["deputy"]] for contact in covering if contact.get("deputy")]
        present_deputies = [deputy for deputy in deputies if self._here(deputy, today)]
        candidates = direct + present_deputies
        return candidates[0] if candidates else None

    def _sorted_from(self, code: str) -> list[tuple[float, int]]:
        distances = [(distance(code, antenna["commune"]), index) for index, antenna in enumerate(self.antennas)]
        return sorted(distances)

    def _json(
        self, category: str, code: str | None, order: list[tuple[float, int]], today: datetime.date
    ) -> dict[str, Any]:
        first = self.antennas[order[0][1]]
        people = [self._person_at(self.antennas[index]["slug"], category, today) for _, index in order]
        person = next((found for found in people if found is not None), self.by_id[first["front_desk"]])
        front_desk = None if person["antenna"] == first["slug"] else self.by_id[first["front_desk"]]
        alternative = None
        if code is not None and len(order) > 1 and order[0][0] != 0 and order[1][0] / order[0][0] - 1 < 0.15:
            second = self.antennas[order[1][1]]
            alternative = {"slug": second["slug"], "name": second["name"], "distance_km": round(order[1][0], 1)}
        return {
            "type": "contact",
            "category": category,
            "category_label": LABELS[category],
            "commune": {"code": code, "name": COMMUNES[code]["name"]} if code else None,
            "antenna": {
                "slug": first["slug"],
                "name": first["name"],
                "distance_km": round(order[0][0], 1) if code else None,
            },
            "person": {key: person[key] for key in ("id", "name", "role", "email", "phone", "antenna")},
            "front_desk": front_desk and {key: front_desk[key] for key in ("id", "name", "role", "email", "phone")},
            "alternative_antenna": alternative,
        }

    def for_commune(self, category: str, code: str, today: datetime.date) -> dict[str, Any]:
        """The answer's JSON without its reason."""
        if DEPARTEMENTS[COMMUNES[code]["departement"]]["region"] not in REGIONS:
            return self.outside(category, code)
        return self._json(category, code, self._sorted_from(code), today)

    def for_area(self, category: str, departements: list[str], today: datetime.date) -> dict[str, Any] | None:
        """The answer's JSON without its reason; None where the commune must be asked."""
        inside = [DEPARTEMENTS[code]["region"] in REGIONS for code in departements]
        if not any(inside):
            return self.outside(category, None)
        communes = [code for code, row in COMMUNES.items() if row["departement"] in departements]
        if not all(inside):
            return None
        nearest = {self._sorted_from(code)[0][1] for code in communes}
        if len(nearest) != 1:
            return None
        return self._json(category, None, self._sorted_from(self.antennas[nearest.pop()]["commune"]), today)

    def outside(self, category: str, code: str | None) -> dict[str, Any]:
        """The answer's JSON without its reason, for a place outside the two regions."""
        head_office = next(antenna for antenna in self.antennas if antenna.get("head_office"))
        person = self.by_id[head_office["front_desk"]]
        return {
            "type": "contact",
            "category": category,
            "category_label": LABELS[category],
            "commune": {"code": code, "name": COMMUNES[code]["name"]} if code else None,
            "antenna": {"slug": head_office["slug"], "name": head_office["name"], "distance_km": None},
            "person": {key: person[key] for key in ("id", "name", "role", "email", "phone", "antenna")},
            "front_desk": None,
            "alternative_antenna": None,
        }
