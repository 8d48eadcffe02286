"""Reading the directory's files: what is understood, and how every fault is told."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.data import DEFAULT_WEEK, AbsenceEntry, DirectoryData, Span
from directory.faults import DirectoryError
from directory.files import read_directory
from understanding import paths
from understanding.catalogue import Catalogue, Category
from understanding.places.table import CommuneTable

CATALOGUE = Catalogue({slug: Category(slug, slug, "") for slug in ("formation", "juridique")}, {})

GOOD = """\
antennas:
  - slug: agen
    head_office: true
    name: Agen
    commune: "47001"
    address: 1 rue Haute
    phone: "01 99 00 00 00"
    front_desk: ana
  - slug: pau
    name: Pau
    commune: "64445"
    address: 2 rue Basse
    phone: "01 99 00 00 01"
    front_desk: paul
contacts:
  - id: ana
    name: Ana
    role: Accueil
    antenna: agen
    email: ana@example.org
    phone: "01 99 00 00 02"
    categories: [formation, juridique]
  - id: paul
    name: Paul
    role: Accueil
    antenna: pau
    email: paul@example.org
    phone: "01 99 00 00 03"
    deputy: ana
    absences:
      - {from: 2026-12-24, to: 2027-01-02}
"""


def _read(folder: Path, table: CommuneTable, **files: str | bytes) -> DirectoryData:
    for name, content in files.items():
        (folder / f"{name}.yml").write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_directory(CATALOGUE, table, folder)


def _faults(folder: Path, table: CommuneTable, **files: str | bytes) -> list[str]:
    with pytest.raises(DirectoryError) as caught:
        _read(folder, table, **files)
    faults = [str(fault).replace("\u00a0", " ") for fault in caught.value.faults]
    assert all(re.match(r"[\w.-]+:[1-9]\d*: \S", fault) for fault in faults), faults
    return faults


def test_the_directory_of_the_repository_is_right(table: CommuneTable, catalogue: Catalogue) -> None:
    data = read_directory(catalogue, table, paths.DIRECTORY)
    assert [antenna.slug for antenna in data.antennas if antenna.head_office] == ["toulouse"]
    assert all(antenna.hours == DEFAULT_WEEK for antenna in data.antennas)


def test_fields_are_read(tmp_path: Path, table: CommuneTable) -> None:
    data = _read(tmp_path, table, a=GOOD)
    assert [antenna.slug for antenna in data.antennas] == ["agen", "pau"]
    assert data.antennas[0].head_office and not data.antennas[1].head_office
    ana, paul = data.contacts
    assert ana.categories == ("formation", "juridique") and ana.deputy is None
    assert paul.categories == () and paul.deputy == "ana"
    assert paul.absences == (AbsenceEntry(date(2026, 12, 24), date(2027, 1, 2)),)


def test_files_merge_in_the_order_of_their_names(tmp_path: Path, table: CommuneTable) -> None:
    antennas, contacts = GOOD.split("contacts:\n")
    _, ana, paul = contacts.partition("  - id: paul")[0], *re.split(r"(?=  - id: paul)", contacts)
    data = _read(tmp_path, table, c=antennas, b=f"contacts:\n{ana}", a=f"contacts:\n{paul}")
    assert [contact.id for contact in data.contacts] == ["paul", "ana"]
    assert [antenna.slug for antenna in data.antennas] == ["agen", "pau"]


def test_comments_quotes_and_byte_order_mark_do_not_matter(tmp_path: Path, table: CommuneTable) -> None:
    plain = _read(tmp_path, table, a=GOOD)
    other = "\ufeff# Annuaire\n" + GOOD.replace('"47001"', "47001").replace("true", "yes")
    assert _read(tmp_path, table, a=other) == plain
    assert _read(tmp_path, table, a=other).fingerprint == plain.fingerprint
    assert _read(tmp_path, table, a=GOOD.replace("Paul", "Paule")).fingerprint != plain.fingerprint


HOURS = """\
    front_desk: paul
    hours:
      lundi: ["9:00-12:30", "13h30 - 17h"]
      samedi: ["10:00–12:00"]
      dimanche: []
"""


def test_opening_hours(tmp_path: Path, table: CommuneTable) -> None:
    data = _read(tmp_path, table, a=GOOD.replace("    front_desk: paul\n", HOURS))
    week = data.antennas[1].hours
    assert week[0] == (Span(time(9), time(12, 30)), Span(time(13, 30), time(17)))
    assert week[5] == (Span(time(10), time(12)),)
    assert [bool(day) for day in week] == [True, False, False, False, False, True, False]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("[formation, juridique]", "[formation, juridique, jardinage]", 22, "catégorie « jardinage » est inconnue"),
        ('"47001"', '"99999"', 5, "« 99999 » n’est le code INSEE d’aucune commune"),
        ('"47001"', '"97501"', 5, "la position de la commune 97501"),
        ("[formation, juridique]", "[formation]", 1, "personne ne couvre la catégorie « juridique »"),
        ("    front_desk: paul\n", "", 9, "« front_desk » manque"),
        ("front_desk: paul", "front_desk: pauline", 14, "l’accueil « pauline » n’est l’identifiant d’aucun"),
        ("front_desk: paul", "front_desk: ana", 14, "travaille à une autre antenne, « agen »"),
        ("    head_office: true\n", "", 1, "aucune antenne n’est le siège"),
        ("  - slug: pau\n", "  - slug: pau\n    head_office: true\n", 10, "« agen » l’est déjà"),
        ("head_office: true", "head_office: oui", 3, "« head_office » doit valoir true ou false"),
        ("slug: pau\n", "slug: agen\n", 9, "l’antenne « agen » existe déjà (a.yml, ligne 2)"),
        ("id: paul\n", "id: ana\n", 23, "l’interlocuteur « ana » existe déjà (a.yml, ligne 16)"),
        ("antenna: pau\n", "antenna: dax\n", 26, "l’antenne « dax » n’existe pas"),
        ("deputy: ana", "deputy: zoe", 29, "le remplaçant « zoe » n’est l’identifiant d’aucun"),
        ("deputy: ana", "deputy: paul", 29, "tournent en rond : paul → paul"),
        ("    name: Ana\n", "    name: Ana\n    deputy: paul\n", 18, "tournent en rond : ana → paul → ana"),
        ("    name: Ana\n", "", 16, "« name » manque pour l’interlocuteur"),
        ("name: Ana", 'name: ""', 17, "« name » est vide"),
        ("name: Ana", "name:", 16, "« name » manque"),
        ("name: Ana", "name: [Ana]", 17, "« name » doit être un simple texte"),
        ("name: Ana", 'name: "A\\0na"', 17, "caractère invisible"),
        ("name: Ana", 'name: "A\\uD800na"', 17, "caractère invisible"),
        ("    email: ana@example.org\n", "", 16, "« email » manque"),
        ("ana@example.org", "ana chez example", 20, "« ana chez example » n’est pas une adresse électronique"),
        ('    phone: "01 99 00 00 01"\n', "", 9, "« phone » manque pour l’antenne"),
        ('"01 99 00 00 03"', "sur demande", 28, "« sur demande » n’est pas un numéro de téléphone"),
        ("slug: pau\n", "slug: pau pyrénées\n", 9, "« pau pyrénées » n’est pas un identifiant"),
        ("categories:", "categorie:", 22, "clé inconnue « categorie » ; sont connues : id, name"),
        ("contacts:\n", "contact:\n", 15, "clé inconnue « contact »"),
        ("    name: Pau\n", "    name: Pau\n    name: Pau\n", 11, "la clé « name » est écrite deux fois"),
        ("[formation, juridique]", "[formation, juridique, formation]", 22, "« formation » est écrit deux fois"),
        ("[formation, juridique]", "formation", 22, "« categories » doit être une liste"),
        ("from: 2026-12-24", "from: 2027-12-24", 31, "commence le 2027-12-24 et finit avant"),
        ("from: 2026-12-24", "from: demain", 31, "« demain » n’est pas une date"),
        ("from: 2026-12-24", "from: 2026-02-30", 31, "le 2026-02-30 n’existe pas"),
        ("from: 2026-12-24, ", "", 31, "« from » manque pour l’absence"),
        ("to: 2027", "until: 2027", 31, "clé inconnue « until »"),
        ("- {from: 2026-12-24, to: 2027-01-02}", "- 2026-12-24", 31, "l’absence doit être une suite de lignes"),
        ("name: Ana", "name: !!python/object/apply:os.getcwd []", 17, "étiquette YAML qui n’est pas permise"),
        ("name: Ana", "name: 'Ana", 17, "guillemet ouvert ici et jamais fermé"),
        ("name: Ana", "name: *nobody", 17, "« * » se met entre guillemets"),
        ("    name: Ana\n", "\tname: Ana\n", 17, "tabulation"),
        ("role: Accueil", "role: Accueil: jour", 18, "deux-points inattendu"),
        ("    role: Accueil\n", "      role: Accueil\n", 18, "le YAML est mal formé"),
        ("[formation, juridique]", "[formation, juridique", 23, "virgule, « ] » ou « } » manquant"),
        ("name: Ana", "name: A\x07na", 17, "caractère interdit en YAML"),
        ("contacts:\n", "---\ncontacts:\n", 15, "le YAML est mal formé"),
    ],
)
def test_every_fault_is_told_with_its_line(
    tmp_path: Path, table: CommuneTable, old: str, new: str, line: int, words: str
) -> None:
    assert GOOD.count(old) >= 1
    faults = _faults(tmp_path, table, a=GOOD.replace(old, new, 1))
    matching = [fault for fault in faults if fault.startswith(f"a.yml:{line}: ") and words in fault]
    assert matching, faults


@pytest.mark.parametrize(
    ("hours", "line", "words"),
    [
        ('lundi: ["9h-8h"]', 16, "lundi : « 9h-8h » finit avant de commencer"),
        ('lundi: ["9:00"]', 16, "n’est pas un horaire de la forme 9:00-12:30"),
        ('lundi: ["9:00-25:00"]', 16, "n’est pas un horaire"),
        ('lundi: ["9:00-12:00", "11:00-13:00"]', 16, "commence avant la fin de l’horaire précédent"),
        ("monday: []", 16, "clé inconnue « monday »"),
        ("lundi: 9:00-12:00", 16, "« lundi » doit être une liste"),
        ("- lundi", 16, "« hours » doit être une suite de lignes"),
    ],
)
def test_malformed_opening_hours(tmp_path: Path, table: CommuneTable, hours: str, line: int, words: str) -> None:
    text = GOOD.replace("    front_desk: paul\n", f"    front_desk: paul\n    hours:\n      {hours}\n")
    assert any(fault.startswith(f"a.yml:{line}: ") and words in fault for fault in _faults(tmp_path, table, a=text))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (GOOD.replace("Ana", "Zoé").encode("latin-1"), "b.yml:17: le fichier n’est pas en UTF-8"),
        (b"", "b.yml:1: le fichier est vide"),
        (b"- a\n", "b.yml:1: le fichier doit être une suite de lignes « clé: valeur »"),
        (b"[" * 5_000, "b.yml:1: le YAML est mal formé : trop de niveaux"),
    ],
)
def test_faults_of_a_whole_file(tmp_path: Path, table: CommuneTable, content: bytes, fault: str) -> None:
    assert fault in _faults(tmp_path, table, a=GOOD, b=content)


def test_an_unreadable_file_brings_no_faults_that_only_follow_from_it(tmp_path: Path, table: CommuneTable) -> None:
    assert len(_faults(tmp_path, table, a=GOOD.replace("name: Ana", "name: 'Ana"))) == 1


def test_a_duplicate_in_another_file_names_both(tmp_path: Path, table: CommuneTable) -> None:
    faults = _faults(tmp_path, table, a=GOOD, b="contacts:\n" + GOOD.split("contacts:\n")[1])
    assert "b.yml:2: l’interlocuteur « ana » existe déjà (a.yml, ligne 16)" in faults


def test_all_faults_are_listed_in_order(tmp_path: Path, table: CommuneTable) -> None:
    text = GOOD.replace('"47001"', "47999").replace("deputy: ana", "deputy: zoe").replace("name: Pau\n", "nom: Pau\n")
    lines = [int(fault.split(":")[1]) for fault in _faults(tmp_path, table, a=text)]
    assert lines == sorted(lines) and {5, 9, 10, 29} == set(lines)


def test_a_loop_is_told_once_and_what_leads_into_it_is_not_blamed(tmp_path: Path, table: CommuneTable) -> None:
    more = "".join(
        f"  - {{id: {key}, name: N, role: R, antenna: agen, email: a@example.org, phone: '01 99', deputy: {deputy}}}\n"
        for key, deputy in [("k1", "k2"), ("k2", "k3"), ("k3", "k4"), ("k4", "k2")]
    )
    faults = _faults(tmp_path, table, a=GOOD + more)
    assert faults == ["a.yml:33: les remplaçants tournent en rond : k2 → k3 → k4 → k2"]


def test_an_empty_or_missing_folder(tmp_path: Path, table: CommuneTable) -> None:
    assert "aucun fichier .yml" in _faults(tmp_path, table)[0]
    assert "aucun fichier .yml" in _faults(tmp_path / "nowhere", table)[0]


def test_nested_aliases_cost_nothing(tmp_path: Path, table: CommuneTable) -> None:
    bomb = "antennas:\n  - &a0 [x, x]\n" + "".join(
        f"  - &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)
    )
    assert len(_faults(tmp_path, table, a=bomb)) < 100


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(data=st.data())
def test_any_damage_is_either_harmless_or_told(
    tmp_path_factory: pytest.TempPathFactory, table: CommuneTable, data: st.DataObject
) -> None:
    raw = bytearray(GOOD.encode("utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        end = min(len(raw), at + data.draw(st.integers(0, 12)))
        raw[at:end] = data.draw(st.binary(max_size=6) | st.sampled_from([b"\n", b": ", b"- ", b"{", b"&a *a", b"!!"]))
    folder = tmp_path_factory.mktemp("damage")
    try:
        found = _read(folder, table, a=bytes(raw))
    except DirectoryError as error:
        assert error.faults and all(fault.line >= 1 and fault.sentence for fault in error.faults)
    else:
        assert isinstance(found, DirectoryData) and found.antennas and found.contacts


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_told_as_faults(
    tmp_path_factory: pytest.TempPathFactory, table: CommuneTable, content: bytes
) -> None:
    with pytest.raises(DirectoryError):
        _read(tmp_path_factory.mktemp("bytes"), table, a=content)


def test_who_covers_a_retired_category_covers_what_took_its_place(tmp_path: Path, table: CommuneTable) -> None:
    retired = {"droit": Category("droit", "Droit", "", retired=True, merged_into="juridique")}
    retired["jardin"] = Category("jardin", "Jardin", "", retired=True)
    catalogue = Catalogue(CATALOGUE.categories, {}, retired)
    for covered in ("[formation, jardin, droit]", "[formation, droit, juridique]"):
        (tmp_path / "a.yml").write_text(GOOD.replace("[formation, juridique]", covered), "utf-8")
        data = read_directory(catalogue, table, tmp_path)
        assert data.contacts[0].categories == ("formation", "juridique")
