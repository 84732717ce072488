"""Boys and girls in the register: a ratio at birth outside what is natural, all years together."""

from typing import Any, Final

import polars as pl

from detectors.base import OUTCOME, Result, detector, observations
from detectors.context import Context, NotApplicable
from detectors.estimates.registered import births_of
from detectors.judge import Test, judge
from detectors.statistics.sex_ratio import composite_test, interval, ratio
from detectors.units import ALPHA, years

_BAND: Final = (103.0, 107.0)
_EFFECT: Final = 3.0  # boys per 100 girls beyond the band
_LEAST: Final = 300  # births; below, the interval is wider than 24 either way


@detector("sex_ratio")
def sex_ratio(context: Context) -> Result:
    """Exact binomial test against every ratio from 103 to 107, per township and for the county; always low.

    Only pooled figures of areas. A ratio out of the band may be girls registered late or not at all, or a ratio that is so; the
    register alone cannot tell.
    """
    births = births_of(context.audited, context.areas, context.window).filter(pl.col("sex").is_not_null())
    if births.is_empty():
        raise NotApplicable("no_births")
    counts = births.group_by("area_code").agg(boys=(pl.col("sex") == "male").sum(), births=pl.len()).sort("area_code")
    tests = [
        _test(context, code, boys, total)
        for code, boys, total in counts.iter_rows()
        if total >= _LEAST and boys < total  # girls at all: else there is no ratio
    ]
    found = judge(context, tests, default="too_few_births")
    boys, total = int((births["sex"] == "male").sum()), births.height
    if total < _LEAST or boys == total:
        return _with_county(found, "not_estimable", "too_few_births", None, [])
    county = _test(context, None, boys, total)
    flag = county.effect and county.p_value is not None and county.p_value <= ALPHA
    row = {"area_code": None, **county.row, "p_value": county.p_value, "q_value": county.p_value}
    return _with_county(found, "flag" if flag else "no_flag", None, county.p_value, [row] if flag else [])


def _test(context: Context, code: str | None, boys: int, births: int) -> Test:
    value = ratio(boys, births - boys)
    low, high = interval(boys, births)
    row: dict[str, Any] = {
        "code": "RAT-SEX-HIGH" if value > _BAND[1] else "RAT-SEX-LOW",
        "severity": "low",
        "period": years(context),
        "subject": "area",
        "observed": value,
        "expected": min(max(value, _BAND[0]), _BAND[1]),
        "low": low,
        "high": high,
        "events": births,
        "params": {"ratio": value, "low": low, "high": high, "boys": boys, "girls": births - boys},
    }
    beyond = max(_BAND[0] - value, value - _BAND[1])
    return Test(code, composite_test(boys, births, _BAND), beyond >= _EFFECT, row)


def _with_county(found: Result, outcome: str, reason: str | None, q: float | None, rows: list[dict[str, Any]]) -> Result:
    whole = pl.DataFrame([(None, outcome, reason, q)], schema=OUTCOME, orient="row")
    outcomes = found.outcomes.select(pl.col(name).cast(kind) for name, kind in OUTCOME.items())
    return Result(pl.concat([found.observations, observations(rows)]), pl.concat([outcomes, whole]))
