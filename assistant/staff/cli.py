"""`assistant users`: the accounts of the people of the counters."""

import secrets
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.app import Services
from assistant.errors import NotFound
from assistant.settings import Settings
from assistant.staff.accounts import ROLES, Role, Scope
from assistant.staff.provider import ProviderAccounts

app = typer.Typer(help="Les comptes des opérateurs, agents, coordinateurs et administrateurs.", no_args_is_help=True)
console = Console()
Login = Annotated[str, typer.Argument(help="L'identifiant, par exemple une adresse électronique.")]
Password = Annotated[
    str | None, typer.Option(help="Le mot de passe ; sans lui, un mot de passe est tiré au sort et montré une fois.")
]


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="À quoi sert le compte.")],
    name: Annotated[str, typer.Option(help="Le nom de la personne.")] = "",
    place: Annotated[list[str] | None, typer.Option(help="Identifiant d'un lieu ; à répéter.")] = None,
    departement: Annotated[list[str] | None, typer.Option(help="Code d'un département ; à répéter.")] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="Tous les lieux.")] = False,
    password: Password = None,
) -> None:
    """Ajoute un compte."""
    services = Services.open(Settings())
    for identity in place or ():
        services.directory.place(identity)  # an unknown place is said now
    known = {each.departement for each in services.directory.places()}
    if unknown := set(departement or ()) - known:
        raise NotFound(f"Aucun lieu dans le département « {min(unknown)} ». Écrivez son code, par exemple 70 ou 2A.")
    scope = Scope(frozenset(place or ()), frozenset(departement or ()), everywhere)
    given = password or new_password()
    member = services.accounts.add(login, name or login, role, scope, given, services.now())
    console.print(f"Compte ajouté : {member.login} ({ROLES[member.role]})")
    _show(password, given)


@app.command("list")
def list_accounts() -> None:
    """Montre les comptes."""
    table = Table("identifiant", "nom", "rôle", "où", "")
    for member, active in Services.open(Settings()).accounts.every():
        where = "partout" if member.scope.everywhere else ", ".join(sorted(member.scope.places | member.scope.departements))  # fmt: skip
        table.add_row(member.login, member.name, ROLES[member.role], where, "" if active else "fermé")
    console.print(table)


@app.command()
def password(login: Login, password: Password = None) -> None:
    """Donne un nouveau mot de passe et ouvre un compte bloqué par trop d'essais."""
    given = password or new_password()
    Services.open(Settings()).accounts.set_password(login, given)
    console.print("Mot de passe changé. La personne doit se connecter de nouveau.")
    _show(password, given)


@app.command("close")
def close_account(login: Login) -> None:
    """Ferme un compte : la personne est déconnectée à l'instant."""
    Services.open(Settings()).accounts.set_active(login, False)
    console.print("Compte fermé.")


@app.command("open")
def open_account(login: Login) -> None:
    """Rouvre un compte fermé."""
    Services.open(Settings()).accounts.set_active(login, True)
    console.print("Compte rouvert.")


@app.command("provider-place")
def provider_place(
    siret: Annotated[str, typer.Argument(help="Le SIRET de l'établissement, 14 chiffres.")],
    place: Annotated[str, typer.Argument(help="Identifiant du lieu dans l'annuaire.")],
) -> None:
    """Ouvre un lieu aux agents d'un établissement qui se connectent par le fournisseur OpenID."""
    services = Services.open(Settings())
    where = services.directory.place(place)
    ProviderAccounts(services.database, services.accounts).open_place(siret, where.id)
    console.print(f"Les agents du SIRET {siret} sont maintenant agents de {where.name}.")


def new_password() -> str:
    """Eighteen characters drawn at random."""
    return secrets.token_urlsafe(13)


def _show(given: str | None, password: str) -> None:
    if given is None:
        console.print(f"Mot de passe, montré cette seule fois : {password}", highlight=False)
