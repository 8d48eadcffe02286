"""The settings under which the benchmarks run the help desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.serving import bench_settings


def test_its_secrets_are_such_as_several_machines_accept(tmp_path: Path) -> None:
    exposed = replace(bench_settings(tmp_path), trusted_proxies=1)  # nginx of the cluster
    assert exposed.is_exposed
    exposed.check_secrets()
