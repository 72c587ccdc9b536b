"""What the catalogue's files say, as frozen objects.

The keys of the YAML files are the fields below; `docs/catalogue.md` explains them to a contributor.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl

UNKNOWN = "ne_sait_pas"
"""The answer of somebody who does not know: every document that may apply stays, marked uncertain."""


def _as_tuple(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _clauses(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _not_in_the_future(day: date) -> date:
    if day > date.today():
        raise ValueError(f"la date {day} est dans le futur")
    return day


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=3)]
PastDate = Annotated[date, AfterValidator(_not_in_the_future)]
Choices = Annotated[tuple[str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
Clause = dict[str, Choices]
When = Annotated[tuple[Clause, ...], BeforeValidator(_clauses)]
"""A condition: one mapping {question: choice or choices}, all of which must hold; or a list of such, one of which must."""


class Model(BaseModel):
    """Frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phone(Model):
    """A telephone number that a source was seen for."""

    number: str
    name: str
    reference: str
    """Where the number was read."""
    date: PastDate
    """The date of what was read."""


class Link(Model):
    """A page to go to."""

    label: Sentence
    url: HttpUrl


class Partner(Model):
    """An administration; `procedures/<id>/partner.yml`."""

    id: Name
    name: str
    full_name: str
    aliases: tuple[str, ...] = ()
    """Other names people use, old ones too."""
    purpose: Sentence
    site: HttpUrl | None = None
    phone: Phone | None = None


class Choice(Model):
    """One possible answer; its label is what a button shows."""

    id: Name
    label: str
    aliases: tuple[str, ...] = ()
    """Other words people answer with."""


class Question(Model):
    """A question whose answer changes the documents."""

    id: Name
    text: Sentence
    help: str = ""
    choices: tuple[Choice, ...] = Field(min_length=2)
    when: When = ()
    """Asked only where this holds, of questions that stand before it."""


class Document(Model):
    """Something to bring. `note` says what is accepted; `why`, what it is asked for."""

    id: Name
    label: Sentence
    accepted: tuple[str, ...] = ()
    """One of these is enough."""
    max_age_months: int | None = Field(default=None, gt=0)
    form: Literal["original", "copie", "original_et_copie", "photo", "numero"] | None = None
    note: str = ""
    why: str = ""
    required: bool = True
    when: When = ()
    references: tuple[str, ...] = ()
    """Ids of the references that ask for it; every reference of the procedure where none is named."""


class NotNeeded(Model):
    """What people believe is asked for, and is not."""

    id: Name
    label: Sentence
    note: str = ""
    when: When = ()


class Remark(Model):
    """A plain sentence shown where its condition holds."""

    text: Sentence
    when: When = ()


class Counter(Model):
    """What a France services does for this procedure, and how long it takes at the counter."""

    help: Literal["with_you", "informs", "sends_on"]
    text: Sentence
    minutes: int = Field(ge=5, le=120)


class Reference(Model):
    """A text that was read: its title and address."""

    id: str
    title: str
    url: HttpUrl
    date: PastDate | None
    """The text's own date; `null` must be written where the page has none."""


class Procedure(Model):
    """One administrative procedure; `procedures/<partner>/<name>.yml`, whose path is its id."""

    id: str
    partner: Name
    title: Sentence
    official_title: Sentence
    asked_as: Sentence
    """What follows « C'est pour » where the assistant asks between two procedures."""
    aliases: tuple[str, ...] = ()
    summary: Sentence
    counter: Counter
    questions: tuple[Question, ...] = ()
    documents: tuple[Document, ...] = Field(min_length=1)
    not_needed: tuple[NotNeeded, ...] = ()
    remarks: tuple[Remark, ...] = ()
    cost: tuple[Remark, ...] = ()
    delay: str = ""
    online: Link | None = None
    phone: Phone | None = None
    references: tuple[Reference, ...] = Field(min_length=1)
    checked: PastDate
    official_list: bool
    """Whether a source gives the whole list; where not, the reply does not call it official."""

    @property
    def minutes(self) -> int:
        """Minutes at the counter."""
        return self.counter.minutes

    def question(self, question: str) -> Question | None:
        """The question of that id."""
        return next((q for q in self.questions if q.id == question), None)


class EventProcedure(Model):
    """A procedure that a life event may call for, and why in a plain sentence."""

    id: str
    why: str = ""


class LifeEvent(Model):
    """What happens in a life, and the procedures it calls for, first things first; `procedures/events/<id>.yml`."""

    id: Name
    title: Sentence
    aliases: tuple[str, ...] = ()
    """Other words people say it with."""
    summary: Sentence
    procedures: tuple[EventProcedure, ...] = Field(min_length=1)


Situation = dict[str, str]
"""Question id → choice id, or UNKNOWN."""
