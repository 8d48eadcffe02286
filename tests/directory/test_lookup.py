"""The lookup rule against a brute-force computation, and the details that one example shows best."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.data import AbsenceEntry, AntennaEntry, ContactEntry, DirectoryData
from directory.files import read_directory
from directory.lookup import Answer, Lookup, UnknownCategoryError, UnknownCommuneError
from tests.directory import oracle
from tests.directory.random_directories import CATEGORIES, TODAY, communes, directories, write
from understanding import paths
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable


def _without_reason(answer: Answer | None) -> dict[str, Any] | None:
    """The JSON as others receive it; the reason must be one whole sentence."""
    if answer is None:
        return None
    content: dict[str, Any] = json.loads(json.dumps(answer.as_json()))
    reason = content.pop("reason")
    assert reason.endswith(".") and reason.count(". ") == 0 and "  " not in reason and "'" not in reason, reason
    return content


@pytest.fixture(scope="module")
def lookup(table: CommuneTable, catalogue: Catalogue) -> Lookup:
    return Lookup(read_directory(catalogue, table), table, catalogue)


def test_every_commune_of_the_two_regions_with_every_category(lookup: Lookup) -> None:
    brute_force = oracle.Oracle(paths.DIRECTORY)
    assert len(oracle.SERVED) == 8_739 and len(oracle.LABELS) >= 16
    for code in oracle.SERVED:
        for category in oracle.LABELS:
            expected = brute_force.for_commune(category, code, TODAY)
            assert _without_reason(lookup.for_commune(category, code, TODAY)) == expected


def test_every_departement_and_both_regions(lookup: Lookup) -> None:
    brute_force = oracle.Oracle(paths.DIRECTORY)
    areas = [[code] for code in oracle.DEPARTEMENTS]
    for region in oracle.REGIONS:
        areas.append([code for code, row in oracle.DEPARTEMENTS.items() if row["region"] == region])
    areas += [["09", "31", "65"], ["09", "86"], ["31", "75"], ["35", "75"]]
    for area in areas:
        expected = brute_force.for_area("international", area, TODAY)
        assert _without_reason(lookup.for_area("international", area, TODAY)) == expected, area


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(contents=directories(), codes=st.lists(communes, min_size=1, max_size=6))
def test_random_directories(
    table: CommuneTable, catalogue: Catalogue, contents: list[dict[str, Any]], codes: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), contents)
        lookup = Lookup(read_directory(catalogue, table, folder), table, catalogue)
        brute_force = oracle.Oracle(folder)
    for category in CATEGORIES[:4]:
        for code in codes:
            expected = brute_force.for_commune(category, code, TODAY)
            assert _without_reason(lookup.for_commune(category, code, TODAY)) == expected
        assert _without_reason(lookup.outside(category, TODAY)) == brute_force.outside(category, None)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=30)
@given(
    contents=directories(), departements=st.lists(st.sampled_from(sorted(oracle.DEPARTEMENTS)), min_size=1, max_size=3)
)
def test_random_directories_with_areas(
    table: CommuneTable, catalogue: Catalogue, contents: list[dict[str, Any]], departements: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), contents)
        lookup = Lookup(read_directory(catalogue, table, folder), table, catalogue)
        brute_force = oracle.Oracle(folder)
    for category in CATEGORIES[:2]:
        expected = brute_force.for_area(category, departements, TODAY)
        assert _without_reason(lookup.for_area(category, departements, TODAY)) == expected


def test_jonzac_is_told_bordeaux_with_rochefort_as_the_alternative(lookup: Lookup) -> None:
    answer = lookup.for_commune("financement", "17197", TODAY)
    assert answer.person.id == "bordeaux-financement"
    assert answer.as_json()["alternative_antenna"]["slug"] == "rochefort"


def test_saintes_is_told_the_expert_at_bordeaux_beside_rochefort(lookup: Lookup) -> None:
    answer = lookup.for_commune("financement", "17415", TODAY).as_json()
    assert answer["antenna"] == {"slug": "rochefort", "name": "Rochefort", "distance_km": 33.1}
    assert answer["person"]["antenna"] == "bordeaux"
    assert answer["front_desk"]["id"] == "sandrine-aubron"
    assert answer["alternative_antenna"] is None


def test_what_does_not_exist_is_named(lookup: Lookup) -> None:
    with pytest.raises(UnknownCommuneError):
        lookup.for_commune("formation", "99999", TODAY)
    with pytest.raises(UnknownCategoryError):
        lookup.for_commune("jardinage", "31555", TODAY)
    with pytest.raises(UnknownCategoryError):
        lookup.for_area("jardinage", ["17"], TODAY)
    with pytest.raises(UnknownCategoryError):
        lookup.outside("jardinage", TODAY)
    assert lookup.for_area("formation", [], TODAY) is None
    assert lookup.for_area("formation", ["00"], TODAY) is None


AWAY = (AbsenceEntry(date(2026, 11, 20), date(2026, 11, 25)),)


def _contact(key: str, antenna: str, **fields: Any) -> ContactEntry:
    return ContactEntry(key, f"Nom de {key}", "Rôle", antenna, f"{key}@example.org", "01 99 00 00 00", **fields)


def _lookup(table: CommuneTable, catalogue: Catalogue, *contacts: ContactEntry) -> Lookup:
    """Toulouse (head office), Agen and Le Haillan with front desks, and the given contacts."""
    antennas = (
        AntennaEntry("toulouse", "Toulouse (siège)", "31555", "", "", "t", head_office=True),
        AntennaEntry("agen", "Agen", "47001", "", "", "a"),
        AntennaEntry("haillan", "Le Haillan", "33200", "", "", "h"),
    )
    desks = (_contact("t", "toulouse"), _contact("a", "agen"), _contact("h", "haillan"))
    return Lookup(DirectoryData(antennas, desks + contacts), table, catalogue)


NERAC, BOE, RENNES = "47195", "47031", "35238"
FORMATION = ("formation",)


@pytest.mark.parametrize(
    ("contacts", "person", "front_desk", "reason"),
    [
        (
            [_contact("x", "agen", categories=FORMATION)],
            "x",
            None,
            "C’est l’interlocuteur « Formation » de l’antenne d’Agen, la plus proche de Nérac.",
        ),
        (
            [_contact("x", "agen", categories=FORMATION, absences=AWAY, deputy="a")],
            "a",
            None,
            "C’est la personne qui remplace aujourd’hui Nom de x, interlocuteur « Formation » de votre antenne d’Agen.",
        ),
        (
            [_contact("x", "agen", categories=FORMATION, absences=AWAY, deputy="h")],
            "h",
            "a",
            "C’est la personne qui remplace aujourd’hui Nom de x, interlocuteur « Formation » de votre antenne d’Agen, "
            "depuis l’antenne du Haillan.",
        ),
        (
            [_contact("y", "haillan", categories=FORMATION), _contact("z", "toulouse", categories=FORMATION)],
            "z",
            "a",
            "C’est l’interlocuteur « Formation » le plus proche : votre antenne d’Agen n’a pas d’expert sur ce sujet.",
        ),
        (
            [
                _contact("x", "agen", categories=FORMATION, absences=AWAY),
                _contact("z", "toulouse", categories=FORMATION),
            ],
            "z",
            "a",
            "C’est l’interlocuteur « Formation » présent aujourd’hui le plus proche : à votre antenne d’Agen, "
            "personne n’est présent aujourd’hui sur ce sujet.",
        ),
        (
            [
                _contact("z", "toulouse", categories=FORMATION, absences=AWAY),
                _contact("y", "haillan", categories=FORMATION),
            ],
            "y",
            "a",
            "C’est l’interlocuteur « Formation » présent aujourd’hui le plus proche : votre antenne d’Agen "
            "n’a pas d’expert sur ce sujet.",
        ),
        (
            [_contact("z", "toulouse", categories=FORMATION, absences=AWAY, deputy="a")],
            "a",
            None,
            "C’est la personne qui remplace aujourd’hui Nom de z, interlocuteur « Formation » de l’antenne de Toulouse "
            ": à votre antenne d’Agen, il n’y a pas d’expert sur ce sujet.",
        ),
        (
            [_contact("z", "toulouse", categories=FORMATION, absences=AWAY)],
            "a",
            None,
            "Aucun interlocuteur « Formation » n’est présent aujourd’hui : voici l’accueil de l’antenne d’Agen, "
            "la plus proche de Nérac.",
        ),
        (
            [],
            "a",
            None,
            "Aucune antenne n’a d’expert « Formation » : voici l’accueil de l’antenne d’Agen, la plus proche de Nérac.",
        ),
    ],
    ids=["here", "deputy", "deputy away", "elsewhere", "absent", "nearer absent", "their deputy", "nobody", "none"],
)
def test_the_reason_is_true_in_every_case(
    table: CommuneTable,
    catalogue: Catalogue,
    contacts: list[ContactEntry],
    person: str,
    front_desk: str | None,
    reason: str,
) -> None:
    answer = _lookup(table, catalogue, *contacts).for_commune("formation", NERAC, TODAY)
    assert answer.person.id == person
    assert (answer.front_desk.id if answer.front_desk else None) == front_desk
    assert answer.reason.replace("\u00a0", " ") == reason
    assert " :" not in answer.reason and "« " not in answer.reason and " »" not in answer.reason


def test_a_deputy_stands_in_one_step_only(table: CommuneTable, catalogue: Catalogue) -> None:
    contacts = (
        _contact("x", "agen", categories=FORMATION, absences=AWAY, deputy="y"),
        _contact("y", "agen", absences=AWAY, deputy="z"),
        _contact("z", "agen"),
    )
    answer = _lookup(table, catalogue, *contacts).for_commune("formation", BOE, TODAY)
    assert answer.person.id == "a"


def test_somebody_present_comes_before_any_deputy(table: CommuneTable, catalogue: Catalogue) -> None:
    contacts = (
        _contact("x", "agen", categories=FORMATION, absences=AWAY, deputy="a"),
        _contact("y", "agen", categories=FORMATION),
    )
    assert _lookup(table, catalogue, *contacts).for_commune("formation", BOE, TODAY).person.id == "y"


@pytest.mark.parametrize(("day", "person"), [(19, "x"), (20, "a"), (25, "a"), (26, "x")])
def test_both_ends_of_an_absence_belong_to_it(table: CommuneTable, catalogue: Catalogue, day: int, person: str) -> None:
    lookup = _lookup(table, catalogue, _contact("x", "agen", categories=FORMATION, absences=AWAY))
    assert lookup.for_commune("formation", BOE, date(2026, 11, day)).person.id == person


def test_an_area_with_one_nearest_antenna(table: CommuneTable, catalogue: Catalogue) -> None:
    lookup = _lookup(table, catalogue, _contact("z", "toulouse", categories=("formation", "juridique")))
    answer = lookup.for_area("formation", ["09"], TODAY)
    assert answer is not None
    assert (answer.commune, answer.distance_km, answer.alternative) == (None, None, None)
    assert answer.reason.endswith("la plus proche où que vous soyez dans ce secteur.")
    elsewhere = _lookup(table, catalogue, _contact("y", "haillan", categories=FORMATION))
    answer = elsewhere.for_area("formation", ["09"], TODAY)
    assert answer is not None and answer.front_desk is not None
    assert "le plus proche de votre antenne de Toulouse, où il n’y a pas d’expert" in answer.reason


def test_outside_the_head_office_answers_and_says_so(table: CommuneTable, catalogue: Catalogue) -> None:
    lookup = _lookup(table, catalogue, _contact("y", "haillan", categories=FORMATION))
    answer = lookup.for_commune("formation", RENNES, TODAY)
    assert (answer.antenna.slug, answer.person.id, answer.distance_km) == ("toulouse", "t", None)
    assert answer.reason.replace("\u00a0", " ") == (
        "Rennes se trouve hors de Nouvelle-Aquitaine et d’Occitanie : voici l’accueil de notre siège, à Toulouse."
    )


def test_antennas_in_one_commune_keep_file_order(table: CommuneTable, catalogue: Catalogue) -> None:
    antennas = tuple(
        AntennaEntry(slug, slug, "31555", "", "", f"d{slug}", head_office=slug == "n") for slug in ("n", "m", "b")
    )
    desks = tuple(_contact(f"d{antenna.slug}", antenna.slug) for antenna in antennas)
    lookup = Lookup(DirectoryData(antennas, desks), table, catalogue)
    assert [antenna.slug for antenna, _ in lookup.nearest("31149")] == ["n", "m", "b"]
    answer = lookup.for_commune("formation", "31149", TODAY)
    assert answer.alternative is not None and answer.alternative[0].slug == "m"
    assert lookup.for_commune("formation", "31555", TODAY).alternative is None
