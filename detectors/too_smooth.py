"""Monthly returns that vary less from month to month than births and deaths can."""

from typing import Any, Final

import numpy as np
import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.judge import Test, judge
from detectors.monthly import SERIES, month_days, span, township_names, unit_years
from detectors.statistics.smoothness import dispersion_within, pooled_dispersion

_RATIO: Final = 0.90  # D / df at most
_LEAST_YEARS: Final = 3  # village-years


@detector("too_smooth")
def too_smooth(context: Context) -> Result:
    """Pearson's D within village-years of six events or more, pooled over the township, lower tail.

    Births come by chance: months vary at least as a Poisson count does, and a season only adds to it. Figures spread evenly over
    the year, or filled in from an average, vary less.
    """
    names = township_names(context)
    tests: list[Test] = []
    for series in SERIES:
        years = unit_years(context, series).sufficient()
        d, mean, variance = dispersion_within(years.counts, month_days(years.keys["year"].to_numpy()))
        frame = years.keys.with_columns(d=d, mean=mean, variance=variance, total=years.totals).filter(pl.col("d").is_not_nan())
        for (code,), part in frame.group_by("area_code", maintain_order=True):
            if part.height >= _LEAST_YEARS:
                tests.append(_test(str(code), series, part, names))
    return judge(context, tests, default="too_few_births")


def _test(code: str, series: str, part: pl.DataFrame, names: dict[str, str]) -> Test:
    found = pooled_dispersion(part["d"], part["mean"], part["variance"])
    smoothest = part.filter(pl.col("d") / pl.col("mean") == (pl.col("d") / pl.col("mean")).min()).row(0, named=True)
    row: dict[str, Any] = {
        "code": f"FAB-SMOOTH-{series.upper()}",
        "severity": "medium",
        "period": span(part["year"]),
        "subject": "return",
        "key": series,
        "observed": found.ratio,
        "expected": 1.0,
        "low": 1 - 1.96 * float(np.sqrt(found.variance)) / found.df,
        "high": 1 + 1.96 * float(np.sqrt(found.variance)) / found.df,
        "events": int(part["total"].sum()),
        "params": {
            "ratio": found.ratio,
            "years": part.height,
            "villages": part["village"].n_unique(),
            "village": smoothest["village"] or names[code],
            "year": smoothest["year"],
            "events": int(part["total"].sum()),
        },
    }
    return Test(code, found.p_lower, found.ratio <= _RATIO, row, family=series)
