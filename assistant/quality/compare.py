"""Pipelines against each other, on the same sentences and the same messages: `make quality-compare`.

Each pipeline learns and answers in a process of its own, so that its memory and its time are its own. What was measured is
kept beside the page, in `docs/quality-compare.json`: the slow ones take hours, and a run goes on where another one, on any
machine, stopped. The page holds measured figures only.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Annotated, Any, Protocol, Self
from unittest.mock import patch

import joblib
import numpy as np
import typer
from jinja2 import Environment
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from assistant.logs import configure
from assistant.nlu.decision import KINDS, REQUEST, procedure_id
from assistant.nlu.learning.augmentation import typos
from assistant.nlu.learning.network import Matrix, Shape
from assistant.nlu.learning.request_model import Recipe, RequestModel
from assistant.nlu.learning.vectors import SPACY_MODEL, WordVectors
from assistant.quality.messages import OWN, SHARED, covers, load, partners
from assistant.quality.training import Example, read
from assistant.settings import PROJECT, Settings
from assistant.text import normalise

PAGE = PROJECT / "docs" / "quality-compare.md"
STOCK_EPOCHS, FEW_EPOCHS, FLAT_EPOCHS, SPACY_EPOCHS = 100, 10, 3, 30
TIMED = 200
"""Messages timed one by one."""
Figures = dict[str, Any]


class Pipeline(Protocol):
    """What is compared: learns from labelled texts, then scores texts over its labels."""

    labels: list[str]

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Any:
        """Learn; a label may join several requests with "+"."""

    def scores(self, texts: Sequence[str]) -> Matrix:
        """(texts, labels): the higher, the likelier."""


class Ours:
    """The model that is served, or one of its variants."""

    def __init__(self, recipe: Recipe | None = None, vectors: bool = True):
        self._model, self._vectors = RequestModel(recipe), vectors

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Self:
        """Learn as the classifier does."""
        vectors = WordVectors.from_spacy()
        with patch.object(WordVectors, "from_spacy", return_value=vectors if self._vectors else blind(vectors)):
            self._model.fit(texts, labels)
        self.labels = self._model.labels
        return self

    def scores(self, texts: Sequence[str]) -> Matrix:
        """Probabilities."""
        return self._model.scores([normalise(text) for text in texts])[0]


def blind(vectors: WordVectors) -> WordVectors:
    """The same words, which mean nothing: spelling still asks which words exist."""
    nothing = np.zeros((len(vectors._matrix), 1), dtype=np.float32)
    return WordVectors(vectors._digests, vectors._rows, vectors._frequent, nothing)


class Linear:
    """Weighted counts of pieces of words and of words, then a linear classifier; sentences that ask for several things are left out."""

    def __init__(self, classifier: Any):
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
        words = TfidfVectorizer(ngram_range=(1, 2), tokenizer=str.split, token_pattern=None, sublinear_tf=True)
        self._pipeline = make_pipeline(make_union(characters, words), classifier)

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Self:
        """Learn the vocabulary, then the weights."""
        single = [(normalise(text), label) for text, label in zip(texts, labels, strict=True) if "+" not in label]
        self._pipeline.fit([text for text, _ in single], np.array([label for _, label in single]))
        self.labels = list(self._pipeline.classes_)
        return self

    def scores(self, texts: Sequence[str]) -> Matrix:
        """Probabilities, or distances to the border where there are none."""
        score = getattr(self._pipeline, "predict_proba", None) or self._pipeline.decision_function
        return np.asarray(score([normalise(text) for text in texts]), dtype=np.float32)


class Average:
    """The mean of several pipelines' probabilities."""

    def __init__(self, *parts: Pipeline):
        self._parts = parts

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Self:
        """Each learns alone; all must know the same labels."""
        for part in self._parts:
            part.fit(texts, labels)
        self.labels = self._parts[0].labels
        assert all(part.labels == self.labels for part in self._parts), "the parts know different labels"
        return self

    def scores(self, texts: Sequence[str]) -> Matrix:
        """The mean."""
        return np.asarray(np.mean([part.scores(texts) for part in self._parts], axis=0), dtype=np.float32)


@dataclass(frozen=True)
class Row:
    """A line of the table: what it says, and how the pipeline is made in its process."""

    title: str
    make: Callable[[], Pipeline]


def rows(stock_epochs: int = STOCK_EPOCHS) -> dict[str, Row]:
    """Every pipeline, the quickest to train first."""
    fewer = "" if stock_epochs == STOCK_EPOCHS else f" INSTEAD OF {STOCK_EPOCHS}"
    return {
        "complement-nb": Row("TF-IDF + ComplementNB", lambda: Linear(ComplementNB())),
        "linear-svc": Row("TF-IDF + LinearSVC", lambda: Linear(LinearSVC())),
        "logistic": Row("TF-IDF + LogisticRegression (C=50, 30 iterations)", lambda: Linear(_logistic())),
        "ours": Row("**ours**", Ours),
        "ours-no-vectors": Row("ours without word vectors", lambda: Ours(vectors=False)),
        "ours-no-spelling": Row("ours without spelling", lambda: Ours(Recipe(spelling=False))),
        "ours-no-noise": Row("ours without noise", lambda: Ours(Recipe(noise=False))),
        "ours-one-network": Row("ours, one network", lambda: Ours(Recipe(shape=Shape(networks=1)))),
        "ours-and-svc": Row("ours averaged with LinearSVC (calibrated)", lambda: Average(Ours(), Linear(_svc()))),
        "rasa-logistic": Row("Rasa: char_wb + LogisticRegressionClassifier", lambda: _stock("logistic")),
        "rasa-diet-few": Row(f"Rasa: default, DIET {FEW_EPOCHS} epochs", lambda: _stock("diet", FEW_EPOCHS)),
        "rasa-diet-flat": Row(
            f"Rasa: DIET without transformer, {FLAT_EPOCHS} epochs",
            lambda: _stock("diet_without_transformer", FLAT_EPOCHS),
        ),
        "rasa-diet-spacy": Row(
            f"Rasa: {SPACY_MODEL} + counts + DIET {SPACY_EPOCHS} epochs",
            lambda: _stock("diet_with_spacy", SPACY_EPOCHS, SPACY_MODEL),
        ),
        "rasa-default": Row(f"Rasa: default, DIET {stock_epochs} epochs{fewer}", lambda: _stock("diet", stock_epochs)),
    }


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=50, max_iter=30, tol=1e-3)


def _svc() -> CalibratedClassifierCV:
    return CalibratedClassifierCV(LinearSVC(), cv=3)


def _stock(kind: str, *arguments: Any) -> Pipeline:
    from assistant.dialogue import stock  # here: TensorFlow's memory is not the other pipelines'

    made: Pipeline = stock.StockRasa(getattr(stock, kind)(*arguments))
    return made


@dataclass(frozen=True)
class MessageSet:
    """Labelled messages without their places and moments, and the same with a slip of the finger in every word."""

    name: str
    expects: list[dict[str, Any]]
    texts: list[str]
    typed: list[str]


def measure(name: str, stock_epochs: int, examples: list[Example], sets: list[MessageSet], log: Path) -> Figures:
    """Train one pipeline and take its figures; in a process of its own, whose words go to the log."""
    with log.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    configure()  # else Rasa would print every message
    row = rows(stock_epochs)[name]
    pipeline = row.make()
    started, worked = time.perf_counter(), time.process_time()
    pipeline.fit(*map(list, zip(*examples, strict=True)))
    trained = {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - worked,
        "peak_mb": peak_mb(),
    }
    quality = {messages.name: figures(pipeline, messages) for messages in sets}
    times = [_milliseconds(pipeline, text) for text in sets[0].texts[:TIMED]]
    return {
        "title": row.title,
        "sets": quality,
        **trained,
        "p50_ms": statistics.median(times),
        "size_mb": size_mb(pipeline),
    }


def figures(pipeline: Pipeline, messages: MessageSet) -> Figures:
    """Percentages over the messages."""
    clean = judge(pipeline.labels, pipeline.scores(messages.texts), messages.expects)
    typed = judge(pipeline.labels, pipeline.scores(messages.typed), messages.expects)
    return clean | {"typo_loss": clean["top1"] - typed["top1"]}


def judge(labels: Sequence[str], scores: Matrix, expects: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The best procedures, forced, of the messages that ask for one; the family of the best label, of every message."""
    requests = [i for i, label in enumerate(labels) if label.startswith(f"{REQUEST}/")]
    right: dict[str, list[bool]] = {"top1": [], "top3": [], "partner": [], "kind": []}
    for expect, row in zip(expects, scores, strict=True):
        kind = KINDS.get(labels[int(np.argmax(row))].partition("/")[0], "dialogue")
        right["kind"].append(kind in _accepted(expect))
        if expect["kind"] == "procedure" and expect.get("match") != "all":
            best = [procedure_id(labels[i]) for i in sorted(requests, key=lambda i: -row[i])[:3]]
            right["top1"].append(covers(expect["labels"], best[0]))
            right["top3"].append(any(covers(expect["labels"], label) for label in best))
            right["partner"].append(best[0].split("/")[0] in partners(expect["labels"]))
    return {figure: 100 * statistics.mean(found) for figure, found in right.items()}


def _accepted(expect: dict[str, Any]) -> set[str]:
    return {expect["kind"], *expect.get("also_ok_kind", []), *(["procedure"] if expect.get("direct_ok") else [])}


def _milliseconds(pipeline: Pipeline, text: str) -> float:
    started = time.perf_counter()
    pipeline.scores([text])
    return (time.perf_counter() - started) * 1000


def peak_mb() -> float:
    """The most this process ever held; `ru_maxrss` would count its parent's memory too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def size_mb(pipeline: Pipeline) -> float:
    """The model on disk, compressed as in Rasa's archives."""
    with tempfile.NamedTemporaryFile() as file:
        joblib.dump(pipeline, file.name, compress=("gzip", 6))
        return Path(file.name).stat().st_size / 1e6


def read_messages(path: Path) -> MessageSet:
    """A labelled set as the classifier is asked it: without places and moments, nor messages that are nothing else."""
    random, asked = Random(1), [message for message in load(path) if message.claim is None]
    texts = [" ".join(message.request.split()) for message in asked]
    return MessageSet(path.stem, [m.expect for m in asked], texts, [typos(text, random) for text in texts])


def sample(examples: list[Example], share: float) -> list[Example]:
    """That share of each label's sentences, five at least: enough to try the run itself."""
    by_label: dict[str, list[Example]] = {}
    for text, label in examples:
        by_label.setdefault(label, []).append((text, label))
    return [e for found in by_label.values() for e in found[: max(5, round(share * len(found)))]]


TEMPLATE = """\
# Pipelines compared

Written by `make quality-compare` on {{ today }}: {{ sentences }} training sentences, {{ cores }} cores. No figure here is typed by hand.

{% for set in sets -%}
- {{ "`%s`"|format(set.name) }}: {{ set.texts|length }} messages
{% endfor %}
{% if sets|length > 1 %}Two figures in a cell are of these sets, in this order. {% endif -%}
Top-1 and top-3: the procedure of messages that ask for one, the best procedure label being taken whatever else was likelier.
Partner: that procedure's. Kind: the family of the likeliest label (procedure, clarify, out of scope, emergency, dialogue).
Typos: points of top-1 lost with a slip of the finger in every word of four letters or more. Places and moments are removed
beforehand, for all alike; no threshold is applied. Processor: seconds of training on all cores together, which other work on the
machine does not change. Memory: the most the training process held. Time: one message, median. Size: compressed. Rasa's rows and the linear ones learn the sentences that ask for one thing only, having one label a sentence.

| pipeline | top-1 % | top-3 % | partner % | kind % | typos, points | training s | processor s | memory MB | time ms | size MB |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
{% for row in found -%}
| {{ row.title }}{{ " †" if row.data != data }} |
{%- for figure in ["top1", "top3", "partner", "kind", "typo_loss"] %} {% for set in sets if set.name in row.sets -%}
{{ " / " if not loop.first }}{{ "%.1f"|format((-1 if figure == "typo_loss" else 1) * row.sets[set.name][figure]) }}
{%- endfor %} |
{%- endfor %} {{ "%.0f"|format(row.seconds) }} | {{ "%.0f"|format(row.processor) }} | {{ "%.0f"|format(row.peak_mb) }} | {{ "%.1f"|format(row.p50_ms) }} | {{ "%.1f"|format(row.size_mb) }} |
{% endfor %}
{%- if found|rejectattr("data", "equalto", data)|list %}
† measured on other sentences or messages than today's: `make quality-compare AGAIN=1` measures it again.
{% endif %}
{%- if missing %}
Not measured yet: {{ missing|join("; ") }}.
{% endif %}"""


def page(results: dict[str, Figures], sets: list[MessageSet], sentences: int, data: str, stock_epochs: int) -> str:
    """The table, in Markdown."""
    every = rows(stock_epochs)
    template = Environment(autoescape=False).from_string(TEMPLATE)  # noqa: S701
    return template.render(
        today=date.today(),
        sentences=sentences,
        cores=os.cpu_count(),
        sets=sets,
        data=data,
        found=[results[name] for name in every if name in results],
        missing=[row.title for name, row in every.items() if name not in results],
    )


def digest(examples: list[Example], paths: Sequence[Path]) -> str:
    """Of what the figures depend on: sentences and messages."""
    content = json.dumps(examples).encode() + b"".join(path.read_bytes() for path in paths)
    return hashlib.sha256(content).hexdigest()[:16]


def run(
    only: Annotated[list[str] | None, typer.Option(help="Cette chaîne seulement, même déjà mesurée.")] = None,
    messages: Annotated[list[Path] | None, typer.Option(help="Messages étiquetés, à la place des nôtres.")] = None,
    again: Annotated[bool, typer.Option(help="Aussi les chaînes mesurées sur d'autres phrases ou messages.")] = False,
    page_only: Annotated[bool, typer.Option(help="N'écrire que la page, de ce qui est déjà mesuré.")] = False,
    share: Annotated[float, typer.Option(help="Part des phrases apprises, pour essayer.")] = 1.0,
    stock_epochs: Annotated[int, typer.Option(help="Époques de la chaîne par défaut de Rasa.")] = STOCK_EPOCHS,
    output: Annotated[Path, typer.Option(help="Page à écrire.")] = PAGE,
) -> None:
    """Compare les chaînes de reconnaissance et écrit docs/quality-compare.md."""
    from assistant.app import Services, use

    settings = Settings()
    use(Services.open(settings))
    paths = [path for path in messages or (SHARED, OWN) if path.exists()]
    examples, sets = sample(read(settings.nlu_data_dir), share), [read_messages(path) for path in paths]
    data, kept, logs = digest(examples, paths), output.with_suffix(".json"), settings.state_dir / "quality"
    logs.mkdir(parents=True, exist_ok=True)
    results: dict[str, Figures] = json.loads(kept.read_text()) if kept.exists() else {}
    every = rows(stock_epochs)
    wanted = only or [n for n in every if n not in results or (again and results[n]["data"] != data)]
    wanted = [] if page_only else wanted
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for name in wanted:
            task = progress.add_task(every[name].title, total=1)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
                log = logs / f"{name}.log"
                found = own.submit(measure, name, stock_epochs, examples, sets, log).result()
            progress.update(task, completed=1)
            results[name] = found | {"data": data}
            kept.write_text(json.dumps(results, indent=1, ensure_ascii=False))
            output.write_text(page(results, sets, len(examples), data, stock_epochs), encoding="utf-8")
    output.write_text(page(results, sets, len(examples), data, stock_epochs), encoding="utf-8")


if __name__ == "__main__":
    typer.run(run)
