"""Detectors of monthly returns: what offices did is found, what happened is left alone, and bad tables have a reason."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from detectors.copied import copied
from detectors.estimates.figures import figures
from detectors.last_digits import last_digits
from detectors.returns_against_register import returns_against_register
from detectors.rounded import rounded
from detectors.screening import screening
from detectors.stamp import stamp
from detectors.too_smooth import too_smooth
from tests.detectors.offices import Offices, person, register

RETURNS = (too_smooth, copied, rounded, last_digits, screening)


def smooth(births):
    total = births.sum(axis=2, keepdims=True)
    return total // 12 + (np.arange(12) < total % 12)


def copy_years(births):
    births[:2, 1:4] = births[:2, :1]
    return births


def to_fives(births):
    flat = births.ravel()
    flat[::6] = 5
    return flat.reshape(births.shape)


def flagged(result):
    return result.outcomes.filter(pl.col("outcome") == "flag")["area_code"].to_list()


def outcomes(detector, context):
    result = detector(context)
    _, frame, _ = stamp(detector.card, context, result)
    for name in ("observed", "expected", "low", "high", "p_value", "q_value"):
        assert not result.observations[name].is_nan().any()
    return {(row["outcome"], row["reason"]) for row in frame.iter_rows(named=True)}


@pytest.mark.parametrize(("detector", "change"), [(too_smooth, smooth), (copied, copy_years), (rounded, to_fives)])
def test_falsified_returns_are_found_and_others_are_not(detector, change):
    context = Offices().with_births(2, change).context()
    result = detector(context)
    assert flagged(result) == ["690100002"]
    (found,) = result.observations.iter_rows(named=True)
    assert found["severity"] == "medium"
    assert found["period"] == ("2018-2021" if detector is copied else "2018-2025")
    assert found["q_value"] <= 0.05


@pytest.mark.parametrize("detector", RETURNS)
def test_honest_returns_have_no_finding(detector):
    for seed in (3,) if detector is screening else (3, 4, 5):
        assert flagged(detector(Offices(seed=seed).context())) == []


def test_quarterly_reporting_is_not_rounding():
    def by_quarter(births):
        quarters = births.reshape(*births.shape[:2], 4, 3).sum(axis=3)
        births[:] = 0
        births[..., 2::3] = quarters
        return births

    assert flagged(rounded(Offices(mean=2).with_births(1, by_quarter).context())) == []


def test_a_return_handed_in_again_replaces_the_first_and_is_no_copy():
    offices = Offices()
    again = offices.returns.with_columns(submitted_on=pl.lit(dt.date(2026, 1, 5)), version=pl.lit("2"), line=pl.col("line") + 9000)
    first = offices.returns.with_columns(
        submitted_on=pl.lit(dt.date(2025, 1, 5)), version=pl.lit("1"), births=pl.lit(1, dtype=pl.Int64)
    )
    context = offices.context(returns=pl.concat([again, first]))
    for detector in (too_smooth, copied):
        assert flagged(detector(context)) == []


def test_small_villages_cannot_be_judged():
    context = Offices(mean=0.1).context()
    for detector in (too_smooth, copied, rounded, last_digits):
        assert outcomes(detector, context) == {
            ("not_estimable", "too_few_births" if detector is not last_digits else "too_few_figures")
        }


def bad_tables(kind):
    offices = Offices()
    if kind == "zero":
        return Offices(births=np.zeros((3, 2, 8, 12)), deaths=np.zeros((3, 2, 8, 12)), townships=3, villages=2).returns
    if kind == "one month":
        return offices.returns.filter(pl.col("month") == 1)
    if kind == "negative":
        return offices.returns.with_columns(births=pl.lit(-3, dtype=pl.Int64))
    if kind == "null":
        return offices.returns.with_columns(births=pl.lit(None, dtype=pl.Int64), deaths=pl.lit(None, dtype=pl.Int64))
    if kind == "no deaths":
        return offices.returns.with_columns(deaths=pl.lit(0, dtype=pl.Int64))
    if kind == "elsewhere":
        return offices.returns.with_columns(area_code=pl.lit("999999999"))
    if kind == "no village":
        return offices.returns.filter(pl.col("village") == "村0").with_columns(village=pl.lit(None, dtype=pl.String))
    if kind == "gaps":
        return offices.returns.filter(pl.col("line") % 3 > 0)
    return offices.returns.clear()


@pytest.mark.parametrize("kind", ["zero", "one month", "negative", "null", "no deaths", "elsewhere", "no village", "gaps", "empty"])
def test_bad_tables_have_an_outcome_for_every_township(kind):
    context = Offices().context(returns=bad_tables(kind))
    for detector in (*RETURNS, returns_against_register):
        for outcome, reason in outcomes(detector, context):
            assert outcome in ("no_flag", "flag") or reason, detector.card.detector
    drawn = figures(context)
    assert not drawn["y"].is_nan().any()
    if kind in ("elsewhere", "empty"):
        assert outcomes(too_smooth, context) == {("not_applicable", "no_returns")}


def test_one_township_one_year():
    context = Offices(townships=1, births=np.ones((1, 6, 1, 12)) * 2, deaths=np.ones((1, 6, 1, 12))).context()
    assert flagged(too_smooth(context)) == ["690100000"]
    assert outcomes(screening, context) == {("not_estimable", "too_many_missing")}


def registered_like(offices, township_shift=None):
    rows = []
    for t, v, y, m in np.argwhere(offices.births > 0):
        month = (m + 5) % 12 if t == township_shift else m
        rows += [
            person(int(t), dt.date(2018 + int(y), int(month) + 1, day + 1), village=f"村{v}", name=f"某{day}")
            for day in range(int(offices.births[t, v, y, m]))
        ]
    return register(rows)


def test_returns_that_do_not_match_the_register():
    offices = Offices()
    honest = offices.context(audited=registered_like(offices))
    assert flagged(returns_against_register(honest)) == []
    moved = offices.context(audited=registered_like(offices, township_shift=3))
    result = returns_against_register(moved)
    assert flagged(result) == ["690100003"]
    assert result.observations["code"].to_list() == ["FAB-RETURNS-MONTHS"]


def test_figures_flag_a_month_out_of_its_band():
    def peak(births):
        births[0, 0, 5] = 60
        return births

    drawn = figures(Offices().with_births(0, peak).context())
    hit = drawn.filter(pl.col("flagged"))
    assert hit.sort("y")["period"].to_list()[-1] == "2018-06"
    assert hit.height < 10


def test_screening_points_at_an_odd_village():
    def odd(births):
        births[0] = 5
        return births

    result = screening(Offices(villages=8).with_births(1, odd).context())
    assert ("690100001", "村0") in result.observations.select("area_code", "village").rows()
    assert set(result.observations["severity"]) == {"low"}


def test_an_office_that_counts_by_month_of_registration_is_not_accused():
    offices = Offices()

    def later(births):
        return np.concatenate([np.zeros((*births.shape[:1], 1)), births.reshape(births.shape[0], -1)[:, :-1]], axis=1).reshape(
            births.shape
        )

    audited = registered_like(offices)
    assert flagged(returns_against_register(offices.with_births(1, later).context(audited=audited))) == []
