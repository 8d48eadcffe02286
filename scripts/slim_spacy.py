"""Save a slimmed copy of fr_core_news_md to models/spacy/fr_slim: its tokenizer's rules and nothing else.

Rasa's SpacyNLP takes a path as its model. The tagger, parser, named entities and vectors cost 17 ms a sentence and
are not used while a member waits; the table of French tokenizer exceptions costs 4 s at each start, since spaCy
builds it
twice, and matters only for rare abbreviations.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import spacy
from spacy.tokenizer import Tokenizer

OUT = Path("models/spacy/fr_slim")


def main() -> None:
    """Write the slim model through a neighbouring folder, so that an interrupted run leaves nothing half made."""
    full = spacy.load(
        "fr_core_news_md",
        exclude=["tok2vec", "morphologizer", "parser", "senter", "ner", "attribute_ruler", "lemmatizer"],
    )
    # "xx" brings no exceptions of its own; the French prefix, suffix and infix patterns travel with the tokenizer
    slim = spacy.blank("xx")
    slim.tokenizer = Tokenizer(
        slim.vocab,
        prefix_search=full.tokenizer.prefix_search,
        suffix_search=full.tokenizer.suffix_search,
        infix_finditer=full.tokenizer.infix_finditer,
        token_match=None,
        url_match=full.tokenizer.url_match,
    )
    slim.meta["name"] = "fr_slim"
    slim.meta["description"] = f"Tokenizer of fr_core_news_md {full.meta['version']} (LGPL-LR), without exceptions"
    fresh = OUT.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    slim.to_disk(fresh)
    shutil.rmtree(OUT, ignore_errors=True)
    fresh.rename(OUT)
    tokens = [token.text for token in spacy.load(OUT)("On cherche qq1 à l’atelier d'usinage (Jonzac).")]
    print(f"{OUT}: {tokens}", file=sys.stderr)


if __name__ == "__main__":
    main()
