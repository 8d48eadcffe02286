"""Reading a place out of a free sentence, or out of the answer to « Dans quelle commune ? »."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from understanding.places.cues import (
    AT,
    ELSEWHERE,
    HERE,
    LEAD_IN,
    NUMBER_CUES,
    NUMBERED,
    OF,
    SKIPPED,
    TRAIL,
    UNITS,
)
from understanding.places.gazetteer import ACCEPT, Gazetteer, place_key
from understanding.places.place import Place
from understanding.places.table import Commune
from understanding.places.tokens import Token, hang_together, key_of, tokens_of
from understanding.text import clean, fold

MAX_NAME_WORDS = 8
NOTABLE_POPULATION = 2_000
"""A commune of this size is recognised without a word such as « à » before it."""

_PART_NUMBER = re.compile(r"[-/_.]\w")


@dataclass(frozen=True)
class _Candidate:
    place: Place
    first: int
    last: int
    score: int


class PlaceReader:
    """Finds places in what members type.

    Args:
        gazetteer: The names.
        known_words: Folded ordinary words (the vocabulary of the examples): never taken for a misspelt commune.
    """

    def __init__(self, gazetteer: Gazetteer, known_words: Collection[str] = ()) -> None:
        self.gazetteer = gazetteer
        self.known_words = frozenset(known_words)

    def read(self, text: str) -> Place | None:
        """The place that a free sentence gives as the writer's, or None.

        Careful: an ordinary word is never a place, a place that is only talked about (a customer's, a fair's) rarely.
        """
        text = clean(text)
        tokens = tokens_of(text)
        if not tokens:
            return None
        candidates = self._candidates(text, tokens)
        if not candidates:
            return None
        served = [candidate for candidate in candidates if candidate.place.kind != "outside"]
        best = max(served or candidates, key=lambda candidate: candidate.score)
        return self._with_departement(best.place, candidates)

    def read_answer(self, text: str) -> Place | None:
        """The place in an answer to the question for the commune: nearly anything may be a name here.

        Tried in turn: a free sentence's place, then the whole answer without its lead-in as a name, a département,
        an area, or a misspelt name.
        """
        cleaned = clean(text)
        key = place_key(fold(cleaned))
        bare = TRAIL.sub("", LEAD_IN.sub("", key + " ").strip()).strip()
        # « à l’Aiguillon »: L’Aiguillon before Aiguillon, so the lead-in is taken away word by word
        words, least = key.split(), len(bare.split())
        shorter = [" ".join(words[start:]) for start in range(len(words)) if len(words) - start > least]
        for name in dict.fromkeys((*shorter, bare) if key.endswith(bare) else (key, bare)):
            place = self._exact(name)
            if place is not None:
                return replace(place, text=cleaned)
        whole = self.gazetteer.misspelt(key) if len(words) <= MAX_NAME_WORDS else None
        if whole is not None and whole[1] >= ACCEPT:
            return Place("commune", cleaned, codes=whole[0])
        place = self.read(text)
        if place is not None and place.certain:
            return place
        for name in dict.fromkeys((bare, key)):
            if 0 < len(name.split()) <= MAX_NAME_WORDS:
                found = self.gazetteer.misspelt(name)
                if found is not None:
                    return Place("commune", cleaned, codes=found[0], certain=found[1] >= ACCEPT)
        return place

    def is_only_a_place(self, text: str) -> bool:
        """Whether a message gives a place and nothing else (« 64230 Lescar », « on est à Pau »)."""
        cleaned = clean(text)
        key = place_key(fold(cleaned))
        bare = TRAIL.sub("", LEAD_IN.sub("", key + " ").strip()).strip()
        if not bare or bare in self.gazetteer.ordinary and bare == key:
            return False
        if bare.isdigit() and len(bare) == 2:
            return key != bare and key.split()[0] in NUMBER_CUES | {"le", "du"}
        if self._exact(bare) is not None:
            return bare != key or not self._doubtful_alone(bare)
        return False

    def _doubtful_alone(self, name: str) -> bool:
        communes = self.gazetteer.communes(name)
        return bool(communes) and not any(map(self.gazetteer.table.served, communes)) and name in self.known_words

    def _exact(self, name: str) -> Place | None:
        """A whole string as a place: postal code (with a name or without), commune, département, area, country."""
        gazetteer = self.gazetteer
        digits = re.match(r"^(\d{5})\b\s*(.*)$", name) or re.match(r"^(.*?)\s*\b(\d{5})$", name)
        if digits:
            code, rest = (digits[1], digits[2]) if digits[1].isdigit() else (digits[2], digits[1])
            place = self._postal(code, name)
            if place is not None and rest:
                named = {commune.code for commune in gazetteer.communes(rest)}
                both = tuple(c for c in place.codes if c in named)
                return replace(place, codes=both) if both else None
            return place
        communes = gazetteer.communes(name)
        departement = gazetteer.departement(name)
        if departement is not None and departement.kind == "departement":
            return departement
        if communes:
            return self._commune(communes, name)
        if departement is not None:
            return departement
        area = gazetteer.area(name)
        if area is not None:
            return area
        if name in gazetteer.outside_names:
            return Place("outside", name, name=name)
        with_number = re.match(r"^(.+?)\s+(\d\d)$", name)
        if with_number:
            inside = [c for c in gazetteer.communes(with_number[1]) if c.departement == with_number[2]]
            if inside:
                return self._commune(inside, name)
        return None

    def _commune(self, communes: list[Commune], text: str) -> Place:
        served = [commune for commune in communes if self.gazetteer.table.served(commune)]
        chosen = served or communes
        codes = tuple(commune.code for commune in chosen)
        return (
            Place("commune", text, codes=codes) if served else Place("outside", text, codes=codes, name=chosen[0].name)
        )

    def _postal(self, digits: str, text: str) -> Place | None:
        communes = self.gazetteer.postal_code(digits)
        return self._commune(communes, text) if communes else None

    def _candidates(self, text: str, tokens: list[Token]) -> list[_Candidate]:
        shouted = text.upper() == text
        found: list[_Candidate] = []
        taken = -1
        for first in range(len(tokens)):
            if first <= taken:
                continue
            for reading in (self._number_at, self._name_at, self._misspelt_at):
                candidate = reading(text, tokens, first, shouted)
                if candidate is not None:
                    found.append(candidate)
                    taken = candidate.last
                    break
        return [candidate for candidate in found if candidate.score > 0]

    def _number_at(self, text: str, tokens: list[Token], first: int, shouted: bool) -> _Candidate | None:
        token = tokens[first]
        if not token.key.isdigit():
            return None
        before = tokens[first - 1].key if first else ""
        after = tokens[first + 1].key if first + 1 < len(tokens) else ""
        if len(token.key) == 5:
            place = self._postal(token.key, token.text)
            named = self._named_behind(text, tokens, first, place) if place is not None else None
            round_sum = token.key.endswith("000") and before not in {"cp", "postal", "a", "sur", "dans"}
            if (
                place is None
                or after in UNITS
                and named is None
                or before in NUMBERED
                or _PART_NUMBER.match(text, token.end)
                or text[token.end : token.end + 2].strip()[:1] in ("€", "$", "%")
                or round_sum
            ):
                return None
            if named is not None:
                return named
            return _Candidate(place, first, first, 4) if place.kind == "commune" or before in AT else None
        if len(token.key) != 2 or not self._stands_for_departement(text, tokens, first, before, after):
            return None
        place = self.gazetteer.departement(token.key)
        return _Candidate(replace(place, text=token.text), first, first, 3) if place else None

    def _named_behind(self, text: str, tokens: list[Token], first: int, place: Place) -> _Candidate | None:
        """The communes of a postal code that the words behind it name (« 64230 Lescar »), ordinary words or not."""
        if place.kind != "commune":
            return None
        for last in range(min(first + MAX_NAME_WORDS, len(tokens) - 1), first, -1):
            window = tokens[first + 1 : last + 1]
            if not hang_together(text, window):
                continue
            named = {commune.code for commune in self.gazetteer.communes(key_of(window))}
            both = tuple(code for code in place.codes if code in named)
            if both:
                return _Candidate(replace(place, codes=both), first, last, 6)
        return None

    def _stands_for_departement(self, text: str, tokens: list[Token], first: int, before: str, after: str) -> bool:
        """Whether a two-digit number is a département: « dans le 64 », « (46) », « du 65 », « …, 64 » at the end."""
        token = tokens[first]
        departement = self.gazetteer.table.departements.get(token.key)
        if departement is None or not departement.served or after in UNITS:
            return False
        follows = text[token.end : token.end + 1]
        if follows and follows not in " ,;.!?)…:" or text[token.end : token.end + 2].strip()[:1] in ("€", "%", "/"):
            return False
        earlier = tokens[first - 2].key if first >= 2 else ""
        if before in NUMBER_CUES or before in {"le", "du", "les"} and earlier in NUMBER_CUES:
            return True
        if text[max(0, token.start - 1) : token.start] == "(" and follows == ")":
            return True
        day_of_month = int(token.key) <= 31
        if before == "sur" or before == "le" and earlier in {"sur", "vers", "cote"}:
            return not day_of_month
        if before in {"du", "le"}:
            return not day_of_month
        alone = not text[: token.start].strip() or text[: token.start].rstrip()[-1:] in ",.;?!-–—"
        closes = not text[token.end :].strip(" .!?…") or text[token.end :].lstrip()[:1] in "-–—:"
        return alone and closes and not day_of_month

    def _name_at(self, text: str, tokens: list[Token], first: int, shouted: bool) -> _Candidate | None:
        if place_key(tokens[first].key) not in self.gazetteer.first_words:
            return None
        if first and tokens[first].key in UNITS and tokens[first - 1].key.isdigit():
            return None  # « 28 pers »: so many people, not the former commune Pers
        for length in range(min(MAX_NAME_WORDS, len(tokens) - first), 0, -1):
            last = first + length - 1
            window = tokens[first : last + 1]
            if not hang_together(text, window):
                continue
            key = key_of(window)
            candidate = self._named(text, tokens, first, last, key, shouted)
            if candidate is not None:
                return candidate
        return None

    def _named(
        self, text: str, tokens: list[Token], first: int, last: int, key: str, shouted: bool
    ) -> _Candidate | None:
        gazetteer = self.gazetteer
        written = text[tokens[first].start : tokens[last].end]
        cue = self._cue(tokens, first)
        before = tokens[first - 1].key if first else ""
        capital = not shouted and written[:1].isupper() and (first > 0 or len(tokens) <= 3)
        area = gazetteer.area(key)
        departement = gazetteer.departement_names.get(key)
        communes = gazetteer.communes(key)
        if departement is not None and departement.served and not (communes and before in {"a", "sur"}):
            ordinary = key in gazetteer.ordinary or key in {"lot", "creuse", "landes"}
            articled = before in {"en", "le", "la", "les", "l", "du", "de", "dans", "ds", "d", "des"}
            if (
                articled
                and (not ordinary or capital)
                or not ordinary
                and (capital or key not in self.known_words or cue)
            ):
                place = Place("departement", written, departements=(departement.code,), name=departement.name)
                return self._scored(place, first, last, cue + 1, tokens)
            return None
        single = len(key.split()) == 1
        if area is not None:
            believed = (
                self._says_here(tokens, first)
                if area.kind == "outside"
                else cue or capital or not single or key not in self.known_words
            )
            return self._scored(replace(area, text=written), first, last, cue + 1, tokens) if believed else None
        if key in gazetteer.outside_names and self._says_here(tokens, first):
            return self._scored(Place("outside", written, name=written), first, last, 2, tokens)
        if not communes:
            return None
        place = self._commune(communes, written)
        if place.kind == "outside":
            # a town elsewhere is mostly talked about (a fair, a customer): only « nous sommes à Nantes » counts
            believed = key not in gazetteer.ordinary and self._says_here(tokens, first)
            return self._scored(place, first, last, cue, tokens) if believed else None
        population = max(commune.population for commune in communes)
        if key in gazetteer.ordinary or key not in gazetteer.names and key in self.known_words:
            if not (capital and cue >= 2 or cue == 3 and not self._followed_by_noun(tokens, last)):
                return None
        elif single and len(key) <= 3 and key not in gazetteer.aliases and not (capital and cue):
            if not (cue >= 2 and population >= 10_000):
                return None
        elif (
            single
            and key in self.known_words
            and not (cue or capital)
            and key not in gazetteer.aliases
            or single
            and not (cue or capital or population >= NOTABLE_POPULATION or key in gazetteer.aliases)
        ):
            return None
        return self._scored(place, first, last, cue + (1 if capital else 0) + 1, tokens)

    def _followed_by_noun(self, tokens: list[Token], last: int) -> bool:
        return last + 1 < len(tokens) and tokens[last + 1].key in {"de", "des", "du", "d", "et", "ou", "a"}

    def _misspelt_at(self, text: str, tokens: list[Token], first: int, shouted: bool) -> _Candidate | None:
        """A misspelt name is looked for only behind a word that announces a place."""
        token = tokens[first]
        cue = self._cue(tokens, first)
        capital = token.text[:1].isupper() and not shouted
        if len(token.key) < 5 or token.key.isdigit() or not (cue == 3 or cue == 2 and capital):
            return None
        if tokens[first - 1].key not in AT | {"de", "d"}:
            return None
        for length in (3, 2, 1):
            window = tokens[first : first + length]
            if len(window) < length or not hang_together(text, window):
                continue
            if any(part.key in self.known_words and part.key not in _LINKING for part in window):
                continue
            key = key_of(window)
            if key in self.gazetteer.ordinary or key in self.gazetteer.outside_names:
                continue
            found = self.gazetteer.misspelt(key)
            if found is not None and (found[1] >= ACCEPT or cue == 3):
                written = text[window[0].start : window[-1].end]
                place = Place("commune", written, codes=found[0], certain=found[1] >= ACCEPT)
                return self._scored(place, first, first + length - 1, 1, tokens)
        return None

    def _cue(self, tokens: list[Token], first: int) -> int:
        """How strongly the words before announce the writer's place: 0 not at all, 1 « de », 2 « à », 3 « basés à »."""
        index = first - 1
        level = 0
        while index >= 0 and first - index <= 4:
            key = tokens[index].key
            if key in HERE or key == "est" and index > 0 and tokens[index - 1].key in HERE | {"on", "c"}:
                return 3
            if key in AT or key in {"en", "dans", "ds"}:
                level = max(level, 2)
            elif key in OF:
                level = max(level, 1)
            elif key not in SKIPPED:
                break
            index -= 1
        return level

    def _says_here(self, tokens: list[Token], first: int) -> bool:
        return self._cue(tokens, first) == 3

    def _scored(self, place: Place, first: int, last: int, score: int, tokens: list[Token]) -> _Candidate:
        """Places that are only talked about count less; « pas à Pau » not at all."""
        near = [token.key for token in tokens[max(0, first - 3) : first]]
        if near[-2:-1] == ["pas"] and near[-1] in AT | OF:
            score = 0
        elif any(word in ELSEWHERE for word in near):
            score = max(1, score - 2) if place.kind != "outside" else 0
        return _Candidate(place, first, last, score)

    def _with_departement(self, place: Place, candidates: list[_Candidate]) -> Place:
        """Choose among homonyms by a département or postal code that the same sentence names."""
        table = self.gazetteer.table
        if place.kind == "departement":
            for candidate in candidates:
                inside = tuple(code for code in candidate.place.codes if table[code].departement in place.departements)
                if inside:
                    return replace(candidate.place, codes=inside)
        if place.kind != "commune" or len(place.codes) < 2:
            return place
        for candidate in candidates:
            named = set(candidate.place.departements) or {
                table[code].departement for code in candidate.place.codes if candidate.place.codes != place.codes
            }
            inside = tuple(code for code in place.codes if table[code].departement in named)
            if inside:
                return replace(place, codes=inside)
        return place


_LINKING = {"la", "le", "les", "sur", "de", "du", "saint", "sainte", "st", "ste", "l", "d", "en"}
