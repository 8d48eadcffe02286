"""The component that reads a message: a thin wrapper over `understanding`.

Intent and place come from one component, since one helps the other: « Lescar » alone is a place and no question.
"""

from __future__ import annotations

from typing import Any, ContextManager, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.conversation import TEXT_GUARD, UNDERSTANDING
from tracing import spans
from understanding.catalogue import current_catalogue
from understanding.corpus import CONVERSATION, VOICE, Example, read_two_needs
from understanding.intents.embedding import embed
from understanding.intents.held_out import write_held_out
from understanding.intents.lexicon import read_lexicon
from understanding.intents.model import IntentModel
from understanding.intents.training import train
from understanding.places.gazetteer import Gazetteer
from understanding.places.place import Place
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable
from understanding.places.vocabulary import ordinary_words
from understanding.reading import Understanding, read_message

PLACE_ENTITY = "lieu"
WORDS_FILE = "words.txt"


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True
)
class MessageReader(GraphComponent, IntentClassifier):
    """Sets intent, ranking, place and what to do with them on each message."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """No options: what can be tuned is found in training."""
        return {}

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[IntentModel] = None,
        words: Optional[List[Text]] = None,
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._words = words or []
        self._places: Optional[PlaceReader] = None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        """An untrained component."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train the intent model on the examples, and keep it with the words that are ordinary."""
        examples = [_example(message) for message in training_data.intent_examples if message.get(TEXT)]
        trained = train(examples, read_two_needs(), current_catalogue(), read_lexicon())
        self._model = trained.model
        self._words = ordinary_words(examples, Gazetteer(CommuneTable()))
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
            write_held_out(trained.held_out, folder)
            (folder / WORDS_FILE).write_text("\n".join(self._words), "utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageReader:
        """A trained component, warm: the encoder and the gazetteer are loaded here, not with the first message."""
        with model_storage.read_from(resource) as folder:
            model = IntentModel.load(folder)
            words = (folder / WORDS_FILE).read_text("utf-8").split("\n")
        reader = cls(model_storage, resource, model, words)
        embed(["bonjour"])
        reader.understand("bonjour")
        return reader

    def understand(self, text: Text) -> Understanding:
        """Read one text."""
        assert self._model is not None, "the component is not trained"
        if self._places is None:
            self._places = PlaceReader(Gazetteer(CommuneTable()), self._words)
        return read_message(text, self._model, self._places, current_catalogue(), _stage)

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent, entities and understanding on messages."""
        for message in messages:
            if not message.get(TEXT) or message.get(INTENT):
                continue  # a pressed button is parsed already
            understanding = self.understand(message.get(TEXT).lstrip(TEXT_GUARD))
            message.set(INTENT, _confidence(understanding.intent, understanding.certainty), add_to_output=True)
            ranking = [_confidence(slug, probability) for slug, probability in understanding.ranking]
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            if understanding.place is not None:
                entities = [*message.get(ENTITIES, []), _entity(understanding.place)]
                message.set(ENTITIES, entities, add_to_output=True)
            message.set(UNDERSTANDING, understanding.as_dict(), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples: no later component learns from ours."""
        return training_data


def _stage(name: Text) -> ContextManager[object]:
    return spans.step(f"understand.{name}")


def _example(message: Message) -> Example:
    metadata = message.get(METADATA) or {}
    voice, origin = metadata.get(VOICE, ""), metadata.get(CONVERSATION, "")
    return Example(message.get(TEXT), message.get(INTENT), voice=voice, origin=origin)


def _confidence(name: Text, probability: float) -> Dict[Text, Any]:
    return {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: probability}


def _entity(place: Place) -> Dict[Text, Any]:
    codes = list(place.codes)
    return {
        "entity": PLACE_ENTITY,
        "value": codes[0] if len(codes) == 1 else codes or list(place.departements),
        "place": place.as_dict(),
        "extractor": MessageReader.__name__,
    }
