"""The release note: what a new model does otherwise than the one in service.

What is found is kept as JSON in `Comparison.content`:

- `regressions`: `total`, and of each question that fails or that is read with another effect its id, the truth and both
  readings. The sentence itself stands in the files. `asked` holds the truth of each question that was put to the model,
  by its id: what was added or changed since is not among them, and is put to it before it goes online.
- `members`: `total`, `known` (with a known truth), counts and items (`better`, `worse`, `changed`), each with
  the place of the sentence, never the sentence.
- `held_out`: how many of the examples that both hold each training understood before it had read them.
- `cross`: the same by a repeated cross-validation on a sample.

A model that was never compared has a note of its regression questions alone (`questions_only`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from corpus.regressions import Regression
from releases.members import MemberSentence
from releases.models import Comparison
from releases.readings import Grade, Reading, grade
from understanding.intents.held_out import HeldOut
from understanding.shares import Share, share

MOST_ITEMS = 60
"""Sentences listed of each kind; the counts know them all."""
RESAMPLES = 2_000


def passes(question: Regression, reading: Reading) -> bool:
    """Whether a question is understood as it must be: the assistant acts on it, or offers it first."""
    found = grade(reading, question.category, question.second)
    if question.second is not None:
        return found is Grade.RIGHT
    return found is Grade.RIGHT or (found is Grade.OFFERED and reading.categories[:1] == (question.category,))


def regressions(
    questions: Sequence[Regression], before: Sequence[Reading] | None, after: Sequence[Reading]
) -> dict[str, Any]:
    """What becomes of the regression questions.

    Args:
        questions: All of them.
        before: How the model in service reads them; None where there is none.
        after: How the new one does.
    """
    failing, mended = [], []
    for number, (question, new) in enumerate(zip(questions, after)):
        old = before[number] if before else None
        passed = None if old is None else passes(question, old)
        item = {
            "id": question.id,
            "category": question.category,
            "second": question.second,
            "before": old.as_dict() if old else None,
            "after": new.as_dict(),
            "passed_before": passed,
        }
        if not passes(question, new):
            failing.append(item)
        elif passed is False:
            mended.append(item)
    asked = {question.id: _truth(question) for question in questions}
    return {"total": len(questions), "failing": failing, "mended": mended, "asked": asked}


def _truth(question: Regression) -> list[str | None]:
    return [question.category, question.second]


def unasked(content: Mapping[str, Any] | None, questions: Iterable[Regression]) -> list[Regression]:
    """The questions that were not put to a model, or not with the truth that they have now.

    Args:
        content: Of its note; None where there is none.
        questions: All of them as they are now.
    """
    asked = content["regressions"].get("asked", {}) if content is not None else {}
    return [question for question in questions if asked.get(question.id) != _truth(question)]


def members(
    sentences: Sequence[MemberSentence], before: Sequence[Reading] | None, after: Sequence[Reading]
) -> dict[str, Any]:
    """What becomes of the members' sentences.

    Args:
        sentences: All of them.
        before: How the model in service reads them; None where there is none.
        after: How the new one does.
    """
    found: dict[str, list[tuple[float, dict[str, Any]]]] = {"better": [], "worse": [], "changed": []}
    known = sum(sentence.truth is not None for sentence in sentences)
    for sentence, old, new in zip(sentences, before or (), after):
        kind = ""
        if sentence.truth is not None:
            change = grade(new, sentence.truth) - grade(old, sentence.truth)
            kind = "better" if change > 0 else "worse" if change < 0 else ""
        elif not old.same_for_the_member(new):
            kind = "changed"
        if kind:
            item = {
                "conversation": sentence.conversation_id,
                "seq": sentence.seq,
                "truth": sentence.truth,
                "before": old.as_dict(),
                "after": new.as_dict(),
            }
            found[kind].append((old.certainty, item))
    result: dict[str, Any] = {"total": len(sentences), "known": known}
    for kind, items in found.items():
        items.sort(key=lambda pair: -pair[0])
        result[kind] = {"count": len(items), "items": [item for _, item in items[:MOST_ITEMS]]}
    return result


def held_out(before: Iterable[HeldOut], after: Iterable[HeldOut]) -> dict[str, Any] | None:
    """How many of the examples that both models hold each training understood before it had read them.

    Returns:
        None where they have none in common.
    """
    old = {(row.text, row.intent): _is_right(row) for row in before}
    new = {(row.text, row.intent): _is_right(row) for row in after}
    common = [key for key in new if key in old]
    return paired([old[key] for key in common], [new[key] for key in common])


def _is_right(row: HeldOut) -> bool:
    return bool(row.ranking) and row.ranking[0][0] == row.intent


def cross(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `scripts.cross_validate` found, as shares with their intervals.

    Returns:
        None where nothing could be tested.
    """
    old, new = (
        [sum(turns) / len(turns) for turns in zip(*content[side])] for side in ("old", "new")
    )  # for each sentence, over the repetitions
    found = paired(old, new)
    if found is None:
        return None
    by_intent: dict[str, list[tuple[float, float]]] = {}
    for intent, one, other in zip(content["intents"], old, new):
        by_intent.setdefault(intent, []).append((one, other))
    means = {
        intent: [round(sum(pair[side] for pair in pairs) / len(pairs), 4) for side in (0, 1)]
        for intent, pairs in by_intent.items()
    }
    return {**found, "folds": content["folds"], "repeats": content["repeats"], "by_intent": means}


def paired(old: Sequence[float], new: Sequence[float]) -> dict[str, Any] | None:
    """Two shares over the same sentences, and their difference; None where there are no sentences."""
    if not new:
        return None
    difference: Share = share([after - before for before, after in zip(old, new)], RESAMPLES)
    return {
        "n": len(new),
        "old": share(old, RESAMPLES).as_dict(),
        "new": share(new, RESAMPLES).as_dict(),
        "difference": difference.as_dict(),
    }


def holding_back(content: Mapping[str, Any] | None, questions: Iterable[Regression]) -> list[dict[str, Any]]:
    """What a note says of the questions that fail and still stand.

    One that somebody deleted holds no model back, and one whose truth changed is put to it anew (`unasked`).

    Args:
        content: Of the note; None where there is none.
        questions: All of them as they are now.
    """
    standing = {question.id: _truth(question) for question in questions}
    failing: list[dict[str, Any]] = content["regressions"]["failing"] if content is not None else []
    return [item for item in failing if standing.get(item["id"]) == [item["category"], item["second"]]]


def failing_questions(content: Mapping[str, Any]) -> list[str]:
    """Ids of the regression questions that fail."""
    return [item["id"] for item in content["regressions"]["failing"]]


async def store(session: AsyncSession, model_id: str, against: str | None, content: dict[str, Any]) -> Comparison:
    """Keep a note in place of an earlier one of the same model."""
    kept = await session.get(Comparison, model_id) or Comparison(model_id=model_id)
    kept.against, kept.content = against, content
    kept.blocked = len(failing_questions(content))
    session.add(kept)
    await session.flush()
    return kept


async def add_answers(
    session: AsyncSession, model_id: str, questions: Sequence[Regression], after: Sequence[Reading]
) -> None:
    """Take what a model makes of further regression questions into its note; one that has none gets one.

    Args:
        session: The caller's transaction.
        model_id: The model.
        questions: What was put to it.
        after: How it reads each.
    """
    kept = await session.get(Comparison, model_id, populate_existing=True, with_for_update=True)
    if kept is None:
        empty = {"regressions": regressions([], None, []), "members": members([], None, [])}
        content = {**empty, "held_out": None, "cross": None, "questions_only": True}
        kept = await store(session, model_id, None, content)
    found, part = regressions(questions, None, after), kept.content["regressions"]
    _drop(part, found["asked"])
    part["failing"] += found["failing"]
    part["asked"] = part.get("asked", {}) | found["asked"]
    part["total"] = len(part["asked"])
    kept.blocked = len(part["failing"])
    flag_modified(kept, "content")
    await session.flush()


async def drop_questions(session: AsyncSession, ids: Iterable[str]) -> None:
    """Forget regression questions that were changed or deleted: what was read of them holds no model back any more."""
    gone = set(ids)
    for comparison in await session.scalars(select(Comparison).with_for_update()):
        part = comparison.content["regressions"]
        if _drop(part, gone):
            comparison.blocked = len(part["failing"])
            flag_modified(comparison, "content")
    await session.flush()


def _drop(part: dict[str, Any], gone: Container[str]) -> bool:
    """Take questions out of a note's part; whether it held any."""
    kept = {kind: [item for item in part[kind] if item["id"] not in gone] for kind in ("failing", "mended")}
    kept_asked = {key: truth for key, truth in part.get("asked", {}).items() if key not in gone}
    changed = any(len(kept[kind]) < len(part[kind]) for kind in kept) or len(kept_asked) < len(part.get("asked", {}))
    part |= {**kept, "asked": kept_asked}
    return changed
