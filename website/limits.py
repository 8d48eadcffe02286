"""How often somebody may call, and from where a call comes."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

from aiohttp import web

MAX_KEYS = 50_000
"""Keys that are remembered; beyond, those that may call freely again are forgotten, then the oldest."""


class Buckets:
    """A bucket of calls for each key, filled at a steady rate.

    Args:
        burst: Calls that may come at once.
        per_second: Calls that may come in the long run.
        clock: Seconds that only grow.
    """

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._rate = per_second
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Count a call.

        Returns:
            0 where it may come now, else the seconds after which it may; then it was not counted.
        """
        now = self._clock()
        level, then = self._buckets.get(key, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._rate)
        if level < 1:
            return (1 - level) / self._rate
        self._buckets.pop(key, None)
        self._buckets[key] = (level - 1, now)
        if len(self._buckets) > MAX_KEYS:
            self._prune(now)
        return 0.0

    def _prune(self, now: float) -> None:
        used = {
            key: (level, then)
            for key, (level, then) in self._buckets.items()
            if level + (now - then) * self._rate < self._burst
        }
        surplus = max(0, len(used) - MAX_KEYS // 2)
        self._buckets = dict(list(used.items())[surplus:])


def client_address(request: web.BaseRequest, trusted_proxies: int) -> str:
    """From where a call comes: the socket's address, or what the trusted proxies say.

    Args:
        request: The call.
        trusted_proxies: How many proxies of ours stand before the site; each appends one entry to X-Forwarded-For.

    Returns:
        An IPv4 address, or the /64 network of an IPv6 address, since one household has all of it.
    """
    direct = request.remote or ""
    if trusted_proxies > 0:
        entries = [entry.strip() for line in request.headers.getall("X-Forwarded-For", []) for entry in line.split(",")]
        if entries:
            return _network(entries[max(0, len(entries) - trusted_proxies)]) or _network(direct) or direct
    return _network(direct) or direct


def _network(text: str) -> str | None:
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
