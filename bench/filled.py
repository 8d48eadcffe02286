"""A database as full as a cluster's after years: made-up conversations with messages, handoffs and search words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text

from database.engine import make_engine
from database.migrate import upgrade
from settings import Settings
from understanding.catalogue import load_catalogue
from understanding.text import comparison_key
from website.models import Conversation, Handoff, Message, Origin, Outcome, SearchDocument, Sender, State

ANTENNAS = ("toulouse", "bordeaux", "montpellier", "futuroscope", "rochefort")
OFFICERS = tuple(f"{number:032x}" for number in range(1, 31))
PLACES = ("Jonzac", "Saintes", "Pau", "Albi", "Nîmes", "Méru", "Tarbes", "Royan", "Cahors", "Rodez", "Ancenis", "Foix")
WORDS = (
    "nous cherchons une aide pour acheter un tour cinq axes et former deux régleurs avant l’été le client exige la "
    "certification EN 9100 notre trésorerie est tendue la pièce en titane se fissure après le traitement de surface "
    "peut-on déposer un dossier à l’appel à projets régional quel laboratoire étudie le collage des composites "
    "l’atelier manque de place les en-cours s’entassent il faudrait revoir le flux recruter un soudeur exporter vers "
    "le Québec brevet accord de confidentialité cobot fraiseuse qualité énergie déchets cybersécurité hydrogène drone"
).split()
BATCH = 500


def fill(address: str, conversations: int, messages: int, seed: int = 1) -> None:
    """Fill a database up to so many conversations; one that is full already stays as it is.

    Args:
        address: As `DATABASE_URL`.
        conversations: How many there shall be.
        messages: Of each.
        seed: Of the chance.
    """
    upgrade(Settings(database_url=address))
    engine = make_engine(address)
    chance = random.Random(seed)
    with engine.begin() as connection:
        present = connection.scalar(select(func.count()).select_from(Conversation)) or 0
        for start in range(present, conversations, BATCH):
            _add(connection, chance, range(start, min(conversations, start + BATCH)), messages)
    analyze(engine)
    engine.dispose()


def analyze(engine: Engine) -> None:
    """Let the database look at what it holds, as it does by itself in the long run."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _add(connection: Connection, chance: random.Random, numbers: range, messages: int) -> None:
    rows: dict[type[Any], list[dict[str, Any]]] = {Conversation: [], Message: [], SearchDocument: [], Handoff: []}
    categories = list(load_catalogue().categories)
    for number in numbers:
        conversation = _conversation(chance, number, messages, categories)
        rows[Conversation].append(conversation)
        spoken = list(_messages(chance, conversation, messages))
        rows[Message] += spoken
        words = " ".join(message["text"] for message in spoken if message["sender"] != Sender.BOT)
        rows[SearchDocument].append({"conversation_id": conversation["id"], "text": comparison_key(words)})
        if conversation["handed_at"]:
            rows[Handoff].append(_handoff(chance, conversation))
    for model, values in rows.items():
        if values:
            connection.execute(insert(model), values)


def _conversation(chance: random.Random, number: int, messages: int, categories: list[str]) -> dict[str, Any]:
    begun = datetime(2026, 11, 20, tzinfo=UTC) - timedelta(minutes=chance.randrange(3 * 365 * 1440))
    state = chance.choices(list(State), (60, 1, 1, 38))[0]
    handed = state is not State.BOT or chance.random() < 0.1
    held = state is State.OFFICER
    account = chance.choice(OFFICERS)
    last = begun + timedelta(minutes=messages)
    antenna = chance.choice(ANTENNAS)
    return {
        "id": f"{number:032x}",
        "token_sha256": "0" * 64,
        "state": state,
        "antenna": antenna if handed else None,
        "home_antenna": antenna,
        "near_antenna": antenna if chance.random() < 0.8 else chance.choice(ANTENNAS),
        "officer": "Camille Roux" if held else None,
        "officer_account": account if held else None,
        "last_seq": messages,
        "last_member_seq": messages - 1,
        "answered_to": messages - 1,
        "outage_told": False,
        "handed_at": last if handed else None,
        "waiting_since": last if state is State.WAITING or (held and chance.random() < 0.5) else None,
        "claimed_at": last if held else None,
        "first_answer_at": None,
        "closed_at": last if state is State.CLOSED else None,
        "closed_by": account if state is State.CLOSED else None,
        "outcome": Outcome.RESOLVED if state is State.CLOSED else None,
        "category": chance.choice(categories),
        "place_name": chance.choice(PLACES),
        "last_message_at": last,
        "last_member_at": last,
        "created_at": begun,
        "updated_at": last,
    }


def _messages(chance: random.Random, conversation: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    for seq in range(1, number + 1):
        sender = Sender.MEMBER if seq % 2 else Sender.BOT
        words = [*chance.choices(WORDS, k=chance.randrange(6, 24)), chance.choice(PLACES)]
        yield {
            "conversation_id": conversation["id"],
            "seq": seq,
            "sender": sender,
            "text": " ".join(words),
            "buttons": [],
            "attempts": 0,
            "created_at": conversation["created_at"] + timedelta(minutes=seq),
        }


def _handoff(chance: random.Random, conversation: dict[str, Any]) -> dict[str, Any]:
    seconds = int(chance.expovariate(1 / 1800))
    answered = conversation["state"] is not State.WAITING
    return {
        "conversation_id": conversation["id"],
        "origin": Origin.MEMBER,
        "antenna": conversation["antenna"],
        "category": conversation["category"],
        "handed_at": conversation["handed_at"],
        "claimed_at": conversation["handed_at"] if answered else None,
        "first_answer_at": conversation["handed_at"] + timedelta(seconds=seconds) if answered else None,
        "answer_seconds": seconds if answered else None,
        "closed_at": conversation["closed_at"],
        "outcome": conversation["outcome"],
        "account_id": chance.choice(OFFICERS) if answered else None,
    }
