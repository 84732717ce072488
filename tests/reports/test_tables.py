"""CSV beside the page."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from expectations.artefacts import TABLES
from reports import write_reports
from tests.reports import worlds


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", ["findings", "coverage", "timeliness", "outcomes"])
def test_csv_has_bom_and_the_artefacts_own_header_in_every_language(written: Callable[..., Path], name: str) -> None:
    for language in ("zh", "en"):
        path = written(language, 3) / f"{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert list(rows(path)[0]) == [column.name for column in TABLES[name]]


def test_nothing_in_a_csv_is_taken_for_a_formula(tmp_path: Path) -> None:
    write_reports(worlds.hostile(worlds.county(2)), tmp_path, "zh")
    for path in tmp_path.glob("*.csv"):
        for row in rows(path):
            assert not any(value.startswith(("=", "+", "@", "\t")) for value in row.values())
    assert "'=cmd|' /C calc'!A0" in {row["message"] for row in rows(tmp_path / "findings.csv")}


def test_a_small_count_is_not_in_the_csv_even_if_the_run_held_it(tmp_path: Path) -> None:
    run = worlds.county(2)
    leaky = run.coverage.with_columns(unreported_at_least=4, withheld=False)
    write_reports(worlds.replace(run, coverage=leaky), tmp_path, "zh")
    assert {row["unreported_at_least"] for row in rows(tmp_path / "coverage.csv")} == {""}
    assert "约 4" not in (tmp_path / "云川县-2026.html").read_text(encoding="utf-8")
