"""Making the first message that a new process answers as quick as the later ones."""

from __future__ import annotations

import copy
import uuid

from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore

from bot.conversation import NoAnswer, play

SENTENCES = (
    "bonjour",
    "nous cherchons une aide pour acheter une machine, nous sommes à Pau",
    "comment former deux opérateurs ?",
    "j'ai besoin d'un brevet et d'un financement à Jonzac",
    "merci",
)


async def warm(agent: Agent) -> None:
    """Play a conversation that nobody has and nothing keeps: only its reading goes to the tracker store.

    An action server that is away does not matter: the rest is warm then.
    """
    sender = f"chauffe-{uuid.uuid4().hex}"
    await agent.tracker_store.retrieve(sender)
    apart = copy.copy(agent)
    apart.processor = copy.copy(agent.processor)
    assert apart.processor is not None
    apart.tracker_store = apart.processor.tracker_store = InMemoryTrackerStore(apart.processor.domain)
    for number, sentence in enumerate(SENTENCES):
        try:
            await play(apart, sender, f"{sender}:{number}", sentence)
        except NoAnswer:
            continue
