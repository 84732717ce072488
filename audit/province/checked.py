"""Validation in steps: each step of a source passes through its suite, and the source passes when every step has (DESIGN C4)."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, Final

import polars as pl

from expectations.beside import Ended, standing
from expectations.suites import Table, table_of, validate_tables

_MOSTLY: Final = ("area_code", "birth_date", "sex")  # may be missing in half of the rows of a source, not of each step
_MOST_WAITING: Final = 2  # steps, each of which is held until it has been validated
_NOT_NULL: Final = "expect_column_values_to_not_be_null"


class Checked:
    """Results of one source."""

    def __init__(self, name: str) -> None:
        """Args: name: of the source."""
        self._name = name
        self._rules: dict[tuple[str, str | None], bool] = {}
        self._missing: Counter[str] = Counter()
        self._rows = 0
        self._begun: list[tuple[Table, Future[dict[str, Any]]]] = []

    def see(self, frame: pl.DataFrame) -> None:
        """Validate a step, in the process that stands beside this one, if any.

        Booleans are kept, of shares also the sums they are shares of.
        """
        self._rows += frame.height
        self._missing.update({column: frame[column].null_count() for column in _MOSTLY})
        step = table_of(self._name, "births", frame)
        if beside := standing():
            self._begun.append((step, beside.give(validate_tables, [step])))
            self._wait(_MOST_WAITING)
        else:
            self._take(validate_tables([step]))

    def _wait(self, left: int) -> None:
        """Fetch what was begun, until no more than ``left`` steps are on their way."""
        while len(self._begun) > left:
            step, begun = self._begun.pop(0)
            try:
                self._take(begun.result())
            except Ended:
                self._take(validate_tables([step]))

    def _take(self, told: Mapping[str, Any]) -> None:
        for rule in told["tables"][0]["expectations"]:
            key = (rule["expectation"], rule["column"])
            self._rules[key] = self._rules.get(key, True) and rule["passed"]

    def table(self) -> dict[str, Any]:
        """The source's entry in ``validation.json``."""
        self._wait(0)
        rules = [
            {"expectation": name, "column": column, "passed": self._judged(name, column, passed)}
            for (name, column), passed in self._rules.items()
        ]
        return {"name": self._name, "kind": "births", "passed": all(rule["passed"] for rule in rules), "expectations": rules}

    def _judged(self, name: str, column: str | None, passed: bool) -> bool:
        if name == _NOT_NULL and column in _MOSTLY:
            return 2 * self._missing[column] <= self._rows
        return passed
