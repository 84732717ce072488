"""Validation by the process that stands beside: the same booleans, names left at home, nothing held on to."""

import gc
import os
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit.config import load
from audit.ingest import Intakes, ingest, validate, validation
from audit.progress import Silent
from audit.province.checked import Checked
from expectations import beside
from expectations.beside import Beside, ready
from expectations.suites import validate_tables
from tests.audit.ingest.world import CAMPAIGN, write


def read(folder: Path) -> Intakes:
    return ingest(load(write(folder, CAMPAIGN)), Silent())


@pytest.fixture
def standing() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beside, "allowed", lambda: True)
        with ready([], []):
            yield


def steps(frame: pl.DataFrame) -> dict[str, Any]:
    checked = Checked("registry")
    for step in (frame[:5], frame[5:9], frame[9:], frame.with_columns(sex=pl.lit("?"))):
        checked.see(step)
    return checked.table()


def test_the_same_booleans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intakes = read(tmp_path)
    frame = intakes.audited.frame
    here, in_steps = validate(intakes, Silent()), steps(frame)
    assert here["tables"]
    assert not in_steps["passed"]
    monkeypatch.setattr(beside, "allowed", lambda: True)
    with ready([], []):
        monkeypatch.setattr("expectations.suites.load_library", lambda: pytest.fail("validated here"))
        assert validation(intakes)(Silent()) == here
        assert steps(frame) == in_steps


def test_no_name_leaves_this_process_and_rows_of_references_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: None
) -> None:
    columns: list[str] = []

    def give(_: Beside, job: object, tables: list[Any]) -> Future[dict[str, Any]]:
        assert job is validate_tables
        columns.extend(column for table in tables if table.kind == "births" for column in table.rows.columns)
        done: Future[dict[str, Any]] = Future()
        done.set_result({"passed": True, "tables": []})
        return done

    monkeypatch.setattr(Beside, "give", give)
    intakes = read(tmp_path)
    kept = weakref.ref(intakes.references[0].frame)
    begun = validation(intakes)
    assert begun(Silent())["passed"]
    intakes = intakes.without_reference_rows()
    gc.collect()
    assert kept() is None
    assert begun
    assert "birth_date" in columns
    assert not [column for column in columns if "name" in column or "raw" in column]


@pytest.mark.parametrize(("job", "argument"), [(os._exit, 1), (int, "x")], ids=["ended", "failed"])
def test_what_the_other_process_does_not_do_is_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: None, job: Any, argument: Any
) -> None:
    give = Beside.give
    monkeypatch.setattr(Beside, "give", lambda self, *_: give(self, job, argument))
    told = validation(read(tmp_path))(Silent())
    assert [table["name"] for table in told["tables"]][:2] == ["registry", "household"]
