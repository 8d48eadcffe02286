"""The manifests are what Kubernetes takes, refer to what exists, and let each part do as little as it needs."""

from __future__ import annotations

import functools
import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils

from settings import SettingError, Settings
from supervisor.processes import GRACE_S
from tests.deploy import kustomize
from tests.deploy.given import GOOD, settings_of
from tests.deploy.kustomize import Object, containers
from tests.deploy.manifests import EXAMPLE, KUBERNETES, Manifests, labels, name_of, selects, template
from website.main import ROUTES
from website.server import SHUTDOWN_SECONDS

VERSIONS = ("1.29", kubernetes_validate.latest_version())
OURS = ("site", "owner", "rasa", "actions", "backup")
"""Components, each with an image of its own."""
OWNERS = re.compile(r"^/(studio|api/studio|console/annuaire)(/|$)")
"""Addresses of what changes the data files."""
PORTS = {"site": 8080, "owner": 8080, "rasa": 5005, "actions": 5055, "postgres": 5432, "redis": 6379}
TALKS = {
    *itertools.product(("site", "owner"), ("rasa", "actions")),
    ("rasa", "actions"),
    *itertools.product(OURS, ("postgres",)),
    *itertools.product(("site", "owner", "rasa", "actions"), ("redis",)),
}
"""Who may call whom."""

needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")

RESTORE = kustomize.read(KUBERNETES / "restore.yaml")
INSTALLED = Manifests(kustomize.build(EXAMPLE), RESTORE)
OBJECTS = INSTALLED.objects


@pytest.fixture(scope="module", autouse=True)
def schemas_are_read_once() -> Iterator[None]:
    """The library reads 2 MB anew for each object."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
        yield


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("item", [*OBJECTS, *RESTORE], ids=name_of)
def test_kubernetes_knows_every_field(item: Object, version: str) -> None:
    kubernetes_validate.validate(item, version, strict=True)


def test_a_field_that_nobody_knows_is_found() -> None:
    broken = {**INSTALLED.found("Service", "rasa"), "spec": {"sellector": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[0], strict=True)


@needs_kubectl
def test_kubectl_builds_the_same() -> None:
    done = subprocess.run(["kubectl", "kustomize", EXAMPLE], capture_output=True, text=True, check=True)
    theirs = {name_of(item): item for item in yaml.safe_load_all(done.stdout)}
    assert theirs == {name_of(item): item for item in OBJECTS}


def test_all_files_of_the_folder_are_used() -> None:
    for folder in (KUBERNETES / "base", EXAMPLE):
        (wanted,) = kustomize.read(folder / "kustomization.yaml")
        named = {*wanted["resources"], *(patch["path"] for patch in wanted.get("patches", []))}
        assert {file.name for file in folder.iterdir()} - {"kustomization.yaml"} == named - {"../../base"}


@pytest.mark.parametrize("item", INSTALLED.making, ids=name_of)
def test_pods_may_do_little(item: Object) -> None:
    pod = template(item)["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False, "the Service rasa would set RASA_PORT to an address"
    context = pod["securityContext"]
    assert context["runAsNonRoot"] and context["runAsUser"] > 0 and context["runAsGroup"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(item):
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] and own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert re.search(r":\d+\.\d+", container["image"]), "a version that does not move by itself"


@pytest.mark.parametrize("item", INSTALLED.making, ids=name_of)
def test_what_is_mounted_exists(item: Object) -> None:
    pod = template(item)["spec"]
    own = {claim["metadata"]["name"] for claim in item["spec"].get("volumeClaimTemplates", [])}
    volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
    used = {mount["name"] for container in containers(item) for mount in container.get("volumeMounts", [])}
    assert used == volumes.keys() | own
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            INSTALLED.found("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
        elif "secret" in volume:
            assert INSTALLED.secret_keys(volume)
        else:
            assert "emptyDir" in volume and "sizeLimit" in volume["emptyDir"]
    if "serviceAccountName" in pod:
        assert INSTALLED.found("ServiceAccount", pod["serviceAccountName"])["automountServiceAccountToken"] is False


@pytest.mark.parametrize("item", INSTALLED.parts, ids=name_of)
def test_parts_read_their_settings(item: Object, tmp_path: Path) -> None:
    for container in template(item)["spec"]["containers"]:
        given, secrets = INSTALLED.environment(container), INSTALLED.files(item, container)
        with pytest.raises(SettingError, match="est un mot que tout le monde essaie"):
            settings_of({**given, "TRUSTED_PROXIES": "1"}, secrets, tmp_path).check_secrets()
        good = {path: GOOD[Path(path).name] for path in secrets}
        settings = settings_of(given, good, tmp_path)
        settings.check_secrets()
        assert settings.database_url == GOOD["database-url"] and settings.model_key == GOOD["model-key"]
        assert secrets.keys() == {value for name, value in given.items() if name.endswith("_FILE")}


def test_only_one_owns_the_data() -> None:
    owning = [
        item["metadata"]["name"]
        for item in INSTALLED.making
        for container in template(item)["spec"]["containers"]
        if INSTALLED.environment(container).get("DATA_OWNER", "0") == "1"
    ]
    assert owning == ["owner", "restore"]
    owner = INSTALLED.found("Deployment", "owner")["spec"]
    assert owner["replicas"] == 1 and owner["strategy"] == {"type": "Recreate"}
    writing = {
        item["metadata"]["name"]
        for item in INSTALLED.making
        for container in containers(item)
        for mount in container["volumeMounts"]
        if mount["name"] == "data" and not mount.get("readOnly")
    }
    assert writing == {"owner", "restore"}


def test_the_others_are_exchanged_one_by_one() -> None:
    for name in ("site", "rasa", "actions"):
        item = INSTALLED.found("Deployment", name)
        assert item["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert "replicas" not in item["spec"], "an applied number would undo the autoscaler's"
        scaler = INSTALLED.found("HorizontalPodAutoscaler", name)["spec"]
        assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
        assert scaler["minReplicas"] >= 2
        (budget,) = [
            each["spec"]
            for each in OBJECTS
            if each["kind"] == "PodDisruptionBudget" and selects(each["spec"]["selector"], labels(item))
        ]
        assert budget["maxUnavailable"] == 1


@pytest.mark.parametrize("name", ["site", "owner", "rasa", "actions"])
def test_parts_have_time_to_end_and_are_asked_how_they_are(name: str) -> None:
    pod = template(INSTALLED.found("Deployment", name))["spec"]
    (container,) = pod["containers"]
    pause = float(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > pause + 2 * GRACE_S + SHUTDOWN_SECONDS
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {next(iter(ports)): PORTS[name]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe].get("httpGet") or container[probe].get("tcpSocket")
        assert asked is None or asked["port"] in ports
        assert asked or container[probe]["exec"]["command"] == ["python", "-m", "scripts.health", "rasa"]


def test_services_lead_to_pods() -> None:
    services = [item for item in OBJECTS if item["kind"] == "Service"]
    assert {item["metadata"]["name"] for item in services} == PORTS.keys()
    for service in services:
        (port,) = service["spec"]["ports"]
        assert port["port"] == PORTS[service["metadata"]["name"]]
        made = [item for item in INSTALLED.making if service["spec"]["selector"].items() <= labels(item).items()]
        (item,) = made
        (container,) = template(item)["spec"]["containers"]
        assert {"name": port["targetPort"], "containerPort": port["port"]} in container["ports"]


def test_addresses_are_those_of_the_services() -> None:
    shared = INSTALLED.found("ConfigMap", "guichet-settings")["data"]
    secrets = INSTALLED.found("Secret", "guichet-secrets")["stringData"]
    asked = [shared["RASA_URL"], shared["ACTIONS_URL"], secrets["database-url"], secrets["redis-url"]]
    standard = {"postgresql": 5432}
    for address, name in zip(asked, ("rasa", "actions", "postgres", "redis")):
        parts = urlsplit(address)
        assert (parts.hostname, parts.port or standard[parts.scheme]) == (name, PORTS[name])


def test_the_ingress_sends_what_changes_files_to_the_owner() -> None:
    ingress = INSTALLED.found("Ingress", "guichet")
    (rule,) = ingress["spec"]["rules"]
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
    paths = sorted(rule["http"]["paths"], key=lambda each: -len(each["path"]))
    for route in ROUTES:
        taken = next(each for each in paths if f"{route.path}/".startswith(each["path"].rstrip("/") + "/"))
        backend = taken["backend"]["service"]
        assert backend["name"] == ("owner" if OWNERS.search(route.path) else "site"), route.path
        port = INSTALLED.found("Service", backend["name"])["spec"]["ports"][0]
        assert backend["port"]["name"] == port["name"]
    assert f"https://{rule['host']}" == INSTALLED.found("ConfigMap", "guichet-settings")["data"]["PUBLIC_URL"]


def test_who_may_talk_with_whom() -> None:
    every = INSTALLED.pods()
    talking = {
        (one, other)
        for one, other in itertools.permutations(every, 2)
        if other in PORTS
        and INSTALLED.lets_out(every[one], every[other], PORTS[other])
        and INSTALLED.lets_in(every[other], every[one], PORTS[other])
    }
    assert talking == TALKS


def test_the_autoscaler_asks_for_a_figure_that_is_given() -> None:
    from prometheus_client import generate_latest

    from website.metrics.measures import REGISTRY

    asked = [
        metric["external"]["metric"]["name"]
        for item in OBJECTS
        if item["kind"] == "HorizontalPodAutoscaler"
        for metric in item["spec"]["metrics"]
        if metric["type"] == "External"
    ]
    (adapter,) = kustomize.read(KUBERNETES / "prometheus-adapter.yaml")
    (rule,) = adapter["rules"]["external"]
    assert asked == [rule["name"]["as"]] and rule["seriesQuery"].startswith(asked[0] + "{")
    assert f"\n{asked[0]} ".encode() in generate_latest(REGISTRY)


def test_settings_have_the_names_of_settings() -> None:
    known = {item.metadata["env"]: item.metadata["secret"] for item in Settings.__dataclass_fields__.values()}
    for item in INSTALLED.parts:
        for container in template(item)["spec"]["containers"]:
            for name in INSTALLED.environment(container):
                assert name in known or known.get(name.removesuffix("_FILE")), name
