"""The one base error. Its message is French and says what to do: people read it on screen."""


class AssistantError(Exception):
    """Something a person can be told about; `status` is the HTTP status it answers with."""

    status = 400

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.message = message
        self.status = status or type(self).status


class NotFound(AssistantError):
    """What was asked for is not here."""

    status = 404


class Conflict(AssistantError):
    """The state has moved on, as when somebody else took the slot."""

    status = 409


class Refused(AssistantError):
    """The request is understood and cannot be accepted as it is."""

    status = 422


class Unavailable(AssistantError):
    """Something the assistant needs is down or not ready yet."""

    status = 503
