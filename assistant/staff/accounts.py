"""Accounts: made by a command, known by a login and a password, each tied to a role and to places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.directory.models import Place
from assistant.errors import AssistantError, Conflict, NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.staff_tables import Account, AccountScope, SignInAttempt, StaffSession

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
LOGIN_CHARACTERS = 200
WRONG = "L'identifiant ou le mot de passe n'est pas le bon. Vérifiez-les, puis réessayez."
LOCKED = "Trop d'essais. Attendez un quart d'heure, ou demandez un nouveau mot de passe à votre administrateur."


class Role(StrEnum):
    """What an account is for."""

    OPERATOR = "operator"
    AGENT = "agent"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


ROLES = {
    Role.OPERATOR: "opérateur téléphonique",
    Role.AGENT: "agent",
    Role.COORDINATOR: "coordinateur",
    Role.ADMINISTRATOR: "administrateur",
}


class SignInRefused(AssistantError):
    """Wrong login or password; the same words whether or not the login exists."""

    status = 401


class LockedOut(AssistantError):
    """Too many wrong passwords in a row."""

    status = 429


@dataclass(frozen=True)
class Scope:
    """Where a member may act."""

    places: frozenset[str] = frozenset()
    departements: frozenset[str] = frozenset()
    everywhere: bool = False

    def covers(self, place: Place) -> bool:
        """Whether that place is one of theirs."""
        return self.everywhere or place.id in self.places or place.departement in self.departements


@dataclass(frozen=True)
class Member:
    """Somebody who is signed in."""

    account_id: int
    login: str
    name: str
    role: Role
    scope: Scope


class Accounts:
    """The accounts in the database. Passwords are kept as Argon2id, with the library's own costs."""

    def __init__(self, database: Database):
        self._database = database
        self._hasher = PasswordHasher()
        # what an unknown login is checked against, so that it takes as long as a known one
        self._nobody = self._hasher.hash("nobody has this password")

    def add(self, login: str, name: str, role: Role, scope: Scope, password: str | None, now: datetime) -> Member:
        """A new account; Conflict where the login is taken, Refused where a value is not acceptable."""
        login, name = clean_login(login), " ".join(name.split())
        _check(login, name, role, scope)
        if password is not None:
            check_password(password)
        hashed = None if password is None else self._hasher.hash(password)
        with self._database.write() as session:
            if session.scalar(select(Account.id).where(Account.login == login)) is not None:
                raise Conflict(f"L'identifiant « {login} » est déjà pris. Choisissez-en un autre.")
            account = Account(login=login, name=name, role=role.value, password=hashed, active=True, created_at=now)
            session.add(account)
            session.flush()
            session.add_all(_scope_rows(account.id, scope))
            return _member(account, scope)

    def authenticate(self, login: str, password: str, now: datetime) -> Member:
        """The member of that login and password; SignInRefused, or LockedOut after five wrong ones in a row."""
        login = clean_login(login)[:LOGIN_CHARACTERS]
        with self._database.read() as session:
            attempt = session.get(SignInAttempt, login)
            account = session.scalar(select(Account).where(Account.login == login, Account.active))
        if attempt and attempt.locked_until and attempt.locked_until > now:
            raise LockedOut(LOCKED)
        right = self._verify(account.password if account else None, password)
        if account is None or not right:
            self._failed(login, now)
            raise SignInRefused(WRONG)
        return self._signed_in(account.id, password, attempt is not None)

    def member(self, account_id: int) -> Member | None:
        """The member of an account that may still sign in."""
        with self._database.read() as session:
            account = session.get(Account, account_id)
            return _member(account, _scope(session, account_id)) if account and account.active else None

    def of_subject(self, subject: str) -> Member | None:
        """The member whom the OpenID provider knows by this identifier."""
        with self._database.read() as session:
            account = session.scalar(select(Account).where(Account.subject == subject, Account.active))
            return _member(account, _scope(session, account.id)) if account else None

    def every(self) -> list[tuple[Member, bool]]:
        """Each account and whether it may sign in, by login."""
        with self._database.read() as session:
            accounts = session.scalars(select(Account).order_by(Account.login)).all()
            return [(_member(account, _scope(session, account.id)), account.active) for account in accounts]

    def set_password(self, login: str, password: str) -> None:
        """Another password; every browser signed in must do it again, and a lock is undone."""
        check_password(password)
        with self._database.write() as session:
            account = _named(session, login)
            account.password = self._hasher.hash(password)
            session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))
            session.execute(delete(SignInAttempt).where(SignInAttempt.login == account.login))

    def set_active(self, login: str, active: bool) -> None:
        """Let somebody sign in again, or no more from now on."""
        with self._database.write() as session:
            account = _named(session, login)
            account.active = active
            if not active:
                session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(hashed or self._nobody, password[:LONGEST_PASSWORD]) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False

    def _failed(self, login: str, now: datetime) -> None:
        with self._database.write() as session:
            attempt = session.get(SignInAttempt, login, with_for_update=True)
            if attempt is None:
                attempt = SignInAttempt(login=login, failures=0, last_at=now)
                session.add(attempt)
            attempt.failures, attempt.last_at = attempt.failures + 1, now
            attempt.locked_until = now + LOCKED_FOR if attempt.failures >= MAX_FAILURES else None

    def _signed_in(self, account_id: int, password: str, failed_before: bool) -> Member:
        with self._database.read() as session:
            account = session.get_one(Account, account_id)
            member = _member(account, _scope(session, account_id))
            stale = self._hasher.check_needs_rehash(account.password or "")
        if failed_before or stale:
            with self._database.write() as session:
                session.execute(delete(SignInAttempt).where(SignInAttempt.login == member.login))
                if stale:  # the library's costs grow with the years
                    session.get_one(Account, account_id).password = self._hasher.hash(password)
        return member


def clean_login(login: str) -> str:
    """A login as it is kept: small letters, no space around."""
    return login.strip().lower()


def check_password(password: str) -> None:
    """Refused where it is too short or too long; a sentence is better than signs."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused(f"Le mot de passe doit avoir de {SHORTEST_PASSWORD} à {LONGEST_PASSWORD} caractères.")


def _check(login: str, name: str, role: Role, scope: Scope) -> None:
    if not 2 <= len(login) <= LOGIN_CHARACTERS or not login.isprintable() or " " in login:
        raise Refused("L'identifiant doit avoir au moins deux lettres, sans espace.")
    if not 2 <= len(name) <= LOGIN_CHARACTERS or not name.isprintable():
        raise Refused("Le nom doit avoir au moins deux lettres.")
    if role is Role.AGENT and not scope.places:
        raise Refused("Un agent est dans un lieu : ajoutez --place.")
    if role is Role.COORDINATOR and not (scope.departements or scope.everywhere):
        raise Refused("Un coordinateur a un département : ajoutez --departement.")
    if not (scope.places or scope.departements or scope.everywhere):
        raise Refused("Dites où cette personne travaille : --place, --departement ou --everywhere.")


def _named(session: Session, login: str) -> Account:
    account = session.scalar(select(Account).where(Account.login == clean_login(login)))
    if account is None:
        raise NotFound(f"Aucun compte n'a l'identifiant « {login} ».")
    return account


def _scope(session: Session, account_id: int) -> Scope:
    rows = session.execute(
        select(AccountScope.kind, AccountScope.value).where(AccountScope.account_id == account_id)
    ).all()
    of = {kind: frozenset(value for other, value in rows if other == kind) for kind in ("place", "departement")}
    return Scope(of["place"], of["departement"], any(kind == "everywhere" for kind, _ in rows))


def _scope_rows(account_id: int, scope: Scope) -> Sequence[AccountScope]:
    everywhere = [("everywhere", "")] if scope.everywhere else []
    pairs = [*(("place", p) for p in scope.places), *(("departement", d) for d in scope.departements), *everywhere]
    return [AccountScope(account_id=account_id, kind=kind, value=value) for kind, value in sorted(pairs)]


def _member(account: Account, scope: Scope) -> Member:
    return Member(account.id, account.login, account.name, Role(account.role), scope)
