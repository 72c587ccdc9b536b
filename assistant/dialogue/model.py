"""The trained model: where it is, whether it is of today's files, and how it is made."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import Unavailable
from assistant.settings import PROJECT, Settings

FINGERPRINT_FILE = "trained_on.txt"


def newest_model(settings: Settings) -> Path:
    """The model to serve; Unavailable where none was trained."""
    models = _by_age(settings)
    if settings.model_path:
        return settings.model_path
    if not models:
        raise Unavailable("Aucun modèle n'est entraîné. Lancez « make train ».")
    return models[-1]


def is_current(settings: Settings) -> bool:
    """Whether the newest model was trained on the files as they are now."""
    stamp = settings.models_dir / FINGERPRINT_FILE
    trained = any(settings.models_dir.glob("*.tar.gz"))
    return trained and stamp.exists() and stamp.read_text() == fingerprint(settings)


def fingerprint(settings: Settings) -> str:
    """A digest of everything a model is made from."""
    digest = hashlib.sha256()
    for path in _sources(settings):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def train(settings: Settings) -> Path:
    """Train a model with Rasa; it and the one before are kept."""
    import rasa

    settings.models_dir.mkdir(parents=True, exist_ok=True)
    result = rasa.train(
        domain=str(settings.dialogue_dir / "domain"),
        config=str(settings.dialogue_dir / "config.yml"),
        training_files=[str(settings.nlu_data_dir)],
        output=str(settings.models_dir),
        force_training=True,
    )
    if result.code or result.model is None:
        raise Unavailable("L'entraînement a échoué : lancez « make validate » pour savoir pourquoi.")
    # the one before stays: another process may be loading it
    for path in _by_age(settings)[:-2]:
        path.unlink()
    (settings.models_dir / FINGERPRINT_FILE).write_text(fingerprint(settings))
    return Path(result.model)


def _by_age(settings: Settings) -> list[Path]:
    return sorted(settings.models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


def _sources(settings: Settings) -> Iterator[Path]:
    yield from sorted(settings.nlu_data_dir.rglob("*.yml"))
    yield from sorted(settings.dialogue_dir.rglob("*.yml"))
    yield from sorted((PROJECT / "assistant" / "nlu").rglob("*.py"))
