"""Validation in steps: each step of a source passes through its suite, and the source passes when every step has (DESIGN C4)."""

from collections import Counter
from typing import Any, Final

import polars as pl

from expectations.suites import validate_frames

_MOSTLY: Final = ("area_code", "birth_date", "sex")  # may be missing in half of the rows of a source, not of each step
_NOT_NULL: Final = "expect_column_values_to_not_be_null"


class Checked:
    """Results of one source."""

    def __init__(self, name: str) -> None:
        """Args: name: of the source."""
        self._name = name
        self._rules: dict[tuple[str, str | None], bool] = {}
        self._missing: Counter[str] = Counter()
        self._rows = 0

    def see(self, frame: pl.DataFrame) -> None:
        """Validate a step; booleans are kept, of shares also the sums they are shares of."""
        (table,) = validate_frames([(self._name, "births", frame)], lambda rows: None)["tables"]
        for rule in table["expectations"]:
            key = (rule["expectation"], rule["column"])
            self._rules[key] = self._rules.get(key, True) and rule["passed"]
        self._rows += frame.height
        self._missing.update({column: frame[column].null_count() for column in _MOSTLY})

    def table(self) -> dict[str, Any]:
        """The source's entry in ``validation.json``."""
        rules = [
            {"expectation": name, "column": column, "passed": self._judged(name, column, passed)}
            for (name, column), passed in self._rules.items()
        ]
        return {"name": self._name, "kind": "births", "passed": all(rule["passed"] for rule in rules), "expectations": rules}

    def _judged(self, name: str, column: str | None, passed: bool) -> bool:
        if name == _NOT_NULL and column in _MOSTLY:
            return 2 * self._missing[column] <= self._rows
        return passed
