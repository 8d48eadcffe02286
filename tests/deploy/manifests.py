"""The objects of an installation, asked what refers to what and who may call whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from settings import ROOT
from tests.deploy.kustomize import Object, pod_template

KUBERNETES = ROOT / "deploy" / "kubernetes"
EXAMPLE = KUBERNETES / "overlays" / "example"

Labels = dict[str, str]


def name_of(item: Object) -> str:
    """An object's name, for people."""
    return f"{item['kind']}/{item['metadata']['name']}"


def template(item: Object) -> Object:
    """What an object makes pods from."""
    made = pod_template(item)
    assert made is not None
    return made


def labels(item: Object) -> Labels:
    """Of the pods that an object makes."""
    given: Labels = template(item)["metadata"]["labels"]
    return given


def selects(selector: Object, given: Labels) -> bool:
    """Whether a selector takes what has these labels."""
    assert selector.keys() <= {"matchLabels", "matchExpressions"}
    wanted: Labels = selector.get("matchLabels", {})
    rules = selector.get("matchExpressions", [])
    assert all(rule["operator"] == "In" for rule in rules)
    return wanted.items() <= given.items() and all(given.get(rule["key"]) in rule["values"] for rule in rules)


class Manifests:
    """All objects of an installation.

    Args:
        objects: What its overlay gives.
        aside: What is applied by hand where it is needed.

    Attributes:
        objects: What its overlay gives.
        making: All that makes pods.
        parts: The same without PostgreSQL and Redis.
    """

    def __init__(self, objects: Sequence[Object], aside: Sequence[Object] = ()) -> None:
        self.objects = objects
        self.making = [item for item in (*objects, *aside) if pod_template(item)]
        self.parts = [item for item in self.making if "app.kubernetes.io/component" in labels(item)]

    def found(self, kind: str, name: str) -> Object:
        """An object of the overlay."""
        (item,) = [item for item in self.objects if (item["kind"], item["metadata"]["name"]) == (kind, name)]
        return item

    def pods(self) -> dict[str, Labels]:
        """Labels of the pods by component, or by name where they have none."""
        every = [labels(item) for item in self.making]
        return {given.get("app.kubernetes.io/component", given["app.kubernetes.io/name"]): given for given in every}

    def secret_keys(self, volume: Object) -> dict[str, str]:
        """File and content of all that a volume of secrets holds."""
        content: dict[str, str] = self.found("Secret", volume["secret"]["secretName"])["stringData"]
        items = volume["secret"].get("items") or [{"key": key, "path": key} for key in content]
        return {item["path"]: content[item["key"]] for item in items}

    def environment(self, container: Object) -> dict[str, str]:
        """What a container's processes find in their environment."""
        sources = [source["configMapRef"]["name"] for source in container.get("envFrom", [])]
        maps = [self.found("ConfigMap", name)["data"] for name in sources]
        own = {item["name"]: item["value"] for item in container.get("env", [])}
        return {name: value for given in (*maps, own) for name, value in given.items()}

    def files(self, item: Object, container: Object) -> dict[str, str]:
        """Path and content of the secrets that a container finds."""
        volumes = {volume["name"]: volume for volume in template(item)["spec"]["volumes"]}
        given: dict[str, str] = {}
        for mount in container["volumeMounts"]:
            if "secret" in volumes[mount["name"]]:
                content = self.secret_keys(volumes[mount["name"]])
                given |= {f"{mount['mountPath']}/{name}": value for name, value in content.items()}
        return given

    def lets_out(self, here: Labels, there: Labels, port: int, namespace: Labels | None = None) -> bool:
        """Whether pods may call others.

        Args:
            here: Labels of those that call.
            there: Labels of those that are called.
            port: Where they are called.
            namespace: Labels of theirs, where it is another one.
        """
        return self._allows("Egress", "to", here, there, port, namespace)

    def lets_in(self, here: Labels, there: Labels, port: int) -> bool:
        """Whether pods may be called at a port by others of the same namespace."""
        return self._allows("Ingress", "from", here, there, port, None)

    def _allows(self, kind: str, side: str, here: Labels, there: Labels, port: int, namespace: Labels | None) -> bool:
        policies = dict(self._policies(kind, here))
        assert "default-deny" in policies
        every = [rule for rules in policies.values() for rule in rules]
        rules = [rule for rule in every if port in {each["port"] for each in rule["ports"]}]
        return any(_takes(peer, there, namespace) for rule in rules for peer in rule[side])

    def _policies(self, kind: str, given: Labels) -> Iterator[tuple[str, list[Any]]]:
        for item in self.objects:
            spec = item["spec"] if item["kind"] == "NetworkPolicy" else {"policyTypes": []}
            if kind in spec["policyTypes"] and selects(spec["podSelector"], given):
                yield item["metadata"]["name"], spec.get(kind.lower(), [])


def _takes(peer: Object, there: Labels, namespace: Labels | None) -> bool:
    """Whether a peer of a network policy is a pod; namespace: of the pod, where it is another one than the policy's."""
    if "ipBlock" in peer or ("namespaceSelector" in peer) != (namespace is not None):
        return False
    if namespace is not None and not selects(peer["namespaceSelector"], namespace):
        return False
    return selects(peer.get("podSelector", {}), there)
