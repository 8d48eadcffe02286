"""What a release note finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.regressions import Regression
from database.storage import Storage
from releases import notes
from releases.members import MemberSentence
from releases.models import BotModel, Comparison
from releases.readings import Grade, Reading, grade
from understanding.intents.held_out import HeldOut

SLUGS = ("financement", "formation", "juridique")
readings = st.builds(
    lambda decision, categories: Reading(((categories[0], 0.8),), decision, tuple(categories)),
    st.sampled_from(["answer", "conversation", "choose", "rephrase", "human"]),
    st.lists(st.sampled_from(SLUGS), min_size=1, max_size=3, unique=True),
)


def read(decision: str, *categories: str) -> Reading:
    """A reading."""
    return Reading(((categories[0], 0.8),) if categories else (), decision, categories)


def test_grades() -> None:
    assert grade(read("answer", "formation"), "formation") is Grade.RIGHT
    assert grade(read("answer", "formation", "juridique"), "juridique") is Grade.RIGHT
    assert grade(read("answer", "formation"), "juridique") is Grade.WRONG
    assert grade(read("choose", "formation", "juridique"), "juridique") is Grade.OFFERED
    assert grade(read("choose", "formation"), "juridique") is Grade.MISSED
    assert grade(read("rephrase"), "juridique") is Grade.MISSED
    assert grade(read("answer", "formation", "juridique"), "juridique", "formation") is Grade.RIGHT
    assert grade(read("answer", "formation"), "juridique", "formation") is Grade.OFFERED
    assert grade(read("conversation", "hors_perimetre"), "hors_perimetre") is Grade.RIGHT
    assert grade(read("rephrase"), "hors_perimetre") is Grade.OFFERED
    assert grade(read("answer", "formation"), "hors_perimetre") is Grade.WRONG


def test_what_a_regression_question_asks_for() -> None:
    one, two = Regression("1", "x", "formation"), Regression("2", "x", "formation", "juridique")
    assert notes.passes(one, read("answer", "formation"))
    assert notes.passes(one, read("choose", "formation", "juridique"))
    assert not notes.passes(one, read("choose", "juridique", "formation"))
    assert not notes.passes(one, read("rephrase"))
    assert notes.passes(two, read("answer", "juridique", "formation"))
    assert not notes.passes(two, read("answer", "formation"))


def test_regressions_that_fail_and_those_mended() -> None:
    questions = [Regression(str(number), "x", "formation") for number in range(4)]
    right, wrong = read("answer", "formation"), read("answer", "juridique")
    found = notes.regressions(questions, [right, right, wrong, wrong], [right, wrong, right, wrong])
    assert found["total"] == 4
    assert [(row["id"], row["passed_before"]) for row in found["failing"]] == [("1", True), ("3", False)]
    assert [row["id"] for row in found["mended"]] == ["2"]
    first = notes.regressions(questions[:1], None, [wrong])
    assert first["failing"][0]["before"] is None and first["failing"][0]["passed_before"] is None


@given(st.lists(st.tuples(st.none() | st.sampled_from(SLUGS), readings, readings)))
def test_every_sentence_is_counted_once(rows: list[tuple[str | None, Reading, Reading]]) -> None:
    sentences = [MemberSentence("c", seq, "text", truth) for seq, (truth, _, _) in enumerate(rows)]
    found = notes.members(sentences, [row[1] for row in rows], [row[2] for row in rows])
    listed = [item["seq"] for kind in ("better", "worse", "changed") for item in found[kind]["items"]]
    assert len(listed) == len(set(listed))
    for truth, before, after in (rows[seq] for seq in listed):
        assert not before.same_for_the_member(after) or truth is not None
    swapped = notes.members(sentences, [row[2] for row in rows], [row[1] for row in rows])
    assert [swapped[kind]["count"] for kind in ("worse", "better", "changed")] == [
        found[kind]["count"] for kind in ("better", "worse", "changed")
    ]
    assert "text" not in str(found)


def test_no_model_in_service_nothing_changes() -> None:
    found = notes.members([MemberSentence("c", 1, "text", "formation")], None, [read("answer", "juridique")])
    assert found["total"] == 1 and not any(found[kind]["count"] for kind in ("better", "worse", "changed"))


def _held(text: str, first: str) -> HeldOut:
    return HeldOut(text, "formation", "", ((first, 0.9),))


def test_held_out_examples_are_compared_where_both_have_them() -> None:
    before = [
        *(_held(str(number), "formation" if number % 2 else "juridique") for number in range(40)),
        _held("x", "y"),
    ]
    after = [_held(str(number), "formation") for number in range(40)]
    found = notes.held_out(before, after)
    assert found is not None and found["n"] == 40
    assert (found["old"]["value"], found["new"]["value"], found["difference"]["value"]) == (0.5, 1.0, 0.5)
    assert found["difference"]["low"] > 0.3
    assert notes.held_out(before, [_held("another", "formation")]) is None


def test_the_repetitions_of_a_cross_validation_are_averaged() -> None:
    content = {
        "folds": 5,
        "repeats": 2,
        "intents": ["formation", "formation", "juridique"],
        "old": [[True, False, True], [False, False, True]],
        "new": [[True, True, True], [True, False, False]],
    }
    found = notes.cross(content)
    assert found is not None
    assert found["by_intent"] == {"formation": [0.25, 0.75], "juridique": [1.0, 0.5]}
    assert found["n"] == 3 and found["difference"]["value"] == round((0.5 + 0.5 - 0.5) / 3, 4)
    assert notes.cross({**content, "intents": [], "old": [[], []], "new": [[], []]}) is None


async def _note(storage: Storage, model_id: str, failing: list[str]) -> None:
    questions = [Regression(name, "x", "formation") for name in failing]
    wrong = [read("answer", "juridique") for _ in failing]
    content = {
        "regressions": notes.regressions(questions, None, wrong),
        "members": notes.members([], [], []),
        "held_out": None,
        "cross": None,
    }
    async with storage.write() as session:
        if await session.get(BotModel, model_id) is None:
            hashes = dict.fromkeys(("data_hash", "code_hash", "sha256", "signature"), "0" * 64)
            session.add(BotModel(id=model_id, size=1, **hashes))
            await session.flush()
        await notes.store(session, model_id, None, content)


async def test_a_changed_question_holds_no_model_back(storage: Storage) -> None:
    await _note(storage, "un", ["a", "b"])
    await _note(storage, "deux", ["c"])
    async with storage.write() as session:
        await notes.drop_questions(session, ["b", "d"])
    async with storage.read() as session:
        one, two = [await session.get_one(Comparison, name) for name in ("un", "deux")]
    assert one.blocked == 1 and notes.failing_questions(one.content) == ["a"]
    assert two.blocked == 1 and notes.failing_questions(two.content) == ["c"]


async def test_only_what_was_asked_with_its_present_truth_counts_as_asked(storage: Storage) -> None:
    one, two = Regression("a", "x", "formation"), Regression("b", "x", "formation", "juridique")
    assert notes.unasked(None, [one, two]) == [one, two]
    await _note(storage, "un", ["a", "b"])
    async with storage.write() as session:
        note = (await session.get_one(Comparison, "un")).content
        assert notes.unasked(note, [one, two]) == [two]
        await notes.add_answers(session, "un", [two], [read("answer", "juridique", "formation")])
        kept = await session.get_one(Comparison, "un")
        assert notes.unasked(kept.content, [one, two]) == [] and kept.blocked == 1
        await notes.drop_questions(session, ["a"])
    async with storage.read() as session:
        kept = await session.get_one(Comparison, "un")
    assert notes.unasked(kept.content, [one, two]) == [one] and kept.blocked == 0
    del kept.content["regressions"]["asked"]  # as notes were before they kept it
    assert notes.unasked(kept.content, [two]) == [two]


async def test_an_answer_takes_the_place_of_an_earlier_one(storage: Storage) -> None:
    await _note(storage, "un", ["a", "b"])
    question = Regression("a", "x", "juridique")
    async with storage.write() as session:
        await notes.add_answers(session, "un", [question], [read("answer", "juridique")])
    async with storage.read() as session:
        kept = await session.get_one(Comparison, "un")
    assert (kept.blocked, notes.failing_questions(kept.content)) == (1, ["b"])
    assert kept.content["regressions"]["total"] == 2


async def test_a_second_note_takes_the_place_of_the_first(storage: Storage) -> None:
    await _note(storage, "un", ["a", "b"])
    await _note(storage, "un", [])
    async with storage.read() as session:
        assert (await session.get_one(Comparison, "un")).blocked == 0
