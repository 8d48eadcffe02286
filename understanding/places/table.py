"""The commune table: every commune of France with its point, from `data/communes/`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from understanding import paths

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

SERVED_REGIONS = ("75", "76")
"""Nouvelle-Aquitaine and Occitanie (INSEE region codes)."""


def haversine_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in km between two points given in degrees."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_phi = (phi2 - phi1) / 2
    half_lambda = math.radians(lon2 - lon1) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


@dataclass(frozen=True)
class Commune:
    """A commune.

    Attributes:
        code: INSEE code.
        name: Official name.
        departement: Code of its département.
        postal_codes: Its postal codes.
        population: Inhabitants.
        lat: Latitude in degrees, or None for 99 communes, all outside the two regions.
        lon: Longitude in degrees, or None.
    """

    code: str
    name: str
    departement: str
    postal_codes: tuple[str, ...]
    population: int
    lat: float | None
    lon: float | None

    def distance_km(self, other: Commune) -> float:
        """Great-circle distance to another commune, in km."""
        if self.lat is None or self.lon is None or other.lat is None or other.lon is None:
            raise ValueError(f"no point is known for {self.name} or {other.name}")
        return haversine_km(self.lat, self.lon, other.lat, other.lon)


@dataclass(frozen=True)
class Departement:
    """A département: INSEE code, name and the code of its region."""

    code: str
    name: str
    region: str

    @property
    def served(self) -> bool:
        """Whether it lies in one of the two regions."""
        return self.region in SERVED_REGIONS


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


class CommuneTable:
    """All communes, départements and regions, with the look-ups that others build on."""

    def __init__(self, folder: Path = paths.COMMUNES) -> None:
        self.folder = folder
        self.departements = {
            row["code"]: Departement(row["code"], row["name"], row["region"])
            for row in _rows(folder / "departements.csv")
        }
        self.regions = {row["code"]: row["name"] for row in _rows(folder / "regions.csv")}
        self.communes = {
            row["code"]: Commune(
                code=row["code"],
                name=row["name"],
                departement=row["departement"],
                postal_codes=tuple(row["postal_codes"].split()),
                population=int(row["population"] or 0),
                lat=float(row["lat"]) if row["lat"] else None,
                lon=float(row["lon"]) if row["lon"] else None,
            )
            for row in _rows(folder / "communes.csv")
        }

    def __getitem__(self, code: str) -> Commune:
        return self.communes[code]

    def __contains__(self, code: object) -> bool:
        return code in self.communes

    def served(self, commune: Commune) -> bool:
        """Whether a commune lies in one of the two regions."""
        departement = self.departements.get(commune.departement)
        return departement is not None and departement.served

    @cached_property
    def served_communes(self) -> list[Commune]:
        """The communes of the two regions, in order of code."""
        return [commune for commune in self.communes.values() if self.served(commune)]

    @cached_property
    def by_departement(self) -> dict[str, list[Commune]]:
        """Communes by the code of their département."""
        groups: dict[str, list[Commune]] = {}
        for commune in self.communes.values():
            groups.setdefault(commune.departement, []).append(commune)
        return groups

    @cached_property
    def by_postal_code(self) -> dict[str, list[Commune]]:
        """Communes by postal code."""
        groups: dict[str, list[Commune]] = {}
        for commune in self.communes.values():
            for postal_code in commune.postal_codes:
                groups.setdefault(postal_code, []).append(commune)
        return groups

    def former_names(self) -> Iterator[tuple[str, Commune]]:
        """Names of communes that merged, with the commune that they now belong to."""
        for row in _rows(self.folder / "former.csv"):
            yield row["name"], self.communes[row["commune"]]
