"""The three configurations of nginx agree where they have to: one machine, containers, `make cluster`."""

from __future__ import annotations

import re

import pytest

from cluster import nginx as cluster_nginx
from settings import ROOT
from tests.support.nginx_config import Directive, find, parse

PLACES = set(re.findall(r"\{\{([A-Z_]+)\}\}", cluster_nginx.TEMPLATE.read_text("utf-8")))
LISTS = {
    "SITES": cluster_nginx.servers((1, 2)),
    "OWNER": cluster_nginx.first_then_others((1, 2)),
    "RASA": cluster_nginx.servers((3, 4)),
    "ACTIONS": cluster_nginx.servers((5, 6)),
}
CLUSTER = parse(cluster_nginx.configuration({place: LISTS.get(place, "") for place in PLACES}))
CONTAINERS = parse((ROOT / "deploy" / "containers" / "nginx.conf").read_text("utf-8"))
ONE_MACHINE = parse((ROOT / "deploy" / "nginx" / "guichet.conf").read_text("utf-8"))
LIMITS = ("client_max_body_size", "client_header_timeout", "client_body_timeout")
SAID_TO_THE_SITE = ("X-Forwarded-For", "X-Forwarded-Proto")


def server(configuration: list[Directive]) -> Directive:
    """What members call: the server with the streams of events."""
    (found,) = [each for each in find(configuration, "server") if len(find(each.inside, "location")) > 2]
    return found


def locations(configuration: list[Directive]) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """What is done at which addresses, whatever the sites behind are called."""
    return {
        place.words[1:]: {line.words for line in place.inside if line.words[0] != "proxy_pass"}
        for place in server(configuration).inside
        if place.words[0] == "location"
    }


def sites(configuration: list[Directive]) -> Directive:
    """The upstream that calls go to which nobody else takes."""
    (place,) = find(server(configuration).inside, "location", "/")
    (passed,) = find(place.inside, "proxy_pass")
    (found,) = find(configuration, "upstream", passed.words[1].removeprefix("http://"))
    return found


def test_two_sites_share_calls_in_the_same_way() -> None:
    assert find(CONTAINERS, "map") == find(CLUSTER, "map") != []
    upstreams = [sites(configuration).inside for configuration in (CONTAINERS, CLUSTER)]
    here, there = ([line for line in inside if line.words[0] == "hash"] for inside in upstreams)
    assert here == there != []
    for inside in upstreams:
        options = [line.words[2:] for line in find(inside, "server")]
        assert options == [(cluster_nginx.NEVER_LEFT_OUT,)] * 2


def test_the_same_addresses_go_to_the_owner_of_the_files_and_to_streams() -> None:
    assert locations(CONTAINERS) == locations(CLUSTER)
    alone = locations(ONE_MACHINE)
    (owners,) = locations(CLUSTER).keys() - alone.keys()
    assert "studio" in owners[1] and alone == {key: lines for key, lines in locations(CLUSTER).items() if key != owners}


@pytest.mark.parametrize("configuration", [CONTAINERS, ONE_MACHINE], ids=["containers", "one machine"])
def test_calls_are_limited_and_told_of_alike(configuration: list[Directive]) -> None:
    for name in LIMITS:
        assert find(server(configuration).inside, name) == find(server(CLUSTER).inside, name) != []
    for name in SAID_TO_THE_SITE:
        lines = find(server(configuration).inside, "proxy_set_header", name)
        assert lines == find(server(CLUSTER).inside, "proxy_set_header", name) != []


def test_a_site_that_is_away_is_waited_for_equally_long() -> None:
    assert find(CONTAINERS, "proxy_connect_timeout") == find(CLUSTER, "proxy_connect_timeout") != []
