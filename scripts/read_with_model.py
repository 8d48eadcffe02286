"""How trained models read some texts (in Rasa's environment, without Rasa: of an archive only our part is opened).

    .venv-rasa/bin/python -m scripts.read_with_model --model a.tar.gz --model b.tar.gz --texts in.json --out out.json

`in.json` is a list of texts; `out.json` holds a list of readings for each model, in their order, or null for a model
that the present code cannot read.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from understanding.catalogue import Catalogue, load_catalogue
from understanding.intents.model import IntentModel, ModelError
from understanding.places.gazetteer import Gazetteer
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable
from understanding.reading import Understanding, read_message

PARTS = ("intents.json", "intents.npz", "words.txt")
"""Files of our component in an archive."""
TOP = 3


def unpack(archive: Path, folder: Path) -> None:
    """Write our component's files to a folder; nothing else of the archive is touched.

    Raises:
        ModelError: The archive cannot be read, or holds none.
    """
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                path = PurePosixPath(member.name)
                content = tar.extractfile(member) if member.isfile() and path.name in PARTS else None
                if content is not None and "MessageReader" in path.parent.name:
                    (folder / path.name).write_bytes(content.read())
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ModelError(f"{archive.name}: {error}") from error
    missing = [name for name in PARTS if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"{archive.name}: {missing[0]} is missing")


def as_reading(understanding: Understanding) -> dict[str, Any]:
    """What a comparison needs of what was understood."""
    return {
        "top": [[slug, round(probability, 4)] for slug, probability in understanding.ranking[:TOP]],
        "decision": understanding.decision.kind,
        "categories": list(understanding.decision.categories),
    }


def readings(
    archive: Path, texts: Sequence[str], gazetteer: Gazetteer, catalogue: Catalogue
) -> Iterator[dict[str, Any]]:
    """How a model reads each text.

    Raises:
        ModelError: The present code cannot read the model.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(archive, folder)
        model = IntentModel.load(folder)
        words = (folder / "words.txt").read_text("utf-8").split("\n")
    places = PlaceReader(gazetteer, words)
    for text in texts:
        yield as_reading(read_message(text, model, places, catalogue))


def main() -> None:
    """Read texts, write readings."""
    parser = argparse.ArgumentParser(description="How trained models read some texts.")
    parser.add_argument("--model", type=Path, action="append", required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    texts = json.loads(options.texts.read_text("utf-8"))
    gazetteer, catalogue = Gazetteer(CommuneTable()), load_catalogue()
    result: list[list[dict[str, Any]] | None] = []
    for archive in options.model:
        try:
            result.append(list(readings(archive, texts, gazetteer, catalogue)))
        except ModelError as error:
            print(error, flush=True)
            result.append(None)
    options.out.write_text(json.dumps(result, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
