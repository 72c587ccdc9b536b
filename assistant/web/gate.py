"""What a message goes through before anything reads it: length, plain text, masks, rate."""

import math
import re
import unicodedata
from collections import OrderedDict

from pyrate_limiter import Duration, InMemoryStateStore, MonotonicClock, Rate, RateItem, StateBucket
from pyrate_limiter.buckets import RedisStateStore
from redis import Redis, RedisError

from assistant.errors import AssistantError, Refused
from assistant.masks import mask
from assistant.settings import Settings

MAX_PACES = 10_000
COMMAND_MARKS = re.compile(r"^[\s/\\／⁄∕]+")
DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


class TooLong(AssistantError):
    """The message is longer than the assistant reads."""

    status = 413


class TooManyMessages(AssistantError):
    """The conversation goes faster than a person types; `retry_after` in seconds."""

    status = 429

    def __init__(self, retry_after: int):
        super().__init__(f"Vous avez envoyé beaucoup de messages. Attendez {retry_after} secondes, puis réessayez.")
        self.retry_after = retry_after


def admit(text: str, settings: Settings) -> str:
    """The message as plain text, or an error that says what to do. Nothing is done with a text that is too long."""
    limit = settings.max_message_chars
    if len(text) > limit:
        raise TooLong(f"Votre message est trop long : {limit} caractères au plus. Dites l'essentiel en deux phrases.")
    # "/restart" or "/intent{...}" would run Rasa's internal rules: here it is only words
    words = COMMAND_MARKS.sub("", plain(text))
    if not words:
        raise Refused("Votre message est vide. Écrivez votre demande en quelques mots.")
    return words


def plain(text: str) -> str:
    """Tidy, and with secret numbers masked."""
    return mask(tidy(text))


def tidy(text: str) -> str:
    """Without control characters, spaces folded, digits of every script as ours."""
    spaced = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    return " ".join("".join(_digit(letter) for letter in spaced if unicodedata.category(letter) not in DROPPED).split())


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if unicodedata.category(letter) == "Nd" else letter


class Pace:
    """So many messages a minute for each conversation, in this process or, with Redis, over all of them."""

    def __init__(self, settings: Settings):
        self._rates = [Rate(settings.messages_per_minute, Duration.MINUTE)]
        self._redis = Redis.from_url(settings.redis_url) if settings.redis_url else None
        self._buckets: OrderedDict[str, StateBucket] = OrderedDict()

    def check(self, conversation: str) -> None:
        """Counts one message; TooManyMessages once there are too many."""
        bucket = self._bucket(conversation)
        item = RateItem(conversation, bucket.now())  # type: ignore[no-untyped-call]
        try:
            if bucket.put(item):
                return
            wait = bucket.waiting(item)
        except RedisError:
            return  # a limiter that is down must not silence the assistant
        # only an asyncio client of Redis would give an awaitable
        raise TooManyMessages(math.ceil(wait / 1000) if isinstance(wait, int) else 1)

    def _bucket(self, conversation: str) -> StateBucket:
        if conversation not in self._buckets:
            self._buckets[conversation] = self._new_bucket(conversation)
        self._buckets.move_to_end(conversation)
        if len(self._buckets) > MAX_PACES:
            self._buckets.popitem(last=False)
        return self._buckets[conversation]

    def _new_bucket(self, conversation: str) -> StateBucket:
        if self._redis:
            return StateBucket(self._rates, store=RedisStateStore(self._redis, f"pace:{conversation}"))
        return StateBucket(self._rates, store=InMemoryStateStore(), clock=MonotonicClock())
