"""Some of the workbooks written by a second process: the same bytes, and nothing lost when it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reports
from expectations import beside
from reports import folder, task, write_reports
from tests.reports import worlds


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "MANY", 1)
    monkeypatch.setattr(folder, "MANY", 1)
    monkeypatch.setattr(folder, "allowed", lambda: True)


def test_two_processes_write_the_same_bytes(written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_processes(monkeypatch)
    given: list[Any] = []
    give = beside.Beside.give
    monkeypatch.setattr(beside.Beside, "give", lambda self, job, one: (given.append(one), give(self, job, one))[1])
    done = folder._done
    monkeypatch.setattr(folder, "_done", lambda future: given.append(done(future)) or given[-1])
    paths = write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert 1 <= len(given[0].towns) <= 4
    assert given[1] is True
    assert bytes_of(tmp_path) == bytes_of(written())
    assert {path.name for path in paths} == set(bytes_of(tmp_path))


def test_one_that_stands_ready_draws_the_pages(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "allowed", lambda: True)
    drawn: list[Path] = []
    monkeypatch.setattr("reports.task.write_page", lambda path, *_: drawn.append(path))
    with beside.ready(reports.get_ready):
        write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert not drawn
    assert bytes_of(tmp_path) == bytes_of(written())


def test_a_second_process_that_fails_loses_nothing(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_processes(monkeypatch)
    popen = beside.subprocess.Popen

    def broken(command: list[str], **more: Any) -> Any:
        return popen([command[0], "-c", "raise SystemExit(1)"], **more)

    monkeypatch.setattr(beside.subprocess, "Popen", broken)
    write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert bytes_of(tmp_path) == bytes_of(written())


def test_no_memory_for_a_second_process(written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_processes(monkeypatch)

    def refused(*_: Any, **__: Any) -> Any:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(beside.subprocess, "Popen", refused)
    write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert bytes_of(tmp_path) == bytes_of(written())


def test_few_findings_are_written_by_one_process() -> None:
    assert task.share_out(worlds.county(3)) == set()
