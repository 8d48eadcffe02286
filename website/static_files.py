"""Files under `/static/`: compressed once, with an ETag."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from website.accounts.access import Access
from website.appearance import Palette
from website.keys import PALETTE
from website.openapi import Operation, Route

SITE = Path(__file__).resolve().parent
FOLDER = SITE / "static"
CHAT = "tchat.js"
COLOURS = "/static/couleurs.css"

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSED = frozenset({".js", ".css", ".svg", ".webmanifest", ".html", ".txt", ".json"})


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent.

    Attributes:
        stamp: Time of change in nanoseconds and size in bytes, by which a change is noticed.
        etag: Changes with the content.
        content: As it is.
        gzipped: The same, compressed; None where that is of no use.
        content_type: Its type, in UTF-8 where it is text.
    """

    stamp: tuple[int, int]
    etag: str
    content: bytes
    gzipped: bytes | None
    content_type: str


_files: dict[tuple[str, Palette | None], StaticFile] = {}


def find(name: str, folder: Path = FOLDER, palette: Palette | None = None) -> StaticFile | None:
    """A file by its path below the folder, or None where there is none; read again only when it changed.

    Args:
        name: Its path.
        folder: Where it has to lie.
        palette: Colours to put into the chat's script; None for a file as it is.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file() or path.name.startswith("."):
        return None
    status = path.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    known = _files.get((str(path), palette))
    if known is None or known.stamp != stamp:
        content = path.read_bytes()
        if palette is not None:
            content = palette.dress(content.decode("utf-8")).encode("utf-8")
        known = _files[str(path), palette] = _made(path, content, stamp)
    return known


def _made(path: Path, content: bytes, stamp: tuple[int, int] = (0, 0)) -> StaticFile:
    """What is sent of a content under a name."""
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = path.suffix in _COMPRESSED
    return StaticFile(
        stamp,
        hashlib.sha256(content).hexdigest()[:20],
        content,
        gzip.compress(content, 9, mtime=0) if text else None,
        f"{kind}; charset=utf-8" if text else kind,
    )


async def colours(request: web.Request) -> web.Response:
    """Send the colours that the settings change, as a style sheet."""
    return _answer(request, _made(Path(COLOURS), request.app[PALETTE].style().encode()))


async def static_file(request: web.Request) -> web.Response:
    """Send a file. The chat's script stands alone on other sites, so that the settings' colours are put into it."""
    return _send(request, FOLDER, request.app[PALETTE] if request.match_info["name"] == CHAT else None)


async def part_file(request: web.Request) -> web.Response:
    """Send a file of one part of the site, from the part's own folder `static/`."""
    part = request.match_info["part"]
    if not part.isidentifier():
        raise web.HTTPNotFound
    return _send(request, SITE / part / "static")


def _send(request: web.Request, folder: Path, palette: Palette | None = None) -> web.Response:
    try:
        file = find(request.match_info["name"], folder, palette)
    except (OSError, ValueError):  # a path that no file can have
        file = None
    if file is None:
        raise web.HTTPNotFound
    return _answer(request, file)


def _answer(request: web.Request, file: StaticFile) -> web.Response:
    compressed = file.gzipped is not None and "gzip" in request.headers.get("Accept-Encoding", "").lower()
    etag = file.etag + ("-gzip" if compressed else "")
    headers = {"ETag": f'"{etag}"', "Vary": "Accept-Encoding"}
    if any(known.value in (etag, "*") for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = file.content_type
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=file.gzipped if compressed else file.content, headers=headers)


_NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
_ANSWERS = {
    "200": {"description": "The file"},
    "304": {"description": "Unchanged"},
    "404": {"description": "None"},
}

ROUTES = (
    Route(
        "GET",
        COLOURS,
        colours,
        Operation("The colours of this installation", answers={code: _ANSWERS[code] for code in ("200", "304")}),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/static/{name}",
        static_file,
        Operation("A file of the pages or of the chat", parameters=(_NAME,), answers=_ANSWERS),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/static/{part}/{name}",
        part_file,
        Operation("A file of one part of the site", parameters=({**_NAME, "name": "part"}, _NAME), answers=_ANSWERS),
        Access.PUBLIC,
    ),
)
