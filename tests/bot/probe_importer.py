"""What the importer makes of the data files that DATA_DIR names, as JSON: run as a process of its own."""

from __future__ import annotations

import json
import os
import sys

from rasa.shared.importers.importer import TrainingDataImporter

from tests.actions.server import ROOT


def main() -> None:
    """Print intents, rules and the number of examples of each intent."""
    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [os.environ["DATA_DIR"]]
    )
    rules = {}
    for step in importer.get_stories().story_steps:
        names = [getattr(event, "intent_name", None) or getattr(event, "action_name", None) for event in step.events]
        intent, *actions = [name for name in names if name and name != "..."]
        rules[intent] = actions[0]
    counts: dict[str, int] = {}
    for message in importer.get_nlu_data().intent_examples:
        counts[message.get("intent")] = counts.get(message.get("intent"), 0) + 1
    json.dump({"intents": importer.get_domain().intents, "rules": rules, "examples": counts}, sys.stdout)


if __name__ == "__main__":
    main()
