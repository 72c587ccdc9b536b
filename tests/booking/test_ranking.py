"""Where to send somebody: the place where they are received soonest, within reach, and what they are told of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assistant.booking.ranking import DETOUR_KM, MIN_LEFT, Ranked, Wishes, accessible, rank
from assistant.booking.slots import Slot, free_slots
from assistant.directory.directory import Directory
from assistant.directory.hours import next_opening
from assistant.directory.importer import ensure_sample, import_communes, import_directory
from assistant.directory.models import CLOSED, Closure, NearbyPlace, OwnHours, Place, Point
from assistant.settings import PROJECT
from assistant.storage.database import Database
from tests.booking.booking_world import MORNING, NOW, SETTINGS, WEEKDAYS, make_place

NATIONAL = PROJECT.parent / "shared" / "data"
MONDAY = date(2026, 11, 23)
"""NOW is the Sunday before, ten o'clock in Paris."""
MONDAY_AT_NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)
SATURDAYS = (*CLOSED[:5], MORNING, ())
LATE = (((time(14), time(19)),),) * 5 + ((), ())


def near(km: float, identity: str = "1", *, stop: str | None = None, own: bool = False, **changes: Any) -> NearbyPlace:
    """A place that takes appointments, some way off."""
    return NearbyPlace(make_place(identity, **changes), km, own, stop)


def without(km: float, identity: str = "1", **changes: Any) -> NearbyPlace:
    """One that receives without appointment."""
    return near(km, identity, takes_appointments=False, **changes)


def slot(where: NearbyPlace, days: int, hour: int = 10, minute: int = 0) -> Slot:
    """Half an hour at a place, some days after Monday, in its own time."""
    start = datetime.combine(MONDAY + timedelta(days), time(hour, minute), ZoneInfo(where.place.timezone))
    return Slot(where.place.id, start, start + timedelta(minutes=30), where.stop)


def ids(ranked: Sequence[Ranked]) -> list[str]:
    return [each.nearby.place.id for each in ranked]


def reason(where: NearbyPlace, *slots: Slot, now: datetime = NOW, **wishes: Any) -> str:
    """What is said of a place that stands alone."""
    return rank([where], {where.place.id: slots}, now, Wishes(**wishes))[0].reason


def test_the_earliest_day_within_reach_wins_and_says_what_was_nearer() -> None:
    close, far = near(3, "close"), near(12, "far")
    ranked = rank([close, far], {"close": [slot(close, 1)], "far": [slot(far, 0)]}, NOW)
    assert ids(ranked) == ["far", "close"]
    assert ranked[0].reason == "12 km, mais demain à 10 h ; plus près : 3 km, pas avant le mardi 24 novembre"
    assert ranked[1].reason == "à 3 km, mardi 24 novembre à 10 h"
    assert (ranked[0].resolved_on, ranked[0].resolved_at) == (MONDAY, slot(far, 0).start)
    assert ranked[0].with_appointment


def test_the_same_day_the_nearest_wins_whatever_the_hour() -> None:
    close, far = near(3, "close"), near(12, "far")
    ranked = rank([far, close], {"close": [slot(close, 0, 11)], "far": [slot(far, 0, 9)]}, NOW)
    assert [each.reason for each in ranked] == ["à 3 km, demain à 11 h", "à 12 km, demain à 9 h"]


def test_beyond_reach_an_earlier_day_does_not_count() -> None:
    """The limit itself is within reach."""
    close, just, beyond = near(3, "close"), near(3 + DETOUR_KM, "just"), near(3.1 + DETOUR_KM, "beyond")
    free = {"close": [slot(close, 9)], "just": [slot(just, 5)], "beyond": [slot(beyond, 0)]}
    assert ids(rank([beyond, close, just], free, NOW)) == ["just", "close", "beyond"]
    further = near(90, "further")
    free = {"close": [slot(close, 9)], "beyond": [slot(beyond, 5)], "further": [slot(further, 0)]}
    assert ids(rank([further, beyond, close], free, NOW)) == ["close", "beyond", "further"]


def test_the_nearest_that_can_receive_is_always_within_reach() -> None:
    full, far, further = near(3, "full"), near(40, "far"), near(50, "further")
    ranked = rank([full, far, further], {"far": [slot(far, 5)], "further": [slot(further, 0)]}, NOW)
    assert ids(ranked) == ["far", "further", "full"]
    assert ranked[0].reason == "40 km, mais samedi 28 novembre à 10 h ; plus près : 3 km, aucun rendez-vous libre"
    assert ranked[2].reason == "à 3 km, aucun rendez-vous libre : téléphonez"


def test_an_opening_without_appointment_is_as_good_as_a_slot() -> None:
    """Two thirds of the network; the day decides, then the distance."""
    thursday = (*CLOSED[:3], MORNING, *CLOSED[4:])
    close, far = near(3, "close"), without(12, "far", hours=thursday)
    later = rank([close, far], {"close": [slot(close, 4)]}, NOW)
    assert ids(later) == ["far", "close"]
    assert later[0].reason == (
        "12 km, mais jeudi 26 novembre de 9 h à 12 h, sans rendez-vous ; "
        "plus près : 3 km, pas avant le vendredi 27 novembre"
    )
    assert not later[0].with_appointment and later[0].slots == ()
    same_day = rank([close, far], {"close": [slot(close, 3)]}, NOW)
    assert ids(same_day) == ["close", "far"]
    assert same_day[1].reason == "à 12 km, venez sans rendez-vous, jeudi 26 novembre de 9 h à 12 h"


def test_an_opening_under_way_counts_from_thirty_minutes_left() -> None:
    place = without(3, hours=(((time(9), time(12)), (time(14), time(17))), *CLOSED[1:]))
    assert reason(place, now=MONDAY_AT_NINE) == "à 3 km, ouvert maintenant jusqu'à 12 h, sans rendez-vous"
    enough, late = datetime(2026, 11, 23, 10, 30, tzinfo=UTC), datetime(2026, 11, 23, 10, 31, tzinfo=UTC)
    assert rank([place], {}, enough)[0].resolved_at == enough
    assert reason(place, now=late) == "à 3 km, venez sans rendez-vous, aujourd'hui de 14 h à 17 h"


def test_words_agree_and_have_no_article_before_tomorrow() -> None:
    """ "pas avant demain", never "le demain"; "mardi 1er décembre"; a difference is seen or is not said."""
    close, far = near(2.6, "close", hours=WEEKDAYS), near(3.4, "far")

    def first(here: Slot, there: Slot, a: NearbyPlace = close, b: NearbyPlace = far) -> str:
        return rank([a, b], {"close": [here], "far": [there]}, MONDAY_AT_NINE)[0].reason

    assert first(slot(close, 1), slot(far, 0, 11, 30)) == (
        "3,4 km, mais aujourd'hui à 11 h 30 ; plus près : 2,6 km, pas avant demain"
    )
    assert first(slot(close, 8), slot(far, 1), near(0.4, "close")) == (
        "3 km, mais demain à 10 h ; plus près : moins d'1 km, pas avant le mardi 1er décembre"
    )
    assert first(slot(close, 8), slot(far, 1), near(3.39, "close")) == "à 3 km, demain à 10 h"
    assert reason(near(0.4), slot(close, 0)) == "à moins d'1 km, demain à 10 h"


def test_unknown_hours_come_last_and_say_to_call() -> None:
    unknown, full = without(1, "unknown", hours=CLOSED), near(2, "full")
    shut = without(3, "shut", closures=(Closure(NOW, NOW + timedelta(days=300)),))
    far = without(90, "far")
    ranked = rank([unknown, full, shut, far], {}, NOW)
    assert [(each.nearby.place.id, each.resolved_on) for each in ranked] == [
        ("far", MONDAY), ("full", None), ("shut", None), ("unknown", None),
    ]  # fmt: skip
    assert ranked[0].reason == (
        "90 km, mais demain de 9 h à 12 h, sans rendez-vous ; plus près : 1 km, horaires non communiqués"
    )
    assert ranked[2].reason == "à 3 km, aucune ouverture prévue : téléphonez"
    assert ranked[3].reason == "à 1 km, horaires non communiqués : téléphonez"
    assert reason(without(1, hours=CLOSED, phone=None)) == "à 1 km, horaires non communiqués"


def test_hours_kept_for_who_comes_without_are_found_beside_those_with() -> None:
    """Both at once on Tuesday, of which `next_opening` gives one; a slot the same day is the surer of the two."""
    own = tuple(
        OwnHours("FREQ=WEEKLY;BYDAY=TU", MONDAY, None, time(9), time(12), purpose)
        for purpose in ("appointments", "walk_in")
    )
    place = near(3, own_hours=own)
    assert reason(place) == "à 3 km, venez sans rendez-vous, mardi 24 novembre de 9 h à 12 h"
    assert reason(place, slot(place, 8)) == "à 3 km, venez sans rendez-vous, mardi 24 novembre de 9 h à 12 h"
    assert reason(place, slot(place, 1, 11)) == "à 3 km, mardi 24 novembre à 11 h"
    assert reason(place, slot(place, 8), appointment=True) == "à 3 km, mardi 1er décembre à 10 h"
    assert reason(near(3, own_hours=own[:1])) == "à 3 km, aucun rendez-vous libre : téléphonez"


def test_a_bus_is_there_once_at_the_stop_that_serves_soonest() -> None:
    """Its hours and slots at another stop are not those of the stop nearby."""
    gray, lure = Point(47.4, 5.6), Point(47.6, 6.5)
    own = (
        OwnHours("FREQ=WEEKLY;BYDAY=TH", MONDAY, None, time(9), time(12), stop="Gray", point=gray),
        OwnHours("FREQ=WEEKLY;BYDAY=TU", MONDAY, None, time(9), time(12), stop="Lure", point=lure),
    )
    at_gray, at_lure = without(3, "bus", own_hours=own, stop="Gray"), without(12, "bus", own_hours=own, stop="Lure")
    (bus,) = rank([at_gray, at_lure], {}, NOW)
    assert bus.nearby == at_lure
    assert bus.reason == (
        "12 km, mais mardi 24 novembre de 9 h à 12 h (Lure), sans rendez-vous ; "
        "plus près : 3 km, pas avant le jeudi 26 novembre"
    )
    at_gray, at_lure = near(3, "bus", own_hours=own, stop="Gray"), near(12, "bus", own_hours=own, stop="Lure")
    (bus,) = rank([at_gray, at_lure], {"bus": [slot(at_lure, 8), slot(at_gray, 10)]}, NOW)
    assert bus.reason.startswith("12 km, mais mardi 1er décembre à 10 h (Lure) ; plus près : 3 km, pas avant le")
    assert bus.slots == (slot(at_lure, 8),)


def test_the_own_commune_comes_first_the_same_day() -> None:
    """In Guyane its centre is up to 69 km from its town: the neighbour's place only seems nearer."""
    own, other = near(60, "own", own=True), near(9, "other")
    ranked = rank([other, own], {"own": [slot(own, 0)], "other": [slot(other, 0)]}, NOW)
    assert ids(ranked) == ["own", "other"]
    assert ranked[0].reason == "à 60 km, demain à 10 h"
    assert ids(rank([other, own], {"own": [slot(own, 1)], "other": [slot(other, 0)]}, NOW)) == ["other", "own"]


def test_the_day_is_the_places_own() -> None:
    """Sunday evening in Paris is Monday already at La Réunion, and still morning at Papeete."""
    evening = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
    reunion, paris = without(3, departement="974"), without(3)
    tahiti = without(3, departement="987", hours=(MORNING,) * 7)
    assert reason(reunion, now=evening) == "à 3 km, venez sans rendez-vous, aujourd'hui de 9 h à 12 h"
    assert reason(paris, now=evening) == "à 3 km, venez sans rendez-vous, demain de 9 h à 12 h"
    assert reason(tahiti, now=evening) == "à 3 km, ouvert maintenant jusqu'à 12 h, sans rendez-vous"
    (there,) = rank([tahiti], {}, datetime(2026, 11, 22, 20, tzinfo=UTC))
    assert there.resolved_on == date(2026, 11, 22), "the 22nd at ten in the morning"
    assert there.resolved_at and there.resolved_at.utcoffset() == timedelta(hours=-10)


def test_a_public_holiday_is_that_of_the_place() -> None:
    """20 December is one at La Réunion alone."""
    before = datetime(2028, 12, 19, 18, tzinfo=UTC)  # a Tuesday
    assert rank([without(3)], {}, before)[0].resolved_on == date(2028, 12, 20)
    assert rank([without(3, departement="974")], {}, before)[0].resolved_on == date(2028, 12, 21)


def test_who_wants_an_appointment_or_none_gets_that() -> None:
    takes, receives = near(3, "takes"), without(5, "receives")
    free = {"takes": [slot(takes, 1)]}
    with_one = rank([takes, receives], free, NOW, Wishes(appointment=True))
    assert [each.reason for each in with_one] == ["à 3 km, mardi 24 novembre à 10 h", "à 5 km, reçoit sans rendez-vous"]
    with_none = rank([takes, receives], free, NOW, Wishes(appointment=False))
    assert [each.reason for each in with_none] == [
        "5 km, mais demain de 9 h à 12 h, sans rendez-vous ; plus près : 3 km, reçoit sur rendez-vous",
        "à 3 km, reçoit sur rendez-vous",
    ]
    assert with_none[1].slots == ()


def test_saturday_and_evening_keep_the_slots_of_those_hours() -> None:
    place = near(3, hours=LATE)
    slots = [slot(place, 0, 17), slot(place, 1, 17, 30), slot(place, 5), slot(place, 6)]
    for wishes, kept in (
        ({"saturday": True}, [2]),
        ({"evening": True}, [1]),
        ({"saturday": True, "evening": True}, [1, 2]),
    ):
        (only,) = rank([place], {"1": slots}, NOW, Wishes(**wishes))
        assert only.slots == tuple(slots[number] for number in kept)
        assert only.resolved_at == only.slots[0].start
    assert reason(place, slots[0], saturday=True, evening=True) == "à 3 km, rien le samedi ni à partir de 17 h 30"


def test_saturday_and_evening_are_told_from_the_hours_where_one_comes_without() -> None:
    """Of an opening that lasts into the evening, the evening; half an hour of it at least."""
    assert reason(without(3, hours=SATURDAYS), saturday=True) == (
        "à 3 km, venez sans rendez-vous, samedi 28 novembre de 9 h à 12 h"
    )
    assert reason(without(3, hours=LATE), evening=True) == "à 3 km, venez sans rendez-vous, demain de 17 h 30 à 19 h"
    until_six = (((time(14), time(17, 59)),),) * 7
    assert reason(without(3, hours=until_six), evening=True) == "à 3 km, rien à partir de 17 h 30"
    assert reason(without(3), saturday=True) == "à 3 km, rien le samedi"
    at_six = datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert reason(without(3, hours=LATE), now=at_six, evening=True) == (
        "à 3 km, ouvert maintenant jusqu'à 19 h, sans rendez-vous"
    )


@pytest.mark.parametrize(
    ("comment", "known"),
    [
        ("Accessible PMR", True),
        ("Parking gratuit. Accès pour les personnes à mobilité réduite", True),
        ("Bus accessible aux fauteuils roulants", True),
        ("Accessible aux personnes en situation de handicap.", True),
        ("Non accessible PMR", False),
        ("Le bus n'est pas accessible aux personnes à mobilité réduite.", False),
        ("Pas d'accès PMR", False),
        ("Inaccessible en fauteuil", False),
        ("Accessible PMR, sauf le jeudi", None),
        ("N'est pas toujours accessible PMR", None),
        ("Mairie accessible PMR. Annexe non accessible PMR.", None),
        # as the directory has them, of something else
        ("Places de stationnement à proximité . Accessible en Bus Ligne G ou Ligne Aix", None),
        ("Accès par l'ascenseur côté route ou par l'escalier à l'arrière du bâtiment", None),
        ("Ce service est accessible pour tout public sur 10 communes", None),
        ("", None),
    ],
)
def test_a_wheelchair_gets_in_where_the_comment_says_so(comment: str, known: bool | None) -> None:
    assert accessible(make_place(comment=comment)) is known


def test_for_a_wheelchair_known_access_comes_first_and_the_unknown_says_to_call() -> None:
    no, unknown = without(1, "no", comment="Non accessible PMR"), without(2, "unknown")
    yes = without(9, "yes", comment="Accessible PMR", hours=SATURDAYS)
    ranked = rank([no, unknown, yes], {}, NOW, Wishes(wheelchair=True))
    assert [each.reason for each in ranked] == [
        "9 km, mais samedi 28 novembre de 9 h à 12 h, sans rendez-vous ; plus près : 1 km, pas d'accès en fauteuil ; "
        "accessible en fauteuil",
        "à 2 km, venez sans rendez-vous, demain de 9 h à 12 h ; accès en fauteuil non précisé : téléphonez",
        "à 1 km, pas d'accès en fauteuil",
    ]
    assert reason(without(3, hours=CLOSED), wheelchair=True) == (
        "à 3 km, horaires non communiqués ; accès en fauteuil non précisé : téléphonez"
    )


def test_no_place_has_no_rank() -> None:
    assert rank([], {}, NOW) == []


# Whatever the places, the slots and the wishes

HOURS = st.sampled_from([CLOSED, WEEKDAYS, LATE, SATURDAYS, (((time(9), time(9, 20)),),) * 7])
COMMENTS = st.sampled_from(["", "Accessible PMR", "Non accessible PMR"])
ALL_WISHES = st.builds(Wishes, st.sampled_from([None, True, False]), st.booleans(), st.booleans(), st.booleans())
INSTANTS = st.integers(0, 7 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
World = tuple[list[NearbyPlace], dict[str, list[Slot]]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to eight places, some as far as each other, full or without appointment; slots of three weeks, past ones too."""
    places = [
        near(
            draw(st.sampled_from([0.4, 3, 3.4, 12, 18, 18.1, 30, 40])),
            str(number),
            takes_appointments=draw(st.booleans()),
            hours=draw(HOURS),
            comment=draw(COMMENTS),
            departement=draw(st.sampled_from(["70", "974"])),
            own=draw(st.integers(0, 9)) == 0,
        )
        for number in range(draw(st.integers(1, 8)))
    ]
    when = st.lists(st.tuples(st.integers(0, 20), st.integers(8, 18)), max_size=4)
    free = {n.place.id: [slot(n, *each) for each in draw(when)] for n in places if n.place.takes_appointments}
    return places, free


def within_reach(ranked: Sequence[Ranked]) -> list[Ranked]:
    """By the rule's words: the nearest and 15 km, the nearest that can receive, and the own commune."""
    limit = min(each.nearby.distance_km for each in ranked) + DETOUR_KM
    receiving = [each.nearby.distance_km for each in ranked if each.resolved_on]
    limit = max([limit, *sorted(receiving)[:1]])
    return [each for each in ranked if each.nearby.distance_km <= limit or each.nearby.same_commune]


def assert_soonest_first(ranked: Sequence[Ranked]) -> None:
    days = [each.resolved_on for each in within_reach(ranked) if each.resolved_on]
    assert not days or ranked[0].resolved_on == min(days), "somewhere within reach is sooner"


@given(worlds(), INSTANTS, ALL_WISHES)
def test_every_place_is_there_once_with_a_reason(world: World, now: datetime, wishes: Wishes) -> None:
    """Those that can receive first, those of unknown hours last."""
    places, free = world
    ranked = rank(places, free, now, wishes)
    assert sorted(ids(ranked)) == sorted(n.place.id for n in places)
    steps = [0 if each.resolved_on else 1 if each.nearby.place.has_hours else 2 for each in ranked]
    assert steps == sorted(steps)
    for each in ranked:
        assert "km, " in each.reason and "le demain" not in each.reason and "le aujourd" not in each.reason
        assert each.with_appointment == bool(each.slots)
        assert (each.resolved_at is None) == (each.resolved_on is None)
        assert each.resolved_at is None or (each.resolved_at >= now and each.resolved_at.date() == each.resolved_on)


@given(worlds(), INSTANTS, ALL_WISHES)
def test_no_place_within_reach_resolves_sooner_than_the_first(world: World, now: datetime, wishes: Wishes) -> None:
    """Save for a wheelchair, where a place known to let it in goes before."""
    assert_soonest_first(rank(*world, now, replace(wishes, wheelchair=False)))


def test_the_control_by_distance_alone_is_seen_to_fail() -> None:
    close, far = near(3, "close"), near(12, "far")
    ranked = rank([close, far], {"close": [slot(close, 1)], "far": [slot(far, 0)]}, NOW)
    with pytest.raises(AssertionError, match="sooner"):
        assert_soonest_first(sorted(ranked, key=lambda each: each.nearby.distance_km))


@given(worlds(), INSTANTS, ALL_WISHES, st.data())
def test_an_earlier_slot_never_moves_a_place_down(
    world: World, now: datetime, wishes: Wishes, data: st.DataObject
) -> None:
    places, free = world
    assume(free)
    lucky = data.draw(st.sampled_from(sorted(free)))
    where = next(n for n in places if n.place.id == lucky)
    before = ids(rank(places, free, now, wishes))
    latest = min((each.start for each in free[lucky]), default=slot(where, 21).start)
    earlier = Slot(lucky, latest - timedelta(minutes=data.draw(st.integers(0, 20_000))), latest)
    after = ids(rank(places, {**free, lucky: [*free[lucky], earlier]}, now, wishes))
    assert after.index(lucky) <= before.index(lucky)


@given(worlds(), INSTANTS, ALL_WISHES, st.randoms())
def test_the_order_does_not_depend_on_the_order_given(world: World, now: datetime, wishes: Wishes, by: Any) -> None:
    places, free = world
    mixed, mixed_free = by.sample(places, len(places)), {i: by.sample(s, len(s)) for i, s in free.items()}
    assert rank(mixed, mixed_free, now, wishes) == rank(places, free, now, wishes)


# Over the directory


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The national directory where it is, else the sample; nothing is booked."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('ranking') / 'directory.sqlite'}")
    made.migrate()
    if (NATIONAL / "communes.csv").is_file():
        import_communes(made, str(NATIONAL / "communes.csv"))
        import_directory(made, str(NATIONAL / "france_services.csv"))
    else:
        ensure_sample(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def directory(database: Database) -> Directory:
    return Directory.load(database)


def codes_of(path: Path) -> list[str]:
    return [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]


CODES = codes_of(
    next(
        path
        for path in (NATIONAL / "communes.csv", PROJECT / "assistant/directory/sample/communes.csv")
        if path.is_file()
    )
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(CODES), INSTANTS, ALL_WISHES)
def test_from_300_communes(database: Database, directory: Directory, code: str, now: datetime, wishes: Wishes) -> None:
    """Ten places each, with the slots the database gives; the wishes never empty the list."""
    nearby = directory.nearest(directory.commune(code.strip('"')), 10)
    with database.read() as session:
        free = free_slots(session, [n.place for n in nearby], 30, now=now, settings=SETTINGS)
    ranked = rank(nearby, free, now)
    assert sorted(ids(ranked)) == sorted({n.place.id for n in nearby})
    assert_soonest_first(ranked)
    assert_days_are_right(ranked, free, now)
    wished = rank(nearby, free, now, wishes)
    assert sorted(ids(wished)) == sorted(ids(ranked))
    assert rank(nearby[::-1], free, now, wishes) == wished


def assert_days_are_right(ranked: Sequence[Ranked], free: Mapping[str, Sequence[Slot]], now: datetime) -> None:
    """The first slot, or what `next_opening` says where enough of it is left."""
    for each in ranked:
        place: Place = each.nearby.place
        if place.takes_appointments:
            assert each.resolved_at == (free[place.id][0].start if free[place.id] else None)
            continue
        opening = next_opening(place, now)
        if opening and opening.end - max(opening.start, now.astimezone(opening.end.tzinfo)) < MIN_LEFT:
            opening = next_opening(place, opening.end)
        assert each.resolved_on == (opening.start.date() if opening else None)


def test_the_directory_says_of_one_place_that_a_wheelchair_gets_in(directory: Directory) -> None:
    """Hence "accès en fauteuil non précisé" nearly everywhere."""
    known = [accessible(place) for place in directory.places()]
    assert known.count(False) == 0
    assert known.count(True) == (0 if directory.is_sample else 1)
