"""Days of the month on which the register has more births than the calendar."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable
from detectors.judge import Test, judge
from detectors.rows import one_per_birth
from detectors.statistics.days import DAY_WEIGHT, days_of_month
from detectors.units import years

_LEAST: Final = 310  # births; ten a day of the month
_SHARE: Final = 0.05  # of births on heaped days beyond the calendar, at least
_HEAP: Final = 1.5  # observed over expected from which a day is a heap


@detector("day_heaps")
def day_heaps(context: Context) -> Result:
    """Days of the month of registered births against the calendar, chi-square; always low.

    Dates that were not known are put to the 1st, the 10th or the 15th by the honest as well, and real births do keep to weekdays.
    """
    rows = context.audited.select("birth", "record_id", "area_code", day=pl.col("birth_date").dt.day()).drop_nulls(
        ["area_code", "day"]
    )
    if rows.is_empty():
        raise NotApplicable("no_birth_dates")
    by_township = one_per_birth(rows).group_by("area_code").agg("day").filter(pl.col("day").list.len() >= _LEAST).sort("area_code")
    tests = [_test(context, code, days.to_numpy()) for code, days in zip(*by_township, strict=True)]
    return judge(context, tests, default="too_few_births")


def _test(context: Context, code: str, days: NDArray[np.int64]) -> Test:
    _, p, ratio = days_of_month(days)
    observed = np.bincount(days, minlength=32)[1:]
    expected = days.size * DAY_WEIGHT / DAY_WEIGHT.sum()
    heaped = ratio >= _HEAP
    beyond = float((observed - expected)[heaped].sum()) / days.size if heaped.any() else 0.0
    top = int(np.argmax(observed - expected))
    row: dict[str, Any] = {
        "code": "FAB-DAYS",
        "severity": "low",
        "period": years(context),
        "subject": "area",
        "observed": float(observed[top]),
        "expected": float(expected[top]),
        "events": int(days.size),
        "params": {
            "day": top + 1,
            "observed": int(observed[top]),
            "expected": float(expected[top]),
            "births": int(days.size),
            "heaps": int(heaped.sum()),
        },
    }
    return Test(code, p, beyond >= _SHARE, row)
