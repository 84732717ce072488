"""Published birth rates that lie outside what the county's rate, chance and the differences between townships allow."""

from typing import Any, Final

from detectors.base import Result, detector
from detectors.context import Context
from detectors.estimates.funnel import Funnel, funnel
from detectors.judge import Test, judge

_EFFECT, _MEDIUM = 0.15, 0.30  # |observed / expected - 1|
_REASON: Final = "too_few_births"


@detector("birth_rate_funnel")
def birth_rate_funnel(context: Context) -> Result:
    """Births as published over births at the county's rate, all years together, against a negative binomial.

    The variance between townships is estimated from all of them with the outer tenths drawn in, so that what is sought does not
    widen the limits; the p-value without that allowance stands beside it in the evidence.
    """
    found = funnel(context)
    tests = [
        Test(
            unit["area_code"],
            min(1.0, 2 * min(unit["lower"], unit["upper"])),
            abs(unit["ratio"] - 1) >= _EFFECT,
            _row(unit, found),
        )
        for unit in found.units.iter_rows(named=True)
    ]
    return judge(context, tests, default=_REASON)


def _row(unit: dict[str, Any], found: Funnel) -> dict[str, Any]:
    rate = 1000 * unit["observed"] / unit["person_years"]
    per_birth = 1000 / unit["person_years"]
    return {
        "code": "RAT-FUNNEL-HIGH" if unit["ratio"] > 1 else "RAT-FUNNEL-LOW",
        "severity": "medium" if abs(unit["ratio"] - 1) >= _MEDIUM else "low",
        "period": f"{found.first}-{found.last}" if found.first != found.last else str(found.first),
        "subject": "area",
        "observed": rate,
        "expected": found.rate,
        "low": unit["low"] * unit["expected"] * per_birth,
        "high": unit["high"] * unit["expected"] * per_birth,
        "events": int(unit["observed"]),
        "params": {
            "rate": rate,
            "county": found.rate,
            "births": int(unit["observed"]),
            "expected": unit["expected"],
            "ratio": unit["ratio"],
            "exact_p": unit["exact"],
        },
    }
