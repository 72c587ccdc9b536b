"""The week on paper: a page for each day with somebody in it."""

import re
from itertools import groupby

from playwright.sync_api import Page

from assistant.staff.accounts import Role
from tests.web.staff.conftest import HERE, World, sign_in_page


def test_a_week_is_printed_one_page_a_day(page: Page, page_world: World) -> None:
    """A day without anybody costs no paper."""
    place = page_world.places()[HERE]
    slots = page_world.services.bookings.slots(place, 30, page_world.services.now())
    first_of_days = [next(of_day)[0] for _, of_day in groupby(enumerate(slots), lambda each: each[1].start.date())]
    for number in (first_of_days[2], first_of_days[0]):  # the later first: what is booked is no longer counted
        page_world.book(number=number)
    page_world.account(Role.AGENT, login="ada")
    sign_in_page(page, "ada", "/agent")
    page.goto(f"/agent/lieux/{place.id}/semaine?jour={slots[0].start.date()}")
    assert _pages(page) == 2
    page.evaluate("document.querySelector('link[href$=\"/agent.css\"]').remove()")
    assert _pages(page) == 1, "the control: without our rules the week is one page"


def _pages(page: Page) -> int:
    return len(re.findall(rb"/Type /Page\b", page.pdf(format="A4")))
