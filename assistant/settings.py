"""Every setting, with a default that starts the assistant with nothing set.

Each is read from the environment with the prefix `ASSISTANT_` (`ASSISTANT_DATABASE_URL` …).
"""

from functools import cached_property
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things are, and the limits; times in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="ASSISTANT_", env_ignore_empty=True, frozen=True)

    state_dir: Path = PROJECT / "var"
    """Databases, trained models, logs: what runs leave behind."""
    database_url: str = ""
    """SQLAlchemy URL; empty is SQLite in `state_dir`."""
    redis_url: str = ""
    """Locks and rate limits over several processes; empty is one process."""
    procedures_dir: Path = PROJECT / "procedures"
    nlu_data_dir: Path = PROJECT / "nlu_data"
    dialogue_dir: Path = PROJECT / "assistant" / "dialogue"
    model_path: Path | None = None
    """A trained Rasa model; none is the newest in `state_dir/models`."""

    embedding_sites: tuple[str, ...] = ()
    """Sites that may show the widget, as a JSON list: ["https://www.mairie.example"]."""

    max_message_chars: int = 1000
    max_turns: int = 150
    """Past this many turns a conversation is handed to a person: each turn costs more than the last."""
    conversation_idle_minutes: int = 60
    messages_per_minute: int = 30
    action_deadline: float = 5.0
    turn_deadline: float = 20.0

    default_capacity: int = 1
    """Counters that take appointments in a place: its charter says two agents, one for whoever walks in."""
    slot_unit_minutes: int = 15
    lead_time_minutes: int = 120
    """How long before its start a slot can still be booked."""
    horizon_days: int = 60
    default_minutes: int = 30
    hold_minutes: int = 10
    """How long a slot is kept for who is typing a name."""
    hold_renewals: int = 5
    """Nobody keeps a slot for more than an hour without booking it."""

    @cached_property
    def database(self) -> str:
        """The database's URL, SQLite in `state_dir` where none is set."""
        return self.database_url or f"sqlite:///{self.state_dir / 'assistant.sqlite'}"

    @cached_property
    def tracker_database(self) -> str:
        """Where Rasa keeps conversations: the same PostgreSQL, or a SQLite file of its own (two writers, two files)."""
        return self.database_url or f"sqlite:///{self.state_dir / 'conversations.sqlite'}"

    @property
    def models_dir(self) -> Path:
        """Where trained models are kept."""
        return self.state_dir / "models"

    privacy_contact: str = ""
    """Whom to write to about personal data, shown on the page about it; empty: the nearest France services."""

    oidc_issuer: str = ""
    """Address of an OpenID provider for the people of the counters, ProConnect for one; empty: local accounts only."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")

    smtp_host: str = ""
    """Empty: e-mails are written to `outbox`, not sent."""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = True
    """No e-mail leaves in clear; False only for a relay on this machine."""
    sender_address: str = ""
    """Who the e-mails are from; needed with `smtp_host`."""
    sms_url: str = ""
    """Where {to, text} is posted for each SMS; empty: they are written to `outbox`, not sent."""
    sms_token: SecretStr = SecretStr("")
    outbox_file: Path | None = None
    """None is `outbox.jsonl` in `state_dir`."""

    @property
    def outbox(self) -> Path:
        """The file that takes the messages no server is set for."""
        return self.outbox_file or self.state_dir / "outbox.jsonl"
