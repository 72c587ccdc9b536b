"""Ways a message leaves: a file by default, SMTP, and SMS by one HTTP POST. None of them writes what it says to a log."""

import asyncio
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

import aiosmtplib
import httpx
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientRefused

from assistant.errors import Refused
from assistant.settings import Settings
from assistant.storage.tables import Message

TIMEOUT = 10.0
"""Seconds a server may stay silent."""
DEADLINE = 60.0
"""Seconds for the whole of a phase, however slowly a server speaks: far less than `outbox.LEASE`."""
BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
"""The server cannot have had the whole request."""
ASKED_TO_WAIT = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS)


class NotSent(Exception):
    """Why a message has not left, or may not have; `cause` is a type and a code, never what a server said of a person."""

    def __init__(self, cause: str):
        super().__init__(cause)
        self.cause = cause


class Passing(NotSent):
    """It has not left, and may later."""


class Undeliverable(NotSent):
    """It has not left, and never will."""


class Unsure(NotSent):
    """Everything was handed over and no answer came: it may have left."""


class Sender(Protocol):
    """One way out."""

    def send(self, message: Message) -> None:
        """Send it, within minutes, and return once it is somebody else's. Raises Passing, Undeliverable or Unsure."""


def senders_of(settings: Settings) -> Mapping[str, Sender]:
    """The sender of each channel; Refused where a setting lacks."""
    if settings.smtp_host and "@" not in settings.sender_address:
        raise Refused("Réglez ASSISTANT_SENDER_ADDRESS : l'adresse d'où partent les courriels.")
    file = FileSender(settings.outbox)
    return {
        "email": SmtpSender(settings) if settings.smtp_host else file,
        "sms": SmsSender(settings) if settings.sms_url else file,
    }


class FileSender:
    """Appends each message to a file, one JSON object a line, on disk before it returns."""

    def __init__(self, path: Path):
        self._path = path

    def send(self, message: Message) -> None:
        """Append it whole, or not at all."""
        fields = {name: getattr(message, name) for name in ("key", "channel", "recipient", "subject", "text")}
        line = json.dumps(fields | {"written_at": datetime.now(UTC).isoformat()}, ensure_ascii=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _append(file, line.encode())
            finally:
                os.close(file)
        except OSError as error:
            raise Passing(type(error).__name__) from error


class SmtpSender:
    """Sends e-mails by a mail server, one connection each. Not to be called inside an event loop."""

    def __init__(self, settings: Settings, timeout: float = TIMEOUT):
        self._settings, self._timeout = settings, timeout

    def send(self, message: Message) -> None:
        """Hand it to the server, which has accepted it when this returns."""
        asyncio.run(self._send(message.recipient, self._written(message)))

    def _written(self, message: Message) -> bytes:
        email = EmailMessage(policy=SMTP_POLICY)
        try:
            email["From"], email["To"] = self._settings.sender_address, message.recipient
            email["Subject"], email["Date"] = message.subject, format_datetime(datetime.now(UTC))
            email["Message-ID"] = self._identity(message)
            email["Auto-Submitted"] = "auto-generated"
            email.set_content(message.text, cte="quoted-printable")
            if not (message.recipient.isascii() and "@" in message.recipient):
                raise ValueError("an address that servers take")
            return email.as_bytes()
        except (ValueError, IndexError) as error:  # also a line end in a header
            raise Undeliverable(type(error).__name__) from error

    def _identity(self, message: Message) -> str:
        """The same at each try, so that a mailbox shows it once; a digest, as the key tells of a place and a time."""
        domain = self._settings.sender_address.rpartition("@")[2]
        return f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"

    async def _send(self, recipient: str, content: bytes) -> None:
        client = aiosmtplib.SMTP(
            hostname=self._settings.smtp_host,
            port=self._settings.smtp_port,
            username=self._settings.smtp_user or None,
            password=self._settings.smtp_password.get_secret_value() or None,
            start_tls=self._settings.smtp_starttls,
            timeout=self._timeout,
        )
        try:
            await self._address(client, recipient)
            await self._hand_over(client, content)
            with suppress(SMTPException, OSError):  # it has the message: how it says goodbye is of no matter
                await client.quit()
        finally:
            client.close()

    async def _address(self, client: aiosmtplib.SMTP, recipient: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                await client.connect()
                await client.mail(self._settings.sender_address)
                await client.rcpt(recipient)
        except SMTPRecipientRefused as error:
            raise _refusal(error.code) from error
        except (SMTPException, OSError, ValueError) as error:
            # a wrong password or certificate is for us to repair: the message itself was not refused
            raise Passing(type(error).__name__) from error

    async def _hand_over(self, client: aiosmtplib.SMTP, content: bytes) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                await client.data(content)
        except SMTPDataError as error:
            raise _refusal(error.code) from error
        except (SMTPException, OSError) as error:
            raise Unsure(type(error).__name__) from error


class SmsSender:
    """Posts {to, text} to an SMS service, with a bearer token. Not to be called inside an event loop."""

    def __init__(self, settings: Settings, timeout: float = TIMEOUT):
        self._settings, self._timeout = settings, timeout
        # reading the authorities' certificates takes longer than a message
        self._tls = httpx.create_ssl_context()

    def send(self, message: Message) -> None:
        """Post it; the service has accepted it when this returns."""
        try:
            status = asyncio.run(self._post(message))
        except BEFORE_SENDING as error:
            raise Passing(type(error).__name__) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unsure(type(error).__name__) from error
        if httpx.codes.is_success(status):
            return
        permanent = httpx.codes.is_client_error(status) and status not in ASKED_TO_WAIT
        raise (Undeliverable if permanent else Passing)(f"HTTP {status}")

    async def _post(self, message: Message) -> int:
        """The status answered; its body is of no use, and may never end."""
        headers = {
            "Authorization": f"Bearer {self._settings.sms_token.get_secret_value()}",
            "Idempotency-Key": hashlib.sha256(message.key.encode()).hexdigest(),
        }
        body = {"to": message.recipient, "text": message.text}
        async with (
            asyncio.timeout(DEADLINE),
            httpx.AsyncClient(timeout=self._timeout, verify=self._tls) as client,
            client.stream("POST", self._settings.sms_url, json=body, headers=headers) as response,
        ):
            return response.status_code


def _refusal(code: int) -> NotSent:
    if 400 <= code < 500:
        return Passing(f"SMTP {code}")
    return Undeliverable(f"SMTP {code}") if 500 <= code < 600 else Unsure(f"SMTP {code}")


def _append(file: int, line: bytes) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)
    size = os.fstat(file).st_size
    # somebody killed while writing leaves half a line: ours begins a new one
    content = (b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b"") + line + b"\n"
    try:
        if os.write(file, content) < len(content):
            raise OSError("no room for the whole line")
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise
