"""Small words of French."""

from __future__ import annotations

from datetime import date, time

import pytest

from directory.french import at, de, short_name, spoken_date, spoken_time, typeset


@pytest.mark.parametrize(
    ("name", "with_de", "with_at"),
    [
        ("Rochefort", "de Rochefort", "à Rochefort"),
        ("Toulouse (siège)", "de Toulouse", "à Toulouse"),
        ("Bordeaux Métropole", "de Bordeaux Métropole", "à Bordeaux Métropole"),
        ("Le Haillan", "du Haillan", "au Haillan"),
        ("Les Angles", "des Angles", "aux Angles"),
        ("La Rochelle", "de La Rochelle", "à La Rochelle"),
        ("L'Isle-Jourdain", "de L’Isle-Jourdain", "à L’Isle-Jourdain"),
        ("Futuroscope", "du Futuroscope", "au Futuroscope"),
        ("Agen", "d’Agen", "à Agen"),
        ("Évian", "d’Évian", "à Évian"),
        ("Œyregave", "d’Œyregave", "à Œyregave"),
        ("Hendaye", "d’Hendaye", "à Hendaye"),
        ("Yvrac", "d’Yvrac", "à Yvrac"),
        ("Youx", "de Youx", "à Youx"),
    ],
)
def test_prepositions(name: str, with_de: str, with_at: str) -> None:
    assert (de(name), at(name)) == (with_de, with_at)


def test_spaces_and_apostrophes() -> None:
    assert typeset("L'annuaire : « oui » ; non ?") == "L’annuaire\u00a0: «\u00a0oui\u00a0»\u00a0; non\u00a0?"
    assert typeset("à 9:00, http://x") == "à 9:00, http://x"


def test_names_times_and_dates() -> None:
    assert short_name("(siège)") == "(siège)"
    assert spoken_time(time(9)) == "9\u00a0h"
    assert spoken_time(time(14, 5)) == "14\u00a0h\u00a005"
    assert spoken_date(date(2026, 5, 1)) == "1er\u00a0mai"
    assert spoken_date(date(2026, 8, 31)) == "31\u00a0août"
