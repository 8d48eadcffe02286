"""A small data folder to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.writer import CorpusWriter

CATEGORIES = """\
# Les sujets.
categories:
  - slug: formation
    label: Formation
    scope: Former des salariés.
    not: Recruter (emploi).
  # celui-ci est récent
  - slug: emploi
    label: Emploi et métiers
    scope: Recruter.
  - slug: ancien
    label: Ancien
    retired: true
"""
FORMATION = """\
version: "3.1"
nlu:
# former : soudeurs
- intent: formation
  examples: |
    - Former deux soudeurs
    - une formation pour l'atelier ?

    - Qui paie la formation ?
# former : apprentis, par un ingénieur
- intent: formation
  metadata: {voix: ingenieurs}
  examples: |
    - Comment monter un plan de formation
    - Habilitation électrique, où ça ?
"""
EMPLOI = """\
version: "3.1"
nlu:
- intent: emploi
  examples:
  - text: Recruter un tourneur
  - text: "Trouver un « alternant »"
    metadata: {voix: lettres}
  # un commentaire
  - text: |
      Salon de l'emploi
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a small data folder."""
    (tmp_path / "nlu").mkdir()
    (tmp_path / "categories.yml").write_text(CATEGORIES, "utf-8")
    (tmp_path / "conversation.yml").write_text("intents:\n  - {slug: saluer, scope: Bonjour.}\n", "utf-8")
    (tmp_path / "nlu" / "formation.yml").write_text(FORMATION, "utf-8")
    (tmp_path / "nlu" / "emploi.yml").write_text(EMPLOI, "utf-8")
    return tmp_path


@pytest.fixture
def writer(folder: Path) -> CorpusWriter:
    """Who changes it."""
    return CorpusWriter(folder)
