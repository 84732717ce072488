import datetime as dt
import gc
import subprocess
import sys

import pandas as pd
import polars as pl
import pytest

from expectations.suites import suite, validate_frames
from expectations.tables import AREAS, BIRTHS, TABLE_SCHEMAS


@pytest.mark.parametrize(("kind", "schema"), [("births", BIRTHS), ("areas", AREAS), *TABLE_SCHEMAS.items()])
def test_every_schema_has_a_suite(kind, schema):
    rules = suite(kind, list(schema))
    assert rules[0].expectation == "ExpectTableColumnsToMatchSet"
    assert {rule.column for rule in rules[1:]} <= set(schema)
    assert len(rules) >= 4


def births(**change):
    row = {
        "record_id": "R1",
        "line": 2,
        "area_code": "1",
        "sex": "male",
        "birth_date": dt.date(2020, 1, 1),
        "id_number": "11010519491231002X",
    }
    rows = [row, {**row, "record_id": "R2", "line": 3, **change}]
    frame = pl.DataFrame(rows, schema={name: BIRTHS[name] for name in row})
    return frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in BIRTHS.items() if name not in row)


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({}, []),
        ({"record_id": "R1"}, ["record_id"]),
        ({"line": 2}, ["line"]),
        ({"sex": "unknown"}, ["sex"]),
        ({"birth_date": dt.date(1022, 1, 1)}, ["birth_date"]),
        ({"id_number": "123"}, ["id_number"]),
    ],
)
def test_a_frame_that_breaks_its_schema_fails(change, failed, capfd):
    ticks = []
    result = validate_frames([("registry", "births", births(**change))], ticks.append)
    assert [item["column"] for item in result["tables"][0]["expectations"] if not item["passed"]] == failed
    assert result["passed"] is not bool(failed)
    assert ticks == [2]
    assert capfd.readouterr() == ("", "")
    assert "11010519491231002X" not in str(result)


def test_the_library_is_imported_only_when_asked():
    code = "import sys, expectations.suites; print('great_expectations' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_the_library_keeps_no_row_when_it_is_done():
    """Rows of references must be gone when linking ends; the library's own cache would hold the last table for ever."""
    frame = pl.DataFrame({"line": [7_654_321], "sex": ["male"]}, schema={column: BIRTHS[column] for column in ("line", "sex")})
    validate_frames([("registry", "births", frame)], lambda _: None)
    gc.collect()
    kept = [held for held in gc.get_objects() if isinstance(held, pd.DataFrame) and "line" in held and len(held)]
    assert not any((held["line"] == 7_654_321).any() for held in kept)


def test_the_library_hashes_no_row(monkeypatch):
    from great_expectations.execution_engine import pandas_execution_engine as engine

    usual, hashed = engine.hash_pandas_dataframe, []
    monkeypatch.setattr(pd.util, "hash_pandas_object", lambda *rows, **_: hashed.append(rows))
    assert validate_frames([("registry", "births", births())], lambda _: None)["passed"]
    assert not hashed
    assert engine.hash_pandas_dataframe is usual
