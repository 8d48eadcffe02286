"""Reading the example sentences in `data/nlu/` (Rasa's YAML format)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from understanding import paths

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

VOICE = "voix"
"""Key in the metadata of blocks and examples: who wrote them."""
CONVERSATION = "conversation"
"""Key in an example's metadata: the conversation that it was taken from."""

_ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


class CorpusError(ValueError):
    """A file of examples cannot be read; the message names it."""


@dataclass(frozen=True)
class Example:
    """An example sentence.

    Attributes:
        text: The sentence, without entity annotations.
        intent: Category or conversation intent.
        group: Sub-topic, as file and number of the block.
        voice: Who wrote it, where the file says so: « atelier », « lettres », « ingenieurs »; else "".
        origin: The conversation that it was taken from, or "".
    """

    text: str
    intent: str
    group: str = ""
    voice: str = ""
    origin: str = ""


@dataclass(frozen=True)
class TwoNeeds:
    """A message that voices two needs: the two categories in the order in which they are named."""

    text: str
    first: str
    second: str


def read_corpus(folder: Path = paths.NLU) -> list[Example]:
    """All examples below `folder`, in order of file name.

    Each `- intent:` block of a file is one sub-topic, announced by a comment line. A block's `metadata: {voix: …}`
    names its writer; an example's own metadata may name its writer and the conversation that it was taken from.

    Raises:
        CorpusError: A file is not YAML of the expected form.
    """
    return [example for path in sorted(folder.rglob("*.yml")) for example in read_examples(path)]


def load_yaml(path: Path) -> Any:
    """A data file as plain values.

    Raises:
        CorpusError: It is not YAML in UTF-8.
    """
    try:
        return yaml.load(path.read_text("utf-8"), SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: {error}") from error


def read_examples(path: Path) -> Iterator[Example]:
    """The examples of a file, in order.

    Raises:
        CorpusError: The file is not YAML of the expected form.
    """
    content = load_yaml(path)
    if not isinstance(content, dict):
        raise CorpusError(f"{path.name}: a mapping is expected")
    for number, block in enumerate(content.get("nlu") or []):
        if not isinstance(block, dict) or "intent" not in block:
            continue
        group, voice = f"{path.stem}/{number}", said(block, VOICE)
        for text, item in sentences(block.get("examples")):
            yield Example(
                strip_annotations(text), block["intent"], group, said(item, VOICE) or voice, said(item, CONVERSATION)
            )


def strip_annotations(sentence: str) -> str:
    """A sentence without the marks of entities: « à [Pau](lieu) » → « à Pau »."""
    return _ANNOTATION.sub(r"\1", sentence)


def sentences(examples: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sentences of a block's examples, each with its own entry, which is empty where they stand one a line."""
    if isinstance(examples, str):
        for line in examples.splitlines():
            text = line.strip()
            if text.startswith("- "):
                yield text[2:].strip(), {}
    elif isinstance(examples, list):
        for item in examples:
            if isinstance(item, dict) and isinstance(item.get("text"), str):
                yield item["text"].strip(), item


def said(entry: Mapping[str, Any], key: str) -> str:
    """What the metadata of a block or of an example say, or ""."""
    metadata = entry.get("metadata")
    return str(metadata.get(key, "")) if isinstance(metadata, dict) else ""


def read_two_needs(path: Path | None = None) -> list[TwoNeeds]:
    """Messages that voice two needs, from `data/deux_besoins.yml`.

    Raises:
        CorpusError: The file is not of the expected form.
    """
    path = path or paths.DATA / "deux_besoins.yml"
    try:
        messages = load_yaml(path)["messages"]
        return [TwoNeeds(row["text"], row["besoins"][0], row["besoins"][1]) for row in messages]
    except (KeyError, IndexError, TypeError) as error:
        raise CorpusError(f"{path.name}: {error}") from error
