"""Makes intents and rules from the data files, so that a category is added by editing files only."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Text, Union

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.examples import as_training_data
from understanding.catalogue import load_catalogue

CATEGORY_ACTION = "action_orienter"
CONVERSATION_ACTIONS = {
    "affirmer": "action_affirmer",
    "infirmer": "action_infirmer",
    "demander_humain": "action_demander_humain",
    "indiquer_lieu": "action_indiquer_lieu",
    "demander_antenne": "action_demander_antenne",
    "effacer_donnees": "action_effacer_donnees",
    "urgence": "action_urgence",
}
"""Action of each conversation intent that needs more than a fixed text; the others take `DEFAULT_ACTION`."""
DEFAULT_ACTION = "action_converser"
FALLBACK_RULE = ("nlu_fallback", "action_clarifier")


class HelpDeskImporter(RasaFileImporter):
    """Rasa's own file importer, plus what `data/categories.yml` and `data/conversation.yml` say."""

    def __init__(
        self,
        config_file: Optional[Text] = None,
        domain_path: Optional[Text] = None,
        training_data_paths: Optional[Union[List[Text], Text]] = None,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self.catalogue = load_catalogue()

    def get_domain(self) -> Domain:
        """The domain file, with an intent for each category and conversation intent."""
        domain = super().get_domain()
        intents = Domain.from_dict({"intents": [{intent: {"use_entities": []}} for intent in self.catalogue.intents]})
        return domain.merge(intents)

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """The story files, with a rule for each intent."""
        graph = super().get_stories(exclusion_percentage)
        rules = [(intent, CATEGORY_ACTION) for intent in self.catalogue.categories]
        rules += [(intent, CONVERSATION_ACTIONS.get(intent, DEFAULT_ACTION)) for intent in self.catalogue.conversation]
        rules.append(FALLBACK_RULE)
        text = 'version: "3.1"\nrules:\n' + "".join(
            f"- rule: {intent}\n  steps:\n  - intent: {intent}\n  - action: {action}\n" for intent, action in rules
        )
        steps = YAMLStoryReader(self.get_domain()).read_from_string(text)
        return graph.merge(StoryGraph(steps))

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """The example files, without retired categories, each example with its writer's voice."""
        return as_training_data(map(Path, self._nlu_files), set(self.catalogue.intents))
