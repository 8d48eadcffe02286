"""Names of people are taken out: measured on sentences on which nothing was adjusted, and over HTTP."""

from __future__ import annotations

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.name_finder import NameFinder
from bot.names import MaskingAway, NameMasker, load
from scripts.measure_masking import FOLDER, measure, read
from tests.actions.server import call
from tests.bot.conftest import Running

ECHO = "import json, sys\nfor line in sys.stdin: print(json.dumps(json.loads(line)), flush=True)"
SILENT = "import sys\nfor line in sys.stdin: print('[]', flush=True)"


@pytest.fixture(scope="module")
def finder() -> NameFinder:
    """The whole model, loaded once."""
    return load()


@pytest.mark.parametrize("name", ["tuning", "checking"])
def test_names_are_found_and_little_else(finder: NameFinder, name: str) -> None:
    figures = measure(read(FOLDER / f"{name}.txt"), finder.find)
    assert figures.names > 80 and figures.sentences > 50
    assert figures.recall >= 0.95, figures.faults
    assert figures.precision >= 0.95, figures.faults


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("M. Dupont, 3 rue Pierre-Paul-Riquet", "M. [nom], 3 rue Pierre-Paul-Riquet"),
        ("La rose des vents, monsieur le directeur.", "La rose des vents, monsieur le directeur."),
        ("Contactez Rose Delmas au [téléphone]", "Contactez [nom] au [téléphone]"),
        ("Signé : A. Berthier", "Signé : [nom]"),
        ("", ""),
        ("😀 \u202e ' - . é", "😀 \u202e ' - . é"),
    ],
)
def test_what_is_masked(finder: NameFinder, text: str, masked: str) -> None:
    assert finder.mask(text) == masked


async def test_a_process_that_died_is_started_again() -> None:
    masker = NameMasker([sys.executable, "-c", ECHO])
    assert await masker.mask(["a", "é"]) == ["a", "é"]
    assert masker._process is not None
    masker._process.kill()
    await masker._process.wait()
    assert await masker.mask(["b"]) == ["b"]
    masker.close()


async def test_answers_never_go_to_another_call() -> None:
    masker = NameMasker([sys.executable, "-c", ECHO])
    given = [[f"{number}"] * (number % 5 + 1) for number in range(40)]
    assert await asyncio.gather(*(masker.mask(texts) for texts in given)) == given
    waiting = asyncio.ensure_future(masker.mask(["lost"]))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await masker.mask(["next"]) == ["next"]
    masker.close()


async def test_a_process_that_answers_amiss_is_away() -> None:
    for program in (SILENT, "raise SystemExit(1)"):
        masker = NameMasker([sys.executable, "-c", program])
        with pytest.raises(MaskingAway):
            await masker.mask(["a"])
        assert masker._process is None


async def test_without_calls_the_process_ends() -> None:
    masker = NameMasker([sys.executable, "-c", ECHO], idle_seconds=0.05)
    await masker.mask(["a"])
    process = masker._process
    assert process is not None
    await asyncio.wait_for(process.wait(), 20)
    assert await masker.mask(["b"]) == ["b"]
    masker.close()


def test_over_http(desk: Running) -> None:
    address = f"{desk.site}/mask"
    assert call(address, {"texts": ["x"]}, headers={"X-Shared-Secret": "x"})[0] == 403
    for body in ({}, {"texts": "x"}, {"texts": [1]}, {"texts": ["x"] * 501}):
        assert call(address, body)[0] == 400, body
    given = ["je suis Marie Martin, de Pau", "un tour", "a\nb", "\ud800 lu"]
    assert call(address, {"texts": given}) == (200, {"texts": ["je suis [nom], de Pau", *given[1:]]})


def test_members_do_not_wait_for_it(desk: Running) -> None:
    """While hundreds of sentences are masked, the channel answers as ever: they are read in another process."""
    sentences = [f"Je suis Marie Martin, atelier {number}, et je cherche un soudeur pour mai." for number in range(400)]
    with ThreadPoolExecutor(1) as pool:
        masking = pool.submit(call, f"{desk.site}/mask", {"texts": sentences})
        answered = 0
        while not masking.done():
            assert call(f"{desk.site}/", None, method="GET")[0] == 200
            answered += 1
            time.sleep(0.01)
    status, answer = masking.result()
    assert status == 200 and all("[nom]" in text for text in answer["texts"])
    assert answered > 20
