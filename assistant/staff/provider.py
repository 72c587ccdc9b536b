"""Who an OpenID provider says somebody is, and the account that is theirs here."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.errors import AssistantError, Refused
from assistant.staff.accounts import Accounts, Member, Role, clean_login
from assistant.storage.database import Database
from assistant.storage.staff_tables import Account, AccountScope, ProviderPlace

SIRET = re.compile(r"\d{14}", re.ASCII)
NO_PLACE = (
    "Votre compte professionnel est reconnu, mais il n'ouvre aucun lieu ici. "
    "Demandez à la personne qui tient ce service de l'ajouter."
)


class NoAccount(AssistantError):
    """The provider knows the person, and nothing here is theirs."""

    status = 403


@dataclass(frozen=True)
class Identity:
    """What the provider says, verified."""

    subject: str
    email: str = ""
    """Empty where the provider says that nobody verified it."""
    name: str = ""
    siret: str = ""
    """Of the establishment that the person works for."""


class ProviderAccounts:
    """The accounts of those who sign in elsewhere."""

    def __init__(self, database: Database, accounts: Accounts):
        self._database, self._accounts = database, accounts

    def member(self, identity: Identity, now: datetime) -> Member:
        """The member whom the identity is, by subject; else by e-mail, once; else a new agent of the establishment's places.

        Raises NoAccount where there is none, or it is closed.
        """
        with self._database.write() as session:
            account = _known(session, identity) or _new(session, identity, now)
            identity_here, active = account.id, account.active
        member = self._accounts.member(identity_here) if active else None
        if member is None:
            raise NoAccount(NO_PLACE)
        return member

    def open_place(self, siret: str, place_id: str) -> None:
        """Let the people of an establishment in as agents of a place; twice is the same as once."""
        if not SIRET.fullmatch(siret):
            raise Refused("Un SIRET a 14 chiffres.")
        with self._database.write() as session:
            if session.get(ProviderPlace, (siret, place_id)) is None:
                session.add(ProviderPlace(siret=siret, place_id=place_id))


def _known(session: Session, identity: Identity) -> Account | None:
    account = session.scalar(select(Account).where(Account.subject == identity.subject))
    if account is None and identity.email:
        same = select(Account).where(Account.login == clean_login(identity.email), Account.subject.is_(None))
        account = session.scalar(same)
        if account is not None:
            account.subject = identity.subject
    return account


def _new(session: Session, identity: Identity, now: datetime) -> Account:
    places = session.scalars(select(ProviderPlace.place_id).where(ProviderPlace.siret == identity.siret)).all()
    login = clean_login(identity.email)
    taken = session.scalar(select(Account.id).where(Account.login == login)) is not None
    if not places or not login or taken:
        raise NoAccount(NO_PLACE)
    account = Account(
        login=login[:200],
        name=identity.name[:200] or login[:200],
        role=Role.AGENT.value,
        password=None,
        subject=identity.subject,
        active=True,
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add_all(AccountScope(account_id=account.id, kind="place", value=place) for place in places)
    return account
