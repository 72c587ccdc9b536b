"""French moments: the days and hours a message wishes for, as one constraint on slots."""

from assistant.nlu.moments.moment import Moment
from assistant.nlu.moments.reading import find_moments

__all__ = ["Moment", "find_moments"]
