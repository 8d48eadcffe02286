"""The words of a text as the classifier reads them."""

from __future__ import annotations

import re

from understanding.text import clean, fold

_WORD = re.compile(r"[^\W_]+")

_ABBREVIATIONS = {
    "pr": "pour", "ds": "dans", "tt": "tout", "ts": "tous", "ns": "nous", "vs": "vous", "qq1": "quelqu un", "qqun": "quelqu un",
    "ya": "il y a", "bcp": "beaucoup", "svp": "s il vous plait", "stp": "s il te plait", "jsp": "je sais pas",
    "c": "c est", "g": "j ai", "sem": "semaine", "dc": "donc", "pb": "probleme", "pbs": "problemes", "rdv": "rendez vous",
    "tjrs": "toujours", "tjs": "toujours", "mtn": "maintenant", "bjr": "bonjour", "slt": "salut", "pcq": "parce que",
    "psq": "parce que", "qd": "quand", "cb": "combien", "sa": "ca", "chui": "je suis", "ki": "qui", "koi": "quoi",
    "pk": "pourquoi", "pkoi": "pourquoi", "tps": "temps", "gd": "grand", "auj": "aujourd hui", "ajd": "aujourd hui",
    "nvelle": "nouvelle", "nvx": "nouveaux", "nv": "nouveau", "pdt": "pendant", "tel": "telephone", "treso": "tresorerie",
    "cotis": "cotisation", "asso": "association", "compta": "comptabilite", "manip": "manipulation", "dispo": "disponible",
}  # fmt: skip


def tokens(text: str) -> list[str]:
    """Folded words with the shorthand of text messages spelt out: « on ns a dit » → ["on", "nous", "a", "dit"]."""
    found: list[str] = []
    for word in _WORD.findall(fold(clean(text))):
        expanded = _ABBREVIATIONS.get(word)
        if expanded is None:
            found.append(word)
        else:
            found.extend(expanded.split())
    return found
