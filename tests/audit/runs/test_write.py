import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from audit.runs import write as writing
from audit.runs.read import listed, newest, read
from audit.runs.write import prepare, seal, unmake
from expectations.artefacts import TABLES
from expectations.errors import ConfigError, StageError
from expectations.run import Run
from tests.audit.runs.sample_run import small_run, write_a_report

ROOT = Path(__file__).parents[3]


def test_a_sealed_run_holds_every_artefact_with_its_hash(tmp_path: Path) -> None:
    folder = seal(small_run(), tmp_path / "runs", write_a_report)
    record = json.loads((folder / "record.json").read_bytes())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"record.json"}
    assert folder.name == "2026-aaaa1111"
    assert files == set(record["artefacts"])
    assert {f"{name}.parquet" for name in (*TABLES, "figures")} | {"linkage.json", "validation.json", "reports/云川县.csv"} == files
    assert record["artefacts"] == writing.hashes(folder)
    assert (folder.stat().st_mode & 0o777) == 0o755


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    run = small_run()
    back = read(seal(run, tmp_path))
    for name in (*TABLES, "figures"):
        assert_frame_equal(getattr(back, name), getattr(run, name))
    assert back.linkage == run.linkage
    assert back.validation == run.validation


def test_same_run_same_bytes(tmp_path: Path) -> None:
    one, two = (seal(small_run(), tmp_path / name, write_a_report) for name in ("a", "b"))
    assert writing.hashes(one) == writing.hashes(two)


def test_the_same_id_gets_a_number(tmp_path: Path) -> None:
    assert [seal(small_run(), tmp_path).name for _ in range(3)] == ["2026-aaaa1111", "2026-aaaa1111-2", "2026-aaaa1111-3"]
    assert [item.folder.name for item in listed(tmp_path)] == ["2026-aaaa1111", "2026-aaaa1111-2", "2026-aaaa1111-3"]
    assert newest(tmp_path).name == "2026-aaaa1111-3"


def test_runs_are_in_order_of_their_records_dates_also_when_they_were_copied(tmp_path: Path) -> None:
    for name, date in (("2026-bbbb", "2026-11-24"), ("2026-aaaa", "2026-12-01"), ("2026-cccc", "2025-03-01")):
        seal(small_run(name, date=date), tmp_path)
    os.utime(tmp_path / "2026-cccc" / "record.json")  # copied last
    assert [item.folder.name for item in listed(tmp_path)] == ["2026-cccc", "2026-bbbb", "2026-aaaa"]
    assert newest(tmp_path).name == "2026-aaaa"


def test_runs_at_once_all_land_under_names_of_their_own(tmp_path: Path) -> None:
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(seal(small_run(), tmp_path).name)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 6
    assert len(listed(tmp_path)) == 6


def test_not_a_number_becomes_null() -> None:
    assert writing.dump_json({"a": float("nan"), "b": [float("inf"), 1]}, None) == b'{"a": null, "b": [null, 1]}\n'


def nothing_left(out: Path) -> bool:
    return not out.exists() or not any(out.iterdir())


def full_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The disk is full at the n-th write, flush or rename of the run."""
    count = iter(range(1000))

    def trip() -> None:
        if next(count) == number:
            raise OSError(errno.ENOSPC, "no space")

    for module, name in ((writing, "_write"), (os, "fsync"), (writing, "_rename")):
        real = getattr(module, name)

        def guarded(*args: object, real: object = real) -> object:
            trip()
            return real(*args)  # type: ignore[operator]  # any of the three

        monkeypatch.setattr(module, name, guarded)


@pytest.mark.parametrize("number", range(20))
def test_disk_full_at_any_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    full_at(monkeypatch, number)
    with pytest.raises(StageError) as caught:
        seal(small_run(), tmp_path / "runs", write_a_report)
    assert (caught.value.code, caught.value.exit_code) == ("E-RUN-001", 3)
    assert nothing_left(tmp_path / "runs")
    monkeypatch.undo()
    assert listed(seal(small_run(), tmp_path / "runs", write_a_report).parent)


def test_a_fault_wrapped_by_a_library_is_still_the_disk(tmp_path: Path) -> None:
    def failing(run: Run, folder: Path, language: str) -> list[Path]:
        try:
            raise OSError(errno.ENOSPC, "no space")
        except OSError as error:
            raise RuntimeError("wrapped") from error

    with pytest.raises(StageError, match="E-RUN-001"):
        seal(small_run(), tmp_path, failing)
    assert nothing_left(tmp_path)


def test_interrupted_reports_leave_nothing(tmp_path: Path) -> None:
    def stopped(run: Run, folder: Path, language: str) -> list[Path]:
        write_a_report(run, folder, language)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(small_run(), tmp_path, stopped)
    assert nothing_left(tmp_path)


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StageError, match="E-RUN-002"):
        seal(small_run(), tmp_path / "runs")


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(writing.tempfile, "mkdtemp", denied)
    with pytest.raises(StageError, match="E-RUN-002"):
        seal(small_run(), tmp_path)


def test_a_disk_that_takes_no_more_than_so_much(tmp_path: Path) -> None:
    """A real limit of the operating system instead of a pretended one."""
    code = (
        "import resource, sys; from pathlib import Path; from audit.runs.write import seal;"
        "from expectations.errors import StageError; from tests.audit.runs.sample_run import small_run, write_a_report;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "try: seal(small_run(), Path(sys.argv[1]), write_a_report)\n"
        "except StageError as error: sys.exit(error.code)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.stderr.strip() == "E-RUN-001"
    assert nothing_left(tmp_path)


SEALING = """
import sys
from pathlib import Path
from audit.runs.write import seal
from tests.audit.runs.sample_run import small_run, write_a_report
print("ready", flush=True)
while True:
    seal(small_run(), Path(sys.argv[1]), write_a_report)
"""


def test_killed_at_many_moments_only_whole_runs_are_listed(tmp_path: Path) -> None:
    """Kills at moments spread over a seal under way; what is listed is whole, what is left is swept by the next."""
    moments = 50 if os.environ.get("HECHA_ALL") == "1" else 6
    for moment in range(moments):
        with subprocess.Popen([sys.executable, "-c", SEALING, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            threading.Event().wait(0.005 + 0.07 * moment / moments)
            process.send_signal(signal.SIGKILL)
        for item in listed(tmp_path):
            assert item.record["artefacts"] == writing.hashes(item.folder)
            read(item.folder)
    seal(small_run(), tmp_path, write_a_report)
    assert list(tmp_path.glob(f"{writing.TEMPORARY}*")) == []


def test_a_clock_set_back_loses_no_run(tmp_path: Path) -> None:
    """What was made while the clock was ahead stays, what was left half done then is swept, and the same id gets a number."""
    later = 4_000_000_000.0
    ahead = seal(small_run(date="2096-10-02"), tmp_path, write_a_report)
    left = tmp_path / f"{writing.TEMPORARY}left"
    left.mkdir()
    (left / "findings.parquet").write_bytes(b"half")
    for path in (ahead, ahead / "record.json", left, left / "findings.parquet"):
        os.utime(path, (later, later))
    back = seal(small_run(date="2026-11-24"), tmp_path, write_a_report)
    assert (ahead.name, back.name) == ("2026-aaaa1111", "2026-aaaa1111-2")
    assert [item.folder for item in listed(tmp_path)] == [back, ahead]
    assert not left.exists()
    for item in listed(tmp_path):
        assert item.record["artefacts"] == writing.hashes(item.folder)


def test_a_clock_that_jumps_back_under_way_does_not_stop_a_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = itertools.count(2_000_000_000, -86_400)
    monkeypatch.setattr(time, "time", lambda: float(next(told)))
    folder = seal(small_run(), tmp_path, write_a_report)
    assert [item.folder for item in listed(tmp_path)] == [folder]


def test_a_run_under_way_is_not_swept(tmp_path: Path) -> None:
    def meanwhile(run: Run, folder: Path, language: str) -> list[Path]:
        writing.sweep(tmp_path)
        assert folder.exists()
        return write_a_report(run, folder, language)

    assert seal(small_run(), tmp_path, meanwhile).is_dir()


def test_an_older_run_without_a_later_column_is_read(tmp_path: Path) -> None:
    folder = seal(small_run(), tmp_path)
    path = folder / "findings.parquet"
    pl.read_parquet(path).drop("events").write_parquet(path)
    assert read(folder).findings["events"].null_count() == 4


def test_a_later_run_with_another_column_is_read(tmp_path: Path) -> None:
    folder = seal(small_run(), tmp_path)
    path = folder / "outcomes.parquet"
    pl.read_parquet(path).with_columns(new=1).write_parquet(path)
    assert "new" not in read(folder).outcomes.columns


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: (folder / "record.json").unlink(), "E-RUN-012"),
        (lambda folder: (folder / "record.json").write_text("{"), "E-RUN-014"),
        (lambda folder: (folder / "record.json").write_text("{}"), "E-RUN-012"),
        (lambda folder: (folder / "record.json").write_text('{"format_version": "2.0", "run_id": "x"}'), "E-RUN-013"),
        (lambda folder: (folder / "coverage.parquet").write_bytes(b"PAR1"), "E-RUN-014"),
        (lambda folder: (folder / "linkage.json").unlink(), "E-RUN-014"),
    ],
)
def test_a_folder_that_is_no_whole_run_is_refused(tmp_path: Path, damage: object, code: str) -> None:
    folder = seal(small_run(), tmp_path)
    damage(folder)  # type: ignore[operator]  # a lambda of the table above
    with pytest.raises(ConfigError) as caught:
        read(folder)
    assert caught.value.code == code


def test_nothing_is_left_of_a_run_that_could_not_start(tmp_path: Path) -> None:
    out = tmp_path / "a" / "runs"
    made = prepare(out)
    assert made == [out, out.parent]
    unmake(made)
    assert not out.parent.exists()
    kept = tmp_path / "b"
    kept.mkdir()
    made = prepare(kept / "runs")
    (kept / "runs" / "2026-1").mkdir()
    unmake(made)
    assert (kept / "runs" / "2026-1").exists()
