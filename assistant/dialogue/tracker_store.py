"""Where Rasa keeps conversations: its SQL store on our engine, which raises when it cannot write."""

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
