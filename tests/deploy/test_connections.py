"""Together the containers open no more connections than PostgreSQL takes, and docs/scaling.md counts them rightly."""

from __future__ import annotations

import re

from settings import ROOT, Settings
from tests.deploy import kustomize
from tests.deploy.test_compose import COMPOSE, SERVICES, environment

POSTGRES_TAKES = 100 - 3
"""What PostgreSQL takes where nobody says something else, without those that it keeps for its administrator."""
SITE = Settings().database_connections + 1
EACH = {"site": SITE, "owner": SITE + 5, "rasa": 4, "actions": 1, "backup": 2}
"""Of each container at most; docs/scaling.md says what of."""
SAYS = re.compile(r"^\| together \| \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|$", re.MULTILINE)

OBJECTS = kustomize.build(ROOT / "deploy" / "kubernetes" / "overlays" / "example")


def _most(name: str) -> int:
    """How many pods of a deployment there may be, during an update too."""
    (made,) = [item for item in OBJECTS if (item["kind"], item["metadata"]["name"]) == ("Deployment", name)]
    grown = [
        item["spec"]["maxReplicas"]
        for item in OBJECTS
        if item["kind"] == "HorizontalPodAutoscaler" and item["spec"]["scaleTargetRef"]["name"] == name
    ]
    surge = made["spec"]["strategy"].get("rollingUpdate", {}).get("maxSurge", 0)
    return int(max(grown, default=made["spec"].get("replicas", 1))) + int(surge)


def test_postgres_takes_all_connections_of_the_largest_deployment() -> None:
    pods = {name: 1 if name == "backup" else _most(name) for name in EACH}
    together = sum(EACH[name] * number for name, number in pods.items())
    said = SAYS.search((ROOT / "docs" / "scaling.md").read_text("utf-8"))
    assert said and int(said[1]) == together <= POSTGRES_TAKES
    assert "max_connections" not in str(OBJECTS)


def test_and_those_of_compose() -> None:
    kinds = {name: name.split("-")[0] for name in SERVICES if name.split("-")[0] in EACH}
    numbers = {name: SERVICES[name].get("deploy", {}).get("replicas", 1) for name in kinds}
    together = sum(EACH[kind] * numbers[name] for name, kind in kinds.items())
    said = SAYS.search((ROOT / "docs" / "scaling.md").read_text("utf-8"))
    assert said and int(said[2]) == together <= POSTGRES_TAKES
    assert "max_connections" not in str(COMPOSE)
    assert all("DATABASE_CONNECTIONS" not in environment(name) for name in kinds)
