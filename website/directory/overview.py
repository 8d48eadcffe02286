"""The directory at a glance: `/console/annuaire`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from aiohttp import web

from directory.data import AntennaEntry, ContactEntry
from directory.faults import DirectoryError
from directory.french import at, short_name
from directory.hours import opening_sentence, today
from directory.lookup import Answer, Lookup
from directory.repository import NoDirectoryError
from understanding.catalogue import Catalogue
from understanding.places.place import Place
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.directory import words
from website.directory.answers import fault_sentence, sentences
from website.directory.desk import DESK, DirectoryDesk, State
from website.openapi import Operation, Route, form_body, in_query, page, redirect
from website.staff.pages import message, render, see_other

PATH = "/console/annuaire"
_MOST_CHOICES = 12


@dataclass(frozen=True)
class ContactCard:
    """A contact as the page shows it.

    Attributes:
        labels: Of the categories covered.
        absences: Those that last or are to come, in words.
        present: Whether the person is there today.
        first: Whether nobody stands before at this antenna.
        last: Whether nobody stands after.
    """

    entry: ContactEntry
    labels: list[str]
    deputy: str
    absences: list[str]
    present: bool
    first: bool
    last: bool


@dataclass(frozen=True)
class Elsewhere:
    """A category that nobody covers at an antenna, and who answers for it."""

    label: str
    person: str
    place: str


@dataclass(frozen=True)
class AntennaCard:
    """An antenna as the page shows it."""

    entry: AntennaEntry
    commune: str
    opening: str
    hours: list[words.Row]
    front_desk: str
    contacts: list[ContactCard]
    elsewhere: list[Elsewhere]


def cards(lookup: Lookup, catalogue: Catalogue, now: datetime) -> list[AntennaCard]:
    """All antennas with their contacts, in file order."""
    return [_card(lookup, catalogue, antenna, now) for antenna in lookup.data.antennas]


def _card(lookup: Lookup, catalogue: Catalogue, antenna: AntennaEntry, now: datetime) -> AntennaCard:
    day = today(now)
    contacts = lookup.contacts_at(antenna.slug)
    covered = {category for contact in contacts for category in contact.categories}
    away = [
        lookup.for_commune(category, antenna.commune, day)
        for category in catalogue.categories
        if category not in covered
    ]
    return AntennaCard(
        entry=antenna,
        commune=lookup.table[antenna.commune].name,
        opening=opening_sentence(antenna, now),
        hours=words.hours(antenna.hours),
        front_desk=lookup.front_desk(antenna).name,
        contacts=[
            _contact(lookup, catalogue, contact, day, number == 0, number == len(contacts) - 1)
            for number, contact in enumerate(contacts)
        ],
        elsewhere=[_elsewhere(lookup, answer) for answer in away],
    )


def _contact(
    lookup: Lookup, catalogue: Catalogue, contact: ContactEntry, day: date, first: bool, last: bool
) -> ContactCard:
    return ContactCard(
        entry=contact,
        labels=[words.label(catalogue, slug) for slug in contact.categories],
        deputy=words.name_of(lookup.data, contact.deputy),
        absences=[words.absence(absence) for absence in contact.absences if absence.last >= day],
        present=contact.present(day),
        first=first,
        last=last,
    )


def _elsewhere(lookup: Lookup, answer: Answer) -> Elsewhere:
    place = at(lookup.antennas[answer.person.antenna].name)
    return Elsewhere(answer.category_label, answer.person.name, place)


@dataclass(frozen=True)
class Preview:
    """Who answers for a category at a place.

    Attributes:
        commune: As typed.
        category: Slug.
        day: As typed, or today.
        answer: By the lookup rule; None where the place is not clear.
        choices: Communes to choose from: address and name.
        problem: Why there is no answer.
    """

    commune: str
    category: str
    day: str
    answer: Answer | None = None
    person_at: str = ""
    choices: Sequence[tuple[str, str]] = ()
    problem: str = ""


def preview(desk: DirectoryDesk, lookup: Lookup, request: web.Request) -> Preview:
    """Try the lookup rule as the assistant applies it.

    Args:
        desk: Finds communes by name.
        lookup: The rule over the directory that is shown.
        request: Its query has `commune` (a name or postal code), `code` (INSEE), `categorie` and `jour`.
    """
    commune, category = request.query.get("commune", "").strip()[:200], request.query.get("categorie", "")
    day = _day(request.query.get("jour", ""))
    shown = Preview(commune, category, day.isoformat())
    if not commune:
        return shown
    if category not in desk.catalogue.categories:
        return Preview(commune, category, shown.day, problem="Choisissez un sujet.")
    code = request.query.get("code", "")
    place = Place("commune", commune, codes=(code,)) if code in desk.table else desk.places.read_answer(commune)
    return _answered(desk, lookup, shown, place, day)


def _answered(desk: DirectoryDesk, lookup: Lookup, shown: Preview, place: Place | None, day: date) -> Preview:
    start = shown.commune, shown.category, shown.day
    if place is None:
        return Preview(*start, problem=f"« {shown.commune} » n’est le nom d’aucune commune connue.")
    if place.kind in ("commune", "outside") and len(place.codes) > 1:
        communes = [desk.table[code] for code in place.codes[:_MOST_CHOICES]]
        names = [(one.code, f"{one.name} ({desk.table.departements[one.departement].name})") for one in communes]
        return Preview(*start, choices=names)
    if place.codes:
        answer: Answer | None = lookup.for_commune(shown.category, place.codes[0], day)
    elif place.kind == "outside":
        answer = lookup.outside(shown.category, day)
    else:
        answer = lookup.for_area(shown.category, place.departements, day)
    if answer is None:
        return Preview(*start, problem="Ce secteur dépend de plusieurs antennes : l’assistant demanderait la commune.")
    return Preview(*start, answer=answer, person_at=short_name(lookup.antennas[answer.person.antenna].name))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()


async def directory_page(request: web.Request) -> web.Response:
    """Antennas, contacts, and who answers where."""
    desk = request.app[DESK]
    try:
        state = await desk.state()
    except NoDirectoryError:
        return message(request, "L’annuaire n’est pas encore importé. Il le sera au prochain départ du site.")
    lookup = desk.lookup(state.data)
    return render(
        request,
        "directory/overview.html",
        state=state,
        owner=desk.owner,
        notices=_faults(state),
        antennas=cards(lookup, desk.catalogue, datetime.now(UTC)),
        categories=desk.catalogue.categories.values(),
        preview=preview(desk, lookup, request),
    )


def _faults(state: State) -> list[str]:
    return [fault_sentence(fault) for fault in state.faults]


async def import_directory_files(request: web.Request) -> web.Response:
    """Bring the database to what the files say."""
    desk = request.app[DESK]
    try:
        changed = desk.owner and await desk.import_files(signed_in(request).id)
    except DirectoryError as error:
        return see_other(request, PATH, " ".join(sentences(error)[:3]), "bad")
    return see_other(request, PATH, "L’annuaire est à jour." if changed else "L’annuaire était déjà à jour.")


_QUERY = in_query("commune", "code", "categorie", "jour")

ROUTES = (
    Route(
        "GET",
        PATH,
        directory_page,
        Operation("The directory; tries the lookup rule", parameters=_QUERY, answers={"200": page("The directory")}),
        Access.ADMIN,
    ),
    Route(
        "POST",
        f"{PATH}/importer",
        import_directory_files,
        Operation(
            "Import the directory's files after a change by hand",
            body=form_body(),
            answers={"303": redirect("Imported, or a message why not")},
        ),
        Access.ADMIN,
    ),
)
