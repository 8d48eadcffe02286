"""The directory's pages over real HTTP: files, database and audit log change together, or none of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from directory.data import AbsenceEntry, ContactEntry, DirectoryData
from directory.importer import import_files
from directory.repository import load
from settings import Settings
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import Staff, staff
from tests.website.conftest import Site, StartSite
from understanding import paths
from website.accounts.access import Role
from website.audit.models import AuditEntry

PAGE = "/console/annuaire"
SANDRINE = f"{PAGE}/interlocuteurs/sandrine-aubron"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the directory's files, which the site owns."""
    folder = tmp_path / "directory"
    folder.mkdir()
    (folder / "directory.yml").write_bytes((paths.DIRECTORY / "directory.yml").read_bytes())
    monkeypatch.setattr(paths, "DIRECTORY", folder)
    return folder


@pytest.fixture
async def office(folder: Path, any_site: Site) -> Site:
    """The site with an imported directory."""
    import_files(any_site.settings, folder)
    return any_site


@pytest.fixture
async def admin(office: Site) -> AsyncIterator[Staff]:
    """An administrator."""
    async with staff(office.storage, office.url, Role.ADMIN) as somebody:
        yield somebody


def words(page: str) -> str:
    """A page's text."""
    return re.sub(r"[\s\u00a0]+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def typed(page: str) -> dict[str, str]:
    """The fields of the form that changes an entry, as a browser would send them; of equal names the last counts."""
    form = page[page.index('class="stack card edit"') :]
    form = form[: form.index("</form>")]
    fields = dict(re.findall(r'<input (?![^>]*type="checkbox")[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', form))
    fields |= {name: value for value, name in re.findall(r'value="([^"]*)" name="([^"]+)"', form)}
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in fields.items()}


def ticked(page: str) -> list[str]:
    return re.findall(r'name="categories" value="(\w+)" checked', page)


async def send(admin: Staff, path: str, fields: list[tuple[str, str]]) -> tuple[int, str, str]:
    """Send a form: status, page, and where it leads."""
    data = [("csrf", admin.csrf), *fields]
    async with admin.http.post(admin.url + path, data=data, allow_redirects=False) as response:
        return response.status, await response.text(), response.headers.get("Location", "")


async def save(admin: Staff, path: str, page: str, **changes: str) -> tuple[int, str, str]:
    """Change fields of a form and send it."""
    fields = [(name, value) for name, value in (typed(page) | changes).items() if name != "csrf"]
    fields = [pair for pair in fields if not pair[0].startswith("absence-")]
    dates = re.findall(r'name="absence-(du|au)" value="([^"]*)"', page)
    fields += [(f"absence-{edge}", value) for edge, value in dates]
    return await send(admin, path, fields + [("categories", slug) for slug in ticked(page)])


async def stored(site: Site) -> DirectoryData:
    async with site.storage.read() as session:
        return await session.run_sync(load)


async def entries(site: Site) -> list[AuditEntry]:
    async with site.storage.read() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [row for row in rows if not row.action.startswith("session.")]


def contact_of(data: DirectoryData, name: str) -> ContactEntry:
    return next(contact for contact in data.contacts if contact.id == name)


async def test_the_directory_is_shown(admin: Staff) -> None:
    status, page = await admin.get(PAGE)
    text = words(page)
    assert status == 200
    assert "Sandrine Aubron Chargée de mission territoriale" in text
    assert "lundi à vendredi : 9 h – 12 h 30 et 13 h 30 – 17 h 30" in text
    assert "9 sujets sans interlocuteur ici" in text
    assert re.search(r"Financement[^:]* : Référent financement, à Bordeaux", text)


async def test_a_contact_is_changed_in_file_database_and_log(admin: Staff, office: Site, folder: Path) -> None:
    before = (folder / "directory.yml").read_text("utf-8")
    _, page = await admin.get(SANDRINE)
    status, _, location = await save(admin, SANDRINE, page, phone="05 36 49 00 77")
    assert (status, location) == (303, f"{PAGE}#rochefort")
    assert (folder / "directory.yml").read_text("utf-8") == before.replace("05 36 49 00 51", "05 36 49 00 77")
    assert contact_of(await stored(office), "sandrine-aubron").phone == "05 36 49 00 77"
    (entry,) = await entries(office)
    assert (entry.action, entry.account_id, entry.subject) == (
        "directory.contact_changed",
        admin.account,
        "sandrine-aubron",
    )
    assert entry.details == {"files": ["directory.yml"]}


async def test_saving_without_a_change_writes_nothing(admin: Staff, office: Site, folder: Path) -> None:
    stamp = (folder / "directory.yml").stat().st_mtime_ns
    for path in (SANDRINE, f"{PAGE}/antennes/toulouse"):
        _, page = await admin.get(path)
        assert (await save(admin, path, page))[0] == 303
    assert (folder / "directory.yml").stat().st_mtime_ns == stamp
    assert await entries(office) == []


async def test_absences_deputy_and_categories(admin: Staff, office: Site) -> None:
    _, page = await admin.get(SANDRINE)
    fields = [*typed(page).items(), ("categories", "adhesion"), ("categories", "juridique")]
    fields = [pair for pair in fields if pair[0] not in ("absence-du", "absence-au", "deputy", "csrf")]
    fields += [("deputy", "rochefort-industrie"), ("absence-du", "2026-12-24"), ("absence-au", "2027-01-02")]
    assert (await send(admin, SANDRINE, [*fields, ("absence-du", "2027-05-01"), ("absence-au", "")]))[0] == 303
    contact = contact_of(await stored(office), "sandrine-aubron")
    assert contact.categories == ("adhesion", "juridique") and contact.deputy == "rochefort-industrie"
    christmas = AbsenceEntry(date(2026, 12, 24), date(2027, 1, 2))
    assert contact.absences == (christmas, AbsenceEntry(date(2027, 5, 1), date(2027, 5, 1)))
    _, page = await admin.get(SANDRINE)
    assert (await save(admin, SANDRINE, page.replace("2027-05-01", "")))[0] == 303
    assert contact_of(await stored(office), "sandrine-aubron").absences == (christmas,)


async def test_opening_hours(admin: Staff, office: Site, folder: Path) -> None:
    path = f"{PAGE}/antennes/rochefort"
    _, page = await admin.get(path)
    changes = {"vendredi-1-ouvre": "", "vendredi-1-ferme": "", "samedi-0-ouvre": "10:00", "samedi-0-ferme": "12:00"}
    assert (await save(admin, path, page, **changes))[0] == 303
    text = (folder / "directory.yml").read_text("utf-8")
    assert '      vendredi: ["9:00-12:30"]\n      samedi: ["10:00-12:00"]' in text
    _, page = await admin.get(PAGE)
    assert "vendredi : 9 h – 12 h 30 samedi : 10 h – 12 h dimanche : fermée" in words(page)


WRONG: list[tuple[str, dict[str, str], str]] = [
    (SANDRINE, {"email": "ana"}, "« ana » n’est pas une adresse électronique"),
    (SANDRINE, {"name": " "}, "Indiquez un nom."),
    (SANDRINE, {"deputy": "sandrine-aubron"}, "tournent en rond"),
    (f"{PAGE}/antennes/rochefort", {"lundi-0-ouvre": "13:00"}, "Lundi : l’ouverture vient avant la fermeture."),
    (f"{PAGE}/antennes/rochefort", {"lundi-1-ouvre": ""}, "Lundi : indiquez l’ouverture et la fermeture"),
    (f"{PAGE}/antennes/rochefort", {"front_desk": "toulouse-accueil"}, "travaille à une autre antenne"),
    (f"{PAGE}/antennes/rochefort", {"phone": "x"}, "« x » n’est pas un numéro de téléphone"),
]


async def test_what_cannot_be_is_refused_with_the_reason(admin: Staff, office: Site, folder: Path) -> None:
    before = (folder / "directory.yml").read_bytes()
    for path, changes, reason in WRONG:
        _, page = await admin.get(path)
        status, answer, _ = await save(admin, path, page, **changes)
        assert status == 422 and reason in words(answer)
    assert (folder / "directory.yml").read_bytes() == before
    assert await entries(office) == []


async def test_a_change_by_hand_is_a_conflict_and_both_versions_are_shown(
    admin: Staff, office: Site, folder: Path
) -> None:
    file = folder / "directory.yml"
    _, page = await admin.get(SANDRINE)
    by_hand = file.read_text("utf-8").replace("05 36 49 00 51", "05 36 49 00 88")
    by_hand = by_hand.replace("name: Sandrine Aubron", "name: Sandrine Aubron-Roy")
    file.write_text(by_hand, "utf-8")
    status, conflict, _ = await save(admin, SANDRINE, page, phone="05 36 49 00 77", role="Cheffe d’antenne")
    assert status == 409 and file.read_text("utf-8") == by_hand
    text = words(conflict)
    assert "Téléphone 05 36 49 00 51 05 36 49 00 88 05 36 49 00 77" in text
    assert "Fonction Chargée de mission territoriale Chargée de mission territoriale Cheffe d’antenne" in text
    assert "+ - {id: sandrine-aubron, name: Sandrine Aubron-Roy" in text
    fields = typed(conflict)
    # what was not typed follows the file; what was typed stays
    assert fields["name"] == "Sandrine Aubron-Roy" and fields["phone"] == "05 36 49 00 77"
    assert (await save(admin, SANDRINE, conflict))[0] == 303
    expected = by_hand.replace("05 36 49 00 88", "05 36 49 00 77")
    assert file.read_text("utf-8") == expected.replace(
        "name: Sandrine Aubron-Roy, role: Chargée de mission territoriale",
        "name: Sandrine Aubron-Roy, role: Cheffe d’antenne",
    )


async def test_a_change_by_hand_to_an_antenna_is_a_conflict_too(admin: Staff, folder: Path) -> None:
    path = f"{PAGE}/antennes/bordeaux"
    _, page = await admin.get(path)
    file = folder / "directory.yml"
    file.write_text(file.read_text("utf-8").replace("Le Haillan", "Mérignac"), "utf-8")
    status, conflict, _ = await save(admin, path, page, **{"lundi-0-ouvre": "08:00"})
    assert status == 409 and typed(conflict)["address"] == "Mérignac"
    assert (await save(admin, path, conflict))[0] == 303
    assert '      lundi: ["8:00-12:30", "13:30-17:30"]' in file.read_text("utf-8")
    assert "    address: Mérignac\n" in file.read_text("utf-8")


async def test_contacts_come_move_and_go(admin: Staff, office: Site) -> None:
    add = f"{PAGE}/antennes/rochefort/ajouter"
    _, page = await admin.get(add)
    fields = {"name": "Léa N’Diaye", "role": "Juriste", "email": "l@example.org", "phone": "01 99 00 00 01"}
    common = [("seen", seen(page)), *fields.items(), ("deputy", "")]
    assert (await send(admin, add, [*common, ("categories", "juridique")]))[0] == 303

    async def order() -> list[str]:
        return [contact.id for contact in (await stored(office)).contacts if contact.antenna == "rochefort"]

    assert (await order())[-1] == "lea-n-diaye"
    _, page = await admin.get(PAGE)
    path = f"{PAGE}/interlocuteurs/lea-n-diaye"
    assert (await send(admin, f"{path}/deplacer", [("seen", seen(page)), ("sens", "haut")]))[0] == 303
    assert (await order())[-2] == "lea-n-diaye"
    _, stale = await admin.get(PAGE)
    assert "Le fichier a changé depuis" not in words(stale)
    await send(admin, f"{path}/retirer", [("seen", seen(page))])
    assert "lea-n-diaye" in await order()
    assert (await send(admin, f"{path}/retirer", [("seen", seen(stale))]))[0] == 303
    assert "lea-n-diaye" not in await order()
    assert [entry.action for entry in await entries(office)] == [
        f"directory.contact_{what}" for what in ("added", "moved", "removed")
    ]


async def test_the_front_desk_cannot_be_removed(admin: Staff, office: Site) -> None:
    _, page = await admin.get(SANDRINE)
    status, _, _ = await send(admin, f"{SANDRINE}/retirer", [("seen", seen(page))])
    assert status == 303 and contact_of(await stored(office), "sandrine-aubron")


async def test_faults_made_by_hand_are_told_and_the_old_directory_stays(admin: Staff, folder: Path) -> None:
    file = folder / "directory.yml"
    file.write_text(file.read_text("utf-8").replace("antenna: rochefort", "antenna: agen", 1), "utf-8")
    status, page = await admin.get(PAGE)
    assert status == 200 and "L’antenne « agen » n’existe pas (directory.yml, ligne" in words(page)
    assert "Sandrine Aubron" in page and 'name="seen"' not in page
    _, form = await admin.get(SANDRINE)
    assert " disabled>" in form
    assert (await save(admin, SANDRINE, form, phone="01 99 00 00 00"))[0] == 422


async def test_a_change_by_hand_is_put_into_service(admin: Staff, office: Site, folder: Path) -> None:
    file = folder / "directory.yml"
    file.write_text(file.read_text("utf-8").replace("Le Haillan", "Mérignac"), "utf-8")
    _, page = await admin.get(PAGE)
    assert "a été modifié à la main" in words(page)
    assert (await send(admin, f"{PAGE}/importer", []))[0] == 303
    assert (await stored(office)).antennas[1].address == "Mérignac"
    _, page = await admin.get(PAGE)
    assert "a été modifié à la main" not in words(page)


async def test_another_instance_only_shows_the_directory(
    folder: Path, rasa: FakeRasa, start_site: StartSite, sqlite_url: str
) -> None:
    import_files(Settings(database_url=sqlite_url), folder)
    guest = await start_site(rasa.port, data_owner=False)
    before = (folder / "directory.yml").read_bytes()
    async with staff(guest.storage, guest.url, Role.ADMIN) as admin:
        _, page = await admin.get(PAGE)
        assert "un autre exemplaire du site en a la charge" in words(page) and 'name="seen"' not in page
        _, form = await admin.get(SANDRINE)
        status, answer, _ = await save(admin, SANDRINE, form, phone="01 99 00 00 00")
        assert status == 422 and "un autre exemplaire du site en a la charge" in words(answer)
    assert (folder / "directory.yml").read_bytes() == before


ASKED: list[tuple[dict[str, str], str]] = [
    ({"commune": "Saintes", "categorie": "financement"}, "C’est l’interlocuteur « Financement"),
    ({"commune": "saint martin", "categorie": "adhesion"}, "Plusieurs communes portent ce nom"),
    ({"commune": "Saint-Martin", "code": "32389", "categorie": "adhesion"}, "Accueil Toulouse"),
    ({"commune": "Lille", "categorie": "adhesion"}, "hors de Nouvelle-Aquitaine et d’Occitanie"),
    ({"commune": "Occitanie", "categorie": "adhesion"}, "l’assistant demanderait la commune"),
    ({"commune": "qsdfgh", "categorie": "adhesion"}, "n’est le nom d’aucune commune connue"),
    ({"commune": "Pau", "categorie": "x"}, "Choisissez un sujet."),
    ({"commune": "Pau", "categorie": "adhesion", "jour": "demain", "code": "x"}, "Accueil"),
]


async def test_who_answers_where(admin: Staff) -> None:
    for query, answer in ASKED:
        async with admin.http.get(admin.url + PAGE, params=query) as response:
            page = await response.text()
            assert response.status == 200
        assert answer in words(page[page.index('id="apercu"') :])


async def test_unknown_entries_are_not_found(admin: Staff) -> None:
    for path in (f"{PAGE}/antennes/agen", f"{PAGE}/interlocuteurs/nobody", f"{PAGE}/antennes/agen/ajouter"):
        assert (await admin.get(path))[0] == 404
        assert (await admin.post(path)).status == 404
