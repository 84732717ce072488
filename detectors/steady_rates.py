"""Published births that change less from year to year than chance makes births change."""

from typing import Any, Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable
from detectors.estimates.rates import rates
from detectors.judge import Test, judge
from detectors.monthly import span
from detectors.statistics.smoothness import yearly_changes

_RATIO: Final = 0.30  # mean squared change over what chance makes, at most
_LEAST_YEARS: Final = 5
_LEAST_BIRTHS: Final = 20.0


@detector("steady_rates")
def steady_rates(context: Context) -> Result:
    """Log changes of published births between years, less their mean, against 1/x_t + 1/x_t-1, lower tail; always low.

    A constant growth factor, a straight line or last year's figure with a little added change less than a count of births can.
    Figures smoothed on purpose do the same.
    """
    cells = rates(context.require("vital_rates"), context.areas, context.window).filter(
        (pl.col("level") == "township_year") & pl.col("published").is_not_null()
    )
    if cells.is_empty():
        raise NotApplicable("no_vital_rates")
    tests: list[Test] = []
    reasons: dict[str, str] = {}
    for (code,), part in cells.sort("area_code", "birth_year").group_by("area_code", maintain_order=True):
        if part.height < _LEAST_YEARS or (part["birth_year"].diff().drop_nulls() != 1).any():
            reasons[str(code)] = "too_few_years"
        elif (part["published"] < _LEAST_BIRTHS).any():
            reasons[str(code)] = "too_few_births"
        else:
            tests.append(_test(str(code), part))
    return judge(context, tests, reasons, default="no_population")


def _test(code: str, part: pl.DataFrame) -> Test:
    ratio, p = yearly_changes(part["published"].to_numpy())
    row: dict[str, Any] = {
        "code": "RAT-STEADY",
        "severity": "low",
        "period": span(part["birth_year"]),
        "subject": "area",
        "observed": ratio,
        "expected": 1.0,
        "events": round(float(part["published"].sum())),
        "params": {
            "ratio": ratio,
            "years": part.height,
            "first": round(float(part["published"][0])),
            "last": round(float(part["published"][-1])),
        },
    }
    return Test(code, p, ratio <= _RATIO, row)
