"""Detectors of published rates."""

import numpy as np
import polars as pl
import pytest

from detectors.accounting import accounting
from detectors.birth_rate_funnel import birth_rate_funnel
from detectors.estimates.figures import figures
from detectors.natural_increase import natural_increase
from detectors.rate_jumps import rate_jumps
from detectors.sex_ratio import sex_ratio
from detectors.stamp import stamp
from detectors.steady_rates import steady_rates
from tests.detectors.offices import YEARS, Offices, person, register, vital_rates

RATES = (birth_rate_funnel, natural_increase, rate_jumps, steady_rates, accounting)


def published(townships=8, factor=None, people=20000.0, seed=1):
    rng = np.random.default_rng(seed)
    rows = []
    for area in range(townships):
        for year in YEARS:
            births = rng.poisson(0.009 * people * (factor or {}).get((area, year), (factor or {}).get(area, 1.0)))
            rate, deaths = round(1000 * births / people, 2), round(rng.normal(6, 0.2), 2)
            rows.append(
                {
                    "area": area,
                    "year": year,
                    "population": people,
                    "birth_rate": rate,
                    "death_rate": deaths,
                    "natural_increase_rate": round(rate - deaths, 2),
                }
            )
    return vital_rates(rows)


def flagged(result):
    return result.outcomes.filter(pl.col("outcome") == "flag")["area_code"].to_list()


@pytest.mark.parametrize("detector", RATES)
def test_honest_rates_have_no_finding(detector):
    assert flagged(detector(Offices(townships=8).context(vital_rates=published()))) == []


def test_a_rate_far_out_of_the_funnel():
    context = Offices(townships=8).context(vital_rates=published(factor={3: 1.6}))
    result = birth_rate_funnel(context)
    assert flagged(result) == ["690100003"]
    assert result.observations["code"].to_list() == ["RAT-FUNNEL-HIGH"]
    drawn = figures(context).filter(pl.col("figure") == "birth_rate_funnel")
    assert drawn.filter("flagged")["area_code"].to_list() == ["690100003"]
    assert set(drawn["series"]) == {"township", "exact_95", "exact_998", "adjusted_95", "adjusted_998"}


def test_townships_that_differ_anyway_widen_the_funnel():
    factor = dict(enumerate([0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4]))
    assert flagged(birth_rate_funnel(Offices(townships=8).context(vital_rates=published(factor=factor)))) == []


def test_a_jump_that_the_county_does_not_share():
    result = rate_jumps(Offices(townships=8).context(vital_rates=published(factor={(2, 2022): 1.7})))
    assert flagged(result) == ["690100002"]
    assert set(result.observations["code"]) == {"RAT-JUMP-UP", "RAT-JUMP-DOWN"}
    dragon = {(area, 2024): 1.5 for area in range(8)}
    assert flagged(rate_jumps(Offices(townships=8).context(vital_rates=published(factor=dragon)))) == []


def test_one_rate_of_growth_is_too_steady():
    frame = published().with_columns(
        birth_rate=pl.when(pl.col("area_code") == "690100004")
        .then((9.0 * 1.01 ** (pl.col("year") - 2018)).round(2))
        .otherwise("birth_rate")
    )
    result = steady_rates(Offices(townships=8).context(vital_rates=frame))
    assert flagged(result) == ["690100004"]
    assert set(result.observations["severity"]) == {"low"}


def test_natural_increase_beyond_rounding():
    frame = published().with_columns(
        natural_increase_rate=pl.col("natural_increase_rate") + pl.when(pl.col("line") == 2).then(0.5).otherwise(0.01)
    )
    result = natural_increase(Offices(townships=8).context(vital_rates=frame))
    (found,) = result.observations.iter_rows(named=True)
    assert (found["area_code"], found["period"], found["severity"]) == ("690100000", "2018", "medium")


def test_another_definition_everywhere_is_low():
    frame = published().with_columns(natural_increase_rate=pl.col("natural_increase_rate") + 0.4)
    assert set(natural_increase(Offices(townships=8).context(vital_rates=frame)).observations["severity"]) == {"low"}


def test_births_must_be_rate_times_population():
    frame = published().with_columns(births=(pl.col("birth_rate") * pl.col("population") / 1000).round().cast(pl.Int64))
    right = Offices(townships=8).context(vital_rates=frame)
    assert flagged(accounting(right)) == []
    wrong = frame.with_columns(births=pl.when(pl.col("line") == 4).then(pl.col("births") + 40).otherwise("births"))
    result = accounting(Offices(townships=8).context(vital_rates=wrong))
    assert result.observations.select("code", "period", "severity").rows() == [("RAT-ACCOUNT-BIRTHS", "2020", "medium")]


def test_villages_must_add_up():
    offices = Offices()
    own = offices.returns.group_by("county", "area_code", "township", "year", "month").agg(pl.col("births", "deaths").sum())
    own = own.with_columns(
        line=pl.int_range(pl.len()) + 9000,
        village=pl.lit("合计"),
        submitted_on=pl.lit(None, dtype=pl.Date),
        version=pl.lit(None, dtype=pl.String),
    ).select(offices.returns.columns)
    both = pl.concat([offices.returns, own], how="vertical_relaxed")
    assert flagged(accounting(offices.context(returns=both))) == []
    off = both.with_columns(
        births=pl.when((pl.col("village") == "合计") & (pl.col("area_code") == "690100001") & (pl.col("year") == 2019))
        .then(pl.col("births") + 2)
        .otherwise("births")
    )
    result = accounting(offices.context(returns=off))
    (found,) = result.observations.iter_rows(named=True)
    assert (found["code"], found["period"], found["severity"]) == ("RAT-ACCOUNT-BIRTHSUM", "2019", "medium")


def test_a_population_that_leaps_is_pointed_at():
    people = pl.when(pl.col("line") == 5).then(30000.0).otherwise("population")
    result = accounting(Offices(townships=8).context(vital_rates=published().with_columns(population=people)))
    assert set(result.observations["code"]) == {"RAT-ACCOUNT-MIGRATION"}
    assert set(result.observations["severity"]) == {"low"}


def born(boys, girls, area=0):
    import datetime as dt

    days = [dt.date(2018, 1, 1) + dt.timedelta(days=at % 2900) for at in range(boys + girls)]
    return [person(area, day, sex="male" if at < boys else "female") for at, day in enumerate(days)]


def test_sex_ratio_needs_a_band_and_a_reason():
    context = Offices().context(audited=register(born(620, 480) + born(520, 500, area=1)))
    result = sex_ratio(context)
    stamp(sex_ratio.card, context, result)
    assert flagged(result) == ["690100000"]
    assert set(result.observations["severity"]) == {"low"}
    few = sex_ratio(Offices().context(audited=register(born(20, 10))))
    assert set(few.outcomes["reason"]) == {"too_few_births"}
    boys_only = sex_ratio(Offices().context(audited=register(born(400, 0))))
    assert set(boys_only.outcomes["outcome"]) == {"not_estimable"}


@pytest.mark.parametrize("kind", ["no population", "one year", "one township", "no rates", "elsewhere", "twice"])
def test_bad_rates_have_an_outcome(kind):
    frame = published()
    if kind == "no population":
        frame = frame.with_columns(population=pl.lit(0.0))
    elif kind == "one year":
        frame = frame.filter(pl.col("year") == 2020)
    elif kind == "one township":
        frame = frame.filter(pl.col("area_code") == "690100000")
    elif kind == "no rates":
        frame = frame.with_columns(
            pl.lit(None, dtype=pl.Float64).alias(n) for n in ("birth_rate", "death_rate", "natural_increase_rate")
        )
    elif kind == "elsewhere":
        frame = frame.with_columns(area_code=pl.lit("999999999"))
    else:
        frame = pl.concat([frame, frame])
    context = Offices(townships=8).context(vital_rates=frame)
    for detector in RATES:
        result = detector(context)
        stamp(detector.card, context, result)
        without = result.outcomes.filter(pl.col("outcome").is_in(["not_estimable", "not_applicable"]) & pl.col("reason").is_null())
        assert without.is_empty(), detector.card.detector
        assert flagged(result) == []
    assert not figures(context)["y"].is_nan().any()
