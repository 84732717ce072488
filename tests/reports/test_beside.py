"""Half of the workbooks written by a second process: the same bytes, and nothing lost when it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reports.beside
from reports import write_reports
from tests.reports import worlds


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_processes_write_the_same_bytes(written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports.beside, "WORTH_IT", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    started: list[set[tuple[str, str]]] = []
    begin = reports.beside.Beside.__init__
    monkeypatch.setattr(
        reports.beside.Beside, "__init__", lambda self, *given: (started.append(set(given[-1])), begin(self, *given))[1]
    )
    paths = write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert 3 <= len(started[0]) <= 9
    assert bytes_of(tmp_path) == bytes_of(written())
    assert {path.name for path in paths} == set(bytes_of(tmp_path))


def test_a_second_process_that_fails_loses_nothing(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports.beside, "WORTH_IT", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    popen = reports.beside.subprocess.Popen

    def broken(command: list[str], **more: Any) -> Any:
        return popen([command[0], "-c", "raise SystemExit(1)"], **more)

    monkeypatch.setattr(reports.beside.subprocess, "Popen", broken)
    write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert bytes_of(tmp_path) == bytes_of(written())


def test_few_findings_are_written_by_one_process() -> None:
    assert reports.beside.share_out(worlds.county(3)) == set()
