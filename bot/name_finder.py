"""Finding names of people in a sentence: what the language model sees, weighed against what people write in this trade.

Runs in a process of its own (`bot/names.py`): it needs the whole of fr_core_news_md, which no message waits for.
"""

from __future__ import annotations

import re
from typing import Any

from bot import name_lists as lists
from bot.name_words import Entity, Sentence, Word, commune_names, is_first_name, split, trade_words

MASK = "[nom]"
LONGEST_NAME = 4
"""Words of a name, particles not counted."""


class NameFinder:
    """Finds names of people.

    Args:
        nlp: fr_core_news_md with its lemmatizer's tables and named entities.
    """

    def __init__(self, nlp: Any) -> None:
        self._nlp = nlp
        self._dictionary = nlp.get_pipe("lemmatizer").lookups.get_table("lemma_lookup")
        self._stop_words = nlp.Defaults.stop_words
        self._small, self._things = trade_words()
        self._communes = commune_names()
        self._introductions = _after(lists.INTRODUCTIONS)
        self._sign_offs = _after(lists.SIGN_OFFS)
        self._mentions = _after(lists.MENTIONS)

    def mask(self, text: str) -> str:
        """A text with `MASK` in the place of each name."""
        for start, end in reversed(self.find(text)):
            text = text[:start] + MASK + text[end:]
        return text

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where names stand, in order, without overlaps."""
        words = split(text)
        shouted = sum(word.text.isupper() for word in words if len(word.text) > 2) * 2 > len(words)
        sentence = Sentence(text, words, shouted)
        found: list[tuple[int, int]] = []
        index = 0
        entities = self._entities(text)
        while index < len(words):
            length = self._name_at(sentence, index, entities)
            if length:
                last = words[index + length - 1]
                end = last.end + (1 if last.initial and text[last.end : last.end + 1] == "." else 0)
                found.append((words[index].start, end))
            index += length or 1
        return found

    def _entities(self, text: str) -> list[Entity]:
        readable = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate becomes one « ? »
        return [Entity(entity.start_char, entity.end_char, entity.label_) for entity in self._nlp(readable).ents]

    def ordinary(self, word: Word) -> bool:
        """Whether a word is one of the language or of the trade, not a name."""
        key = word.key
        if key in lists.FIRST_NAMES:
            return key in self._small
        lower = word.text.lower()
        return key in self._small or lower in self._dictionary or lower in self._stop_words

    def thing(self, word: Word) -> bool:
        """Whether a word names a company, a product, a place, a day."""
        key = word.key
        return key in lists.THINGS or key in self._things or (key in self._communes and key not in lists.FIRST_NAMES)

    def _name_at(self, sentence: Sentence, index: int, entities: list[Entity]) -> int:
        """How many words from here on are a name; 0 for none."""
        word, before = sentence.words[index], sentence.before(index)
        if word.text.startswith("[") or word.key in lists.CIVILITIES or word.key in lists.ROLES:
            return 0
        if sentence.follows_civility(index):
            return self._run(sentence, index, sure=True)
        if _of_no_person(sentence, index):
            return 0
        introduced = self._introductions.search(before) is not None
        signed = self._sign_offs.search(before) is not None and sentence.ends_soon(index)
        if introduced or signed:
            return self._introduced(sentence, index, entities)
        mentioned = self._mentions.search(before) is not None
        return self._unannounced(sentence, index, mentioned, entities)

    def _introduced(self, sentence: Sentence, index: int, entities: list[Entity]) -> int:
        word = sentence.words[index]
        is_first = is_first_name(word)
        if word.capital and not sentence.shouted:
            known = is_first or word.initial or not (self._common(word) or _is_place(entities, word))
            if word.key in lists.PROPER_TOO and not sentence.neighbour(index + 1, capital=True):
                known = False
            follower = sentence.joined(index + 1)
            if not known and follower is not None and is_first_name(follower) and follower.capital:
                known = True  # « DUPUIS Laurent »
            return self._run(sentence, index, sure=known) if known or word.key in lists.PARTICLES else 0
        if is_first and not self._word_only(word):
            return self._run(sentence, index, sure=False)
        follower = sentence.joined(index + 1)
        if is_first and follower is not None and not self._common(follower):
            return self._run(sentence, index, sure=False)
        both_unknown = follower is not None and not self._common(word) and not self._common(follower)
        return 2 if both_unknown and len(word.text) > 2 and follower is not None and len(follower.text) > 2 else 0

    def _unannounced(self, sentence: Sentence, index: int, mentioned: bool, entities: list[Entity]) -> int:
        word, follower = sentence.words[index], sentence.joined(index + 1)
        if is_first_name(word):
            if follower is not None and self._surname(sentence, word, follower):
                return self._run(sentence, index, sure=word.capital)
            if self._alone(sentence, index, mentioned, entities):
                return 1
        if word.capital and follower is not None and follower.capital and not sentence.shouted:
            if word.initial and sentence.text[word.end : word.end + 1] == "." and not self._common(follower):
                return self._run(sentence, index, sure=True)
            if word.text.isupper() and len(word.text) > 2 and is_first_name(follower) and not self.thing(word):
                return 2
            inside = _is_person(entities, word, follower)
            if inside and not self._common(word) and not self.thing(follower):
                return self._run(sentence, index, sure=True)
        if mentioned and word.capital and not sentence.shouted and not self._common(word):
            return 1 if _is_person(entities, word, word) else 0
        return 0

    def _surname(self, sentence: Sentence, first: Word, word: Word) -> bool:
        """Whether a word after a first name goes with it."""
        if word.key in lists.ROLES:
            return False
        if word.capital and first.capital and not sentence.shouted:
            if first.key in lists.PROPER_TOO and word.key not in lists.SURNAMES and self._common(word):
                return False  # « France Travail »
            return word.key not in lists.THINGS
        if word.key in lists.SURNAMES and not self._word_only(first):
            return True
        return not self._word_only(first) and not self._common(word) and len(word.text) > 2

    def _alone(self, sentence: Sentence, index: int, mentioned: bool, entities: list[Entity]) -> bool:
        """Whether a first name without a surname is somebody."""
        word = sentence.words[index]
        if word.key in lists.PROPER_TOO:
            return mentioned and word.capital and _is_person(entities, word, word)
        if word.capital and not sentence.shouted:
            if self._word_only(word):
                return mentioned or not sentence.begins(index)
            return True
        return not self._word_only(word) and not sentence.shouted

    def _word_only(self, word: Word) -> bool:
        return word.key in lists.ALSO_WORDS or word.key in lists.PROPER_TOO or word.text.lower() in self._dictionary

    def _common(self, word: Word) -> bool:
        return self.ordinary(word) or self.thing(word) or word.key in lists.ROLES

    def _run(self, sentence: Sentence, index: int, *, sure: bool) -> int:
        """How many words from here on belong to one name.

        Args:
            sentence: The sentence.
            index: Of the first word.
            sure: A capitalised word is part of the name even where it is a word of the language too.
        """
        taken = real = 0
        while real < LONGEST_NAME:
            word = sentence.words[index + taken] if taken == 0 else sentence.joined(index + taken)
            if word is None or word.text.startswith("["):
                break
            particle = word.key in lists.PARTICLES
            if particle and not self._particle_leads_on(sentence, index + taken, sure):
                break
            if not particle and not self._goes_on(sentence, word, first=taken == 0, sure=sure):
                break
            taken += 1
            real += not particle
        return taken

    def _particle_leads_on(self, sentence: Sentence, index: int, sure: bool) -> bool:
        follower = sentence.joined(index + 1)
        if follower is None or not sure:
            return False
        if follower.key in lists.PARTICLES:
            return self._particle_leads_on(sentence, index + 1, sure)
        if not follower.capital or follower.key in lists.ROLES:
            return False
        return sentence.words[index].capital or not (self.thing(follower) or self.ordinary(follower))

    def _goes_on(self, sentence: Sentence, word: Word, *, first: bool, sure: bool) -> bool:
        if word.key in lists.ROLES:
            return False
        if word.capital and sure and not sentence.shouted:
            return first or word.key not in lists.THINGS
        return (first and is_first_name(word)) or word.key in lists.SURNAMES or not self._common(word)


def _is_person(entities: list[Entity], first: Word, last: Word) -> bool:
    """Whether the language model takes what two words enclose for somebody."""
    return any(entity.label == "PER" and entity.start <= first.start and last.end <= entity.end for entity in entities)


def _is_place(entities: list[Entity], word: Word) -> bool:
    """Whether it takes a word for a place or a company, and no more than that."""
    return any(entity.label in ("LOC", "ORG") and entity.start <= word.start < entity.end for entity in entities)


def _of_no_person(sentence: Sentence, index: int) -> bool:
    """Whether a street, a school, a company or a machine is named here."""
    before = [word.key for word in sentence.words[max(0, index - 3) : index]]
    if not before:
        return False
    if before[-1] in lists.NOT_OF_PEOPLE:
        return True
    named = next((place for place in (2, 3) if len(before) >= place and before[-place] in lists.NOT_OF_PEOPLE), 0)
    between = sentence.words[index - named + 1 : index] if named else []
    return bool(between) and all(word.capital for word in between)


def _after(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(patterns)})[\s,;:.!–-]*$", re.IGNORECASE)
