"""What officers see of a conversation in which nobody was named: the likeliest subject and the place."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.support.fake_rasa import NBSP, FakeRasa, said
from tests.support.staff import staff
from tests.website.conftest import Member, Site
from website import supposed
from website.supposed import Supposed
from website.texts import HANDOFF_PAYLOAD

JONZAC = {"kind": "commune", "text": "jonzac", "codes": ["17197"], "departements": [], "name": "", "certain": True}
CHOOSE = {"decision": "choose", "categories": ["financement", "nouvelle_machine"], "place": JONZAC}


@pytest.mark.parametrize(
    ("understanding", "told"),
    [
        (CHOOSE, Supposed("financement", "17197", "Jonzac")),
        ({"decision": "answer", "categories": ["formation"], "place": None}, Supposed("formation")),
        ({"decision": "conversation", "categories": ["saluer"], "place": None}, Supposed()),
        ({"decision": "rephrase", "categories": []}, Supposed()),
        ({**CHOOSE, "place": {**JONZAC, "certain": False}}, Supposed("financement")),
        ({**CHOOSE, "place": {**JONZAC, "codes": ["17197", "17415"]}}, Supposed("financement")),
        ({**CHOOSE, "place": {**JONZAC, "codes": ["00000"]}}, Supposed("financement")),
        ({**CHOOSE, "categories": ["no_such"], "place": {}}, Supposed()),
        ({}, Supposed()),
        (None, Supposed()),
    ],
)
def test_what_a_message_tells(understanding: dict[str, Any] | None, told: Supposed) -> None:
    assert supposed.read(understanding) == told


async def test_an_officer_sees_what_was_left_open(any_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    member = await Member(http, any_site.url).open()
    buttons = [
        {"title": "Financement et aides", "payload": "/financement", "category": "financement"},
        {"title": "Autre chose", "payload": "/infirmer"},
    ]
    rasa.understanding = CHOOSE
    rasa.script = lambda text: [said(f"Votre question porte plutôt sur{NBSP}:", buttons=buttons)]
    await member.ask("une machine mais pas les sous, à jonzac")
    rasa.understanding, rasa.script = None, lambda text: [said("Je transmets.", handoff={"antenna": "bordeaux"})]
    await member.answered(await member.press(HANDOFF_PAYLOAD))
    async with staff(any_site.storage, any_site.url) as officer:
        _, inbox = await officer.get("/console")
        _, page = await officer.get(f"/console/c/{member.id}")
    assert f"<b>Financement et aides{NBSP}?</b>" in inbox and "<span>Jonzac</span>" in inbox
    assert f'Financement et aides{NBSP}? <span class="muted">· Jonzac</span></h1>' in page
    offered = page.partition('class="offered"')[2].partition("</p>")[0]
    assert "<span>Financement et aides</span>" in offered and "Autre chose" not in offered
