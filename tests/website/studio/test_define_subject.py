"""A definition that changes while it is edited: both texts are shown, neither is lost, the trainer chooses."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp
import pytest

from tests.support.staff import Staff
from tests.website.studio.conftest import Studio, hidden, words
from understanding.catalogue import Category, load_catalogue

FORMATION = "/studio/sujets/formation"
PARTS = ("label", "scope", "boundary")
SCOPE, BOUNDARY = "Former des salariés en poste.", "Recruter (« Emploi et métiers »)."
HIDDEN = ("seen", *(f"{name}_before" for name in PARTS))


def now(studio: Studio) -> Category:
    """The subject as the file has it."""
    return load_catalogue(studio.data / "categories.yml", studio.data / "conversation.yml").categories["formation"]


async def opened(trainer: Staff) -> dict[str, str]:
    """The form of a definition, as it is sent when nobody types anything."""
    _, page = await trainer.get(FORMATION)
    fields = {name: hidden(page, name) for name in HIDDEN}
    return {**fields, **{name: fields[f"{name}_before"] for name in PARTS}}


def by_hand(studio: Studio, old: str, new: str) -> None:
    """Change the file as an editor does."""
    path: Path = studio.data / "categories.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


async def conflict(answer: aiohttp.ClientResponse) -> str:
    """The page of a conflict."""
    page = await answer.text()
    assert answer.status == 409 and 'data-testid="conflict"' in page
    return page


def checked(page: str) -> dict[str, str]:
    """Which text is proposed, by part."""
    return dict(re.findall(r'name="(\w+)_choice" value="(\w+)" checked', page))


def resent(page: str, **typed: str) -> dict[str, str]:
    """The form of a conflict with what is typed and chosen there."""
    kept = {name: hidden(page, name) for name in PARTS if f'type="hidden" name="{name}" ' in page}
    return {**{name: hidden(page, name) for name in HIDDEN}, **kept, **typed}


async def test_names_of_subjects_are_written_as_their_slugs(studio: Studio, trainer: Staff) -> None:
    form = await opened(trainer)
    assert form["boundary"] == "Trouver un apprenti, un stagiaire ou un salarié (« Emploi et métiers »)."
    before = now(studio)
    answer = await trainer.post(FORMATION, **{**form, "scope": "Former ; payer (« Financement et aides »)."})
    assert answer.status == 303
    assert now(studio) == Category("formation", before.label, "Former ; payer (financement).", before.boundary)
    _, page = await trainer.get(FORMATION)
    assert '<a href="/studio/sujets/emploi_metiers">Emploi et métiers</a>' in page
    assert '<a href="/studio/sujets/financement">Financement et aides</a>' in page
    assert "emploi_metiers)" not in words(page)


async def test_both_texts_are_shown_and_the_own_one_is_chosen(studio: Studio, trainer: Staff, colleague: Staff) -> None:
    form = await opened(trainer)
    assert (await colleague.post(FORMATION, **{**form, "scope": "Le texte de Paul."})).status == 303
    page = await conflict(await trainer.post(FORMATION, **{**form, "scope": SCOPE}))
    assert "Le texte de Paul." in words(page) and SCOPE in words(page)
    assert now(studio).scope == "Le texte de Paul."
    assert checked(page) == {"scope": "saisie"}
    answer = await trainer.post(FORMATION, **resent(page, scope=SCOPE, scope_choice="saisie"))
    assert answer.status == 303 and now(studio).scope == SCOPE


async def test_the_text_of_the_file_is_chosen(studio: Studio, trainer: Staff) -> None:
    form = await opened(trainer)
    by_hand(studio, "Former des salariés — formation continue", "À la main — formation continue")
    page = await conflict(await trainer.post(FORMATION, **{**form, "scope": SCOPE}))
    written = now(studio)
    assert "À la main — formation continue" in words(page)
    answer = await trainer.post(FORMATION, **resent(page, scope=SCOPE, scope_choice="fichier"))
    assert answer.status == 303 and now(studio) == written


async def test_changes_of_different_parts_are_proposed_together(
    studio: Studio, trainer: Staff, colleague: Staff
) -> None:
    form = await opened(trainer)
    await colleague.post(FORMATION, **{**form, "label": "Formation continue"})
    page = await conflict(await trainer.post(FORMATION, **{**form, "boundary": BOUNDARY}))
    assert checked(page) == {"label": "fichier", "boundary": "saisie"}
    choices = {f"{name}_choice": choice for name, choice in checked(page).items()}
    answer = await trainer.post(FORMATION, **resent(page, label=form["label"], boundary=BOUNDARY, **choices))
    assert answer.status == 303
    written = now(studio)
    assert (written.label, written.boundary) == ("Formation continue", "Recruter (emploi_metiers).")


async def test_a_second_conflict_keeps_what_was_typed(studio: Studio, trainer: Staff, colleague: Staff) -> None:
    form = await opened(trainer)
    await colleague.post(FORMATION, **{**form, "scope": "Une première fois."})
    page = await conflict(await trainer.post(FORMATION, **{**form, "scope": SCOPE}))
    await colleague.post(FORMATION, **{**await opened(colleague), "scope": "Une seconde fois."})
    page = await conflict(await trainer.post(FORMATION, **resent(page, scope=SCOPE, scope_choice="fichier")))
    assert "Une seconde fois." in words(page) and SCOPE in words(page)
    assert now(studio).scope == "Une seconde fois."


async def test_the_same_change_made_twice_is_no_conflict(studio: Studio, trainer: Staff, colleague: Staff) -> None:
    form = {**await opened(trainer), "scope": SCOPE}
    assert (await colleague.post(FORMATION, **form)).status == 303
    assert (await trainer.post(FORMATION, **form)).status == 303


@pytest.mark.parametrize("act", ["retirer", "fusionner"])
async def test_a_subject_that_went_leaves_what_was_typed(
    studio: Studio, trainer: Staff, colleague: Staff, act: str
) -> None:
    form = await opened(trainer)
    await colleague.post(f"{FORMATION}/{act}", vers="emploi_metiers")
    page = await conflict(await trainer.post(FORMATION, **{**form, "scope": SCOPE}))
    assert SCOPE in words(page) and "<form" not in page.split("</h1>")[1]


async def test_what_cannot_be_written_stays_in_the_form(studio: Studio, trainer: Staff) -> None:
    form, before = await opened(trainer), now(studio)
    answer = await trainer.post(FORMATION, **{**form, "label": "Financement et aides", "scope": SCOPE})
    page = await answer.text()
    assert answer.status == 422 and "existe déjà" in words(page)
    assert hidden(page, "label") == "Financement et aides" and f">{SCOPE}</textarea>" in page
    assert now(studio) == before
    fields = {name: hidden(page, name) for name in HIDDEN}
    assert (await trainer.post(FORMATION, **fields, label="Former", scope=SCOPE, boundary="")).status == 303
    assert now(studio).label == "Former"
