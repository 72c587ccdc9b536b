"""Replies as the pages show them: what a template needs beside the reply itself."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

from assistant.booking.wording import full_day
from assistant.dialogue.replies import Choice, Reply, Turn
from assistant.directory.hours import time_in_words

DIRECTIONS = ("au nord", "au nord-est", "à l'est", "au sud-est", "au sud", "au sud-ouest", "à l'ouest", "au nord-ouest")
WIDTH, HEIGHT, MARGIN = 320, 190, 26
"""Of the mini-plan, in its own units."""
MOST_SHARED = 1500
"""Characters of a list sent by e-mail or SMS: longer addresses are cut by some telephones."""


@dataclass(frozen=True)
class Row:
    """What one side said until the other spoke."""

    author: str
    text: str = ""
    replies: tuple[Reply, ...] = ()
    taken: str = ""
    """The label of the choice that the person took of these replies."""


def rows_of(turns: Sequence[Turn]) -> list[Row]:
    """A history, a row each time the other side speaks."""
    rows: list[Row] = []
    for author, said in groupby(turns, key=lambda turn: turn.author):
        if author == "person":
            rows += [Row(author, turn.text) for turn in said]
        else:
            rows.append(Row(author, replies=tuple(turn.reply for turn in said if turn.reply)))
    said_next = [*(row.text for row in rows[1:]), ""]
    return [
        replace(row, taken=text) if row.author == "assistant" else row
        for row, text in zip(rows, said_next, strict=False)
    ]


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Lines of a text as ("p", [line]) and ("ul", [items]): lines that begin with "-" or "•" are items."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found: list[tuple[str, list[str]]] = []
    for is_item, group in groupby(lines, key=lambda line: line[0] in "-•" and line[1:2] == " "):
        if is_item:
            found.append(("ul", [line[1:].strip() for line in group]))
        else:
            found += [("p", [line]) for line in group]
    return found


@dataclass(frozen=True)
class Day:
    """The slots of one day at one place, each with the choice that takes it."""

    title: str
    times: list[tuple[Choice, str]]


def days_of(reply: Reply, today: date) -> tuple[list[Day], list[Choice]]:
    """A reply's slots by day, and its other choices."""
    by_id = {choice.id: choice for choice in reply.choices}
    slots = [slot for slot in reply.data.get("slots") or [] if slot["id"] in by_id]
    names = {slot.get("place_name") or slot["place"] for slot in slots}
    days: list[Day] = []
    for (day, place), group in groupby(slots, key=lambda slot: (slot["start"][:10], slot.get("place_name"))):
        title = full_day(date.fromisoformat(day), today)
        times = [(by_id[slot["id"]], time_of(slot["start"])) for slot in group]
        days.append(Day(f"{title}, {place}" if place and len(names) > 1 else title, times))
    taken = {slot["id"] for slot in slots}
    return days, [choice for choice in reply.choices if choice.id not in taken]


def time_of(start: str) -> str:
    """ "9 h 30" of an ISO 8601 instant, in its own zone."""
    return time_in_words(datetime.fromisoformat(start).time())


def distance(km: float | None) -> str:
    """ "à 3,4 km"; empty where unknown."""
    if km is None:
        return ""
    return "à moins de 1 km" if km < 1 else f"à {km:g} km".replace(".", ",")


@dataclass(frozen=True)
class Spot:
    """A place on the mini-plan: its number in the list, where it is drawn, and where that is in words."""

    number: int
    x: float
    y: float
    name: str
    where: str


@dataclass(frozen=True)
class MiniPlan:
    """Places around a commune, drawn to scale: north is up. A ring is `ring_km` away from the middle."""

    name: str
    spots: list[Spot]
    ring: float
    ring_km: int


def mini_plan(data: dict[str, Any]) -> MiniPlan | None:
    """The plan of a reply's places; None where it says not from where, or all are on the spot."""
    origin, places = data.get("origin"), data.get("places") or []
    if not origin or not places:
        return None
    offsets = [_offset(origin, place) for place in places]
    farthest = max(math.hypot(east, north) for east, north in offsets)
    if farthest < 1:
        return None
    scale = (HEIGHT / 2 - MARGIN) / farthest
    spots = [
        Spot(
            number,
            round(WIDTH / 2 + east * scale, 1),
            round(HEIGHT / 2 - north * scale, 1),
            place["name"],
            direction(east, north),
        )
        for number, ((east, north), place) in enumerate(zip(offsets, places, strict=True), start=1)
    ]
    ring = next(km for km in (500, 200, 100, 50, 20, 10, 5, 2, 1) if km <= max(farthest, 1))
    return MiniPlan(origin["name"], spots, round(ring * scale, 1), ring)


def direction(east: float, north: float) -> str:
    """ "au nord-est" for an offset in km; empty under one kilometre."""
    if math.hypot(east, north) < 1:
        return ""
    return DIRECTIONS[round(math.degrees(math.atan2(east, north)) / 45) % 8]


def _offset(origin: dict[str, Any], place: dict[str, Any]) -> tuple[float, float]:
    """Kilometres east and north of the origin; flat enough for a day's journey."""
    north = (place["latitude"] - origin["latitude"]) * 111.2
    east = (place["longitude"] - origin["longitude"]) * 111.2 * math.cos(math.radians(origin["latitude"]))
    return east, north


def list_address(data: dict[str, Any]) -> str:
    """The page of this list of documents, for the answers given: to keep, to print, to send."""
    query = urlencode(data.get("situation") or {})
    return f"/demarches/{data['procedure']}{'?' if query else ''}{query}#liste"


def shared(data: dict[str, Any]) -> str:
    """A list of documents as a message to somebody, ready for a mailto: or sms: address."""
    certain = [f"- {item['label']}" for item in data.get("documents") or [] if item.get("certain", True)]
    text = "\n".join([f"{data.get('title', '')} : documents à apporter", *certain])
    return quote(text[:MOST_SHARED])


def certain(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents asked for in any case."""
    return [document for document in documents if document.get("certain", True)]


def uncertain(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that an answer to come may rule out."""
    return [document for document in documents if not document.get("certain", True)]
