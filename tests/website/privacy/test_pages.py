"""The pages about members' data, and the one of administrators."""

from __future__ import annotations

import aiohttp

from tests.support.fake_rasa import FakeRasa
from tests.support.staff import make_account, make_session
from tests.website.conftest import Member, StartSite
from tests.website.privacy.test_receipts import erase, until_closed
from website.accounts.access import Role
from website.openapi import SESSION_COOKIE


async def read(
    http: aiohttp.ClientSession, address: str, status: int = 200, headers: dict[str, str] | None = None
) -> str:
    async with http.get(address, headers=headers) as response:
        assert response.status == status
        return (await response.text()).replace("\u00a0", " ").replace("&nbsp;", " ")


async def test_the_page_says_who_how_long_and_which_rights(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    names = {
        "controller_name": "Pôle <Aéro>",
        "controller_contact": "1 rue du Hangar",
        "dpo_contact": "dpo@pole.example",
    }
    site = await start_site(rasa.port, retention_days_conversations=180, **names)
    page = await read(http, f"{site.url}/donnees")
    for word in ("Pôle &lt;Aéro&gt;", "1 rue du Hangar", "dpo@pole.example", "6 mois", "3 ans", "CNIL", "refuser"):
        assert word in page, word
    member = await Member(http, site.url).open()
    notice = (await member.read())["messages"][0]["text"]
    assert notice.rsplit(" ", 1)[-1].endswith("/donnees")


async def test_a_receipt_says_how_far_it_is(start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    site = await start_site(rasa.port)
    member = await Member(http, site.url).open()
    await member.ask("la zinguerie")
    rasa.away = True
    number = await erase(member)
    assert "en cours" in await read(http, f"{site.url}/effacement/{number}")
    assert "inconnu" in await read(http, f"{site.url}/effacement/AAAA-AAAA-AAAA", 404)
    token, _ = await make_session(site.storage, (await make_account(site.storage, Role.ADMIN)).id)
    cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    listed = await read(http, f"{site.url}/console/effacements", headers=cookie)
    assert number in listed and "l’assistant doit encore l’oublier" in listed
    rasa.away = False
    await until_closed(site, number)
    page = await read(http, f"{site.url}/effacement/{number}")
    assert "terminé" in page and "en cours" not in page
    listed = await read(http, f"{site.url}/console/effacements", headers=cookie)
    assert "Aucun effacement n’est en cours" in listed and "messages : 3" in listed
    assert member.id not in page + listed and "zinguerie" not in page + listed
