"""One-time codes: turned on, asked for at sign-in, used once, replaced by recovery codes, turned off."""

from __future__ import annotations

import re
import time

import aiohttp
import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.support.staff import PASSWORD, Staff, make_account, staff
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site
from website.accounts import totp
from website.accounts.models import RecoveryCode


async def turn_on(somebody: Staff) -> tuple[pyotp.TOTP, list[str]]:
    """Set an application up; gives it and the recovery codes."""
    _, text = await somebody.get("/compte/code")
    found = re.search(r'name="secret" value="([A-Z2-7]{32})"', text)
    assert found and "<svg" in text and totp.grouped(found[1]) in text
    application = pyotp.TOTP(found[1])
    data = {"csrf": somebody.csrf, "secret": found[1], "code": application.now()}
    async with somebody.http.post(f"{somebody.url}/compte/code", data=data) as response:
        assert response.status == 200
        return application, re.findall(r"<code>([a-z0-9-]{14})</code>", await response.text())


def next_code(application: pyotp.TOTP) -> str:
    """A code that was not used: the next one's clock is half a minute ahead, which is allowed."""
    return application.at(int(time.time()) + 30)


async def test_signing_in_with_codes(any_site: Site, http: aiohttp.ClientSession) -> None:
    visitor = Visitor(http, any_site.url)
    async with staff(any_site.storage, any_site.url, password=PASSWORD) as somebody:
        application, codes = await turn_on(somebody)
        assert len(codes) == len(set(codes)) == totp.RECOVERY_CODES
        response, _ = await visitor.sign_in(somebody.email, suite="/compte?x=1")
        assert response.headers["Location"] == "/connexion/code?suite=%2Fcompte%3Fx%3D1"
        assert "session" not in visitor.cookies
        assert (await visitor.get("/compte"))[0] == 303, "the password alone does not open"
        response, text = await visitor.send("/connexion/code", code="000000")
        assert response.status == 422 and "n’est pas le bon" in text
        code = next_code(application)
        response, _ = await visitor.send("/connexion/code", code=f" {code[:3]} {code[3:]} ", suite="/compte?x=1")
        assert response.status == 303 and response.headers["Location"] == "/compte?x=1"
        assert (await visitor.get("/compte"))[0] == 200

        again = Visitor(http, any_site.url)
        await again.sign_in(somebody.email)
        response, _ = await again.send("/connexion/code", code=code)
        assert response.status == 422, "a code that was used"
        response, _ = await again.send("/connexion/code", code=codes[0].upper().replace("-", " "))
        assert response.status == 303
        third = Visitor(http, any_site.url)
        await third.sign_in(somebody.email)
        response, _ = await third.send("/connexion/code", code=codes[0])
        assert response.status == 422, "a recovery code that was used"


async def test_recovery_codes_are_hashed_and_go_when_codes_are_turned_off(site: Site, visitor: Visitor) -> None:
    async with staff(site.storage, site.url, password=PASSWORD) as somebody:
        _, codes = await turn_on(somebody)
        async with site.storage.read() as session:
            kept = set(await session.scalars(select(RecoveryCode.code_sha256)))
        assert len(kept) == totp.RECOVERY_CODES and not kept & set(codes)
        assert (await somebody.post("/compte/code", code="123456")).status == 422
        assert (await somebody.post("/compte/code", code=codes[3])).status == 303
        async with site.storage.read() as session:
            assert await session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        response, _ = await visitor.sign_in(somebody.email)
        assert response.status == 303 and "session" in visitor.cookies


async def test_guessing_codes_is_slowed_down(site: Site, visitor: Visitor) -> None:
    async with staff(site.storage, site.url, password=PASSWORD) as somebody:
        await turn_on(somebody)
        await visitor.sign_in(somebody.email)
        statuses = [(await visitor.send("/connexion/code", code=f"{n:06}"))[0].status for n in range(8)]
        assert 429 in statuses
        await visitor.sign_in(somebody.email)
        response, _ = await visitor.send("/connexion/code", code="000001")
        assert response.status == 429, "the password again is no way around"


async def test_no_second_step_without_the_first(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, password=PASSWORD)
    response, _ = await visitor.call("GET", "/connexion/code")
    assert (response.status, response.headers["Location"]) == (303, "/connexion")
    fields = {"csrf": await visitor.secret(), "code": "123456"}
    response, _ = await visitor.call("POST", "/connexion/code", fields)
    assert (response.status, response.headers["Location"]) == (303, "/connexion")


@pytest.mark.parametrize("secret", ["", "A", "a" * 32, "A" * 31 + "=", "A" * 32 + "B"])
async def test_a_secret_of_ones_own_making_is_refused(site: Site, secret: str) -> None:
    async with staff(site.storage, site.url) as somebody:
        assert (await somebody.post("/compte/code", secret=secret, code="123456")).status == 422


@given(st.integers(120, 2**33), st.integers(-90, 90))
def test_a_code_works_for_half_a_minute_before_and_after(now: int, late: int) -> None:
    application = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    shown = (now - late) // 30
    code = application.generate_otp(shown)
    step = totp.step_of(application.secret, code, now)
    if abs(now // 30 - shown) <= 1:
        assert step is not None
    else:
        assert step is None or application.generate_otp(step) == code, "another moment's code may be the same"


@given(st.text(max_size=12))
def test_any_text_is_a_code_or_not(text: str) -> None:
    step = totp.step_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", text)
    assert step is None or re.fullmatch(r"[0-9]{6}", "".join(text.split()))
