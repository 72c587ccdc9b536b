"""Communes found by what people type: names, former names, abbreviations, postcodes, homonyms, typos."""

import pytest

from assistant.directory.directory import Directory
from assistant.directory.models import Point
from assistant.directory.search import CommuneSearch

CERTAIN: list[tuple[str, str]] = [
    # names as they are, without accents, case or hyphens
    ("Lure", "Lure (70)"),
    ("VESOUL", "Vesoul (70)"),
    ("besancon", "Besançon (25)"),
    ("faucogney et la mer", "Faucogney-et-la-Mer (70)"),
    ("l'hay les roses", "L'Haÿ-les-Roses (94)"),
    ("fort de france", "Fort-de-France (972)"),
    # homonyms where one is meant
    ("Paris", "Paris (75)"),
    ("Montreuil", "Montreuil (93)"),
    # articles, short forms, joined words
    ("havre", "Le Havre (76)"),
    ("luxeuil", "Luxeuil-les-Bains (70)"),
    ("luxeuillesbains", "Luxeuil-les-Bains (70)"),
    ("bourg bresse", "Bourg-en-Bresse (01)"),
    # abbreviations
    ("st etienne", "Saint-Étienne (42)"),
    ("chalon s/ saone", "Chalon-sur-Saône (71)"),
    ("clermont fd", "Clermont-Ferrand (63)"),
    # around
    ("à côté de Lure", "Lure (70)"),
    ("pas loin de gray", "Gray (70)"),
    # arrondissements
    ("paris 15", "Paris 15e (75)"),
    ("Paris 15ème arrondissement", "Paris 15e (75)"),
    ("lyon 3e", "Lyon 3e (69)"),
    ("marseille 8", "Marseille 8e (13)"),
    ("75015", "Paris 15e (75)"),
    ("75116", "Paris 16e (75)"),
    # postcodes, and what tells homonyms apart
    ("25000", "Besançon (25)"),
    ("Lure 70200", "Lure (70)"),
    ("70200 lure", "Lure (70)"),
    ("saint martin 67", "Saint-Martin (67)"),
    ("saint martin 70", "La Résie-Saint-Martin (70)"),
    ("st denis de la réunion", "Saint-Denis (974)"),
    ("saint martin bas rhin", "Saint-Martin (67)"),
    ("Lure (70)", "Lure (70)"),
    # former names
    ("Bellegarde-sur-Valserine", "Valserhône (01)"),
    ("pierrefitte sur seine", "Saint-Denis (93)"),
    # typos
    ("vezoul", "Vesoul (70)"),
    ("besanson", "Besançon (25)"),
    ("luxueil", "Luxeuil-les-Bains (70)"),
    ("belfrot", "Belfort (90)"),
    ("montbelliard", "Montbéliard (25)"),
    ("strasboug", "Strasbourg (67)"),
    ("grenobles", "Grenoble (38)"),
]
"""(what is typed, the only reasonable commune)."""

ASKED: list[tuple[str, list[str]]] = [
    ("Saint-Denis", ["Saint-Denis (974)", "Saint-Denis (93)"]),
    ("Saint Martin", ["Saint-Martin (978)"]),
    ("Valence", ["Valence (26)", "Valence (82)"]),
    ("ste marie", ["Sainte-Marie (974)", "Sainte-Marie (972)"]),
    ("70000", ["Vesoul (70)"]),
    ("70200", ["Lure (70)"]),
    ("aix", ["Aix-en-Provence (13)", "Aix-les-Bains (73)"]),
    ("bourg", ["Bourg-en-Bresse (01)", "Bourg (33)"]),
    ("clermont", ["Clermont-Ferrand (63)", "Clermont (60)"]),
    ("hericour", ["Héricourt (70)", "Héricourt (62)"]),
    ("25030", ["Besançon (25)"]),
]
"""(what is typed, the first communes that are offered)."""

ON_THE_SAMPLE: list[tuple[str, str | list[str]]] = [
    ("Lure", "Lure (70)"),
    ("70200", "Lure (70)"),
    ("vesoull", "Vesoul (70)"),
    ("jussay", "Jussey (70)"),
    ("luxeuil", "Luxeuil-les-Bains (70)"),
    ("paris 15", "Paris 15e (75)"),
    ("lyon 3e", "Lyon 3e (69)"),
    ("st etienne", "Saint-Étienne (42)"),
    ("Fougerolles", "Fougerolles-Saint-Valbert (70)"),
    ("saint martin 67", "Saint-Martin (67)"),
    ("Saint Martin", ["Saint-Martin (54)", "Saint-Martin (67)"]),
    ("Saint-Denis", ["Saint-Denis (974)", "Saint-Denis (93)"]),
    ("70000", ["Vesoul (70)", "Noidans-lès-Vesoul (70)"]),
]
NAMELESS = ["", "  ", "?!", "zzzzzzzzzzzz", "99999", "12"]


def labels(search: CommuneSearch) -> list[str]:
    return [match.commune.label for match in search.matches]


@pytest.mark.parametrize(("typed", "expected"), CERTAIN)
def test_the_only_reasonable_commune_is_found(national: Directory, typed: str, expected: str) -> None:
    found = national.search(typed)
    assert found.certain is not None, labels(found)
    assert found.certain.label == expected == labels(found)[0]


@pytest.mark.parametrize(("typed", "expected"), ASKED)
def test_where_several_communes_fit_the_likeliest_are_offered(national, typed: str, expected: list[str]) -> None:
    found = national.search(typed)
    assert found.certain is None
    assert labels(found)[: len(expected)] == expected


@pytest.mark.parametrize(("typed", "expected"), ON_THE_SAMPLE)
def test_the_sample_is_searched_alike(sample: Directory, typed: str, expected: str | list[str]) -> None:
    found = sample.search(typed)
    if isinstance(expected, str):
        assert found.certain is not None, labels(found)
        assert found.certain.label == expected
    else:
        assert found.certain is None
        assert sorted(labels(found)[: len(expected)]) == sorted(expected)


@pytest.mark.parametrize("typed", NAMELESS)
def test_nothing_is_found_where_nothing_is_named(sample: Directory, typed: str) -> None:
    assert sample.search(typed) == CommuneSearch(typed)


def test_a_hint_of_where_ranks_homonyms_by_distance(national: Directory) -> None:
    lure = national.search("Lure").certain
    far = national.search("Saint Germain")
    near = national.search("Saint Germain", near=lure)
    assert far.certain is None
    assert labels(near)[0] == "Saint-Germain (70)"
    assert near.certain is not None
    assert labels(national.search("Saint Germain près de Lure")) == labels(near)


def test_a_hint_that_settles_nothing_still_ranks(national: Directory) -> None:
    strasbourg = Point(48.58, 7.75)
    found = national.search("Saint-Denis", near=strasbourg)
    assert labels(found)[0] == "Saint-Denis (93)"
    assert found.certain is None


def test_a_name_unknown_in_the_departement_is_offered_from_elsewhere(national: Directory) -> None:
    found = national.search("Lure 15")
    assert found.certain is None
    assert "Lure (70)" in labels(found)


def test_a_former_name_is_recognised_and_todays_is_given(national: Directory) -> None:
    match = national.search("Bellegarde-sur-Valserine").matches[0]
    assert (match.commune.name, match.matched_name) == ("Valserhône", "Bellegarde-sur-Valserine")


def test_scores_are_out_of_a_hundred(national: Directory) -> None:
    for typed in ("Saint-Denis", "aix", "belfrot", "70000", "hericour"):
        scores = [match.score for match in national.search(typed).matches]
        assert scores
        assert all(0 < score <= 100 for score in scores)


def test_every_commune_is_found_by_its_own_name_and_postcode(national: Directory) -> None:
    """Over every hundredth commune: its name with its postcode finds it first."""
    communes = [commune for commune in national._communes.values() if commune.parent_code is None][::100]
    missed = [c.label for c in communes if labels(national.search(f"{c.name} {c.postcodes[0]}"))[:1] != [c.label]]
    assert len(communes) > 300
    assert missed == []


def test_one_wrong_letter_leaves_a_town_among_the_first_five(national: Directory) -> None:
    """Over 200 towns, one inner letter dropped."""
    towns = sorted(national._communes.values(), key=lambda commune: -commune.population)[100:1100:5]
    towns = [town for town in towns if len(town.name) >= 6 and town.parent_code is None]
    missed = [t.label for t in towns if t.label not in labels(national.search(t.name[:3] + t.name[4:]))]
    assert len(towns) > 150
    assert len(missed) <= len(towns) // 50, missed
