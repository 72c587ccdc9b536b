"""Figures of a département for its coordinator, as a page and as a table to take away."""

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from assistant.app import Services
from assistant.directory.departements import NAMES
from assistant.errors import NotFound
from assistant.staff.accounts import Member, Role
from assistant.staff.figures import FigureBook, Figures, Line, Period
from assistant.web.parts import WithServices
from assistant.web.staff.access import WithMember, allowed
from assistant.web.staff.rendering import console_page

router = APIRouter(prefix="/coordination", tags=["coordination"])
CONSOLE = "/coordination"
EVERYWHERE = "tous"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run."""
Asked = Annotated[str, Query(alias="departement", max_length=10)]
AskedPeriod = Annotated[str, Query(alias="periode", max_length=10)]
AskedEnd = Annotated[str, Query(alias="jusqua", max_length=10)]


@router.get("", **allowed(Role.COORDINATOR))
def figures_page(
    request: Request,
    services: WithServices,
    member: WithMember,
    departement: Asked = "",
    period: AskedPeriod = "",
    until: AskedEnd = "",
) -> Response:
    """The figures of one département, or of all of one's own, over a month, a quarter, or from one to another."""
    chosen, start = _chosen(services, member, departement), period or _recent(services)[0]
    when = Period.parse(start, until)
    context: dict[str, Any] = {
        "figures": _figures(services, member, chosen, when),
        "departements": {code: NAMES.get(code, code) for code in _own(services, member)},
        "chosen": chosen,
        "when": when.words,
        "period": start,
        "until": until,
        "periods": _named([*_recent(services), start]),
        "ends": _named([*_recent(services), until]),
    }
    return console_page(request, "staff/coordination.html", CONSOLE, **context)


@router.get("/chiffres.csv", **allowed(Role.COORDINATOR))
def figures_table(
    services: WithServices,
    member: WithMember,
    departement: Asked = "",
    period: AskedPeriod = "",
    until: AskedEnd = "",
) -> Response:
    """The same as a table for a spreadsheet: UTF-8 with its mark, semicolons."""
    chosen = _chosen(services, member, departement)
    when = Period.parse(period or _recent(services)[0], until)
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";")
    writer.writerow(["tableau", "ligne", "partenaire", "nombre"])
    for row in _rows(_figures(services, member, chosen, when)):
        writer.writerow([_harmless(cell) for cell in row])
    name = f"chiffres-{chosen}-{when.name}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + output.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _figures(services: Services, member: Member, chosen: str, period: Period) -> Figures:
    codes = _own(services, member) if chosen == EVERYWHERE else [chosen]
    return FigureBook(services.database, services.catalogue, lambda: services.directory).of(codes, period)


def _own(services: Services, member: Member) -> list[str]:
    """The départements of a member's scope that have places."""
    known = {place.departement for place in services.directory.places()}
    return sorted(known if member.scope.everywhere else known & member.scope.departements)


def _chosen(services: Services, member: Member, asked: str) -> str:
    own = _own(services, member)
    if asked in ("", EVERYWHERE):
        return own[0] if asked == "" and len(own) == 1 else EVERYWHERE
    if asked not in own:
        raise NotFound("Ce département n'est pas dans votre liste.")
    return asked


def _named(periods: list[str]) -> dict[str, str]:
    """Each once, with the words for it."""
    return {each: Period.parse(each).words for each in periods if each}


def _recent(services: Services) -> list[str]:
    """The present month, the eleven before it, and the last four quarters."""
    today = services.now().date()
    months = [today.year * 12 + today.month - 1 - n for n in range(12)]
    quarters = [today.year * 4 + (today.month - 1) // 3 - n for n in range(4)]
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in months] + [f"{q // 4}-T{q % 4 + 1}" for q in quarters]


def _rows(figures: Figures) -> list[tuple[str, str, str, str]]:
    tables: dict[str, list[Line]] = {
        "demandes par démarche": figures.requests,
        "demandes par partenaire": figures.by_partner,
        "personnes reçues par lieu": figures.by_place,
    }
    rows = [(name, line.label, line.partner, line.words) for name, lines in tables.items() for line in lines]
    return [
        *rows,
        *(("part des demandes par canal", label, "", share.words) for label, share in figures.by_channel),
        ("ensemble", "venues sans rendez-vous", "", figures.walk_in.words),
        ("ensemble", "rendez-vous annulés", "", figures.cancelled.words),
        ("ensemble", "réglé dès la première visite", "", figures.resolved.words),
        ("ensemble", "absents", "", figures.absent.words),
        ("ensemble", "liste jugée utile", "", figures.helpful.words),
        ("ensemble", "délai habituel avant le rendez-vous", "", figures.delay),
        ("ensemble", "distance habituelle à vol d'oiseau", "", figures.distance),
        ("ensemble", "messages non compris", "", figures.unclear),
    ]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
