"""Rasa component: what a message asks for, as an intent, with the ranked procedures beside it."""

from __future__ import annotations

import re
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.decision import CLARIFY, REQUEST, Decision, Thresholds, label_of
from assistant.nlu.languages import language_of
from assistant.nlu.learning.network import Shape
from assistant.nlu.learning.request_model import Recipe, RequestModel
from assistant.nlu.understanding import understand, without_places_and_moments

TRIAGE = "triage"
"""The key of Rasa's parse data that holds the decision, with its candidates."""
MODEL_FILE = "requests.joblib"
EXPLAINED = 5
"""Candidates whose words are told."""
CLAUSE = re.compile(r"[,;.:!?\n]+")
NAMED = 0.5
"""Probability from which a clause is of a topic."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RequestClassifier(GraphComponent):
    """Learns retrieval intents (`demande/caf.rsa`) and plain ones together, and decides between them."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: RequestModel | None = None
    ):
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model
        self._thresholds = Thresholds(**config["thresholds"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The thresholds of `decision.Thresholds`, the shape of `network.Shape`, and the temperature of the model."""
        return {"thresholds": {}, "shape": {}, "temperature": 1.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RequestClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RequestClassifier:
        """The trained classifier of a model archive."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, joblib.load(folder / MODEL_FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the full intents of the training data."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        model = RequestModel(Recipe(shape=Shape(**self._config["shape"]), temperature=self._config["temperature"]))
        self._model = model.fit([e.get(TEXT) for e in examples], [e.get_full_intent() for e in examples])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model, folder / MODEL_FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: no later component learns from the decisions."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent, its ranking and the triage of each message."""
        for message in messages:
            text = message.get(TEXT)
            # a button's payload names its intent itself, and so does a message that is only a place or a moment
            if text and not text.startswith("/") and not (message.get(INTENT) or {}).get("name"):
                self._understand(message, text, message.get(ENTITIES, []))
        return messages

    def _understand(self, message: Message, text: str, entities: list[dict[str, Any]]) -> None:
        request = without_places_and_moments(text, entities)
        decision = understand(text, entities, self._trained.read(request), self._thresholds)
        language = language_of(text) if decision.sub == "autre_langue" else None
        more = {"language": language, "because": self._because(request, decision)}
        self._set(message, decision, more | {"topics": self._topics(request, decision)})

    def _topics(self, text: str, decision: Decision) -> list[str]:
        """What an unclear message is about, in all and clause by clause: "a letter, it speaks of the rent" is of two topics."""
        if decision.intent != CLARIFY:
            return []
        clauses = [clause for clause in CLAUSE.split(text) if clause.strip()]
        readings = self._trained.read_all(clauses) if len(clauses) > 1 else []
        likeliest = [reading.ranking[0] for reading in readings if reading.ranking[0].probability >= NAMED]
        found = [scored.label.partition("/")[2] for scored in likeliest if scored.label.startswith(f"{CLARIFY}/")]
        return list(dict.fromkeys(topic for topic in (decision.sub, *found) if topic))

    def _because(self, text: str, decision: Decision) -> dict[str, list[str]]:
        """The words that spoke for each of the first candidates."""
        if decision.intent not in (REQUEST, CLARIFY):
            return {}
        names = [candidate.label for candidate in decision.candidates[:EXPLAINED]]
        return dict(zip(names, self._trained.because(text, [label_of(name) for name in names]), strict=True))

    @property
    def _trained(self) -> RequestModel:
        if self._model is None:
            raise RuntimeError("the classifier is not trained")
        return self._model

    @staticmethod
    def _set(message: Message, decision: Decision, more: dict[str, Any]) -> None:
        intent = {"name": decision.intent, "confidence": decision.confidence}
        message.set(INTENT, intent, add_to_output=True)
        message.set("intent_ranking", [intent], add_to_output=True)
        message.set(TRIAGE, decision.as_dict() | more, add_to_output=True)
