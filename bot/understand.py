"""Reading sentences that nobody sent: what the model in service makes of them, beside the conversations."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Dict, List, Optional, Text

from rasa.core.agent import Agent

from bot.conversation import guarded
from bot.reader import MessageReader
from understanding.text import MAX_CHARACTERS

MOST_TEXTS = 500
"""Texts that one call may hold."""
SHOWN = 3
"""Entries of the ranking that are given."""
_PAUSE_SECONDS = 0.001
"""After each text, so that messages of conversations are not held up by the interpreter's lock."""


class BadTexts(ValueError):
    """What shall be read is no list of at most `MOST_TEXTS` texts."""


def checked_texts(value: Any) -> List[Text]:
    """The texts of a call.

    Raises:
        BadTexts: They have another form.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MOST_TEXTS:
        raise BadTexts
    if not all(isinstance(text, str) and len(text) <= MAX_CHARACTERS for text in value):
        raise BadTexts
    return value


def find_reader(agent: Agent) -> Optional[MessageReader]:
    """The reader of the model that the agent serves."""
    nodes = getattr(getattr(agent.processor, "graph_runner", None), "_instantiated_nodes", {})
    components = (getattr(node, "_component", None) for node in nodes.values())
    return next((component for component in components if isinstance(component, MessageReader)), None)


async def understand(reader: MessageReader, texts: List[Text]) -> List[Dict[Text, Any]]:
    """What is understood of each text, as JSON, in a thread so that the conversations go on.

    Args:
        reader: Of the model in service.
        texts: Sentences, read as conversations read them.
    """
    return await asyncio.get_running_loop().run_in_executor(None, _understand, reader, texts)


def _understand(reader: MessageReader, texts: List[Text]) -> List[Dict[Text, Any]]:
    read = []
    for text in texts:
        understanding = reader.understand(guarded(text)[1:]).as_dict()
        read.append({**understanding, "ranking": understanding["ranking"][:SHOWN]})
        time.sleep(_PAUSE_SECONDS)
    return read
