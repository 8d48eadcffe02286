"""Figures: what is counted, who may read them, and that the dashboard and the alerts name no others."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from database.base import utc_now
from releases.models import Training, TrainingStatus
from settings import ROOT
from tests.support.conversations import conversation
from tests.support.fake_rasa import OFFICER_BUTTON, FakeRasa
from tests.website.conftest import Member, Site, StartSite
from website.metrics.measures import REGISTRY
from website.models import State

TOKEN = "token-of-the-tests-for-figures"
MONITORING = ROOT / "deploy" / "monitoring"
UNDERSTOOD = {"decision": "answer", "ranking": [["financement", 0.83], ["formation", 0.1]], "categories": []}

Series = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
async def watched(start_site: StartSite, rasa: FakeRasa) -> Site:
    rasa.understanding = UNDERSTOOD
    return await start_site(rasa.port, metrics_token=TOKEN)


async def scrape(site: Site, http: aiohttp.ClientSession) -> Series:
    async with http.get(f"{site.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}) as response:
        assert response.status == 200
        text = await response.text()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_who_may_read_figures(watched: Site, start_site: StartSite, rasa: FakeRasa) -> None:
    async with aiohttp.ClientSession() as http:
        for given in ("", "Bearer", "Bearer faux", f"Basic {TOKEN}", f"Bearer {TOKEN}é"):
            async with http.get(f"{watched.url}/metrics", headers={"Authorization": given}) as response:
                assert response.status == 401, given
                assert "guichet_" not in await response.text()
        without = await start_site(rasa.port)
        async with http.get(f"{without.url}/metrics", headers={"Authorization": "Bearer "}) as response:
            assert response.status == 404


async def test_what_happens_is_counted(watched: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    before = await scrape(watched, http)
    member = await Member(http, watched.url).open()
    await member.ask("Quel financement pour un tour ?")
    await member.press(OFFICER_BUTTON["payload"])
    await member.until(lambda transcript: transcript["state"] == "waiting")
    after = await scrape(watched, http)

    def more(name: str, *labels: str) -> float:
        return after[name, labels] - before.get((name, labels), 0)

    assert more("guichet_conversations_total") == 1
    assert (more("guichet_messages_total", "text"), more("guichet_messages_total", "button")) == (1, 1)
    assert (more("guichet_settled_total", "answered"), more("guichet_settled_total", "handed_off")) == (1, 1)
    assert more("guichet_decisions_total", "answer") == 2
    assert more("guichet_certainty_bucket", "0.8") == 0 and more("guichet_certainty_bucket", "0.9") == 2
    assert more("guichet_answer_seconds_count") == 2
    assert more("guichet_stage_seconds_count", "rasa") == more("guichet_stage_seconds_count", "store") == 2
    assert more("guichet_http_requests_total", "POST", "/api/conversations/{id}/messages", "202") == 2
    assert after["guichet_part_up", ("bot",)] == after["guichet_part_up", ("database",)] == 1
    assert after["guichet_waiting_conversations", ()] == 1
    assert not any(member.id in label for _, labels in after for label in labels)


async def test_what_waits_shows_with_its_age(watched: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    rasa.away = True
    failures = (await scrape(watched, http))["guichet_rasa_failures_total", ("away",)]
    member = await Member(http, watched.url).open()
    await member.say("Bonjour")
    async with asyncio.timeout(20):
        while (series := await scrape(watched, http))["guichet_rasa_failures_total", ("away",)] == failures:
            await asyncio.sleep(0.05)
    assert series["guichet_queue_conversations", ()] == 1
    assert series["guichet_queue_oldest_seconds", ()] > 0
    rasa.away = False
    await member.answered(2)
    async with asyncio.timeout(20):
        while (await scrape(watched, http))["guichet_queue_conversations", ()]:
            await asyncio.sleep(0.05)


async def test_state_of_the_database(watched: Site, http: aiohttp.ClientSession) -> None:
    hour_ago = utc_now() - timedelta(hours=1)
    async with watched.storage.write() as session:
        session.add(conversation(1, hour_ago, state=State.WAITING, waiting_since=hour_ago))
        session.add_all([Training(status=TrainingStatus.FAILED), Training(status=TrainingStatus.FAILED)])
    series = await scrape(watched, http)
    assert series["guichet_waiting_conversations", ()] == 1
    assert 3600 <= series["guichet_waiting_oldest_seconds", ()] < 3700
    assert series["guichet_trainings", ("failed",)] == 2
    assert series["guichet_trainings", ("running",)] == 0


async def test_open_streams_are_counted(watched: Site, http: aiohttp.ClientSession) -> None:
    before = (await scrape(watched, http))["guichet_streams_open", ()]
    member = await Member(http, watched.url).open()
    async with member.events() as events:
        await anext(events)
        assert (await scrape(watched, http))["guichet_streams_open", ()] == before + 1


async def test_an_odd_method_makes_no_series_of_its_own(watched: Site, http: aiohttp.ClientSession) -> None:
    async with http.request("PROPFIND", f"{watched.url}/rien-{'x' * 50}") as response:
        assert response.status in (404, 405)
    labels = {label for _, labels in await scrape(watched, http) for label in labels}
    assert "PROPFIND" not in labels and not any("rien-" in label for label in labels)


async def test_alive_and_ready(site: Site, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    rasa.away = True
    for path in ("/health/live", "/health/ready"):
        async with http.get(site.url + path) as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})


def _names() -> set[str]:
    return {sample.name for family in REGISTRY.collect() for sample in family.samples} | {
        family.name for family in REGISTRY.collect()
    }


@pytest.mark.parametrize("file", ["alerts.yml", "grafana.json"])
def test_dashboard_and_alerts_name_figures_that_exist(file: str) -> None:
    used = set(re.findall(r"\b(?:guichet|process)_[a-z_]+\b", (MONITORING / file).read_text("utf-8")))
    assert used and used <= _names()


def test_every_figure_of_ours_is_on_the_dashboard() -> None:
    shown = (MONITORING / "grafana.json").read_text("utf-8")
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("guichet_")}
    assert {name for name in ours if name not in shown} == set()


def test_alerts_say_what_to_do() -> None:
    rules = [
        rule
        for group in yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert rule["expr"] and rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".") and rule["annotations"]["description"].endswith(".")


def test_dashboard_is_well_formed() -> None:
    panels = json.loads((MONITORING / "grafana.json").read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])
