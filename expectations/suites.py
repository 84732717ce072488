"""Great Expectations suites built from the schemas of the input tables, and the one function that runs them.

The library takes seconds to import, so it is imported only here and only when asked. Results are booleans: no value, no count,
no exception text of the library is kept, because each of these can hold a cell of a reference source (DESIGN C4).
"""

import datetime as dt
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from expectations.codes import SEXES
from expectations.tables import AREAS, BIRTHS, TABLE_SCHEMAS

# Dates are handed over as days since 1970: the library looks at dates one by one in Python, at whole columns of numbers at once.
_FIRST_DAY: Final = (dt.date(1900, 1, 1) - dt.date(1970, 1, 1)).days
_LAST_DAY: Final = (dt.date(2200, 12, 31) - dt.date(1970, 1, 1)).days
_NUMBER: Final = r"^[0-9]{17}[0-9X]$"
_HALF: Final = 0.5  # of townships, dates and sexes: below it reading has stopped already


@dataclass(frozen=True)
class Rule:
    """One expectation: the name of its class in Great Expectations, the column it is about, its arguments."""

    expectation: str
    column: str | None
    arguments: dict[str, Any] = field(default_factory=dict)


def suite(kind: str, columns: Sequence[str]) -> list[Rule]:
    """The rules for one kind of input table.

    Args:
        kind: ``births``, ``areas`` or a key of ``TABLE_SCHEMAS``.
        columns: of the frame; rules about columns that have no value at all are left out by the caller's choice of these.

    Returns:
        Rules in the order of the schema: the columns themselves, then each column's.
    """
    schema = _schema(kind)
    rules = [Rule("ExpectTableColumnsToMatchSet", None, {"column_set": list(columns), "exact_match": True})]
    for name, dtype in schema.items():
        if name in columns:
            rules += _rules(kind, name, dtype)
    return rules


def _rules(kind: str, name: str, dtype: pl.DataType) -> list[Rule]:
    """Rules that follow from a column's name and type."""
    rules = []
    if name == "line":
        rules += [Rule("ExpectColumnValuesToNotBeNull", name), Rule("ExpectColumnValuesToBeUnique", name)]
        rules += _extremes(name, 1, None)
    elif name == "record_id":
        rules += [Rule("ExpectColumnValuesToNotBeNull", name), Rule("ExpectColumnValuesToBeUnique", name)]
    elif name in ("sex", "id_sex"):
        rules.append(Rule("ExpectColumnValuesToBeInSet", name, {"value_set": list(SEXES)}))
    elif name in ("id_number", "mother_id_number"):
        rules.append(Rule("ExpectColumnValuesToMatchRegex", name, {"regex": _NUMBER}))
    elif dtype == pl.Date():
        rules += _extremes(name, _FIRST_DAY, _LAST_DAY)
    elif name in ("year", "month"):
        rules.append(_between(name, *((1900, 2200) if name == "year" else (1, 12))))
    elif name in ("births", "deaths", "population", "count", "numerator", "denominator"):
        rules.append(_between(name, 0, None, mostly=0.95))
    elif name in ("birth_rate", "death_rate", "natural_increase_rate"):
        rules.append(_between(name, -200, 200, mostly=0.95))
    elif name in ("target_percent", "reported_percent"):
        rules.append(_between(name, 0, 100, mostly=0.95))
    elif kind == "areas" and name in ("county", "area_code", "township"):
        rules.append(Rule("ExpectColumnValuesToNotBeNull", name))
    if (kind == "births" and name in ("area_code", "birth_date", "sex")) or name in ("indicator", "series"):
        rules.append(Rule("ExpectColumnValuesToNotBeNull", name, {"mostly": _HALF}))
    return rules


def _between(name: str, low: Any, high: Any, mostly: float = 1.0) -> Rule:
    return Rule("ExpectColumnValuesToBeBetween", name, {"min_value": low, "max_value": high, "mostly": mostly})


def _extremes(name: str, low: int, high: int | None) -> list[Rule]:
    limits = {"min_value": low, "max_value": high}
    return [Rule("ExpectColumnMinToBeBetween", name, limits), Rule("ExpectColumnMaxToBeBetween", name, limits)]


def load_library() -> Any:
    """Import Great Expectations, silent and without analytics.

    Returns:
        The module ``great_expectations``.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # pyspark.sql.connect, of which nothing is used, ends the process when it is imported under ``python -c`` and lacks a package.
    with warnings.catch_warnings(), without_module("rfc3987_syntax"), without_module("pyspark.sql.connect"):
        warnings.simplefilter("ignore")
        import great_expectations as gx
    for name in ("great_expectations", "great_expectations.validator", "posthog", "backoff"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    return gx


@contextmanager
def without_module(module: str) -> Iterator[None]:
    """Hide a module that is optional to others while they are imported.

    A grammar of web addresses comes in with development tools; where it is there, jsonschema compiles it at import, which takes a
    fifth of the library's own time. Nothing here checks a web address.
    """
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = None  # type: ignore[assignment]  # how an import is made to fail
    try:
        yield
    finally:
        if absent:
            sys.modules.pop(module, None)


def validate_frames(frames: Sequence[tuple[str, str, pl.DataFrame]], tick: Callable[[int], None]) -> dict[str, Any]:
    """Run every table's suite in an ephemeral context in memory.

    Args:
        frames: name, kind and frame of each table.
        tick: told of the rows of each table done.

    Returns:
        ``{"passed", "tables": [{"name", "kind", "passed", "expectations": [{"expectation", "column", "passed"}]}]}``.
    """
    gx = load_library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("hecha")
    asset = source.add_dataframe_asset("table")
    batches = asset.add_batch_definition_whole_dataframe("whole")
    tables = []
    try:
        for name, kind, frame in frames:
            # a column that the file lacks is all null and says nothing; raw columns are not validated
            columns = [column for column in _schema(kind) if column in frame.columns and frame[column].count()]
            rules, needed = _rules_for(kind, columns)
            made = frame.select(needed).with_columns(pl.col(pl.Date).to_physical())
            tables.append(_validate(gx, batches, name, kind, rules, made.to_pandas()))  # no name keeps the copy
            tick(frame.height)
    finally:  # the library keeps the last batch for as long as the process lives, and it may be a reference's
        held = source.get_execution_engine().batch_manager
        held.reset_batch_cache()
        held.batch_data_cache.clear()
    return {"passed": all(table["passed"] for table in tables), "tables": tables}


def validate_on_spark(tables: Sequence[tuple[str, str, Sequence[str], Any]], tick: Callable[[int], None]) -> list[dict[str, Any]]:
    """Run the suites of tables whose rows are with Spark, on the library's Spark engine.

    Args:
        tables: name, kind, the columns that have any value, and Spark's frame of each table.
        tick: told of each table done.

    Returns:
        What ``validate_frames`` gives under ``tables``.
    """
    gx = load_library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_spark("hecha", persist=False).add_dataframe_asset("table")
    batches = asset.add_batch_definition_whole_dataframe("whole")
    done = []
    for name, kind, filled, frame in tables:
        rules, needed = _rules_for(kind, filled)
        days = [column for column in needed if _schema(kind)[column] == pl.Date()]
        columns = [f"cast(unix_date({column}) as bigint) as {column}" if column in days else column for column in needed]
        done.append(_validate(gx, batches, name, kind, rules, frame.selectExpr(*columns)))
        tick(1)
    return done


@contextmanager
def _without_fingerprints() -> Iterator[None]:
    """Keep the library from hashing every cell of a batch, twice: a mark that nobody reads, and the larger half of its time."""
    from great_expectations.execution_engine import pandas_execution_engine as engine

    usual = engine.hash_pandas_dataframe
    engine.hash_pandas_dataframe = lambda _: ""
    try:
        yield
    finally:
        engine.hash_pandas_dataframe = usual


def _schema(kind: str) -> pl.Schema:
    return {"births": BIRTHS, "areas": AREAS, **TABLE_SCHEMAS}[kind]


def _rules_for(kind: str, columns: Sequence[str]) -> tuple[list[Rule], list[str]]:
    """The rules for a table of which these columns have values, and the columns that any rule is about."""
    rules = suite(kind, columns)
    needed = [column for column in columns if any(rule.column == column for rule in rules)]
    rules[0] = Rule(rules[0].expectation, None, {**rules[0].arguments, "column_set": needed})
    return rules, needed


def _validate(gx: Any, batches: Any, name: str, kind: str, rules: list[Rule], rows: Any) -> dict[str, Any]:
    made = gx.ExpectationSuite(name=name)
    for rule in rules:
        about = {"column": rule.column} if rule.column else {}
        made.add_expectation(getattr(gx.expectations, rule.expectation)(**about, **rule.arguments))
    with warnings.catch_warnings(), _without_fingerprints():
        warnings.simplefilter("ignore")
        batch = batches.get_batch(batch_parameters={"dataframe": rows})
        result = batch.validate(made, result_format="BOOLEAN_ONLY")
    told = [
        {
            "expectation": str(item.expectation_config.type),
            "column": item.expectation_config.kwargs.get("column"),
            "passed": bool(item.success),
        }
        for item in result.results
    ]
    return {"name": name, "kind": kind, "passed": all(item["passed"] for item in told), "expectations": told}
