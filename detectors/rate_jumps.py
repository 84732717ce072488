"""Published birth rates that leap from one year to the next while the county's do not."""

from typing import Any, Final

import numpy as np
import polars as pl
from scipy import stats

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable, NotEstimable
from detectors.estimates.rates import rates
from detectors.judge import Test, judge

_EFFECT, _MEDIUM = 1.3, 2.0  # factor of the jump, up or down, beyond the county's
_LEAST: Final = 20.0  # births in each of the two years
_TOWNSHIPS: Final = 5
_OWN: Final = 0.05  # standard deviation of a year's births beyond chance, relative: marriages and housing come in waves


@detector("rate_jumps")
def rate_jumps(context: Context) -> Result:
    """Log ratio of a township's births to the year before, less the median of the county, on its standard error.

    z = (ln(r_t / r_t-1) - median) / s, s^2 = phi (1/x_t + 1/x_t-1 + 2 * 0.05^2 + the median's own variance), phi >= 1 from the
    middle of all z (squared median absolute deviation), so that counties whose figures swing anyway have wider limits. A dragon
    year moves the whole county and is taken out.
    """
    cells = rates(context.require("vital_rates"), context.areas, context.window).filter(
        (pl.col("level") == "township_year") & (pl.col("published") >= _LEAST)
    )
    if cells.is_empty():
        raise NotApplicable("no_vital_rates")
    before = cells.select("area_code", birth_year=pl.col("birth_year") + 1, births_before="published", years_before="person_years")
    steps = cells.join(before, on=["area_code", "birth_year"]).sort("area_code", "birth_year")
    if steps.is_empty():
        raise NotEstimable("too_few_years")
    change = (pl.col("published") / pl.col("person_years") / (pl.col("births_before") / pl.col("years_before"))).log()
    steps = steps.with_columns(change=change).with_columns(
        median=pl.col("change").median().over("birth_year"), peers=pl.len().over("birth_year")
    )
    steps = steps.filter(pl.col("peers") >= _TOWNSHIPS)
    if steps.is_empty():
        raise NotEstimable("too_few_townships")
    steps = steps.with_columns(own=1 / pl.col("published") + 1 / pl.col("births_before") + 2 * _OWN**2)
    of_median = np.pi / 2 * pl.col("own").mean().over("birth_year") / pl.col("peers")
    error = np.sqrt(steps.select(pl.col("own") + of_median).to_series().to_numpy())
    z = (steps["change"] - steps["median"]).to_numpy() / error
    phi = max(1.0, (float(np.median(np.abs(z))) / float(stats.norm.ppf(0.75))) ** 2)
    p_values = 2 * stats.norm.sf(np.abs(z) / np.sqrt(phi))
    tests = [_test(row, float(p)) for row, p in zip(steps.iter_rows(named=True), p_values, strict=True)]
    return judge(context, tests, default="too_few_births")


def _test(row: dict[str, Any], p_value: float) -> Test:
    factor = float(np.exp(row["change"] - row["median"]))
    rate, rate_before = 1000 * row["published"] / row["person_years"], 1000 * row["births_before"] / row["years_before"]
    size = max(factor, 1 / factor)
    observation: dict[str, Any] = {
        "code": "RAT-JUMP-UP" if factor > 1 else "RAT-JUMP-DOWN",
        "severity": "medium" if size >= _MEDIUM else "low",
        "period": str(row["birth_year"]),
        "subject": "area",
        "observed": rate,
        "expected": rate_before * float(np.exp(row["median"])),
        "events": round(row["published"]),
        "params": {
            "rate": rate,
            "before": rate_before,
            "county": float(np.expm1(row["median"])),
            "births": round(row["published"]),
            "births_before": round(row["births_before"]),
        },
    }
    return Test(row["area_code"], p_value, size >= _EFFECT, observation)
