"""Every detector once, an outcome for every township, findings in an order of their own, and C2."""

import datetime as dt
import json
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detectors.registry import DETECTORS, ROW_DETECTORS
from detectors.run import detect
from expectations.cards import cards
from expectations.catalogue import catalogue
from tests.detectors.worlds import World, county

WORLD = county(60)
LINE = 10


@pytest.fixture(scope="module")
def flawed() -> World:
    """A county with something for every row detector to find."""
    world = WORLD.with_copy(LINE, registered_on=dt.date(2026, 1, 5))
    world = world.with_copy(12, same_birth=False, birth_date=dt.date(2018, 3, 3))
    world = world.with_changed(14, registered_on=dt.date(2017, 1, 1)).with_changed(16, sex=None)
    return world.with_changed(18, mother_id_number=world.rows[16]["id_number"]).with_changed(20, id_number="690121202001010000")


def test_registry_and_cards_hold_the_same_detectors() -> None:
    assert sorted(detector.card.detector for detector in DETECTORS) == sorted(cards())


def test_every_finding_code_of_a_card_begins_with_its_code() -> None:
    wrong = [
        (card.code, code)
        for card in cards().values()
        for code in card.finding_codes
        if code != card.code and not code.startswith(f"{card.code}-")
    ]
    assert wrong == []


def test_an_outcome_of_every_detector_for_every_township(flawed: World) -> None:
    outcomes = detect(flawed.context)[1]
    counted = outcomes.filter(pl.col("area_code").is_not_null()).group_by("detector").len()
    assert dict(counted.iter_rows()) == {detector.card.detector: 3 for detector in DETECTORS}
    silent = outcomes.filter(pl.col("outcome").is_in(["not_estimable", "not_applicable"]) & pl.col("reason").is_null())
    assert silent.is_empty()


def test_a_detector_registered_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        detect(WORLD.context, [DETECTORS[0], DETECTORS[0]])


def test_order_of_rows_changes_nothing(flawed: World) -> None:
    context = flawed.context
    shuffled = replace(context, audited=context.audited.sample(fraction=1.0, shuffle=True, seed=3))
    for mine, other in zip(detect(context), detect(shuffled), strict=True):
        assert_frame_equal(mine, other)


def test_every_sentence_can_be_said_in_both_languages(flawed: World) -> None:
    findings = detect(flawed.with_rates(1.4).with_totals("首剂接种", 1.3).context)[0]
    for language in ("zh", "en"):
        for code, params in findings.select("code", "params").iter_rows():
            sentence = catalogue(language).text(f"finding.{code}", **json.loads(params))
            assert sentence
            assert "{" not in sentence


def test_no_name_or_number_or_day_of_birth_leaves_unmasked(flawed: World) -> None:
    findings, _, evidence = detect(flawed.context)
    told = " ".join([*evidence["masked"].drop_nulls(), *findings["params"]])
    for row in flawed.rows:
        for name in ("name", "id_number", "mother_name", "mother_id_number", "father_name"):
            assert row[name] is None or row[name] not in told
    assert not evidence.filter(pl.col("field") == "birth_date")["masked"].str.contains(r"\d{4}-\d\d-\d\d").any()


def test_findings_of_rows_are_the_same_with_and_without_references(flawed: World) -> None:
    """DESIGN C2: rows, severities, wording, outcomes of detectors that look at the register alone."""
    alone = ("validity", "duplicates", "timeliness")
    names = [detector.card.detector for detector in ROW_DETECTORS if detector.card.family in alone]
    context = flawed.context
    row = {"level": "township", "completeness": 0.5, "completeness_low": 0.4, "completeness_high": 0.6}
    linked = flawed.with_shares([{**row, "area_code": code, "registered": 60} for code in context.areas["area_code"]]).context
    for mine, other in zip(detect(context), detect(linked), strict=True):
        if "detector" in mine.columns:
            assert_frame_equal(mine.filter(pl.col("detector").is_in(names)), other.filter(pl.col("detector").is_in(names)))
        else:
            rows = other.filter(pl.col("finding_id").is_in(mine["finding_id"].to_list()))
            assert_frame_equal(mine, rows)


EMPTY = {
    "no births": WORLD.without_rows(),
    "one township without births": WORLD.without_rows("西岭乡"),
    "one township": county(60, ("东华镇",)),
    "one row": replace(WORLD, rows=WORLD.rows[:1]),
    "no dates": WORLD.with_all(birth_date=None, registered_on=None),
    "no dates of birth": WORLD.with_all(birth_date=None),
    "no reference date": replace(WORLD, reference_date=None),
    "not registered": WORLD.with_all(registered_on=None),
    "registered before birth": WORLD.with_all(registered_on=lambda row: row["birth_date"] - dt.timedelta(days=30)),
    "one mother": WORLD.with_all(
        mother_id_number=WORLD.rows[0]["mother_id_number"], mother_name="李丽", father_name="王军", village="一村"
    ),
    "one day": WORLD.with_all(birth_date=dt.date(2020, 1, 1), registered_on=dt.date(2020, 1, 1)),
    "one birth": WORLD.with_all(birth=7),
    "one number": WORLD.with_all(id_number=WORLD.rows[0]["id_number"]),
    "nothing but place": WORLD.with_all(
        name=None,
        sex=None,
        birth_date=None,
        id_number=None,
        mother_name=None,
        mother_id_number=None,
        father_name=None,
        registered_on=None,
    ),
    "no place": WORLD.with_all(area_code=None, township=None),
    "outside the window": WORLD.with_all(birth_date=lambda row: row["birth_date"].replace(year=1990, day=1)),
    "no people": WORLD.with_rates(0.0),
    "twice the births": WORLD.with_rates(2.0).with_totals("小学入学", 3.0, shift=6),
    "totals of nothing": WORLD.with_totals("首剂接种", 0.0),
}


@pytest.mark.parametrize("world", EMPTY.values(), ids=EMPTY.keys())
def test_poor_input_gives_outcomes_without_warnings_or_nan(world: World) -> None:
    findings, outcomes, evidence = detect(world.context, ROW_DETECTORS)
    assert outcomes.filter(pl.col("area_code").is_not_null()).height == len(ROW_DETECTORS) * len(world.townships)
    for frame in (findings, outcomes, evidence, world.context.estimates.timeliness):
        for name, kind in frame.schema.items():
            if kind == pl.Float64:
                assert frame[name].drop_nulls().is_finite().all(), name
    for code, params in findings.select("code", "params").iter_rows():
        assert catalogue("zh").text(f"finding.{code}", **json.loads(params))
        assert "NaN" not in params
