"""What the action says for every commune and every category, against the lookup rule computed the slow way."""

from __future__ import annotations

import pytest

from actions import desk
from actions.dossier import Dossier
from actions.moves.orient import orient
from actions.turn import Desk, Turn
from tests.actions.conftest import TUESDAY
from tests.actions.talk import ROOT, Talk
from tests.directory.oracle import SERVED, Oracle
from understanding.places.place import Place


@pytest.fixture
def opened(talk: Talk) -> Desk:
    """The desk over the demonstration directory."""
    return desk.open_desk(TUESDAY)


def test_the_contact_is_the_one_of_the_lookup_rule(opened: Desk) -> None:
    oracle = Oracle(ROOT / "data" / "directory")
    categories = list(opened.catalogue.categories)
    assert len(SERVED) == 8_739 and categories
    day = TUESDAY.date()
    for code in SERVED:
        place = Place("commune", "", codes=(code,))
        for category in categories:
            turn = Turn(category, "…", "answer", (category,), place)
            dossier, [said] = orient(Dossier(), turn, opened)
            assert said.custom is not None
            answer = dict(said.custom)
            assert answer.pop("reason")
            assert answer == oracle.for_commune(category, code, day), (category, code)
            assert dossier.lieu == place and dossier.repondu
