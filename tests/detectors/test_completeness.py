"""The family completeness: estimates as given, what is said of them."""

import datetime as dt
import json
from dataclasses import replace

import polars as pl
import pytest

from detectors.estimates_disagree import estimates_disagree
from detectors.girls_below_boys import girls_below_boys
from detectors.low_completeness import low_completeness
from detectors.over_coverage import over_coverage
from detectors.rate_gap import rate_gap
from detectors.totals_gap import totals_gap
from tests.detectors.worlds import World, county

WORLD = county(120)
CODES = dict(zip(WORLD.townships, WORLD.areas["area_code"], strict=True))


def estimated(**shares: tuple[float, float, float]) -> World:
    rows = [
        {
            "level": "township",
            "area_code": CODES[name],
            "township": name,
            "completeness": share,
            "completeness_low": low,
            "completeness_high": high,
        }
        for name, (share, low, high) in shares.items()
    ]
    return WORLD.with_shares(rows)


def test_surely_below_the_target() -> None:
    world = estimated(东华镇=(0.80, 0.77, 0.83), 西岭乡=(0.89, 0.86, 0.92), 南坪乡=(0.96, 0.94, 0.98))
    found = world.said(low_completeness)
    assert found.select("code", "township", "severity", "observed", "low", "high").rows() == [
        ("CMP-LOW", "东华镇", "medium", 0.8, 0.77, 0.83)
    ]
    assert world.outcomes(low_completeness)["西岭乡"] == ("no_flag", None)


def test_the_upper_limit_allows_for_the_number_of_townships() -> None:
    """0.8985 is below the target by itself (z = 2.2), not once three townships are looked at."""
    alone = estimated(东华镇=(0.85, 0.805, 0.895))
    assert alone.said(low_completeness).height == 1
    three = estimated(东华镇=(0.85, 0.805, 0.895), 西岭乡=(0.95, 0.90, 0.98), 南坪乡=(0.96, 0.94, 0.98))
    assert three.said(low_completeness).is_empty()


def test_a_gap_too_small_to_matter() -> None:
    assert estimated(东华镇=(0.895, 0.894, 0.896)).said(low_completeness).is_empty()


def test_why_a_township_is_not_estimable() -> None:
    rows = [{"level": "township", "area_code": CODES["东华镇"], "reason": "noise"}]
    outcomes = WORLD.with_shares(rows).outcomes(low_completeness)
    assert outcomes["东华镇"] == ("not_estimable", "noise")
    assert set(WORLD.outcomes(low_completeness).values()) == {("not_applicable", "no_reference")}


def by_sex(girls: float, boys: float, half: float = 0.006) -> World:
    return WORLD.with_shares(
        [
            {
                "level": "county_sex",
                "sex": sex,
                "completeness": share,
                "completeness_low": share - half,
                "completeness_high": share + half,
                "registered": 6000,
            }
            for sex, share in (("female", girls), ("male", boys))
        ]
    )


def test_girls_below_boys_is_said_of_the_county_alone() -> None:
    world = by_sex(0.85, 0.88)
    found = world.said(girls_below_boys)
    assert found.select("code", "area_code", "severity").rows() == [("CMP-GIRLS", None, "medium")]
    assert json.loads(found["params"][0])["gap"] == pytest.approx(3.0)
    outcomes = world.outcomes(girls_below_boys)
    assert outcomes[None] == ("flag", None)
    assert outcomes["东华镇"] == ("not_applicable", "county_only")


def test_a_gap_that_chance_may_make_is_low() -> None:
    assert by_sex(0.866, 0.880).said(girls_below_boys)["severity"].to_list() == ["low"]


def test_boys_below_girls_equal_sexes_and_wide_intervals_say_nothing() -> None:
    for world in (by_sex(0.88, 0.85), by_sex(0.87, 0.87), by_sex(0.85, 0.88, half=0.05), by_sex(0.871, 0.879, half=0.001)):
        assert world.outcomes(girls_below_boys)[None] == ("no_flag", None)


def over(**shares: float) -> World:
    base = {"level": "township", "over_coverage_low": 0.0, "over_coverage_high": 0.2, "registered": 1000}
    rows = [{**base, "area_code": CODES[name], "over_coverage": share} for name, share in shares.items()]
    parts = pl.DataFrame(
        [
            {"level": "township", "area_code": CODES[name], "excess": 1000 * share, "excess_sd": 8.0}
            for name, share in shares.items()
        ]
    )
    return WORLD.with_shares(rows, coverage_parts=parts)


def test_over_coverage_needs_size_and_surprise() -> None:
    found = over(东华镇=0.08, 西岭乡=0.04, 南坪乡=0.02).said(over_coverage)
    assert sorted(found.select("township", "severity").rows()) == [("东华镇", "medium"), ("西岭乡", "low")]


def test_over_coverage_needs_two_references() -> None:
    world = WORLD.with_shares([{"level": "township", "area_code": code, "method": "one_reference"} for code in CODES.values()])
    assert set(world.outcomes(over_coverage).values()) == {("not_applicable", "one_reference")}
    assert set(WORLD.outcomes(over_coverage).values()) == {("not_applicable", "no_reference")}


def test_rate_gap_says_how_many_births_it_stands_for() -> None:
    found = county(400).with_rates(1.4, ("东华镇",)).said(rate_gap)
    assert found.select("code", "township", "severity").rows() == [("CMP-RATE-BELOW", "东华镇", "medium")]
    said = json.loads(found["params"][0])
    assert said["births"] == 160
    assert said["gap"] == pytest.approx(1 - 1 / 1.4)
    assert said["implied"] == pytest.approx(5.0)
    assert said["published"] == pytest.approx(7.0)


def test_rate_gap_the_other_way_and_none() -> None:
    assert county(400).with_rates(0.7, ("东华镇",)).said(rate_gap)["code"].to_list() == ["CMP-RATE-ABOVE"]
    world = county(400).with_rates(1.03)
    assert world.said(rate_gap).is_empty()
    assert set(world.outcomes(rate_gap).values()) == {("no_flag", None)}


def test_rate_gap_leaves_out_years_still_being_registered() -> None:
    """Births of 2025 seen in the middle of their registration: no gap."""
    full = county(400, delay=150.0).with_rates(1.0)
    cut = replace(
        full,
        rows=tuple(row for row in full.rows if row["registered_on"] <= dt.date(2025, 12, 31)),
        reference_date=dt.date(2025, 12, 31),
    )
    assert cut.said(rate_gap).is_empty()
    found = cut.with_rates(1.5).said(rate_gap)
    assert set(found["period"]) <= {"2018-2023", "2018-2024"}


def test_estimates_disagree_is_low_and_names_the_series() -> None:
    seen = pl.DataFrame(
        {
            "level": ["township", "county", "township"],
            "area_code": [CODES["东华镇"], None, CODES["西岭乡"]],
            "witness": ["bureau", "首剂接种", "bureau"],
            "births_witness": [1100.0, 9000.0, 1001.0],
            "births": [1000.0, 9900.0, 1000.0],
            "births_low": [980.0, 9800.0, 980.0],
            "births_high": [1020.0, 9990.0, 1020.0],
            "ratio": [1.1, 0.909, 1.001],
            "disagrees": [True, True, False],
        }
    )
    rows = [{"level": "township", "area_code": code, "completeness": 0.9} for code in CODES.values()]
    world = WORLD.with_rates().with_shares(rows, witnesses=seen)
    found = world.said(estimates_disagree)
    assert sorted(found.select("code", "severity").rows()) == [("CMP-DISAGREE-BUREAU", "low"), ("CMP-DISAGREE-TOTALS", "low")]
    outcomes = world.outcomes(estimates_disagree)
    assert outcomes["东华镇"] == outcomes[None] == ("flag", None)
    assert outcomes["西岭乡"] == ("no_flag", None)
    assert outcomes["南坪乡"] == ("not_estimable", "too_few_figures")


def test_totals_above_the_register() -> None:
    world = county(400).with_totals("医院分娩", 1.3)
    found = world.said(totals_gap)
    assert set(found["code"]) == {"CMP-TOTALS"}
    assert set(found["severity"]) == {"low"}
    assert found.height == 3
    assert county(400).with_totals("医院分娩", 0.6).said(totals_gap).is_empty()


def test_school_entrants_are_set_against_the_years_they_were_born_in() -> None:
    world = county(400)
    assert world.with_totals("小学入学人数", 1.05, shift=6).said(totals_gap).is_empty()
    assert world.with_totals("小学入学人数", 1.6, shift=6).said(totals_gap).height == 3
