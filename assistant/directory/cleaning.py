"""Cells of the directory made true: hours, telephones, coordinates."""

import re
from datetime import time
from itertools import pairwise

import phonenumbers

from assistant.directory.models import PHONE_REGIONS, Interval, Point

MIDNIGHT = time(0)
_INTERVAL = re.compile(r"\s*(\d{1,2})\s*[:hH]\s*(\d\d)?\s*[-–—]\s*(\d{1,2})\s*[:hH]\s*(\d\d)?\s*")
_SEVERAL_PHONES = re.compile(r"[/;,]|\bou\b")


def parse_hours(cell: str) -> tuple[list[Interval], bool, bool]:
    """The intervals of a cell as written, whether one was a false midnight, whether one was unreadable."""
    intervals: list[Interval] = []
    false = unreadable = False
    for part in filter(str.strip, cell.split("/")):
        interval = _interval(part)
        if interval == (MIDNIGHT, MIDNIGHT):
            false = True
        elif interval is None or interval[0] >= interval[1]:
            unreadable = True
        else:
            intervals.append(interval)
    return intervals, false, unreadable


def in_disorder(intervals: list[Interval]) -> bool:
    """Whether they are unsorted or overlap; intervals that only touch are in order."""
    return any(second[0] < first[1] for first, second in pairwise(intervals))


def merge(intervals: list[Interval]) -> list[Interval]:
    """Sorted, overlapping and touching intervals made one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def national_phone(cell: str, departement: str) -> str | None:
    """The first valid number of the cell in national format, "03 84 96 70 00"; None where none is valid."""
    for number in filter(str.strip, _SEVERAL_PHONES.split(cell)):
        for region in dict.fromkeys((PHONE_REGIONS.get(departement, "FR"), "FR")):
            try:
                parsed = phonenumbers.parse(number, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(parsed):
                return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return None


def parse_point(latitude: str, longitude: str) -> Point | None:
    """The position two cells say, decimal comma or point; None where they say none."""
    try:
        point = Point(float(latitude.replace(",", ".")), float(longitude.replace(",", ".")))
    except ValueError:
        return None
    in_range = -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180
    return point if in_range and (point.latitude, point.longitude) != (0, 0) else None


def _interval(part: str) -> Interval | None:
    found = _INTERVAL.fullmatch(part)
    if not found:
        return None
    numbers = [int(number or 0) for number in found.groups()]
    try:
        return time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    except ValueError:
        return None
