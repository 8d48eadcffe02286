"""The key that signs models, so that an instance only ever loads what an instance of this help desk made."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from settings import ROOT, Settings

KEY_FILE = "models.key"


def model_key(settings: Settings) -> bytes:
    """The key: `MODEL_KEY`, else one that is drawn once and kept in a file beside the database."""
    if settings.model_key:
        return hashlib.sha256(settings.model_key.encode()).digest()
    return _kept(key_file(settings))


def key_file(settings: Settings) -> Path:
    """Where a drawn key is kept: in the folder of an SQLite database, else in `var/`."""
    scheme, _, rest = settings.database_url.partition("://")
    path = rest.removeprefix("/").partition("?")[0]
    if not scheme.startswith("sqlite") or path in ("", ":memory:"):
        return ROOT / "var" / KEY_FILE
    return (ROOT / path).parent / KEY_FILE


def signature(key: bytes, model_id: str, sha256: str, data_hash: str, code_hash: str) -> str:
    """HMAC-SHA-256 over what a model is and the hash of its archive."""
    content = "\n".join((model_id, sha256, data_hash, code_hash))
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def _kept(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # of several processes that start at once the first one's key stands
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return hashlib.sha256(path.read_bytes()).digest()
