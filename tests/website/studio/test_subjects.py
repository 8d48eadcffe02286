"""Subjects and their sentences over real HTTP and real files: found, edited, moved, deleted, taken back, never lost."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest

from releases.hashes import present_code
from releases.models import BotModel, Release
from tests.support.staff import Staff, staff
from tests.support.studio_data import KNOWN, OTHER
from tests.website.studio.conftest import Studio, words
from website.accounts.access import Role

FORMATION = "/studio/sujets/formation"


def identifier(page: str, text: str) -> str:
    """The id of a sentence on a page."""
    found = re.search(rf'/studio/sujets/phrases/([\w-]+)"[^>]*>\s*{re.escape(text)}', page)
    assert found, text
    return found[1]


async def id_of(trainer: Staff, text: str, subject: str = FORMATION) -> str:
    _, page = await trainer.get(f"{subject}?q={text}")
    return identifier(page, text)


async def edit(trainer: Staff, sentence: str, text: str) -> aiohttp.ClientResponse:
    """Send the form of the sentence that is called `KNOWN`."""
    fields = {"geste": "modifier", "text": text, "before": KNOWN, "subject": "formation"}
    return await trainer.post(f"/studio/sujets/phrases/{sentence}", **fields)


FIGURES: dict[str, Any] = {
    "n": 20,
    "categories": {
        "formation": {
            "n": 40,
            "right": {"value": 0.9, "low": 0.84, "high": 0.95},
            "offered": {"value": 0.98, "low": 0.95, "high": 1.0},
            "confused_with": [{"label": "emploi_metiers", "count": 4}],
        },
        "juridique": {"n": 40, "right": {"value": 0.4, "low": 0.3, "high": 0.5}, "offered": None, "confused_with": []},
    },
    "confusions": [
        {
            "of": "formation",
            "as": "emploi_metiers",
            "count": 4,
            "sentences": [
                {"text": KNOWN, "certainty": 0.9},
                {"text": "une phrase qui n’est plus là", "certainty": 0.8},
            ],
        }
    ],
}


async def put_online(studio: Studio) -> None:
    """Let a model with figures be in service."""
    async with studio.storage.write() as session:
        if await session.get(BotModel, "modele-0123456789ab") is None:
            fields = {"code_hash": present_code(), **dict.fromkeys(("data_hash", "sha256", "signature"), "0" * 64)}
            session.add(BotModel(id="modele-0123456789ab", size=1, figures=FIGURES, **fields))
            await session.flush()
            session.add(Release(model_id="modele-0123456789ab"))


async def test_cards_say_health_in_a_sentence(studio: Studio, trainer: Staff) -> None:
    await put_online(studio)
    status, page = await trainer.get("/studio/sujets")
    assert status == 200
    text = words(page)
    assert "Bien compris : 9 phrases sur 10." in text
    assert "Souvent confondu avec Emploi et métiers" in text
    assert "Mal compris : 4 phrases sur 10 seulement." in text
    assert "Pas encore mesuré" in text
    assert "Salutation" in text


async def test_a_subject_shows_what_it_is_confused_with(studio: Studio, trainer: Staff) -> None:
    await put_online(studio)
    _, page = await trainer.get(FORMATION)
    text = words(page)
    assert "Parfois pris pour « Emploi et métiers » (4 phrases)" in text
    identifier(page, KNOWN)
    assert "une phrase qui n’est plus là (plus dans les fichiers)" in text
    assert "90 % (entre 84 % et 95 %)" in text


async def test_who_covers_it(studio: Studio, trainer: Staff) -> None:
    _, page = await trainer.get(FORMATION)
    assert "Référent compétences" in page or "Qui suit ce sujet" in page
    assert "/console/annuaire" not in page
    async with staff(studio.storage, studio.url, Role.ADMIN, email="chef@exemple.fr") as admin:
        _, page = await admin.get(FORMATION)
    assert "/console/annuaire/interlocuteurs/" in page


async def test_search_and_pages(studio: Studio, trainer: Staff) -> None:
    lines = [
        {"text": f"Échéance {number} pour l'agrément du stage de soudage", "category": "formation"}
        for number in range(60)
    ]
    assert (await trainer.call("/api/studio/examples", {"examples": lines}))[0] in (201, 409)
    _, page = await trainer.get(f"{FORMATION}?q=echeance AGREMENT")
    assert "60 phrases d’exemple avec « echeance AGREMENT »" in words(page) and "Page 1 sur 2" in words(page)
    _, page = await trainer.get(f"{FORMATION}?q=echeance&page=2")
    assert page.count('name="phrase"') == 10
    _, page = await trainer.get(f"{FORMATION}?q=introuvable")
    assert "Aucune phrase ne contient « introuvable »." in words(page)
    for odd in ("0", "-1", "99", "x", "%00"):
        assert (await trainer.get(f"{FORMATION}?page={odd}"))[0] in (200, 404)
    assert (await trainer.get("/studio/sujets/rien"))[0] == 404


async def test_a_sentence_is_edited_and_only_it(studio: Studio, trainer: Staff) -> None:
    before = studio.file("formation")
    sentence = await id_of(trainer, KNOWN)
    answer = await trainer.post(
        f"/studio/sujets/phrases/{sentence}",
        geste="modifier",
        text=f"{KNOWN} depuis mars",
        before=KNOWN,
        subject="formation",
    )
    assert answer.status == 303
    assert studio.file("formation") == before.replace(KNOWN, f"{KNOWN} depuis mars")
    _, page = await trainer.get(answer.headers["Location"])
    assert "Modifiée par Marie Dupont" in words(page) and "Présente dans les fichiers" in words(page)


async def test_an_edit_that_contradicts_is_refused(studio: Studio, trainer: Staff) -> None:
    before = studio.file("formation")
    sentence = await id_of(trainer, KNOWN)
    for text in (OTHER, "", "?"):
        answer = await edit(trainer, sentence, text)
        assert answer.status == 422
    assert studio.file("formation") == before
    same = await edit(trainer, sentence, KNOWN.upper())
    assert same.status == 303, "a sentence does not contradict itself"


async def test_an_edit_after_a_hand_edit_shows_both(studio: Studio, trainer: Staff) -> None:
    sentence = await id_of(trainer, KNOWN)
    path = studio.data / "nlu" / "formation.yml"
    path.write_text(path.read_text("utf-8").replace(KNOWN, f"{KNOWN} ce matin"), "utf-8")
    by_hand = studio.file("formation")
    answer = await trainer.post(
        f"/studio/sujets/phrases/{sentence}",
        geste="modifier",
        text=f"{KNOWN} le soir",
        before=KNOWN,
        subject="formation",
    )
    page = words(await answer.text())
    assert answer.status == 409
    assert f"Dans le fichier maintenant {KNOWN} ce matin" in page
    assert f"Votre saisie {KNOWN} le soir" in page
    assert studio.file("formation") == by_hand


async def test_two_trainers_edit_the_same_sentence(studio: Studio, trainer: Staff, colleague: Staff) -> None:
    sentence = await id_of(trainer, KNOWN)
    assert (await edit(colleague, sentence, f"{KNOWN} hier")).status == 303
    answer = await edit(trainer, sentence, f"{KNOWN} demain")
    assert answer.status == 409
    page = words(await answer.text())
    assert f"{KNOWN} hier" in page and f"{KNOWN} demain" in page
    assert f"{KNOWN} hier" in studio.sentences("formation")


async def test_a_sentence_is_moved_and_taken_back(studio: Studio, trainer: Staff) -> None:
    before = sorted(studio.sentences("formation")), sorted(studio.sentences("juridique"))
    sentence = await id_of(trainer, KNOWN)
    answer = await trainer.post(f"{FORMATION}/phrases", phrase=sentence, geste="deplacer", vers="juridique")
    assert answer.status == 303
    assert KNOWN in studio.sentences("juridique") and KNOWN not in studio.sentences("formation")
    _, moved = await trainer.get(f"/studio/sujets/phrases/{await id_of(trainer, KNOWN, '/studio/sujets/juridique')}")
    assert "Déplacée depuis « Formation » par Marie Dupont" in words(moved)
    await undo(trainer, answer.headers["Location"])
    assert (sorted(studio.sentences("formation")), sorted(studio.sentences("juridique"))) == before


async def undo(trainer: Staff, address: str) -> None:
    _, page = await trainer.get(address)
    token = re.search(r'name="jeton" value="([^"]+)"', page)
    assert token
    answer = await trainer.post(f"{FORMATION}/retablir", jeton=token[1])
    assert answer.status == 303
    again = await trainer.post(f"{FORMATION}/retablir", jeton=token[1])
    _, page = await trainer.get(FORMATION, headers={"Cookie": cookies(trainer, again)})
    assert "ne peut plus être annulé" in words(page)


def cookies(trainer: Staff, answer: Any) -> str:
    flash = answer.cookies["flash"].value
    return f"session={trainer.token}; flash={flash}"


async def test_sentences_are_deleted_and_taken_back(studio: Studio, trainer: Staff, colleague: Staff) -> None:
    before = sorted(studio.sentences("formation"))
    sentence = await id_of(trainer, KNOWN)
    answer = await trainer.post(
        f"/studio/sujets/phrases/{sentence}", geste="supprimer", subject="formation", before=KNOWN, text=KNOWN
    )
    assert answer.status == 303 and KNOWN not in studio.sentences("formation")
    (entry,) = [one for one in await studio.log("example.deleted") if one.account_id == trainer.account]
    assert entry.subject == sentence
    _, page = await colleague.get(answer.headers["Location"])
    assert 'name="jeton"' not in page, "another's deed is not offered"
    await undo(trainer, answer.headers["Location"])
    assert sorted(studio.sentences("formation")) == before


async def test_nothing_ticked_and_unknown_targets(studio: Studio, trainer: Staff) -> None:
    before = studio.file("formation")
    sentence = await id_of(trainer, KNOWN)
    for fields in (
        {"geste": "supprimer"},
        {"geste": "deplacer", "phrase": sentence, "vers": "rien"},
        {"geste": "deplacer", "phrase": sentence, "vers": "formation"},
        {"geste": "supprimer", "phrase": "0000"},
    ):
        assert (await trainer.post(f"{FORMATION}/phrases", **fields)).status == 303
    assert studio.file("formation") == before


async def test_a_broken_file_is_told_and_the_rest_stays(studio: Studio, trainer: Staff) -> None:
    (studio.data / "nlu" / "juridique.yml").write_text("nlu:\n- intent: [\n", "utf-8")
    for address in ("/studio/ecrire", "/studio/sujets", FORMATION):
        status, page = await trainer.get(address)
        assert status == 200 and "juridique.yml" in page, address
    status, _ = await trainer.call(
        "/api/studio/examples", {"text": "un stage de tournage long", "category": "formation"}
    )
    assert status == 201
    status, body = await trainer.call("/api/studio/examples", {"text": "relire un bail", "category": "juridique"})
    assert status == 409 and "juridique.yml" in body["error"]["message"]


NEW_LINES = [f"faire voler notre planeur numéro {number} au-dessus de la piste {number * 7}" for number in range(1, 23)]


def draft(**changes: str) -> dict[str, str]:
    return {
        "label": "Essais en vol",
        "scope": "Faire voler un appareil pour l’essayer.",
        "boundary": "Acheter un appareil (nouvelle_machine).",
        "phrases": "\n".join(NEW_LINES),
        "contacts": "toulouse-industrie",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": ""}, "Indiquez un nom."),
        ({"label": "formation"}, "Ce nom est déjà pris."),
        ({"scope": " "}, "Dites ce qui relève de ce sujet."),
        ({"phrases": ""}, "Aucune phrase n’a été trouvée."),
        ({"phrases": "\n".join([*NEW_LINES[:15], KNOWN, OTHER, NEW_LINES[0]])}, "il en manque 5"),
        ({"contacts": "personne"}, "Cochez au moins une personne"),
    ],
)
async def test_a_new_subject_is_checked_whole(
    studio: Studio, trainer: Staff, changes: dict[str, str], said: str
) -> None:
    files = {path: path.read_bytes() for path in studio.data.rglob("*.yml")}
    answer = await trainer.post("/studio/sujets/nouveau", **draft(**changes))
    page = words(await answer.text())
    assert answer.status == 422 and said in page
    assert {path: path.read_bytes() for path in studio.data.rglob("*.yml")} == files


async def test_a_new_subject_is_written_to_all_files(studio: Studio, trainer: Staff) -> None:
    files = {path: path.read_bytes() for path in studio.data.rglob("*.yml")}
    first = await trainer.post("/studio/sujets/nouveau", **draft())
    page = await first.text()
    assert first.status == 200 and "Tout est en ordre : 22 phrases, 1 interlocuteur." in words(page)
    assert {path: path.read_bytes() for path in studio.data.rglob("*.yml")} == files
    mark = re.search(r'name="seen" value="(\w+)"', page)
    assert mark
    second = await trainer.post("/studio/sujets/nouveau", seen=mark[1], **draft())
    assert (second.status, second.headers["Location"]) == (303, "/studio/sujets/essais_vol")
    assert studio.sentences("essais_vol") == NEW_LINES
    assert "essais_vol" in (studio.data / "categories.yml").read_text("utf-8")
    assert "essais_vol" in (studio.data / "directory" / "directory.yml").read_text("utf-8")
    changed = {path.name for path in studio.data.rglob("*.yml") if files.get(path) != path.read_bytes()}
    assert changed == {"categories.yml", "essais_vol.yml", "directory.yml"}
    (entry,) = [one for one in await studio.log("subject.added") if one.account_id == trainer.account]
    assert (entry.subject, entry.details["contacts"]) == ("essais_vol", ["toulouse-industrie"])
    _, page = await trainer.get("/studio/sujets/essais_vol")
    assert "Toulouse" in words(page) and "22 phrases d’exemple" in words(page)
    found = await trainer.call("/api/studio/verdict", {"text": NEW_LINES[0], "category": "formation"})
    assert found[1]["refused"]
    late = await trainer.post("/studio/sujets/nouveau", seen=mark[1], **draft())
    assert late.status == 422 and "Ce nom est déjà pris." in words(await late.text())


async def test_merging_says_what_it_does_and_does_it(studio: Studio, trainer: Staff) -> None:
    own, others = studio.sentences("adhesion"), studio.sentences("evenement")
    status, page = await trainer.get("/studio/sujets/adhesion/fusionner?vers=evenement")
    assert status == 200 and f"{len(own)} phrases d’exemple de « Adhésion" in words(page)
    answer = await trainer.post("/studio/sujets/adhesion/fusionner", vers="evenement")
    assert (answer.status, answer.headers["Location"]) == (303, "/studio/sujets/evenement")
    assert sorted(studio.sentences("evenement")) == sorted(own + others)
    _, page = await trainer.get("/studio/sujets")
    assert "Sujets retirés" in words(page)
    assert (await trainer.get("/studio/sujets/adhesion/fusionner?vers=evenement"))[0] == 404
    (entry,) = [one for one in await studio.log("subject.merged") if one.account_id == trainer.account]
    assert (entry.subject, entry.details["to"]) == ("adhesion", "evenement")


async def test_retiring(studio: Studio, trainer: Staff) -> None:
    own = studio.sentences("adhesion")
    status, page = await trainer.get("/studio/sujets/adhesion/retirer")
    assert status == 200 and "ne sera plus proposé" in words(page)
    assert (await trainer.post("/studio/sujets/adhesion/retirer")).status == 303
    assert studio.sentences("adhesion") == own
    _, page = await trainer.get("/studio/sujets/adhesion")
    assert "Ce sujet est retiré" in words(page)
    assert [one for one in await studio.log("subject.retired") if one.account_id == trainer.account]
    status, body = await trainer.call("/api/studio/examples", {"text": "cotiser deux fois", "category": "adhesion"})
    assert status == 422, body


async def test_merging_into_nothing(trainer: Staff) -> None:
    for target in ("", "rien", "adhesion", "saluer"):
        assert (await trainer.get(f"/studio/sujets/adhesion/fusionner?vers={target}"))[0] == 303
        assert (await trainer.post("/studio/sujets/adhesion/fusionner", vers=target)).status == 303
