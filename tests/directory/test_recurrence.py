"""Which recurrences a place may set, and how they are said."""

from datetime import date, datetime, time
from itertools import islice, pairwise

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.directory.recurrence import days_in_words
from assistant.directory.timetable import check_rule
from assistant.errors import Refused

TUESDAY = date(2026, 11, 24)
ACCEPTED = {
    "FREQ=DAILY": "tous les jours",
    "FREQ=WEEKLY;BYDAY=TH": "jeudi",
    "freq=weekly;byday=mo,tu,th": "lundi, mardi et jeudi",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;WKST=MO": "un jeudi sur deux",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH": "lundi et jeudi, une semaine sur deux",
    "FREQ=WEEKLY;INTERVAL=6;BYDAY=TH": "un jeudi sur 6",
    "FREQ=MONTHLY;BYDAY=1TU,3TU": "1er et 3e mardi du mois",
    "FREQ=MONTHLY;BYDAY=2WE,-1FR": "2e mercredi et dernier vendredi du mois",
    "FREQ=MONTHLY;BYDAY=-3FR": "certains jours",
    "FREQ=WEEKLY": "certains jours",
}
REFUSED = [
    "",
    " ",
    "jeudi",
    "FREQ=SECONDLY",
    "FREQ=HOURLY;BYDAY=TH",
    "FREQ=YEARLY;BYDAY=TH",
    "BYDAY=TH",
    "FREQ=MONTHLY;BYDAY=9MO",
    "FREQ=MONTHLY;BYDAY=5MO",
    "FREQ=WEEKLY;BYDAY=",
    "FREQ=WEEKLY;BYDAY=TH;UNTIL=20270101",
    "FREQ=WEEKLY;BYDAY=TH;COUNT=3",
    "FREQ=WEEKLY;INTERVAL=0;BYDAY=TH",
    "FREQ=WEEKLY;INTERVAL=-1;BYDAY=TH",
    "FREQ=WEEKLY;INTERVAL=٢;BYDAY=TH",
    "FREQ=WEEKLY;BYDAY=TH\n",
    "FREQ=WEEKLY;BYDAY=TH\nRRULE:FREQ=SECONDLY",
    "FREQ=WEEKLY;WKST=MO\nRRULE:FREQ=SECONDLY",
    "FREQ=WEEKLY;WKST=MO FREQ=SECONDLY",
    "FREQ=WEEKLY;WKST=XX",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "a" * 10_000,
    "FREQ=WEEKLY;BYDAY=" + "MO," * 3_000 + "MO",
]
pieces = st.sampled_from(
    "FREQ INTERVAL BYDAY WKST UNTIL COUNT BYHOUR RRULE EXDATE DAILY WEEKLY MONTHLY SECONDLY "
    "MO TH SU 1TU -1FR 9MO 0 1 2 7 14 99 = = = ; ; , : - \n \x00".split(" ")
)
scrambled = st.lists(pieces, max_size=14).map("".join)
days = st.sampled_from(["MO", "TU,TH", "1TU", "-1FR", "9MO", "", "MO FREQ=SECONDLY", "MO\nFREQ=SECONDLY"])
plausible = st.builds(
    "FREQ={};INTERVAL={};BYDAY={};WKST={}".format,
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(0, 99),
    days,
    days,
)


@pytest.mark.parametrize(("rule", "words"), ACCEPTED.items())
def test_the_usual_recurrences_are_accepted_and_said_in_french(rule: str, words: str) -> None:
    """What has no usual words is "certains jours", never "-3e vendredi"."""
    check_rule(rule, TUESDAY)
    assert days_in_words(rule) == words


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule[:40])
def test_other_recurrences_are_refused_with_an_example(rule: str) -> None:
    """Hours and seconds, ends that `last_day` says better, days that never come, and a second rule behind a space."""
    with pytest.raises(Refused, match="BYDAY=TH"):
        check_rule(rule, TUESDAY)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=300), scrambled, plausible), st.dates())
def test_any_text_is_refused_or_falls_on_whole_days_for_ever(rule: str, first_day: date) -> None:
    """Nothing but Refused is raised, and what is accepted is quick to follow: its days come, one after the other."""
    try:
        check_rule(rule, first_day)
    except Refused:
        return
    assert days_in_words(rule)
    days = list(islice(rrulestr(rule, dtstart=datetime.combine(first_day, time())), 3))
    assert len(days) == 3 or first_day.year > 9900
    assert all(moment.time() == time() for moment in days)
    assert all(one < other for one, other in pairwise(days))
