"""scikit-learn's usual text classifier: tf-idf of words and characters, then LinearSVC, with calibrated confidence."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from understanding.catalogue import load_catalogue

ANSWER = 0.5
"""Calibrated probability from which the first category is answered."""
SEED = 20


def fit(texts: list[str], intents: list[str]) -> Any:
    """The fitted pipeline; its confidence is calibrated by cross-validation (sigmoid)."""
    import numpy as np
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, strip_accents="unicode"),
    )
    folds = min(5, min(Counter(intents).values()))
    calibrated = CalibratedClassifierCV(LinearSVC(random_state=SEED), cv=folds, ensemble=False)
    return make_pipeline(features, calibrated).fit(texts, np.array(intents))


def prediction(model: Any, text: str, categories: set[str]) -> dict[str, Any]:
    """One prediction in the form that all approaches share."""
    row = model.predict_proba([text])[0]
    ranking = sorted(zip(model.classes_.tolist(), row.tolist()), key=lambda pair: -pair[1])
    first, probability = ranking[0]
    answered = first in categories and probability >= ANSWER
    return {"text": text, "ranking": ranking, "answered": answered, "categories": [first] if answered else []}


def main() -> None:
    """Train on examples (a JSON list of text and intent); with `--texts` predict those too."""
    parser = argparse.ArgumentParser(description="tf-idf and LinearSVC.")
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    examples = json.loads(options.examples.read_text("utf-8"))
    model = fit([text for text, _ in examples], [intent for _, intent in examples])
    if options.texts is None or options.out is None:
        return
    categories = set(load_catalogue().categories)
    predictions, seconds = [], []
    for text in json.loads(options.texts.read_text("utf-8")):
        started = time.perf_counter()
        predictions.append(prediction(model, text, categories))
        seconds.append(time.perf_counter() - started)
    options.out.write_text(json.dumps({"predictions": predictions, "seconds": seconds}, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
