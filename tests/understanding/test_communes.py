"""The commune table against what is published about it."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
import yaml

from understanding.places.table import CommuneTable, haversine_km

ROOT = Path(__file__).resolve().parents[2]
TABLE = CommuneTable()


def test_the_two_regions_have_8739_communes_all_with_a_point() -> None:
    assert len(TABLE.served_communes) == 8_739
    assert all(commune.lat is not None and commune.lon is not None for commune in TABLE.served_communes)


def test_points_lie_in_the_south_west() -> None:
    for commune in TABLE.served_communes:
        assert commune.lat is not None and commune.lon is not None
        assert 42.3 < commune.lat < 47.2, commune
        assert -1.8 < commune.lon < 4.9, commune


def test_codes_are_unique_and_name_with_departement_is_unique_in_the_two_regions() -> None:
    with (ROOT / "data/communes/communes.csv").open(encoding="utf-8", newline="") as stream:
        codes = [row["code"] for row in csv.DictReader(stream)]
    assert len(codes) == len(set(codes)) == len(TABLE.communes) > 34_800
    names = [(commune.name, commune.departement) for commune in TABLE.served_communes]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("code", "name", "lat", "lon"),
    [
        ("31555", "Toulouse", 43.6045, 1.4442),
        ("33063", "Bordeaux", 44.8378, -0.5794),
        ("34172", "Montpellier", 43.6109, 3.8772),
        ("87085", "Limoges", 45.8336, 1.2611),
        ("86194", "Poitiers", 46.5802, 0.3404),
        ("17197", "Jonzac", 45.4461, -0.4336),
        ("17299", "Rochefort", 45.9367, -0.9614),
        ("17300", "La Rochelle", 46.1603, -1.1511),
        ("17415", "Saintes", 45.7461, -0.6333),
        ("64445", "Pau", 43.2951, -0.3708),
        ("64102", "Bayonne", 43.4929, -1.4748),
        ("65440", "Tarbes", 43.2330, 0.0780),
        ("30189", "Nîmes", 43.8367, 4.3601),
        ("66136", "Perpignan", 42.6986, 2.8956),
        ("24322", "Périgueux", 45.1840, 0.7211),
        ("79191", "Niort", 46.3239, -0.4646),
    ],
)
def test_points_are_where_towns_are_published_to_be(code: str, name: str, lat: float, lon: float) -> None:
    commune = TABLE[code]
    assert commune.name == name
    assert commune.lat is not None and commune.lon is not None
    assert haversine_km(commune.lat, commune.lon, lat, lon) < 2


def test_every_antenna_stands_in_a_commune_with_a_point() -> None:
    for file in (ROOT / "data/directory").glob("*.yml"):
        for antenna in yaml.safe_load(file.read_text("utf-8")).get("antennas", []):
            assert TABLE[str(antenna["commune"])].lat is not None


def test_names_of_departements_and_regions() -> None:
    assert TABLE.departements["17"].name == "Charente-Maritime"
    assert TABLE.departements["2A"].name == "Corse-du-Sud"
    assert TABLE.regions[TABLE.departements["33"].region] == "Nouvelle-Aquitaine"
    assert TABLE.regions[TABLE.departements["31"].region] == "Occitanie"
    served = " ".join(sorted(code for code, departement in TABLE.departements.items() if departement.served))
    assert served == "09 11 12 16 17 19 23 24 30 31 32 33 34 40 46 47 48 64 65 66 79 81 82 86 87"


def test_a_third_of_a_meridian_is_a_third_of_half_the_circumference() -> None:
    assert haversine_km(-30, 12, 30, 12) == pytest.approx(math.pi * 6371.0088 / 3)
    assert haversine_km(10, 179.5, 10, -179.5) == pytest.approx(haversine_km(10, 0, 10, 1))
    assert haversine_km(0, 0, 0, 180) == pytest.approx(math.pi * 6371.0088)
    assert haversine_km(43.6, 1.4, 43.6, 1.4) == 0
