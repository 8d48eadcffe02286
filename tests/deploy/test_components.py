"""What is off until it is wanted: the lines that the example holds ready give what Kubernetes takes, and that alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml

from tests.deploy import kustomize
from tests.deploy.given import GOOD, settings_of
from tests.deploy.manifests import EXAMPLE, KUBERNETES, Manifests, name_of, template

COMPONENTS = KUBERNETES / "components"
TRACING = {"site", "owner", "rasa", "actions"}
IDENTIFYING = {"site", "owner"}
COLLECTOR = {"app.kubernetes.io/name": "opentelemetry-collector"}
ELSEWHERE = {"kubernetes.io/metadata.name": "monitoring"}

needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")


def with_all(folder: Path) -> Path:
    """A copy of the manifests where the example's lines for components are no comments any more; its overlay."""
    shutil.copytree(KUBERNETES, folder / "kubernetes")
    overlay = folder / "kubernetes" / "overlays" / "example"
    ready = re.compile(r"^( *)# (components:|  - \.\./\.\./components/\w+|identity-key: .*)$", re.MULTILINE)
    for name, lines in (("kustomization.yaml", 3), ("secrets.yaml", 1)):
        text, changed = ready.subn(r"\1\2", (overlay / name).read_text("utf-8"))
        assert changed == lines
        (overlay / name).write_text(text, "utf-8")
    return overlay


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's overlay with all components."""
    return with_all(tmp_path_factory.mktemp("manifests"))


@pytest.fixture(scope="module")
def installed(overlay: Path) -> Manifests:
    """What it gives."""
    return Manifests(kustomize.build(overlay))


@pytest.fixture(scope="module")
def plain() -> Manifests:
    """What the example gives as it is."""
    return Manifests(kustomize.build(EXAMPLE))


def environments(manifests: Manifests) -> dict[str, dict[str, str]]:
    """What each part's container finds in its environment."""
    return {
        item["metadata"]["name"]: manifests.environment(container)
        for item in manifests.parts
        for container in template(item)["spec"]["containers"]
    }


@pytest.mark.parametrize("version", ["1.29", kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field(plain: Manifests, installed: Manifests, version: str) -> None:
    known = {name_of(item): item for item in plain.objects}
    changed = [item for item in installed.objects if known.get(name_of(item)) != item]
    assert {name_of(item) for item in changed} == {
        "ConfigMap/guichet-settings",
        "ConfigMap/guichet-site-settings",
        "NetworkPolicy/traces",
        "Secret/guichet-secrets",
    }
    for item in changed:
        kubernetes_validate.validate(item, version, strict=True)


@needs_kubectl
def test_kubectl_builds_the_same(overlay: Path, installed: Manifests) -> None:
    done = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=True)
    theirs = {name_of(item): item for item in yaml.safe_load_all(done.stdout)}
    assert theirs == {name_of(item): item for item in installed.objects}


def test_all_files_of_the_folder_are_used(overlay: Path) -> None:
    (wanted,) = kustomize.read(overlay / "kustomization.yaml")
    assert {Path(name).name for name in wanted["components"]} == {folder.name for folder in COMPONENTS.iterdir()}
    for folder in COMPONENTS.iterdir():
        (component,) = kustomize.read(folder / "kustomization.yaml")
        named = {*component.get("resources", []), *(patch["path"] for patch in component["patches"])}
        assert {file.name for file in folder.iterdir()} - {"kustomization.yaml"} == named


def test_parts_read_what_is_switched_on(plain: Manifests, installed: Manifests, tmp_path: Path) -> None:
    for manifests, wanted in ((plain, False), (installed, True)):
        for item in manifests.parts:
            (container,) = template(item)["spec"]["containers"]
            files = manifests.files(item, container)
            good = {path: GOOD[Path(path).name] for path in files}
            settings = settings_of(manifests.environment(container), good, tmp_path)
            settings.check_secrets()
            name = item["metadata"]["name"]
            assert bool(settings.traces_endpoint) is (wanted and name in TRACING)
            assert settings.identity_key == (GOOD["identity-key"] if wanted and name in IDENTIFYING else "")


def test_traces_get_out_to_the_collector_and_nowhere_else(plain: Manifests, installed: Manifests) -> None:
    (address,) = {
        given["OTEL_EXPORTER_OTLP_ENDPOINT"] for name, given in environments(installed).items() if name in TRACING
    }
    parts = urlsplit(address)
    assert parts.hostname == f"opentelemetry-collector.{ELSEWHERE['kubernetes.io/metadata.name']}.svc"
    assert parts.port is not None
    every = installed.pods()
    assert {name for name in every if installed.lets_out(every[name], COLLECTOR, parts.port, ELSEWHERE)} == TRACING
    for name, given in every.items():
        assert not plain.lets_out(given, COLLECTOR, parts.port, ELSEWHERE), name
        assert not installed.lets_out(given, COLLECTOR, parts.port + 1, ELSEWHERE)
        assert not installed.lets_out(given, COLLECTOR, parts.port)
        assert not installed.lets_out(given, COLLECTOR, parts.port, {"kubernetes.io/metadata.name": "default"})
        assert not installed.lets_out(given, {"app.kubernetes.io/name": "prometheus"}, parts.port, ELSEWHERE)


def test_the_overlays_own_settings_have_the_last_word(tmp_path: Path) -> None:
    overlay = with_all(tmp_path)
    other = "http://traces.example.org:4318"
    with (overlay / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  OTEL_EXPORTER_OTLP_ENDPOINT: {other}\n")
    given = environments(Manifests(kustomize.build(overlay)))
    assert given["rasa"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == other
