"""From tests of townships to findings and outcomes: false discovery control within a detector, and the minimum effect."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from detectors.base import Result, by_findings, observations
from detectors.context import Context
from detectors.statistics.multiple import benjamini_hochberg

ALPHA: Final = 0.05


@dataclass
class Test:
    """One test of one township.

    Attributes:
        area_code: the township.
        p_value: of the test; null where nothing was tested.
        effect: whether the minimum effect is met.
        row: the observation's columns, if it comes to a finding; p and q are filled in.
        family: tests of one family share the false discovery rate: those of one series or one question.
    """

    __test__ = False  # pytest takes the name for a test class

    area_code: str | None
    p_value: float | None
    effect: bool
    row: dict[str, Any] = field(default_factory=dict)
    family: str = ""


def judge(
    context: Context, tests: Sequence[Test], not_estimable: dict[str, str] | None = None, alpha: float = ALPHA, default: str = ""
) -> Result:
    """Findings where both the q-value and the effect say so, and one outcome per township.

    Args:
        context: the county.
        tests: all tests of the detector; Benjamini-Hochberg runs over each family of them. Tests without a p-value that meet the
            effect are findings by arithmetic.
        not_estimable: area code -> reason where no test was possible.
        alpha: bound on the false discovery rate.
        default: reason for townships with neither a test nor a reason.
    """
    q_values = _adjusted(tests)
    rows: list[dict[str, Any]] = []
    by_area: dict[str, float] = {}
    for test, q in zip(tests, q_values, strict=True):
        if q is not None and test.area_code is not None:
            by_area[test.area_code] = min(q, by_area.get(test.area_code, 1.0))
        if test.effect and (q is None or q <= alpha):
            rows.append({"area_code": test.area_code, **test.row, "p_value": test.p_value, "q_value": q})
    reasons = dict(not_estimable or {})
    if default:
        tested = {test.area_code for test in tests}
        reasons |= {code: default for code in context.areas["area_code"] if code not in tested and code not in reasons}
    return by_findings(context, observations(rows), reasons, by_area)


def _adjusted(tests: Sequence[Test]) -> list[float | None]:
    """Benjamini-Hochberg over those of each family that were tested."""
    q_values: list[float | None] = [None] * len(tests)
    for family in {test.family for test in tests}:
        places = [place for place, test in enumerate(tests) if test.family == family and test.p_value is not None]
        for place, q in zip(places, benjamini_hochberg([tests[place].p_value or 0.0 for place in places]).tolist(), strict=True):
            q_values[place] = q
    return q_values
