"""Bodies above the usual size: taken where a route says so, from those who may call it, up to its own limit."""

from __future__ import annotations

from aiohttp import FormData

from tests.support.staff import staff
from tests.website.conftest import Site
from website.accounts.access import Role
from website.accounts.guard import MOST_BYTES
from website.body import MAX_BODY_BYTES

PATH = "/compte"


async def test_only_routes_that_say_so_take_more(site: Site) -> None:
    async with staff(site.storage, site.url, Role.TRAINER) as trainer:

        async def send(size: int) -> int:
            form = FormData({"csrf": trainer.csrf, "x": "a" * size})
            async with trainer.http.post(site.url + PATH, data=form, allow_redirects=False) as response:
                return response.status

        assert await send(MAX_BODY_BYTES + 1) == 413
        site.app[MOST_BYTES][("POST", PATH)] = 200_000  # type: ignore[index]
        assert await send(MAX_BODY_BYTES + 1) not in (403, 413)
        assert await send(200_001) == 413
