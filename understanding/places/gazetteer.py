"""Looking names of places up: exact, short, aliased, by number, or misspelt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from understanding import paths
from understanding.places.place import Place
from understanding.places.table import Commune, CommuneTable
from understanding.text import comparison_key

ACCEPT = 0.85
"""A misspelt name is believed from this similarity (optimal string alignment, 0 to 1) on."""
ASK = 0.75
"""From this similarity on the member is asked « Vouliez-vous dire … ? »."""
POPULATION_BONUS = 0.004
"""Added to a similarity for each factor of ten in population: of two close names, the town."""
SHORT_NAME_POPULATION = 1_000
"""Only communes of this size are known by the first part of their name (Brive for Brive-la-Gaillarde)."""

MUCH_LARGER = 10
"""A commune so many times larger than all of the exact name may be meant by that name as its short form."""

_EXPANSIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "mt": "mont"}
_ARTICLES = ("le", "la", "les", "l")
_LINKS = ("sur", "la", "le", "les", "de", "du", "des", "en", "d", "l", "sous", "et", "a", "lez", "aux")


def place_key(name: str) -> str:
    """The form under which names of places are compared: « St-Médard » → "saint medard"."""
    return " ".join(_EXPANSIONS.get(word, word) for word in comparison_key(name).split())


@dataclass(frozen=True)
class Area:
    """An area of several communes: how to speak of it, and its départements."""

    name: str
    departements: tuple[str, ...]


class Gazetteer:
    """All names of places, ready to be looked up. Building one takes about 0.3 s; it never changes."""

    def __init__(self, table: CommuneTable, aliases: Path | None = None, ordinary: Path | None = None) -> None:
        self.table = table
        self.names: dict[str, list[Commune]] = {}
        self.short: dict[str, list[Commune]] = {}
        for commune in table.communes.values():
            key = place_key(commune.name)
            self.names.setdefault(key, []).append(commune)
            parts = key.split()
            if table.served(commune) and commune.population >= SHORT_NAME_POPULATION:
                for end in range(1, len(parts)):
                    short = parts[:end]
                    if parts[end] in _LINKS and short[-1] not in _LINKS and short != ["saint"] and short != ["sainte"]:
                        self.short.setdefault(" ".join(short), []).append(commune)
                if parts[0] in _ARTICLES and len(parts) > 1:
                    self.short.setdefault(" ".join(parts[1:]), []).append(commune)
        for name, commune in table.former_names():
            self.names.setdefault(place_key(name), []).append(commune)
        served = [name for name, communes in self.names.items() if any(map(table.served, communes)) and len(name) >= 4]
        self._served_names = served
        content = yaml.safe_load((aliases or paths.COMMUNES / "aliases.yml").read_text("utf-8"))
        self.aliases = {place_key(name): [table[code] for code in codes] for name, codes in content["communes"].items()}
        self.areas = {
            place_key(key): Area(area["name"], tuple(area["departements"])) for key, area in content["areas"].items()
        }
        for code, region in table.regions.items():
            self.areas.setdefault(
                place_key(region),
                Area(region, tuple(d.code for d in table.departements.values() if d.region == code)),
            )
        self.departement_names = {place_key(d.name): d for d in table.departements.values()}
        self.outside_names = {place_key(name) for name in content["outside"]}
        self.first_words = {
            name.split()[0]
            for names in (
                self.names,
                self.short,
                self.aliases,
                self.areas,
                self.departement_names,
                dict.fromkeys(self.outside_names),
            )
            for name in names
        }
        lines = (ordinary or paths.COMMUNES / "ordinary.txt").read_text("utf-8").splitlines()
        self.ordinary = {line for line in lines if line and not line.startswith("#")}

    def communes(self, key: str) -> list[Commune]:
        """Communes of a name or alias (as `place_key` gives it): those of the two regions, else the others."""
        found = self.aliases.get(key) or self.names.get(key) or []
        served = [commune for commune in found if self.table.served(commune)]
        if key in self.short:
            # Saint-Sulpice is a hamlet of 140 people, and what everybody calls Saint-Sulpice-la-Pointe
            most = max((commune.population for commune in served), default=0)
            served += [commune for commune in self.short[key] if not served or commune.population >= MUCH_LARGER * most]
        return list(dict.fromkeys(served or found))

    def departement(self, key: str) -> Place | None:
        """The département of a name or of a number such as "64" or "2a"."""
        found = self.departement_names.get(key) or self.table.departements.get(key.upper())
        if found is None:
            return None
        if not found.served:
            return Place("outside", key, name=found.name)
        return Place("departement", key, departements=(found.code,), name=found.name)

    def area(self, key: str) -> Place | None:
        """An area or a region."""
        found = self.areas.get(key)
        if found is None:
            return None
        served = tuple(code for code in found.departements if self.table.departements[code].served)
        if not served:
            return Place("outside", key, name=found.name)
        return Place("area", key, departements=served, name=found.name)

    def postal_code(self, digits: str) -> list[Commune]:
        """Communes of a postal code, those of the two regions first."""
        return sorted(self.table.by_postal_code.get(digits, []), key=lambda commune: not self.table.served(commune))

    @lru_cache(maxsize=4096)  # noqa: B019 - a gazetteer lives as long as its process
    def misspelt(self, key: str) -> tuple[tuple[str, ...], float] | None:
        """INSEE codes of the communes of the two regions whose name is closest to `key`, and the similarity (0 to 1).

        Returns:
            None where nothing reaches `ASK`. Names of communes elsewhere are never corrected (Rennes is not Reynès).
        """
        if len(key) < 4 or self.communes(key):
            return None
        found = process.extract(key, self._served_names, scorer=OSA.normalized_similarity, score_cutoff=ASK, limit=8)
        best: tuple[float, float, list[Commune]] | None = None
        for name, similarity, _ in found:
            communes = self.communes(name)
            largest = max(commune.population for commune in communes)
            score = similarity + POPULATION_BONUS * math.log10(1 + largest)
            if best is None or score > best[0]:
                best = (score, similarity, communes)
        return (tuple(commune.code for commune in best[2]), best[1]) if best else None
