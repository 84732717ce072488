import sqlite3
import sys
import types

import pyarrow
import pytest

from audit.config import load
from audit.ingest import ingest
from audit.progress import Silent
from expectations.errors import Problems
from tests.audit.ingest.world import CAMPAIGN, births, write

ODBC = CAMPAIGN.replace('path = "household.csv"', 'odbc = "env:HECHA_TEST_DSN"\ntable = "health.births"')


@pytest.fixture
def queries(monkeypatch):
    """A driver manager that answers from SQLite and keeps what it was asked."""
    rows = births(40, start=7)
    base = sqlite3.connect(":memory:")
    base.execute("ATTACH ':memory:' AS health")
    base.execute("CREATE TABLE health.births (" + ", ".join(f'"{name}" TEXT' for name in [*rows[0], "民族"]) + ")")
    base.executemany(f"INSERT INTO health.births VALUES ({','.join('?' * 12)})", [[*row, "secret"] for row in rows[1:]])
    asked = []

    class Reader:
        def __init__(self, query, connection_string, **_):
            if "PWD=rain" not in connection_string:
                raise RuntimeError(f"login failed for {connection_string}")
            asked.append(query)
            cursor = base.execute(query)
            names = [column[0] for column in cursor.description]
            self.schema = pyarrow.schema([(name, pyarrow.string()) for name in names])
            self.table = pyarrow.Table.from_pylist([dict(zip(names, row, strict=True)) for row in cursor], schema=self.schema)

        def __iter__(self):
            return iter(self.table.to_batches())

    monkeypatch.setitem(sys.modules, "arrow_odbc", types.SimpleNamespace(read_arrow_batches_from_odbc=Reader))
    return asked


def code(path):
    with pytest.raises(Problems) as caught:
        ingest(load(path), Silent())
    (problem,) = caught.value.problems
    assert "PWD" not in repr(problem)
    return problem.code


def test_only_needed_columns_are_asked_for(queries, tmp_path, monkeypatch):
    monkeypatch.setenv("HECHA_TEST_DSN", "DSN=x;PWD=rain")
    found = ingest(load(write(tmp_path, ODBC)), Silent()).references[0]
    assert found.frame.height == 40
    assert found.frame["name"][0] == births(40, start=7)[1][3]
    assert queries[0] == 'SELECT * FROM "health"."births" WHERE 1 = 0'
    assert '"民族"' not in queries[1]
    assert '"编号"' not in queries[1]
    assert found.intake.file == "health.births"
    assert len(found.intake.sha256) == 64
    assert found.intake.out_of_scope == ("民族",)


def test_the_hash_is_of_the_content(queries, tmp_path, monkeypatch):
    monkeypatch.setenv("HECHA_TEST_DSN", "DSN=x;PWD=rain")
    one, two = (ingest(load(write(tmp_path, ODBC)), Silent()).references[0].intake.sha256 for _ in range(2))
    assert one == two


def test_a_database_that_cannot_be_reached(queries, tmp_path, monkeypatch):
    path = write(tmp_path, ODBC)
    monkeypatch.delenv("HECHA_TEST_DSN", raising=False)
    assert code(path) == "E-READ-025"
    monkeypatch.setenv("HECHA_TEST_DSN", "DSN=x;PWD=snow")
    assert code(path) == "E-READ-026"
    monkeypatch.setitem(sys.modules, "arrow_odbc", None)
    assert code(path) == "E-READ-023"
