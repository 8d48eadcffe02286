"""Where the data files stand."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("DATA_DIR", ROOT / "data"))
CATEGORIES = DATA / "categories.yml"
CONVERSATION = DATA / "conversation.yml"
TEXTS = DATA / "textes.yml"
DIRECTORY = DATA / "directory"
NLU = DATA / "nlu"
COMMUNES = DATA / "communes"
