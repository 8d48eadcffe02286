"""The folders that the peers are trained from: Rasa's stock French project, and our data with fewer examples."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from bench.examples import as_rasa, write_by_intent
from understanding import paths
from understanding.corpus import Example

TOKEN = "banc-d-essai"
"""Token of Rasa's HTTP API during the benchmark, on the loopback interface only."""


def stock_config(epochs: int, seed: int) -> dict[str, object]:
    """Rasa's pipeline for French as its documentation recommends it, with the defaults of `rasa init` for DIET."""
    return {
        "recipe": "default.v1",
        "language": "fr",
        "assistant_id": "banc-d-essai",
        "pipeline": [
            {"name": "SpacyNLP", "model": "fr_core_news_md"},
            {"name": "SpacyTokenizer"},
            {"name": "SpacyFeaturizer"},
            {"name": "RegexFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True, "random_seed": seed},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
        ],
        "policies": [{"name": "RulePolicy"}],
    }


def write_stock(folder: Path, examples: Sequence[Example], epochs: int, seed: int) -> None:
    """Write a whole stock project: it answers each intent with a fixed text.

    Args:
        folder: Made anew.
        examples: What it learns from.
        epochs: Of DIET.
        seed: Of DIET.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    intents = sorted({example.intent for example in examples})
    answered = [*intents, "nlu_fallback"]
    domain = {
        "version": "3.1",
        "intents": intents,
        "responses": {f"utter_{intent}": [{"text": f"Réponse : {intent}"}] for intent in answered},
    }
    rules = [{"rule": intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]} for intent in answered]
    files: dict[str, object] = {
        "config.yml": stock_config(epochs, seed),
        "domain.yml": domain,
        "data/rules.yml": {"version": "3.1", "rules": rules},
        "endpoints.yml": {"tracker_store": {"type": "InMemory"}},
        "credentials.yml": {"rest": {}},
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    (folder / "data" / "nlu.yml").write_text(as_rasa(examples, voices=False), "utf-8")


def write_ours(folder: Path, examples: Sequence[Example]) -> None:
    """Copy our data folder, with these examples in place of the corpus.

    Args:
        folder: Made anew.
        examples: What is learnt from.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(paths.DATA, folder, ignore=lambda _, names: [name for name in names if name == paths.NLU.name])
    write_by_intent(examples, folder / paths.NLU.name)
    lexicon = paths.NLU / "lexique.yml"
    if lexicon.exists():
        shutil.copy(lexicon, folder / paths.NLU.name)
