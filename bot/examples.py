"""Example sentences as Rasa's messages, read and copied without its detours.

Rasa's own reader parses and validates a file in pure Python and copies every message to its depth at each of five
merges: 60 of the 140 seconds that a training took. Entity marks are left out, since no component learns from them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Dict

from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from understanding.corpus import CONVERSATION, VOICE, read_examples


class ExampleMessage(Message):
    """An example; what it holds are texts, which copies may share."""

    def __deepcopy__(self, memo: Dict[int, Any]) -> ExampleMessage:
        copied = ExampleMessage(self.data, set(self.output_properties), self.time, list(self.features))
        copied._cached_fingerprint = self._cached_fingerprint
        return copied


def as_training_data(files: Iterable[Path], intents: Collection[str]) -> TrainingData:
    """The examples of some files.

    Args:
        files: YAML files in Rasa's format.
        intents: Which intents count; examples of others are left out.

    Raises:
        CorpusError: A file cannot be read.
    """
    messages = []
    for file in sorted(files):
        for example in read_examples(file):
            if example.intent in intents:
                named = {VOICE: example.voice, CONVERSATION: example.origin}
                metadata = {key: value for key, value in named.items() if value}
                own = {METADATA: metadata} if metadata else {}
                messages.append(ExampleMessage({TEXT: example.text, INTENT: example.intent, **own}))
    return TrainingData(messages)
