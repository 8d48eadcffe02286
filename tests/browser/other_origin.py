"""A website of another origin that embeds the chat under a policy of its own."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>Un autre site</title>
<link rel="stylesheet" href="/hostile.css">
<script src="{site}/static/tchat.js" defer {attributes}></script>
<h1>Un autre site</h1><p>Sa page, avec ses propres styles.</p></html>"""

STYLE = """
* { font-size: 40px !important; color: red !important; }
div, button, textarea { display: none !important; }
html { font-size: 62.5%; }
"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the page, or with styles that would spoil a widget which they could reach."""
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        style = address.path == "/hostile.css"
        site = query.get("site", [""])[0]
        body = (STYLE if style else PAGE.format(site=site, attributes=query.get("with", [""])[0])).encode()
        policy = f"default-src 'none'; style-src 'self'; script-src {site}; connect-src {site}"
        self.send_response(200 if style or address.path == "/" else 404)
        self.send_header("Content-Type", "text/css" if style else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if not style:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class OtherOrigin:
    """The website, in a thread. `url` is its origin; `page(site)` the address of the page that embeds a site's chat."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> OtherOrigin:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def page(self, site: str, attributes: str = "") -> str:
        """The address of the embedding page."""
        return f"{self.url}/?site={site}&with={attributes}"
