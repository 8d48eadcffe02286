"""Reading the fields of one YAML mapping, with the line of each, noting every fault on the way.

The YAML is only composed into nodes, never constructed: no tag is executed, and codes such as 01004 stay text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, time

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from directory.data import DAYS, AbsenceEntry, Span, Week
from directory.faults import DirectoryFault

_YAML = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_YAML + name for name in ("str", "int", "float", "bool", "timestamp", "null", "seq", "map")}
_NULL = _YAML + "null"
_BOOL = _YAML + "bool"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_PHONE = re.compile(r"\+?[\d\s().\u00a0\u202f-]{3,}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPAN = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})?\s*[-–]\s*(\d{1,2})\s*[:hH]\s*(\d{2})?")


@dataclass
class FaultLog:
    """The faults of one file, as they are found."""

    file: str
    faults: list[DirectoryFault] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        """Note a fault."""
        self.faults.append(DirectoryFault(self.file, line, sentence))


def line_of(node: Node) -> int:
    """The line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL


class Fields:
    """The fields of one mapping.

    Args:
        node: The mapping; anything else is a fault, and then there are no fields.
        log: Where faults go.
        what: How to call the entry in sentences, such as « l’antenne ».
        known: The keys that may stand in it.
    """

    def __init__(self, node: Node, log: FaultLog, what: str, known: Collection[str]) -> None:
        self.line = line_of(node)
        self._log = log
        self._what = what
        self._values: dict[str, Node] = {}
        if not isinstance(node, MappingNode):
            log.add(self.line, f"{what} doit être une suite de lignes « clé: valeur »")
            return
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else "?"
            if name not in known:
                log.add(line_of(key), f"clé inconnue « {name} » ; sont connues : {', '.join(known)}")
            elif name in self._values:
                log.add(line_of(key), f"la clé « {name} » est écrite deux fois")
            elif value.tag not in _PLAIN_TAGS:
                log.add(line_of(value), f"« {name} » porte une étiquette YAML qui n’est pas permise")
            elif not _is_null(value):
                self._values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def line_for(self, name: str) -> int:
        """The line of a field, or of the entry where the field is absent."""
        return line_of(self._values[name]) if name in self._values else self.line

    def _fault(self, name: str, sentence: str) -> None:
        self._log.add(self.line_for(name), sentence)

    def _scalar(self, node: Node, name: str) -> str:
        if not isinstance(node, ScalarNode):
            self._log.add(line_of(node), f"« {name} » doit être un simple texte")
            return ""
        value = unicodedata.normalize("NFC", node.value.strip())
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
            self._log.add(line_of(node), f"« {name} » contient un caractère invisible ou un retour à la ligne")
            return ""
        return value

    def text(self, name: str, *, required: bool = True) -> str:
        """A text; empty where absent, which is a fault where it is required."""
        node = self._values.get(name)
        if node is None:
            if required:
                self._fault(name, f"« {name} » manque pour {self._what}")
            return ""
        value = self._scalar(node, name)
        if not value and required and isinstance(node, ScalarNode) and not node.value.strip():
            self._fault(name, f"« {name} » est vide pour {self._what}")
        return value

    def _matching(self, name: str, pattern: re.Pattern[str], expected: str, required: bool = True) -> str:
        value = self.text(name, required=required)
        if value and not pattern.fullmatch(value):
            self._fault(name, f"« {name} » : « {value} » n’est pas {expected}")
            return ""
        return value

    def key(self, name: str, *, required: bool = True) -> str:
        """An identifier: letters without accents, digits, `.`, `_` and `-`, at most 64."""
        expected = "un identifiant (lettres sans accent, chiffres, « . », « _ », « - », 64 au plus)"
        return self._matching(name, _KEY, expected, required)

    def email(self, name: str) -> str:
        """A mail address."""
        return self._matching(name, _EMAIL, "une adresse électronique")

    def phone(self, name: str) -> str:
        """A telephone number."""
        return self._matching(name, _PHONE, "un numéro de téléphone")

    def flag(self, name: str) -> bool:
        """Yes or no; no where absent."""
        node = self._values.get(name)
        if node is None:
            return False
        if node.tag != _BOOL or not isinstance(node, ScalarNode):
            self._fault(name, f"« {name} » doit valoir true ou false")
            return False
        return node.value.lower() in ("true", "yes", "on")

    def items(self, name: str) -> list[Node]:
        """The entries of a list; none where absent."""
        node = self._values.get(name)
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self._fault(name, f"« {name} » doit être une liste")
            return []
        kept = []
        for item in node.value:
            if item.tag in _PLAIN_TAGS:
                kept.append(item)
            else:
                self._log.add(line_of(item), f"« {name} » porte une étiquette YAML qui n’est pas permise")
        return kept

    def texts(self, name: str) -> Iterator[tuple[str, int]]:
        """The texts of a list, each once, with their lines."""
        seen: set[str] = set()
        for item in self.items(name):
            value = self._scalar(item, name)
            if value in seen:
                self._log.add(line_of(item), f"« {value} » est écrit deux fois dans « {name} »")
            elif value:
                seen.add(value)
                yield value, line_of(item)

    def day(self, name: str) -> date | None:
        """A date such as 2026-12-24."""
        value = self._matching(name, _DATE, "une date de la forme 2026-12-24")
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._fault(name, f"« {name} » : le {value} n’existe pas au calendrier")
            return None

    def absences(self, name: str) -> tuple[AbsenceEntry, ...]:
        """A list of `{from, to}`."""
        found = []
        for item in self.items(name):
            entry = Fields(item, self._log, "l’absence", ("from", "to"))
            if not isinstance(item, MappingNode):
                continue
            first, last = entry.day("from"), entry.day("to")
            if first and last and first > last:
                entry._fault("from", f"l’absence commence le {first} et finit avant, le {last}")
            elif first and last:
                found.append(AbsenceEntry(first, last))
        return tuple(found)

    def week(self, name: str) -> Week:
        """A mapping of days to lists of spans such as "9:00-12:30"; days that are absent are closed."""
        days = Fields(self._values[name], self._log, f"« {name} »", DAYS)
        return tuple(days._spans(day) for day in DAYS)

    def _spans(self, day: str) -> tuple[Span, ...]:
        spans: list[Span] = []
        for value, line in self.texts(day):
            span = _span(value)
            if span is None:
                self._log.add(line, f"{day} : « {value} » n’est pas un horaire de la forme 9:00-12:30")
            elif span.opens >= span.closes:
                self._log.add(line, f"{day} : « {value} » finit avant de commencer")
            elif spans and span.opens < spans[-1].closes:
                self._log.add(line, f"{day} : « {value} » commence avant la fin de l’horaire précédent")
            else:
                spans.append(span)
        return tuple(spans)


def _span(value: str) -> Span | None:
    match = _SPAN.fullmatch(value)
    if match is None:
        return None
    numbers = [int(group or 0) for group in match.groups()]
    try:
        return Span(time(numbers[0], numbers[1]), time(numbers[2], numbers[3]))
    except ValueError:
        return None
