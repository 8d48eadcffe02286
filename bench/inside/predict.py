"""What a Rasa model makes of questions (stock or ours), and how long each took inside the process."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

from understanding.catalogue import load_catalogue

FALLBACK = "nlu_fallback"


def prediction(text: str, parsed: dict[str, Any], categories: set[str]) -> dict[str, Any]:
    """One parsed message in the form that all approaches share.

    Our own reader says what it would answer; a stock model answers its first intent unless the fallback took over.
    """
    understanding = parsed.get("understanding")
    if understanding is not None:
        answered = understanding["decision"] == "answer"
        return {
            "text": text,
            "ranking": understanding["ranking"],
            "answered": answered,
            "categories": understanding["categories"] if answered else [],
        }
    ranking = [[row["name"], row["confidence"]] for row in parsed["intent_ranking"] if row["name"] != FALLBACK]
    intent = parsed["intent"]["name"]
    answered = intent in categories
    return {"text": text, "ranking": ranking, "answered": answered, "categories": [intent] if answered else []}


async def predict(model: Path, texts: list[str]) -> dict[str, Any]:
    """All predictions."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    agent = Agent.load(str(model))
    assert agent.processor is not None
    categories = set(load_catalogue().categories)
    predictions, seconds = [], []
    for text in texts:
        started = time.perf_counter()
        parsed = await agent.processor.parse_message(UserMessage(text))
        seconds.append(time.perf_counter() - started)
        predictions.append(prediction(text, parsed, categories))
    return {"predictions": predictions, "seconds": seconds}


def main() -> None:
    """Read texts (a JSON list), write predictions."""
    parser = argparse.ArgumentParser(description="Predictions of a Rasa model.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    result = asyncio.run(predict(options.model, json.loads(options.texts.read_text("utf-8"))))
    options.out.write_text(json.dumps(result, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
