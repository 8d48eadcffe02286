"""The categories and conversation intents that a data folder names."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import CorpusChangeError
from understanding.catalogue import Catalogue, CatalogueError, load_catalogue

CATEGORIES = "categories.yml"
CONVERSATION = "conversation.yml"


class BrokenCatalogueError(CorpusChangeError):
    """The file of categories is broken by hand."""

    def __init__(self, error: CatalogueError) -> None:
        super().__init__(f"La liste des sujets est à corriger à la main d’abord ({error}).")


def catalogue_of(folder: Path) -> Catalogue:
    """The catalogue as it is now.

    Args:
        folder: Of the data files.

    Raises:
        BrokenCatalogueError: A file of it has a fault.
    """
    try:
        return load_catalogue(folder / CATEGORIES, folder / CONVERSATION)
    except CatalogueError as error:
        raise BrokenCatalogueError(error) from error
