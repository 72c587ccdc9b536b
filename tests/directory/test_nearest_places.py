"""The nearest places: the own commune first, then by distance, across borders."""

import math

import pytest

from assistant.directory.directory import Directory
from assistant.directory.models import Commune, Place, Point
from assistant.errors import NotFound


def haversine(one: Point, other: Point) -> float:
    """The textbook formula, in km."""
    a, b, c, d = map(math.radians, (one.latitude, one.longitude, other.latitude, other.longitude))
    chord = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(chord))


def made_place(place_id: str, code: str, point: Point, takes: bool = True) -> Place:
    return Place(
        id=place_id,
        name=place_id,
        address="",
        commune="",
        commune_code=code,
        departement=code[:2],
        point=point,
        phone=None,
        hours=((),) * 7,
        takes_appointments=takes,
        comment="",
        kind="fixe",
        capacity=None,
        sample=False,
        timezone="Europe/Paris",
    )


@pytest.fixture
def around_the_border() -> Directory:
    """A vast commune whose only place is far from its centre, with a neighbour across the border much nearer."""
    vast = Commune("97306", "Mana", "973", ("97360",), 11000, Point(5.2, -53.5))
    neighbour = Commune("97311", "Saint-Laurent", "972", ("97320",), 40000, Point(5.2, -53.4))
    places = [
        made_place("neighbour", "97311", Point(5.2, -53.41)),
        made_place("own", "97306", Point(5.67, -53.78)),
        made_place("far", "97311", Point(5.9, -54.5), takes=False),
    ]
    return Directory(places, [vast, neighbour])


def test_the_own_communes_places_come_first_even_when_another_is_nearer(around_the_border: Directory) -> None:
    found = around_the_border.nearest(around_the_border.commune("97306"))
    assert [near.place.id for near in found] == ["own", "neighbour", "far"]
    assert [near.same_commune for near in found] == [True, False, False]
    assert found[0].distance_km > found[1].distance_km


def test_from_a_point_only_distance_counts_across_borders(around_the_border: Directory) -> None:
    found = around_the_border.nearest(Point(5.2, -53.5))
    assert [near.place.id for near in found] == ["neighbour", "own", "far"]
    assert not any(near.same_commune for near in found)


def test_a_filter_applies_before_ranking(around_the_border: Directory) -> None:
    mana = around_the_border.commune("97306")
    assert [n.place.id for n in around_the_border.nearest(mana, 1, takes_appointments=False)] == ["far"]
    assert [n.place.id for n in around_the_border.nearest(mana, 2, takes_appointments=True)] == ["own", "neighbour"]


def test_from_a_place_its_own_commune_comes_first(around_the_border: Directory) -> None:
    found = around_the_border.nearest(around_the_border.place("far"))
    assert [near.place.id for near in found] == ["far", "neighbour", "own"]
    assert found[0].distance_km == 0


def test_a_directory_without_places_has_no_nearest() -> None:
    assert Directory([], []).nearest(Point(47.6, 6.1)) == []


def test_an_unknown_place_or_commune_is_said_in_french(sample: Directory) -> None:
    with pytest.raises(NotFound, match="annuaire"):
        sample.place("rien")
    with pytest.raises(NotFound, match="commune"):
        sample.commune("00000")


def test_the_sample_has_places_without_appointments_and_bookable_ones_near(sample: Directory) -> None:
    vesoul = sample.search("Vesoul").certain
    first = sample.nearest(vesoul)[0]
    assert (first.place.id, first.same_commune, first.place.takes_appointments) == ("exemple-vesoul", True, False)
    assert [n.place.id for n in sample.nearest(vesoul, 1, takes_appointments=True)] == ["exemple-lure"]


def test_buses_and_branches_are_among_the_nearest_and_named_as_such(sample: Directory) -> None:
    kinds = {near.place.kind for near in sample.nearest(sample.search("Faucogney").certain, 4)}
    assert {"bus", "antenne", "fixe"} <= kinds


def test_a_citys_places_are_those_of_its_arrondissements(sample: Directory) -> None:
    paris = sample.search("Paris").certain
    assert [(n.place.id, n.same_commune) for n in sample.nearest(paris, 1)] == [("exemple-paris15", True)]


@pytest.mark.parametrize("name", ["Lure", "Mana", "Paris 15e", "Saint-Denis 97400", "Ajaccio", "Jussey"])
def test_the_national_nearest_are_those_of_a_plain_loop(national: Directory, name: str) -> None:
    commune = national.search(name).certain
    assert commune is not None

    def rank(place: Place) -> tuple[bool, float]:
        return place.commune_code != commune.code, haversine(commune.point, place.point)

    expected = sorted(national.places(), key=rank)[:10]
    found = national.nearest(commune, 10)
    assert [near.place.id for near in found] == [place.id for place in expected]
    assert [near.distance_km for near in found] == pytest.approx([haversine(commune.point, p.point) for p in expected])


def test_the_nearest_cross_the_border_of_the_departement(national: Directory) -> None:
    faucogney = national.search("Faucogney-et-la-Mer").certain
    assert len({near.place.departement for near in national.nearest(faucogney, 10)}) > 1
