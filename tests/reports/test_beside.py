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


def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports.beside, "MANY", 1)
    monkeypatch.setattr(reports.beside, "_allowed", lambda: True)


def test_two_processes_write_the_same_bytes(written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_processes(monkeypatch)
    given: list[Any] = []
    give = reports.beside.Beside.give
    monkeypatch.setattr(reports.beside.Beside, "give", lambda self, task: (given.append(task), give(self, task)))
    done = reports.beside.Beside.done
    monkeypatch.setattr(reports.beside.Beside, "done", lambda self: given.append(done(self)) or given[-1])
    paths = write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert 3 <= len(given[0].towns) <= 9
    assert given[1] is True
    assert bytes_of(tmp_path) == bytes_of(written())
    assert {path.name for path in paths} == set(bytes_of(tmp_path))


def test_one_that_stands_ready_draws_the_pages(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports.beside, "_allowed", lambda: True)
    drawn: list[Path] = []
    monkeypatch.setattr("reports.task.write_page", lambda path, *_: drawn.append(path))
    with reports.ready():
        write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert not drawn
    assert bytes_of(tmp_path) == bytes_of(written())


def test_one_that_is_not_needed_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports.beside, "_allowed", lambda: True)
    with reports.ready():
        process = reports.beside._ready._process  # type: ignore[union-attr]
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None


def test_a_second_process_that_fails_loses_nothing(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_processes(monkeypatch)
    popen = reports.beside.subprocess.Popen

    def broken(command: list[str], **more: Any) -> Any:
        return popen([command[0], "-c", "raise SystemExit(1)"], **more)

    monkeypatch.setattr(reports.beside.subprocess, "Popen", broken)
    write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert bytes_of(tmp_path) == bytes_of(written())


def test_no_memory_for_a_second_process(written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_processes(monkeypatch)

    def refused(*_: Any, **__: Any) -> Any:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(reports.beside.subprocess, "Popen", refused)
    write_reports(worlds.county(12, "zh", findings_each=6), tmp_path, "zh")
    assert bytes_of(tmp_path) == bytes_of(written())


def test_few_findings_are_written_by_one_process() -> None:
    assert reports.beside.share_out(worlds.county(3)) == set()


def test_a_user_may_forbid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECHA_PROCESSES", "1")
    assert not reports.beside._allowed()
