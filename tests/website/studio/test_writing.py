"""Writing examples over real HTTP and real files: verdicts first, nothing contradictory, nothing twice."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest
from openpyxl import Workbook

from tests.support.fake_rasa import read_as
from tests.support.staff import Staff
from tests.support.studio_data import KNOWN, OTHER
from tests.website.studio.conftest import Studio, hidden, words

NEW = "nos soudeurs voudraient apprendre le titane en une semaine"
PAGE = "/studio/ecrire"


async def verdict(trainer: Staff, text: str, category: str = "formation") -> dict[str, Any]:
    status, body = await trainer.call("/api/studio/verdict", {"text": text, "category": category})
    assert status == 200
    found: dict[str, Any] = body
    return found


def kinds(found: dict[str, Any]) -> list[str]:
    return [remark["kind"] for remark in found["verdicts"]]


def said(found: dict[str, Any]) -> str:
    return words(" ".join(remark["sentence"] for remark in found["verdicts"]))


async def test_how_it_is_understood_today(studio: Studio, trainer: Staff) -> None:
    studio.rasa.reads = lambda text: read_as("formation", 0.96)
    assert said(await verdict(trainer, NEW)) == "Déjà bien compris (96 %)."
    studio.rasa.reads = lambda text: read_as("emploi_metiers", 0.8)
    assert said(await verdict(trainer, NEW)) == "Compris comme « Emploi et métiers » aujourd’hui (80 %)."
    studio.rasa.reads = lambda text: read_as("formation", 0.4)
    assert "sans certitude (40 %)" in said(await verdict(trainer, NEW))
    studio.rasa.reads = lambda text: read_as("juridique", 0.3, ("materiau", 0.2))
    assert "hésite entre « Question juridique et propriété intellectuelle » et" in said(await verdict(trainer, NEW))


async def test_without_the_assistant_the_rest_is_said(studio: Studio, trainer: Staff) -> None:
    studio.rasa.away = True
    found = await verdict(trainer, NEW)
    assert kinds(found) == ["not_read"] and not found["refused"]
    assert kinds(await verdict(trainer, OTHER)) == ["contradiction"]
    status, _ = await trainer.call("/api/studio/examples", {"text": NEW, "category": "formation"})
    assert status == 201


@pytest.mark.parametrize("text", [KNOWN, KNOWN.upper(), KNOWN.lower() + " !"])
async def test_what_exists_is_refused(trainer: Staff, text: str) -> None:
    same = await verdict(trainer, text)
    assert same["refused"] and kinds(same)[0] == "duplicate"
    other = await verdict(trainer, text, "juridique")
    assert other["refused"] and kinds(other)[0] == "contradiction"
    assert "Existe déjà dans « Formation »" in said(other) and "contradiction" in said(other)


async def test_what_is_nearly_the_same_is_named(trainer: Staff) -> None:
    found = await verdict(trainer, KNOWN.replace("sans papier", "sans papiers"))
    assert kinds(found)[0] == "near" and not found["refused"]
    assert f"Presque identique à « {KNOWN} »" in said(found)


async def test_personal_data_are_masked(studio: Studio, trainer: Staff) -> None:
    found = await verdict(trainer, "Marie Martin veut apprendre à souder")
    assert found["text"] == "[nom] veut apprendre à souder"
    assert "Un nom de personne a été masqué" in said(found)
    found = await verdict(trainer, "appelez le 06 12 34 56 78 pour le stage de soudage")
    assert "[téléphone]" in found["text"] and kinds(found)[0] == "masked"
    body = {"text": "Marie Martin veut apprendre à souder", "category": "formation"}
    assert (await trainer.call("/api/studio/examples", body))[0] == 201
    assert "[nom] veut apprendre à souder" in studio.sentences("formation")
    assert "Martin" not in studio.file("formation")


async def test_while_names_are_not_found_yet_it_is_said_and_the_search_goes_on(studio: Studio, trainer: Staff) -> None:
    studio.rasa.mask_delay = 2.5
    found = await verdict(trainer, "Marie Martin veut apprendre à souder")
    assert kinds(found)[0] == "names_unknown" and "vérifiez qu’il n’y en a pas" in said(found)
    studio.rasa.mask_delay = 0.0
    body = {"text": "Marie Martin veut apprendre à souder", "category": "formation"}
    status, answer = await trainer.call("/api/studio/examples", body)
    assert status == 201 and answer["examples"][0]["text"] == "[nom] veut apprendre à souder"


@pytest.mark.parametrize("text", ["", "   ", "?!", "a" * 2_001, "=1+1"])
async def test_what_is_no_sentence_is_refused(trainer: Staff, text: str) -> None:
    found = await verdict(trainer, text)
    assert found["refused"] and kinds(found)[0] == "unusable"
    status, body = await trainer.call("/api/studio/examples", {"text": text, "category": "formation"})
    assert status == 422 and body["error"]["message"]


async def test_examples_are_written_with_their_origin(studio: Studio, trainer: Staff) -> None:
    before = studio.file("formation")
    status, body = await trainer.call("/api/studio/examples", {"text": f" {NEW}\n", "category": "formation"})
    assert status == 201
    assert body["examples"][0]["text"] == NEW
    after = studio.file("formation")
    assert after.startswith(before.rstrip("\n"))
    assert trainer.account in after.removeprefix(before.rstrip("\n"))
    assert studio.sentences("formation").count(NEW) == 1
    (entry,) = [entry for entry in await studio.log("example.added") if entry.account_id == trainer.account]
    assert (entry.subject, entry.details["entries"]) == ("formation", 1)


@pytest.mark.parametrize(
    ("text", "category", "status", "code"),
    [
        (OTHER, "formation", 409, "contradiction"),
        (KNOWN, "formation", 409, "duplicate"),
        (NEW, "rien", 422, "unknown_category"),
        (NEW, "", 422, "unknown_category"),
    ],
)
async def test_refusals_of_the_api(
    studio: Studio, trainer: Staff, text: str, category: str, status: int, code: str
) -> None:
    before = studio.file("formation")
    answered, body = await trainer.call("/api/studio/examples", {"text": text, "category": category})
    assert (answered, body["error"]["code"]) == (status, code)
    assert body["error"]["message"].endswith(".")
    assert studio.file("formation") == before


async def test_many_examples_are_all_written_or_none(studio: Studio, trainer: Staff) -> None:
    good = [{"text": f"{NEW} numéro {number}", "category": "formation"} for number in ("un", "deux")]
    status, body = await trainer.call(
        "/api/studio/examples", {"examples": [*good, {"text": OTHER, "category": "formation"}]}
    )
    assert status == 409 and words(body["error"]["message"]).startswith("Phrase 3 : Existe déjà")
    twice = [*good, {"text": good[0]["text"].upper(), "category": "juridique"}]
    status, body = await trainer.call("/api/studio/examples", {"examples": twice})
    assert status == 409 and body["error"]["code"] == "contradiction"
    assert NEW not in studio.file("formation")
    status, body = await trainer.call("/api/studio/examples", {"examples": good})
    assert status == 201 and len(body["examples"]) == 2
    assert studio.sentences("formation")[-2:] == [one["text"] for one in good]


@pytest.mark.parametrize("body", [{}, {"text": 1}, {"examples": []}, {"examples": [1]}, {"examples": "a"}])
async def test_bodies_of_another_form(trainer: Staff, body: dict[str, Any]) -> None:
    assert (await trainer.call("/api/studio/examples", body))[0] == 400


async def test_a_hand_edit_counts_at_once(studio: Studio, trainer: Staff) -> None:
    path = studio.data / "nlu" / "juridique.yml"
    path.write_text(path.read_text("utf-8") + f"    - {NEW}\n", "utf-8")
    assert kinds(await verdict(trainer, NEW))[0] == "contradiction"


async def test_a_sentence_is_written_after_its_verdict_was_shown(studio: Studio, trainer: Staff) -> None:
    first = await trainer.post(PAGE, category="formation", text=NEW)
    page = await first.text()
    assert first.status == 200 and "hésite entre" in words(page) or "sans certitude" in words(page)
    assert NEW not in studio.file("formation")
    changed = await trainer.post(PAGE, category="formation", text=f"{NEW} vite", seen=hidden(page, "seen"))
    assert changed.status == 200, "the verdict of another sentence was seen"
    second = await trainer.post(PAGE, category="formation", text=f"  {NEW}\r\n", seen=hidden(page, "seen"))
    assert second.status == 303 and second.headers["Location"] == f"{PAGE}?sujet=formation"
    assert NEW in studio.sentences("formation")
    _, page = await trainer.get(PAGE)
    assert NEW in words(page), "it stands among the latest"


async def test_a_contradiction_is_refused_with_the_reason(studio: Studio, trainer: Staff) -> None:
    answer = await trainer.post(PAGE, category="formation", text=OTHER, seen=f"formation {OTHER}")
    page = words(await answer.text())
    assert answer.status == 422 and "Existe déjà dans « Question juridique" in page and OTHER in page
    assert OTHER not in studio.sentences("formation")


async def send(trainer: Staff, path: str, *fields: tuple[str, str], file: bytes | None = None) -> tuple[int, str, str]:
    form = aiohttp.FormData([("csrf", trainer.csrf), *fields])
    if file is not None:
        form.add_field("fichier", file, filename="phrases.xlsx")
    form.add_field("fin", "1", content_type="text/plain")
    async with trainer.http.post(trainer.url + path, data=form, allow_redirects=False) as response:
        return response.status, await response.text(), response.headers.get("Location", "")


async def test_pasted_sentences_are_shown_before_they_are_written(studio: Studio, trainer: Staff) -> None:
    text = f"{NEW}\n{OTHER}\n{KNOWN}\n{NEW.upper()}\npasser le permis nacelle avant Noël"
    before = studio.file("formation")
    status, page, _ = await send(trainer, f"{PAGE}/lot", ("category", "formation"), ("phrases", text))
    assert status == 200 and studio.file("formation") == before
    assert "2 phrases à ajouter, 3 refusées" in words(page)
    assert page.count('name="garder"') == 5 and page.count(" disabled") == 3 and page.count(" checked") == 2
    lines = hidden(page, "lignes")
    ticked = [("garder", str(place)) for place in range(5)]  # those that are refused too, as somebody might send them
    status, page, _ = await send(trainer, f"{PAGE}/lot/ajouter", ("lignes", lines), ("origine", "studio"), *ticked)
    assert status == 409 and "2 phrases ajoutées" in words(page) and "contradiction" in words(page)
    assert studio.sentences("formation")[-2:] == [NEW, "passer le permis nacelle avant Noël"]
    assert studio.sentences("juridique").count(OTHER) == 1


async def test_an_excel_file_with_subjects(studio: Studio, trainer: Staff) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Phrase", "Sujet"],
        [NEW, "Formation"],
        ["un concurrent copie notre brevet de vérin", "juridique"],
        ["où souder", "Rien de tel"],
        ["passer le permis nacelle avant Noël", None],
        ["=1+1", "Formation"],
    ):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    status, page, _ = await send(trainer, f"{PAGE}/lot", ("category", "adhesion"), file=stream.getvalue())
    assert status == 200 and "3 phrases à ajouter, 2 refusées" in words(page)
    assert "Rien de tel" in words(page)
    lines = hidden(page, "lignes")
    status, _, address = await send(
        trainer, f"{PAGE}/lot/ajouter", ("lignes", lines), ("origine", "import"), ("garder", "0"), ("garder", "3")
    )
    assert (status, address) == (303, PAGE)
    assert NEW in studio.sentences("formation")
    assert "passer le permis nacelle avant Noël" in studio.sentences("adhesion")
    assert "un concurrent copie notre brevet de vérin" not in studio.sentences("juridique")
    assert "import" in studio.file("formation")


async def test_a_file_above_the_usual_size_is_read(studio: Studio, trainer: Staff) -> None:
    rows = "\n".join(f"{NEW} avec le chef de l’équipe {number} {'x' * 150};Formation" for number in range(600))
    status, page, _ = await send(trainer, f"{PAGE}/lot", ("category", ""), file=f"phrase;sujet\n{rows}".encode())
    assert status == 200 and page.count('name="garder"') == 600
    status, page, _ = await send(trainer, f"{PAGE}/lot", ("category", ""), file=b"x\n" * 2_001)
    assert status == 422 and "plus de 2 000 lignes" in words(page)


async def test_nothing_pasted_nothing_ticked(trainer: Staff) -> None:
    status, page, _ = await send(trainer, f"{PAGE}/lot", ("category", "formation"), ("phrases", " \n"))
    assert status == 422 and "Aucune phrase n’a été trouvée" in words(page)
    for lines in ("", "[]", "{", '[["a","formation",1]]', '[[1,2,3],"a",null]'):
        status, _, address = await send(trainer, f"{PAGE}/lot/ajouter", ("lignes", lines), ("origine", "studio"))
        assert (status, address) == (303, PAGE)
