"""Changing the directory's files: exactly what was meant, never over somebody else's change, never with faults."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datafiles.snapshots import ChangedMeanwhileError, take
from directory.changes import (
    Documents,
    NoPlaceError,
    UnknownEntryError,
    with_antenna,
    with_contact,
    with_contact_moved,
    with_new_contact,
    without_contact,
)
from directory.data import AbsenceEntry, AntennaEntry, ContactEntry, DirectoryData, Span, Week
from directory.faults import DirectoryError
from directory.writer import Change, DirectoryWriter, NotOwnerError, lines_changed
from settings import ROOT
from tests.directory.random_directories import CATEGORIES, directories, write
from understanding import paths
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable

Made = Any


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the directory's files."""
    folder = tmp_path / "directory"
    folder.mkdir()
    for file in paths.DIRECTORY.glob("*.yml"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def writer(folder: Path, catalogue: Catalogue, table: CommuneTable) -> DirectoryWriter:
    """Their writer."""
    return DirectoryWriter(True, catalogue, table, folder)


def contact_of(data: DirectoryData, name: str) -> ContactEntry:
    return next(contact for contact in data.contacts if contact.id == name)


def changed_contact(identifier: str, **fields: Any) -> Change:
    """The change that gives a contact other fields."""

    def change(documents: Documents, data: DirectoryData) -> Documents:
        old = contact_of(data, identifier)
        return with_contact(documents, old, replace(old, **fields))

    return change


def apply(writer: DirectoryWriter, change: Change) -> DirectoryData:
    """Make a change and read it back."""
    prepared = writer.prepare(writer.read().digest, change)
    writer.commit(prepared)
    after = writer.read().data
    assert after == prepared.data
    return after


moments = st.times(time(0, 0), time(23, 59)).map(lambda moment: moment.replace(second=0, microsecond=0))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.lists(moments, max_size=4, unique=True)))
    return tuple(Span(first, last) for first, last in zip(edges[::2], edges[1::2]))


weeks: st.SearchStrategy[Week] = st.lists(spans(), min_size=7, max_size=7).map(tuple)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12)
absences = st.lists(
    st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), min_size=2, max_size=2).map(
        lambda days: AbsenceEntry(min(days), max(days))
    ),
    max_size=3,
).map(tuple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_read_back_is_what_was_meant(data: st.DataObject, catalogue: Catalogue, table: CommuneTable) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), data.draw(directories()))
        writer = DirectoryWriter(True, catalogue, table, folder)
        before = writer.read().data
        antenna = data.draw(st.sampled_from(before.antennas))
        fields: dict[str, Any] = data.draw(
            st.fixed_dictionaries({}, optional={"name": names, "address": names, "hours": weeks})
        )
        antenna_after = _normal(replace(antenna, **fields))
        after = apply(writer, lambda documents, _: with_antenna(documents, antenna, antenna_after))
        antennas = tuple(antenna_after if one == antenna else one for one in before.antennas)
        assert after == DirectoryData(antennas, before.contacts)

        contact = data.draw(st.sampled_from([one for one in after.contacts if one.id != "all"]))
        categories = st.lists(st.sampled_from(CATEGORIES), unique=True, max_size=4).map(tuple)
        optional: dict[str, Any] = {"name": names, "role": names, "categories": categories, "absences": absences}
        fields = data.draw(st.fixed_dictionaries({}, optional=optional))
        contact_after = _normal(replace(contact, **fields))
        last = apply(writer, lambda documents, _: with_contact(documents, contact, contact_after))
        contacts = tuple(contact_after if one == contact else one for one in after.contacts)
        assert last == DirectoryData(antennas, contacts)


def _normal(entry: Made) -> Made:
    """Texts as the files are read: in composed form (NFC)."""
    texts = {name: value for name, value in vars(entry).items() if isinstance(value, str)}
    return replace(entry, **{name: unicodedata.normalize("NFC", value) for name, value in texts.items()})


def test_one_line_changes_and_no_other(writer: DirectoryWriter, folder: Path) -> None:
    before = (folder / "directory.yml").read_text("utf-8").splitlines()
    apply(writer, changed_contact("sandrine-aubron", phone="05 36 49 00 77"))
    after = (folder / "directory.yml").read_text("utf-8").splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        (line, line.replace("05 36 49 00 51", "05 36 49 00 77")) for line in before if "sandrine-aubron, name" in line
    ]


def test_hours_that_stay_keep_their_form(writer: DirectoryWriter, folder: Path) -> None:
    file = folder / "directory.yml"
    text = file.read_text("utf-8").replace(
        "    front_desk: sandrine-aubron\n",
        "    front_desk: sandrine-aubron\n    hours: # d’été\n      lundi: [9h-12h]\n      mardi: []\n      jeudi:\n",
    )
    file.write_text(text, "utf-8")

    def change(documents: Documents, data: DirectoryData) -> Documents:
        old = next(antenna for antenna in data.antennas if antenna.slug == "rochefort")
        afternoon = (Span(time(14), time(16, 30)),)
        return with_antenna(documents, old, replace(old, hours=(*old.hours[:1], *[afternoon] * 2, *old.hours[3:])))

    apply(writer, change)
    assert file.read_text("utf-8") == text.replace(
        "mardi: []\n      jeudi:\n", 'mardi: ["14:00-16:30"]\n      mercredi: ["14:00-16:30"]\n      jeudi:\n'
    )


def test_contacts_come_and_go_and_change_places(writer: DirectoryWriter) -> None:
    new = ContactEntry("pia", "Pia", "Conseil", "rochefort", "p@example.org", "01 99 00 00 09", ("juridique",))
    data = apply(writer, lambda documents, _: with_new_contact(documents, new))
    at_rochefort = [contact.id for contact in data.contacts if contact.antenna == "rochefort"]
    assert at_rochefort[-1] == "pia" and contact_of(data, "pia") == new
    data = apply(writer, lambda documents, data: with_contact_moved(documents, data, "pia", up=True))
    assert [contact.id for contact in data.contacts if contact.antenna == "rochefort"][-2:] == ["pia", at_rochefort[-2]]
    with pytest.raises(NoPlaceError):
        apply(writer, lambda documents, data: with_contact_moved(documents, data, at_rochefort[-2], up=False))
    data = apply(writer, lambda documents, _: without_contact(documents, "pia"))
    assert "pia" not in [contact.id for contact in data.contacts]
    with pytest.raises(UnknownEntryError):
        apply(writer, lambda documents, _: without_contact(documents, "pia"))


def test_a_change_by_hand_is_never_written_over(writer: DirectoryWriter, folder: Path) -> None:
    file = folder / "directory.yml"
    seen = writer.read().digest
    by_hand = file.read_text("utf-8").replace("Le Haillan", "Mérignac")
    file.write_text(by_hand, "utf-8")
    with pytest.raises(ChangedMeanwhileError) as conflict:
        writer.prepare(seen, changed_contact("toulouse-accueil", name="Ana"))
    before = writer.remembered(seen)
    assert before is not None
    assert lines_changed(before.snapshot, conflict.value.now) == ["-    address: Le Haillan", "+    address: Mérignac"]
    assert file.read_text("utf-8") == by_hand
    assert writer.remembered("unknown") is None


def test_a_change_by_hand_at_the_last_moment_is_seen_too(writer: DirectoryWriter, folder: Path) -> None:
    prepared = writer.prepare(writer.read().digest, changed_contact("toulouse-accueil", name="Ana"))
    (folder / "autre.yml").write_text("contacts: []\n", "utf-8")
    before = take(folder)
    with pytest.raises(ChangedMeanwhileError):
        writer.commit(prepared)
    assert take(folder) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (changed_contact("toulouse-accueil", email="ana"), "« ana » n’est pas une adresse électronique"),
        (changed_contact("toulouse-juridique", categories=()), "personne ne couvre la catégorie « juridique »"),
        (changed_contact("toulouse-accueil", deputy="toulouse-accueil"), "les remplaçants tournent en rond"),
        (lambda documents, _: without_contact(documents, "sandrine-aubron"), "n’est l’identifiant d’aucun"),
        (changed_contact("toulouse-accueil", name="a\nb"), "un retour à la ligne"),
    ],
)
def test_faults_are_told_and_nothing_is_written(
    writer: DirectoryWriter, folder: Path, change: Change, reason: str
) -> None:
    before = take(folder)
    with pytest.raises(DirectoryError) as refused:
        writer.prepare(writer.read().digest, change)
    assert reason in str(refused.value).replace("\u00a0", " ")
    assert take(folder) == before


def test_another_instance_owns_the_files(folder: Path, catalogue: Catalogue, table: CommuneTable) -> None:
    guest = DirectoryWriter(False, catalogue, table, folder)
    with pytest.raises(NotOwnerError):
        guest.prepare(guest.read().digest, changed_contact("toulouse-accueil", name="Ana"))


def test_of_many_writers_at_once_each_change_is_kept_or_refused(
    folder: Path, catalogue: Catalogue, table: CommuneTable
) -> None:
    """In this process and in another one."""
    program = """
        import sys, time
        from pathlib import Path
        from datafiles.snapshots import ChangedMeanwhileError, replace, take
        folder, done = Path(sys.argv[1]), 0
        while done < 20:
            before = take(folder)
            try:
                replace(before, {"compte.yml": before.contents["compte.yml"] + b"# x\\n"})
                done += 1
            except ChangedMeanwhileError:
                pass
    """
    (folder / "compte.yml").write_text("contacts: []\n", "utf-8")
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder)]
    others = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    done: list[str] = []

    def work(name: str) -> None:
        writer = DirectoryWriter(True, catalogue, table, folder)
        while True:
            try:
                prepared = writer.prepare(writer.read().digest, changed_contact(name, role=f"Rôle de {name}"))
                writer.commit(prepared)
                return done.append(name)
            except ChangedMeanwhileError:
                pass

    everyone = ["toulouse-accueil", "bordeaux-accueil", "sandrine-aubron", "futuroscope-accueil"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, everyone))
    assert [other.wait(60) for other in others] == [0, 0]
    assert (folder / "compte.yml").read_text("utf-8").count("# x") == 40
    data = DirectoryWriter(True, catalogue, table, folder).read().data
    assert {contact_of(data, name).role for name in everyone} == {f"Rôle de {name}" for name in everyone}
    assert sorted(done) == sorted(everyone)


def test_a_full_disk_leaves_the_files_as_they_were(folder: Path) -> None:
    program = """
        import resource, sys
        from pathlib import Path
        from datafiles.snapshots import NotWritableError, replace, take
        before = take(Path(sys.argv[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            replace(before, {"a.yml": b"# court\\n", "directory.yml": before.contents["directory.yml"] + b"# x\\n"})
        except NotWritableError as error:
            print(error)
    """
    (folder / "a.yml").write_text("contacts: []\n", "utf-8")
    before = take(folder)
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "directory cannot be written" in done.stdout
    assert take(folder) == before
    assert sorted(file.name for file in folder.iterdir()) == ["a.yml", "directory.yml"]


def test_the_first_bytes_and_line_ends_of_a_file_stay(writer: DirectoryWriter, folder: Path) -> None:
    file = folder / "directory.yml"
    windows = b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n")
    file.write_bytes(windows)
    apply(writer, changed_contact("toulouse-accueil", phone="05 36 49 00 66"))
    assert file.read_bytes() == windows.replace(b"05 36 49 00 11", b"05 36 49 00 66")
    assert yaml.safe_load(file.read_bytes().decode("utf-8-sig"))


def test_an_unknown_antenna_is_refused(writer: DirectoryWriter) -> None:
    nobody = AntennaEntry("agen", "Agen", "47001", "1 rue Haute", "01 99 00", "ana")
    with pytest.raises(UnknownEntryError):
        writer.prepare(writer.read().digest, lambda documents, _: with_antenna(documents, nobody, nobody))
