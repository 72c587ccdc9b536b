"""Where Rasa keeps conversations: its SQL store on our engine, which raises when it cannot write."""

import json
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain

from assistant.settings import Settings
from assistant.storage.database import make_engine


class ConversationStore(SQLTrackerStore):
    """Rasa's own tables and queries; the engine is ours (WAL, pre-ping), whose URL SQLAlchemy 2 can still build."""

    def __init__(self, domain: Domain | None = None, url: str = "", event_broker: Any = None, **kwargs: Any):
        # SQLTrackerStore would make an engine of its own, by a URL constructor that SQLAlchemy 2 no longer has
        self.engine = make_engine(url or Settings().tracker_database)
        self.Base.metadata.create_all(self.engine)
        self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker)

    def erase(self, conversation: str) -> None:
        """Delete every event of a conversation."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(self.SQLEvent).where(self.SQLEvent.sender_id == conversation))

    def take_back(self, conversation: str, message_id: str) -> None:
        """Delete a message of a person and everything after it: the state is again what it was before, listening."""
        event = self.SQLEvent
        said = sa.select(event.id, event.data).where(event.sender_id == conversation, event.type_name == "user")
        with self.engine.begin() as connection:
            rows = connection.execute(said.order_by(event.id.desc()))
            first = next((row.id for row in rows if json.loads(row.data).get("message_id") == message_id), None)
            if first is not None:
                connection.execute(sa.delete(event).where(event.sender_id == conversation, event.id >= first))
