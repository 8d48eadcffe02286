"""The log of calls: never what stands in an address that is a secret or that somebody typed."""

from __future__ import annotations

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger


def shown(request: web.BaseRequest) -> str:
    """The address as it is logged: without its query, and with the pattern in place of a one-time secret."""
    match = getattr(request, "_match_info", None)  # a call that could not be read has none, and the property would fail
    resource = None if match is None else match.route.resource
    if resource is not None and "{token}" in resource.canonical:
        return str(resource.canonical)
    return request.path


class AccessLog(AbstractAccessLogger):
    """One line for each call: status, method, address, seconds."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line."""
        self.logger.info("%s %s %s %.3f s", response.status, request.method, ascii(shown(request))[1:-1], time)
