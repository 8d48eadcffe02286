"""The fixed texts of docs/benchmarks.md."""

from __future__ import annotations

INTRODUCTION = """# Benchmarks

*Written by `make bench`; a change by hand is lost at the next run.*

Three ways to read the same messages, trained on the same examples and asked the same validation questions
(`eval/questions.jsonl`; no example is one of them or a light rewording), in one go on one machine:

- **Rasa, stock French pipeline**: SpacyNLP (fr_core_news_md), SpacyTokenizer, SpacyFeaturizer, RegexFeaturizer,
  LexicalSyntacticFeaturizer, CountVectorsFeaturizer (words; characters 1–4 in words), DIETClassifier ({epochs}
  epochs), FallbackClassifier with its own thresholds; RulePolicy, fixed texts as answers, conversations in memory.
- **scikit-learn**: tf-idf of words (1–2) and of characters in words (2–5), LinearSVC, confidence calibrated by
  cross-validation, an answer from 0.5 on.
- **this project**: the pipeline of `config.yml`, actions and site included; conversations in SQLite.
"""

METHOD = """## How it is measured

- *n examples a category*: drawn by chance from the corpus (seed {seed}), the smaller sets part of the larger ones, the
  same for all three. Conversation intents have at most {conversation}, and all where the corpus is taken whole. DIET is
  held to {diet} examples a category for the time that its training takes.
- *Intervals*: 95 %, percentile bootstrap over questions, 10,000 resamples with a fixed seed. Differences are paired.
- *Wrong, own rule*: of all questions, those answered with a category by the approach's own thresholds, and wrongly.
  *Wrong, p ≥ 0.5*: the first intent is a category with a probability of at least 0.5, and wrong; one rule for all.
- *Training*: the whole command (`rasa train`), from start to end, without Rasa's cache. scikit-learn: loading, fitting
  and calibrating in a process of its own.
- *Cold start*: from starting `rasa run` (and, for this project, the action server at the same moment) to the first
  answer on the REST channel; median of {repeats}. All bytecode is compiled, files are in the system's cache, telemetry
  is off.
- *Parse*: `POST /model/parse` over HTTP on the loopback interface, one kept connection, {calls} calls after 20 to warm
  up. *Memory*: resident memory of the Rasa process after that warm-up.
- *REST answer*: a message to the REST channel, each the first of a new conversation. The stock project utters a fixed
  text; this project calls its action server, which looks the contact up in the database.
- *Question to contact*: site, Rasa and action server run on this machine; the client posts to the website API and
  waits for the contact on the event stream. The profile comes from a second run in which functions note their beginning
  and end; a moment counts for the stage that was entered last, and the table is the mean over the middle half of the
  questions.
"""
