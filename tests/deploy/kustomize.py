"""As much of kustomize as our overlays use; what they do not use is refused, and kubectl is asked to agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

KEYS = {"apiVersion", "kind", "namespace", "resources", "components", "patches", "images"}
COMPONENT_KEYS = {"apiVersion", "kind", "resources", "patches"}
CLUSTER_WIDE = ("Namespace",)


def read(path: Path) -> list[Object]:
    """All objects of a file."""
    return [item for item in yaml.safe_load_all(path.read_text("utf-8")) if item is not None]


def build(folder: Path) -> list[Object]:
    """All objects that a kustomization gives."""
    (wanted,) = read(folder / "kustomization.yaml")
    assert wanted.keys() <= KEYS, "this builder knows no more"
    objects = [item for name in wanted["resources"] for item in _resource(folder / name)]
    for name in wanted.get("components", []):
        (component,) = read(folder / name / "kustomization.yaml")
        assert component["kind"] == "Component" and component.keys() <= COMPONENT_KEYS, "this builder knows no more"
        objects += [item for file in component.get("resources", []) for item in _resource(folder / name / file)]
        _patch(objects, folder / name, component)
    _patch(objects, folder, wanted)
    for item in objects:
        if "namespace" in wanted and item["kind"] not in CLUSTER_WIDE:
            item["metadata"]["namespace"] = wanted["namespace"]
    for image in wanted.get("images", []):
        for container in _containers(objects):
            if container["image"].rpartition(":")[0] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
    return objects


def pod_template(item: Object) -> Object | None:
    """What an object makes pods from; None where it makes none."""
    spec = item.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    template: Object | None = spec.get("template")
    return template


def containers(item: Object) -> list[Object]:
    """The containers of an object's pods, those that prepare included."""
    pod = (pod_template(item) or {"spec": {}})["spec"]
    return [*pod.get("initContainers", []), *pod.get("containers", [])]


def _containers(objects: list[Object]) -> list[Object]:
    return [container for item in objects for container in containers(item)]


def _resource(path: Path) -> list[Object]:
    return build(path) if path.is_dir() else read(path)


def _patch(objects: list[Object], folder: Path, wanted: Object) -> None:
    by_name = {(item["kind"], item["metadata"]["name"]): item for item in objects}
    assert len(by_name) == len(objects), "an object stands twice"
    for patch in wanted.get("patches", []):
        for change in read(folder / patch["path"]):
            _merge(by_name[change["kind"], change["metadata"]["name"]], change)


def _merge(target: Object, change: Object) -> None:
    for key, value in change.items():
        assert not isinstance(value, list), "lists are merged by rules that this builder does not know"
        if isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        else:
            target[key] = value
