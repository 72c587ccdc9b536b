"""The application's parts, made once a process: `Services.open(settings)`.

Rasa makes its actions itself, without arguments: they reach the services with `current()`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from assistant.booking.appointments import Bookings
from assistant.booking.feedback import Feedback
from assistant.booking.repair import Repair
from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.topics import Topics, load_topics
from assistant.directory.directory import Directory
from assistant.directory.editing import TimetableEditor
from assistant.directory.importer import ensure_sample
from assistant.directory.models import Place
from assistant.privacy.pseudonyms import Pseudonyms
from assistant.settings import Settings
from assistant.staff.accounts import Accounts
from assistant.staff.audit import AuditLog
from assistant.staff.calls import Calls
from assistant.staff.learning import Learning
from assistant.staff.sessions import Sessions
from assistant.staff.visits import Visits
from assistant.storage.database import Database


@dataclass
class Services:
    """Settings, database, catalogue, directory and bookings of one process."""

    settings: Settings
    database: Database
    catalogue: Catalogue
    topics: Topics = field(init=False)
    bookings: Bookings = field(init=False)
    repair: Repair = field(init=False)
    timetables: TimetableEditor = field(init=False)
    feedback: Feedback = field(init=False)
    accounts: Accounts = field(init=False)
    sessions: Sessions = field(init=False)
    audit: AuditLog = field(init=False)
    visits: Visits = field(init=False)
    calls: Calls = field(init=False)
    pseudonyms: Pseudonyms = field(init=False)
    learning: Learning = field(init=False)
    _directory: Directory | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.topics = load_topics(self.settings.procedures_dir / "topics.yml", self.catalogue)
        self.bookings = Bookings(self.database, self._place, self.settings)
        self.repair = Repair(self.bookings.desk, lambda: self.directory)
        self.timetables = TimetableEditor(self.database)
        self.feedback = Feedback(self.database, self.bookings)
        self.accounts = Accounts(self.database)
        self.sessions = Sessions(self.database, self.accounts)
        self.audit = AuditLog(self.database)
        self.visits = Visits(self.database, self._place)
        self.calls = Calls(self.database)
        self.pseudonyms = Pseudonyms(lambda: self.directory, self.settings.nlu_data_dir)
        self.learning = Learning(self.database, self.pseudonyms.hide, self.catalogue.procedures.__contains__)

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        """Everything ready to serve: the schema brought up to date, a sample directory where none was imported."""
        database = Database(settings.database)
        database.migrate()
        ensure_sample(database)
        services = cls(settings, database, load(settings.procedures_dir))
        services._directory = Directory.load(database)  # now rather than in the first message
        return services

    @property
    def directory(self) -> Directory:
        """Today's directory: read again when an import or a timetable has changed, in this process or another."""
        version = Directory.version_of(self.database)
        if self._directory is None or self._directory.version.imported != version.imported:
            self._directory = Directory.load(self.database)
        elif self._directory.version != version:
            self._directory = self._directory.with_new_timetables(self.database)
        return self._directory

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Give the database's connections back."""
        self.database.close()

    def _place(self, place: str) -> Place:
        return self.directory.place(place)


_current: Services | None = None


def use(services: Services) -> Services:
    """Make these the services that `current()` gives."""
    global _current
    _current = services
    return services


def current() -> Services:
    """The services of this process; opened from the environment where nobody did (`rasa run actions`, `rasa shell`)."""
    return _current or use(Services.open(Settings()))
