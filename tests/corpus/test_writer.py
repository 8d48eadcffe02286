"""Changing example files: what is meant changes, every other byte stays; what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.changes import Change
from corpus.edition import Origin
from corpus.errors import (
    BrokenFileError,
    ByHandOnlyError,
    ChangedSentenceError,
    DuplicateSentenceError,
    ForgottenError,
    InvalidSentenceError,
    PrivateOriginError,
    UnknownIntentError,
)
from corpus.regressions import RegressionWriter
from corpus.writer import CorpusWriter
from directory.writer import NotOwnerError
from tests.corpus.files import contents, lines, named, texts
from understanding.corpus import read_corpus

STUDIO = Origin("studio", account="ab12", at=datetime(2026, 5, 4, 10, 12, tzinfo=UTC))
MEMBER = Origin("member", conversation_id="1e5", account="ab12")


def test_what_is_read_is_what_training_reads(writer: CorpusWriter, folder: Path) -> None:
    edition = writer.read()
    assert sorted((one.intent, one.text, one.voice) for one in edition.sentences) == texts(folder)
    first = named(writer, "Qui paie la formation ?")
    assert (first.file, first.line, first.topic) == ("nlu/formation.yml", 9, "former : soudeurs")
    salon = named(writer, "Salon de l'emploi")
    assert (salon.line, salon.private, salon.origin) == (9, False, None)
    assert {intent: len(found) for intent, found in edition.by_intent.items()} == {"emploi": 3, "formation": 5}
    assert writer.read() is edition


def test_new_sentences_have_a_block_of_their_own_at_the_end(writer: CorpusWriter, folder: Path) -> None:
    before = contents(folder)
    change = writer.add("formation", [("Financer  un\nCQPM ?", STUDIO), ('Le "lean" : former', Origin("import"))])
    assert [one.text for one in change.added] == ["Financer un CQPM ?", 'Le "lean" : former'] and not change.removed
    assert lines(before, contents(folder)) == [
        "+# ajoutées dans l’atelier",
        "+- intent: formation",
        "+  examples:",
        '+  - text: "Financer un CQPM ?"',
        '+    metadata: {origine: studio, par: ab12, le: "2026-05-04T10:12:00Z"}',
        '+  - text: "Le \\"lean\\" : former"',
        "+    metadata: {origine: import}",
    ]
    assert named(writer, "Financer un CQPM ?").origin == STUDIO
    before = contents(folder)
    writer.add("formation", [("Encore une", Origin("studio"))])
    assert lines(before, contents(folder)) == ['+  - text: "Encore une"', "+    metadata: {origine: studio}"]
    assert ("formation", "Encore une", "") in texts(folder)


def test_a_file_that_is_missing_is_made(writer: CorpusWriter, folder: Path) -> None:
    change = writer.add("saluer", [("Bonjour", STUDIO)])
    assert ("saluer", "Bonjour", "") in texts(folder)
    writer.undo(change)
    assert not (folder / "nlu" / "saluer.yml").exists()


@pytest.mark.parametrize("empty", ["nlu:\n", "nlu: []\n", "# rien\nnlu: ~\nresponses: {}\n"])
def test_a_file_without_examples_takes_the_first(writer: CorpusWriter, folder: Path, empty: str) -> None:
    (folder / "nlu" / "saluer.yml").write_text(empty, "utf-8")
    writer.add("saluer", [("Bonjour", STUDIO)])
    assert ("saluer", "Bonjour", "") in texts(folder)


def test_an_edit_changes_one_line(writer: CorpusWriter, folder: Path) -> None:
    before = contents(folder)
    writer.edit(named(writer, "Former deux soudeurs").id, "Former trois soudeurs : qui ?")
    writer.edit(named(writer, "Trouver un « alternant »").id, "Trouver un # « apprenti »")
    writer.edit(named(writer, "Recruter un tourneur").id, "Recruter : un fraiseur")
    assert lines(before, contents(folder)) == [
        "-  - text: Recruter un tourneur",
        '-  - text: "Trouver un « alternant »"',
        '+  - text: "Recruter : un fraiseur"',
        '+  - text: "Trouver un # « apprenti »"',
        "-    - Former deux soudeurs",
        "+    - Former trois soudeurs : qui ?",
    ]


def test_a_sentence_moves_with_what_is_known_of_it(writer: CorpusWriter, folder: Path) -> None:
    before = contents(folder)
    moved = [named(writer, "Comment monter un plan de formation"), named(writer, "Former deux soudeurs")]
    writer.move([one.id for one in moved], "emploi")
    after = contents(folder)
    assert lines({"f": before["nlu/formation.yml"]}, {"f": after["nlu/formation.yml"]}) == [
        "-    - Former deux soudeurs",
        "-    - Comment monter un plan de formation",
    ]
    assert ("emploi", "Comment monter un plan de formation", "ingenieurs") in texts(folder)
    assert len(texts(folder)) == 8


def test_a_block_goes_with_its_last_sentence_and_comments_stay(writer: CorpusWriter, folder: Path) -> None:
    before = contents(folder)
    writer.delete([one.id for one in writer.read().sentences if one.voice == "ingenieurs" or one.intent == "emploi"])
    after = contents(folder)
    assert after["nlu/emploi.yml"] == b'version: "3.1"\nnlu:\n  # un commentaire\n'
    assert (
        after["nlu/formation.yml"] == before["nlu/formation.yml"][: before["nlu/formation.yml"].index(b"- intent", 60)]
    )
    writer.add("emploi", [("Recruter deux tourneurs", STUDIO)])
    assert ("emploi", "Recruter deux tourneurs", "") in texts(folder)


def _changes() -> list[Callable[[CorpusWriter], Change]]:
    return [
        lambda writer: writer.add("emploi", [("Un CDI", STUDIO)]),
        lambda writer: writer.add("emploi", [("Un CDI", MEMBER)], private=True),
        lambda writer: writer.edit(named(writer, "Former deux soudeurs").id, "autre"),
        lambda writer: writer.edit(named(writer, "Salon de l'emploi").id, "autre"),
        lambda writer: writer.move([one.id for one in writer.read().sentences], "saluer"),
        lambda writer: writer.delete([named(writer, "Qui paie la formation ?").id]),
        lambda writer: writer.delete([one.id for one in writer.read().sentences]),
    ]


@pytest.mark.parametrize("change", _changes())
@pytest.mark.parametrize("form", ["plain", "windows", "no end"])
def test_every_change_is_taken_back_to_the_byte(
    writer: CorpusWriter, folder: Path, change: Callable[[CorpusWriter], Change], form: str
) -> None:
    for file in (folder / "nlu").glob("*.yml"):
        content = file.read_bytes()
        if form == "windows":
            content = b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")
        file.write_bytes(content.rstrip(b"\r\n") if form == "no end" else content)
    before, said = contents(folder), texts(folder)
    done = change(writer)
    after = contents(folder)
    assert after != before and texts(folder) != said
    if form == "windows":
        assert all(
            b"\n" not in one.replace(b"\r\n", b"")
            for name, one in after.items()
            if name in before and name[:4] == "nlu/"
        )
        assert all(after[name][:3] == b"\xef\xbb\xbf" for name in before if name.startswith("nlu/"))
    back = writer.undo(done)
    assert contents(folder) == before
    writer.undo(back)
    assert contents(folder) == after


def test_what_changed_meanwhile_is_kept_when_a_change_is_taken_back(writer: CorpusWriter, folder: Path) -> None:
    gone = writer.delete([named(writer, "Qui paie la formation ?").id])
    writer.add("formation", [("Encore une", STUDIO)])
    file = folder / "nlu" / "formation.yml"
    file.write_text("# à la main\n" + file.read_text("utf-8"), "utf-8")
    writer.undo(gone)
    assert "- une formation pour l'atelier ?\n\n    - Qui paie la formation ?\n" in file.read_text("utf-8")
    assert ("formation", "Encore une", "") in texts(folder) and file.read_text("utf-8").startswith("# à la main")


def test_where_its_lines_are_gone_a_sentence_returns_at_the_end(writer: CorpusWriter, folder: Path) -> None:
    gone = writer.delete([named(writer, "Comment monter un plan de formation").id])
    file = folder / "nlu" / "formation.yml"
    text = file.read_text("utf-8")
    file.write_text(text[: text.index("# former : apprentis")], "utf-8")
    writer.undo(gone)
    assert ("formation", "Comment monter un plan de formation", "ingenieurs") in texts(folder)


def test_what_somebody_changed_is_never_overwritten(writer: CorpusWriter, folder: Path) -> None:
    sentence = named(writer, "Former deux soudeurs")
    file = folder / "nlu" / "formation.yml"
    file.write_text(file.read_text("utf-8").replace("deux soudeurs", "quatre soudeurs"), "utf-8")
    before = contents(folder)
    changes: list[Callable[[], Change]] = [
        lambda: writer.edit(sentence.id, "Former dix soudeurs"),
        lambda: writer.move([sentence.id], "emploi"),
        lambda: writer.delete([named(writer, "Qui paie la formation ?").id, sentence.id]),
    ]
    for change in changes:
        with pytest.raises(ChangedSentenceError) as caught:
            change()
        assert caught.value.now is not None and caught.value.now.text == "Former quatre soudeurs"
    assert contents(folder) == before
    with pytest.raises(ChangedSentenceError) as caught:
        writer.delete(["0000"])
    assert caught.value.now is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidSentenceError),
        (" \u200b ", InvalidSentenceError),
        ("?!", InvalidSentenceError),
        ("a" * 2001, InvalidSentenceError),
        ("a\x07", InvalidSentenceError),
        ("a\ud800", InvalidSentenceError),
        ("voir [Pau](lieu)", InvalidSentenceError),
        ("former DEUX soudeurs !", DuplicateSentenceError),
    ],
)
def test_a_text_that_cannot_be_an_example_is_refused(
    writer: CorpusWriter, folder: Path, text: str, error: type[Exception]
) -> None:
    before = contents(folder)
    with pytest.raises(error):
        writer.add("emploi", [("Une bonne", STUDIO), (text, STUDIO)])
    with pytest.raises(error):
        writer.edit(named(writer, "Recruter un tourneur").id, text)
    assert contents(folder) == before


def test_what_is_refused_says_why(writer: CorpusWriter, folder: Path) -> None:
    with pytest.raises(DuplicateSentenceError, match="deux fois"):
        writer.add("emploi", [("Une", STUDIO), ("une !", STUDIO)])
    for unknown in ("jardinage", "ancien"):
        with pytest.raises(UnknownIntentError, match=unknown):
            writer.add(unknown, [("Une", STUDIO)])
    with pytest.raises(PrivateOriginError):
        writer.add("emploi", [("Une", MEMBER)])
    with pytest.raises(NotOwnerError):
        CorpusWriter(folder, owner=False).add("emploi", [("Une", STUDIO)])


def test_a_broken_file_is_told_and_the_others_stay_readable(writer: CorpusWriter, folder: Path) -> None:
    file = folder / "nlu" / "emploi.yml"
    file.write_text(file.read_text("utf-8") + "  - text: 'jamais fermé\n", "utf-8")
    edition = writer.read()
    (fault,) = edition.faults
    assert (fault.file, fault.line) == ("nlu/emploi.yml", 11) and "jamais fermé" in fault.sentence
    assert set(edition.by_intent) == {"formation"}
    with pytest.raises(BrokenFileError, match="ligne 11"):
        writer.add("emploi", [("Une", STUDIO)])
    writer.add("formation", [("Une", STUDIO)])


def test_what_is_written_in_another_way_is_left_to_people(writer: CorpusWriter, folder: Path) -> None:
    file = folder / "nlu" / "saluer.yml"
    block = "- intent: saluer\n  examples: &a >\n    - bonjour\n\n    - salut\n- intent: saluer\n  examples: *a\n"
    for text in (f"nlu:\n{block}", "nlu: [{intent: saluer, examples: [{text: bonjour}, {text: salut}]}]\n"):
        file.write_text(text, "utf-8")
        first = writer.read().by_intent["saluer"][0].id
        with pytest.raises(ByHandOnlyError, match="saluer"):
            writer.delete([first])
        with pytest.raises(ByHandOnlyError, match="saluer"):
            writer.edit(first, "coucou")
        assert file.read_text("utf-8") == text


def test_a_members_sentence_becomes_public_only_rewritten(writer: CorpusWriter, folder: Path) -> None:
    writer.add("emploi", [("M. Durand veut embaucher à Pau", MEMBER)], private=True)
    private = named(writer, "M. Durand veut embaucher à Pau")
    assert private.private and private.file == "nlu/membres/emploi.yml" and private.origin == MEMBER
    assert [one.origin for one in read_corpus(folder / "nlu") if one.origin] == ["1e5"]
    with pytest.raises(InvalidSentenceError, match="Réécrivez"):
        writer.rewrite_private(private.id, "M. Durand veut embaucher à Pau !")
    writer.rewrite_private(private.id, "Nous voulons embaucher")
    assert not (folder / "nlu" / "membres" / "emploi.yml").exists()
    public = named(writer, "Nous voulons embaucher")
    assert (public.file, public.origin) == ("nlu/emploi.yml", Origin("rewritten"))
    assert b"1e5" not in b"".join(contents(folder).values())
    with pytest.raises(InvalidSentenceError, match="déjà publique"):
        writer.rewrite_private(public.id, "Nous embauchons")


def test_a_forgotten_conversation_leaves_nothing_and_does_not_come_back(writer: CorpusWriter, folder: Path) -> None:
    before = contents(folder)
    other = Origin("member", conversation_id="2")
    writer.add("emploi", [("mot secret", MEMBER), ("garder", other)], private=True)
    writer.add("formation", [("autre mot secret", MEMBER)], private=True)
    moved = writer.move([named(writer, "mot secret").id], "formation")
    questions = RegressionWriter(folder)
    questions.add("question au mot secret ?", "emploi", origin=MEMBER)
    gone = writer.delete([named(writer, "autre mot secret").id])
    writer.forget("1e5")
    after = contents(folder)
    assert b"secret" not in b"".join(after.values()) and questions.read().questions == ()
    assert set(after) - set(before) == {"nlu/membres/emploi.yml"} and b"garder" in after["nlu/membres/emploi.yml"]
    for change in (gone, moved):
        with pytest.raises(ForgottenError):
            writer.undo(change)
    with pytest.raises(ForgottenError):
        writer.add("emploi", [("encore", MEMBER)], private=True)


def test_sentences_of_several_intents_are_added_together_or_not_at_all(writer: CorpusWriter, folder: Path) -> None:
    before, intents = contents(folder), list(writer.read().by_intent)[:2]
    rows = {intent: [(f"une toute nouvelle phrase de {intent}", STUDIO)] for intent in intents}
    with pytest.raises(UnknownIntentError):
        writer.add_all({**rows, "rien_de_tel": [("une autre phrase toute neuve", STUDIO)]})
    assert contents(folder) == before
    change = writer.add_all(rows)
    assert {sentence.intent for sentence in change.added} == set(intents)
    writer.undo(change)
    assert contents(folder) == before
