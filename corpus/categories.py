"""Categories that trainers add, describe, merge and retire; `data/categories.yml` keeps its comments and its order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from corpus.changes import Change
from corpus.checks import accepted, one_line
from corpus.coverage import Coverage
from corpus.draft import Draft, file_of
from corpus.edition import Edition, Origin
from corpus.errors import ByHandOnlyError, CorpusChangeError, InvalidSentenceError, UnknownIntentError
from corpus.regressions import with_category
from corpus.topics import CATEGORIES, catalogue_of
from corpus.writer import CorpusWriter
from datafiles.syntax import SyntaxFaultError, decoded
from datafiles.yaml_edit import NotEditableError, load, rewrite
from understanding.catalogue import Catalogue, Category
from understanding.text import fold

LONGEST_LABEL = 80
LONGEST_TEXT = 1_000
LONGEST_SLUG = 40

_BOM = b"\xef\xbb\xbf"
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_SLUG = re.compile(r"[a-z][a-z0-9_]*\Z")
_SMALL = {"de", "du", "des", "la", "le", "les", "l", "d", "et", "a", "au", "aux", "en", "un", "une"}

Rows = list[dict[str, Any]]


class InvalidCategoryError(CorpusChangeError):
    """A category cannot be described like that.

    Attributes:
        field: Which part is meant: « label », « scope », « boundary », « slug », « contacts ».
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TakenCategoryError(InvalidCategoryError):
    """The name belongs to another category, in service or not, or to a part of conversation."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__(field, f"« {name} » existe déjà : choisissez un autre nom.")


class ChangedCategoryError(CorpusChangeError):
    """A category is no longer as it was seen.

    Attributes:
        now: As it is.
    """

    def __init__(self, now: Category) -> None:
        super().__init__(f"Le sujet « {now.label} » a été changé entre-temps.")
        self.now = now


class LastCategoryError(CorpusChangeError):
    """Somebody wants to retire the only category in service."""

    def __init__(self) -> None:
        super().__init__("C’est le dernier sujet proposé : il ne peut pas être retiré.")


def slug_of(label: str) -> str:
    """A slug made of a label: « Achats et sous-traitance » → "achats_sous_traitance"."""
    words = _NO_LETTER.sub(" ", fold(label)).split()
    slug = "_".join([word for word in words if word not in _SMALL] or words)
    slug = slug if _SLUG.match(slug) else f"sujet_{slug}"
    return slug[:LONGEST_SLUG].rstrip("_")


class CategoryWriter:
    """Changes the categories. Every method raises what `CorpusWriter` raises too, and then nothing was written.

    Args:
        corpus: Who changes the examples.
        coverage: Who changes the directory, so that a new category is covered; None where contacts are never named.
    """

    def __init__(self, corpus: CorpusWriter, coverage: Coverage | None = None) -> None:
        self._corpus = corpus
        self._coverage = coverage

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self._corpus.folder

    def read(self) -> Catalogue:
        """The categories as the files say them now.

        Raises:
            BrokenCatalogueError: The files have a fault.
        """
        return catalogue_of(self.folder)

    def add(
        self,
        label: str,
        scope: str,
        boundary: str = "",
        examples: Iterable[tuple[str, Origin]] = (),
        contacts: Sequence[str] = (),
        slug: str = "",
    ) -> tuple[Category, Change]:
        """Add a category with its examples and who covers it, all at once.

        Args:
            label: What a member reads.
            scope: What belongs there.
            boundary: What looks close but belongs elsewhere.
            examples: Sentences and where they come from; they go to the public file.
            contacts: Ids of contacts who cover it; without any, the directory's files have a fault until one does.
            slug: Made of the label where empty.

        Raises:
            InvalidCategoryError: Something about the description; `TakenCategoryError` where the name is taken.
            InvalidSentenceError, DuplicateSentenceError, PrivateOriginError: About an example.
            UnknownEntryError: There is no such contact.
        """
        new = _described(Category(slug or slug_of(label), label, scope, boundary))
        if not _SLUG.match(new.slug) or len(new.slug) > LONGEST_SLUG:
            raise InvalidCategoryError("slug", f"« {new.slug} » ne convient pas comme nom technique.")
        if contacts and self._coverage is None:
            raise InvalidCategoryError("contacts", "Les interlocuteurs ne peuvent pas être changés ici.")
        rows = [(accepted(text), origin) for text, origin in examples]

        def plan(edition: Edition, draft: Draft) -> None:
            now = self.read()
            _refuse_taken(now, new)
            self._put(draft, lambda categories: categories.append(_row(new)))
            if rows:
                self._corpus.refuse_rows(edition, rows)
                named = [(text, origin.as_metadata()) for text, origin in rows]
                draft.add(file_of(new.slug, False), new.slug, named)
            if contacts and self._coverage is not None:
                future = Catalogue({**now.categories, new.slug: new}, now.conversation, now.retired)
                for name, before, content in self._coverage.covered(new.slug, contacts, future):
                    draft.put(name, before, content)

        with ExitStack() as held:
            if contacts and self._coverage is not None:
                held.enter_context(self._coverage.held())
            return new, self._corpus.change(plan)

    def edit(self, seen: Category, label: str, scope: str, boundary: str = "") -> Category:
        """Describe a category anew; its slug stays.

        Args:
            seen: As it was when somebody began to change it.
            label: What a member reads.
            scope: What belongs there.
            boundary: What looks close but belongs elsewhere.

        Raises:
            InvalidCategoryError, TakenCategoryError: Something about the description.
            ChangedCategoryError: It was changed since.
        """
        new = _described(Category(seen.slug, label, scope, boundary))

        def plan(_: Edition, draft: Draft) -> None:
            now = self.read()
            current = self._in_service(now, seen.slug)
            if current != seen:
                raise ChangedCategoryError(current)
            _refuse_taken(now, new, but=seen.slug)

            def change(rows: Rows) -> None:
                row = _found(rows, seen.slug)
                for key, value in (("label", new.label), ("scope", new.scope), ("not", new.boundary)):
                    if value or key in row:
                        row[key] = value

            self._put(draft, change)

        self._corpus.change(plan)
        return new

    def retire(self, slug: str) -> Change:
        """Offer a category no longer; its examples stay in the files, but are left out of training.

        Raises:
            UnknownIntentError: There is no such category in service.
            LastCategoryError: It is the only one.
        """

        def plan(_: Edition, draft: Draft) -> None:
            now = self.read()
            self._in_service(now, slug)
            if len(now.categories) == 1:
                raise LastCategoryError
            self._put(draft, lambda rows: _found(rows, slug).update(retired=True))

        return self._corpus.change(plan)

    def bring_back(self, slug: str) -> Change:
        """Offer a category again that was retired.

        Raises:
            UnknownIntentError: No such category was retired.
        """

        def change(rows: Rows) -> None:
            row = _found(rows, slug)
            row.pop("retired", None)
            row.pop("merged_into", None)

        def plan(_: Edition, draft: Draft) -> None:
            if slug not in self.read().retired:
                raise UnknownIntentError(slug)
            self._put(draft, change)

        return self._corpus.change(plan)

    def merge(self, slug: str, into: str) -> Change:
        """Let one category be part of another: its examples, terms and regression questions become the other's.

        Its blocks stay where they are with another head, so that order, comments and writers are kept. It is retired,
        and who covered it covers the other.

        Raises:
            UnknownIntentError: There is no such category in service.
            InvalidCategoryError: Both are the same.
        """
        if slug == into:
            raise InvalidCategoryError("slug", "Un sujet ne se fond pas dans lui-même.")

        def plan(edition: Edition, draft: Draft) -> None:
            now = self.read()
            for one in (slug, into):
                self._in_service(now, one)
            for name in sorted({one.file for one in edition.by_intent.get(slug, ())}):
                draft.rename(name, slug, into)
            for name in self._corpus.reader.files_with_terms(slug):
                draft.rename(name, slug, into)
            for name, before, content in with_category(self.folder, slug, into):
                draft.put(name, before, content)
            self._put(draft, lambda rows: _found(rows, slug).update(retired=True, merged_into=into))

        return self._corpus.change(plan)

    def _in_service(self, now: Catalogue, slug: str) -> Category:
        if slug not in now.categories:
            raise UnknownIntentError(slug)
        return now.categories[slug]

    def _put(self, draft: Draft, change: Callable[[Rows], Any]) -> None:
        content = (self.folder / CATEGORIES).read_bytes()
        try:
            text = decoded(content)
            document = load(text)
            rows = document["categories"]
            change(rows)
            after = rewrite(text, {**document, "categories": rows})
        except (NotEditableError, SyntaxFaultError) as error:
            raise ByHandOnlyError(CATEGORIES) from error
        draft.put(CATEGORIES, content, (_BOM if content.startswith(_BOM) else b"") + after.encode("utf-8"))


def _described(category: Category) -> Category:
    """A category with its texts as they are kept.

    Raises:
        InvalidCategoryError: One is empty, too long, or holds what cannot be shown.
    """
    names = {"label": "le nom", "scope": "la définition", "boundary": "ce qui n’en fait pas partie"}
    texts = {}
    for field, name in names.items():
        text = one_line(getattr(category, field))
        most = LONGEST_LABEL if field == "label" else LONGEST_TEXT
        if not text and field != "boundary":
            raise InvalidCategoryError(field, f"Écrivez {name} du sujet.")
        if len(text) > most:
            raise InvalidCategoryError(field, f"Trop long : {most} caractères au plus pour {name}.")
        try:
            texts[field] = accepted(text) if text else ""
        except InvalidSentenceError as error:
            raise InvalidCategoryError(field, f"À revoir, {name} : {error}") from error
    return Category(category.slug, texts["label"], texts["scope"], texts["boundary"])


def _refuse_taken(now: Catalogue, new: Category, but: str = "") -> None:
    if not but and new.slug in {*now.categories, *now.retired, *now.conversation}:
        raise TakenCategoryError("label", new.label)
    if any(slug != but and fold(one.label) == fold(new.label) for slug, one in now.categories.items()):
        raise TakenCategoryError("label", new.label)


def _found(rows: Rows, slug: str) -> dict[str, Any]:
    return next(row for row in rows if row.get("slug") == slug)


def _row(category: Category) -> dict[str, Any]:
    row = {"slug": category.slug, "label": category.label, "scope": category.scope, "not": category.boundary}
    return {key: value for key, value in row.items() if value}
