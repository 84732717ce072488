"""Whatever the tables hold, every detector gives an outcome with a reason, and no figure that is not a number."""

import datetime as dt
import json
import math
import warnings

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.context import Context, Estimates
from detectors.estimates.assemble import estimate
from detectors.estimates.figures import figures
from detectors.registry import DETECTORS
from detectors.run import detect
from expectations.codes import OUTCOMES, REASONS
from expectations.frames import empty
from expectations.protected import COUNTS
from tests.detectors.offices import Offices, counts, indicators, person, register, vital_rates

COUNTY_YEARS = (2018, 2025)


def checked(context: Context) -> pl.DataFrame:
    """Run everything with warnings as errors; no NaN or infinity in any artefact, a reason wherever nothing was judged."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        findings, outcomes, evidence = detect(context)
        tables = [findings, outcomes, evidence, context.estimates.coverage, context.estimates.timeliness, figures(context)]
    for frame in tables:
        for name, kind in frame.schema.items():
            if kind == pl.Float64:
                assert frame[name].drop_nulls().is_finite().all(), name
            if kind == pl.List(pl.Float64):
                values = frame[name].explode().drop_nulls()
                assert values.is_finite().all(), name
    for text in findings["params"]:
        assert all(math.isfinite(value) for value in json.loads(text).values() if isinstance(value, float))
    assert set(outcomes["outcome"]) <= set(OUTCOMES)
    silent = outcomes.filter(pl.col("outcome").is_in(["not_estimable", "not_applicable"]))
    assert set(silent["reason"]) <= set(REASONS)
    assert outcomes.filter(pl.col("area_code").is_not_null()).height == len(DETECTORS) * context.areas.height
    return outcomes


def estimated(context: Context) -> Context:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return estimate(context, None)


def rows(townships: int, births: int, year: int | None = None) -> pl.DataFrame:
    days = [
        dt.date(2018 if year is None else year, 1, 1) + dt.timedelta(days=(at * 37) % (2900 if year is None else 364))
        for at in range(births)
    ]
    return register([person(at % townships, day) for at, day in enumerate(days)])


def office(townships: int = 6, births: int = 600, **changes: object) -> Context:
    audited = changes.pop("audited", rows(townships, births))
    reference = dt.date(2026, 6, 30) if audited.height else None
    made = Offices(townships=townships).context(audited=audited, **changes)
    return estimated(made.__class__(**{**made.__dict__, "reference_date": reference}))


RATES = vital_rates(
    [
        {"area": area, "year": year, "population": 9000.0, "birth_rate": 9.0, "death_rate": 6.5, "natural_increase_rate": 2.5}
        for area in range(6)
        for year in range(2018, 2026)
    ]
)
PERFECT = indicators([(area, n, n, 90.0) for area in range(6) for n in range(20, 60)])


def returns(**changes: pl.Expr) -> pl.DataFrame:
    return Offices().returns.with_columns(**changes)


def whole(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int64)


ELSEWHERE = pl.lit("990000001")
BAD = {
    "zero births": {"audited": register([])},
    "one township": {"townships": 1, "vital_rates": RATES.filter(pl.col("area_code") == "690100000")},
    "one year": {"audited": rows(6, 300, 2020)},
    "no deaths": {"returns": returns(deaths=whole(0))},
    "all at 100 %": {"indicators": PERFECT, "vital_rates": RATES},
    "denominators of 0": {"indicators": PERFECT.with_columns(denominator=whole(0), numerator=whole(0))},
    "missing months": {"returns": Offices().returns.filter(pl.col("month") % 5 != 0)},
    "negative counts": {"returns": returns(births=-pl.col("births"))},
    "returns of 0": {"returns": returns(births=whole(0))},
    "population of 0": {"vital_rates": RATES.with_columns(population=pl.lit(0.0))},
    "no population": {"vital_rates": RATES.with_columns(population=pl.lit(None, dtype=pl.Float64))},
    "rates of 0": {"vital_rates": RATES.with_columns(birth_rate=pl.lit(0.0), death_rate=pl.lit(0.0))},
    "negative rates": {"vital_rates": RATES.with_columns(birth_rate=pl.lit(-3.0))},
    "rates of other townships": {"vital_rates": RATES.with_columns(area_code=ELSEWHERE)},
    "returns of other townships": {"returns": returns(area_code=ELSEWHERE)},
    "indicators of nobody": {"indicators": PERFECT.with_columns(area_code=pl.lit(None, dtype=pl.String))},
    "empty tables": {"returns": Offices().returns.head(0), "indicators": PERFECT.head(0), "vital_rates": RATES.head(0)},
}


@pytest.mark.parametrize("changes", [pytest.param(changes, id=name) for name, changes in BAD.items()])
def test_bad_input_is_an_outcome_with_a_reason(changes):
    checked(office(**changes))


@pytest.mark.parametrize(("share", "registered"), [(0.5, 0), (1.2, 1), (1.0, 100), (-0.4, 100)])
def test_protected_counts_that_cannot_be(share, registered):
    protected, estimates = counts(dict.fromkeys(range(4), share), registered)
    plain = Offices(townships=4, villages=2)
    checked(plain.context(counts=protected, estimates=estimates))
    if not registered:
        checked(plain.context(counts=pl.DataFrame(schema=COUNTS), estimates=estimates))


NUMBERS = st.one_of(st.none(), st.integers(-3, 400))
RATE = st.one_of(st.none(), st.sampled_from([0.0, -1.0, 9.0, 12.34, 1000.0, 1e9]))


POPULATION = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 5e3, -5.0, 1e12]))
FIGURES = st.fixed_dictionaries(
    {"population": POPULATION, "birth_rate": RATE, "births": NUMBERS, "death_rate": RATE, "natural_increase_rate": RATE}
)
PARTS = st.tuples(st.integers(-1, 60), st.integers(0, 60), st.sampled_from([0.0, 90.0, 100.0]))


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data(), townships=st.integers(1, 6), births=st.integers(0, 80))
def test_no_table_makes_a_figure_that_is_no_number(data, townships, births):
    cells = [(area, year) for area in range(townships) for year in (2018, 2019, 2024)]
    table = vital_rates([{"area": area, "year": year, **data.draw(FIGURES)} for area, year in cells])
    parts = indicators([(area, *data.draw(PARTS)) for area, _ in cells])
    scale = data.draw(st.sampled_from([0.0, 1.0, 40.0]))
    monthly = Offices(townships=townships, villages=2, mean=1.0).returns.with_columns((pl.col("births") * scale).cast(pl.Int64))
    checked(office(townships, births, vital_rates=table, indicators=parts, returns=monthly))


def test_without_any_table():
    checked(Offices(townships=2).context(returns=None, estimates=Estimates(empty("coverage"), empty("timeliness"))))
