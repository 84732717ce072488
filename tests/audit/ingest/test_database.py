import sqlite3
import sys
import time
import types

import pyarrow
import pytest

from audit.config import load
from audit.ingest import ingest
from audit.ingest.driver import NoAnswer, explained, waited, without_logs
from audit.progress import Silent
from expectations.errors import Problems
from tests.audit.ingest.world import CAMPAIGN, births, write

ODBC = CAMPAIGN.replace('path = "household.csv"', 'odbc = "env:HECHA_TEST_DSN"\ntable = "health.births"')


@pytest.fixture
def queries(monkeypatch):
    """A driver manager that answers from SQLite and keeps what it was asked."""
    rows = births(40, start=7)
    base = sqlite3.connect(":memory:", check_same_thread=False)
    base.execute("ATTACH ':memory:' AS health")
    base.execute("CREATE TABLE health.births (" + ", ".join(f'"{name}" TEXT' for name in [*rows[0], "民族"]) + ")")
    base.executemany(f"INSERT INTO health.births VALUES ({','.join('?' * 12)})", [[*row, "secret"] for row in rows[1:]])
    asked = []

    class Reader:
        def __init__(self, query, parameters=None, map_schema=None, **_):
            asked.append(query)
            if query.startswith("SET"):
                raise RuntimeError("State: 42000, Native error: 1064, Message: not here")
            cursor = base.execute(query, parameters or ())
            names = [column[0] for column in cursor.description]
            self.schema = map_schema(pyarrow.schema([(name, pyarrow.int64()) for name in names]))
            self.table = pyarrow.Table.from_pylist([dict(zip(names, row, strict=True)) for row in cursor], schema=self.schema)

        def __iter__(self):
            return iter(self.table.to_batches())

    class Connection:
        read_arrow_batches = staticmethod(Reader)

    def connect(text, login_timeout_sec):
        if "PWD=rain" not in text:
            raise RuntimeError(f"State: 28000, Native error: 1045, Message: login failed for {text}")
        return Connection

    monkeypatch.setitem(sys.modules, "arrow_odbc", types.SimpleNamespace(connect=connect))
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
    assert sorted(found.frame["name"]) == sorted(row[3] for row in births(40, start=7)[1:])
    assert queries[-2] == 'SELECT * FROM "health"."births" WHERE 1 = 0'
    assert '"民族"' not in queries[-1]
    assert '"编号"' not in queries[-1]
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
    assert code(path) == "E-READ-031"
    monkeypatch.setitem(sys.modules, "arrow_odbc", None)
    assert code(path) == "E-READ-023"


@pytest.mark.parametrize(
    ("said", "connecting", "code"),
    [
        ("State: 08001, Native error: 101, Message: connection refused", True, "E-READ-026"),
        ("State: 08001, Native error: 101, Message: FATAL:  password authentication failed", True, "E-READ-031"),
        ("State: 08001, Native error: 101, Message: 致命错误:  用户 x 认证失败", True, "E-READ-031"),
        ("State: HY000, Native error: 2002, Message: Can't connect", True, "E-READ-026"),
        ("State: 01000, Native error: 0, Message: Can't open lib", True, "E-READ-030"),
        ("State: 42S02, Native error: 208, Message: Invalid object name", False, "E-READ-032"),
        ("State: 42000, Native error: 229, Message: permission denied", False, "E-READ-033"),
        ("State: 42501, Native error: 1, Message: permission denied", False, "E-READ-033"),
        ("something else", False, "E-READ-035"),
        ("", True, "E-READ-026"),
    ],
)
def test_a_sentence_by_the_codes_of_a_driver(said, connecting, code):
    assert explained(RuntimeError(said), connecting).code == code


def test_what_is_not_of_the_database_goes_on():
    with pytest.raises(KeyboardInterrupt):
        explained(KeyboardInterrupt())


def test_only_the_driver_of_postgresql_is_told_to_write_no_log():
    assert without_logs("Driver={PostgreSQL Unicode};Server=x;Debug=1;").endswith("Debug=1;Debug=0;CommLog=0")
    assert without_logs("DSN=x").endswith("CommLog=0")
    assert without_logs("Driver={MariaDB Unicode};Server=x") == "Driver={MariaDB Unicode};Server=x"


def test_what_takes_too_long_is_left_behind():
    with pytest.raises(NoAnswer):
        waited(lambda: time.sleep(1), 0.05)
    assert waited(lambda: 7) == 7
