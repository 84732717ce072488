"""A test for every exit status: 0, 1, 2, 3, 130, 141."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.commands.state import State

ROOT = Path(__file__).parents[2]


def test_0_done(hecha, sealed: Path) -> None:
    assert hecha("findings").status == 0


@pytest.mark.parametrize(("severity", "status"), [("low", 1), ("medium", 1), ("high", 1), ("never", 0)])
def test_1_findings_at_or_above(hecha, sealed: Path, severity: str, status: int) -> None:
    assert hecha("findings", "--fail-on", severity).status == status


def test_1_only_for_the_findings_asked_for(hecha, sealed: Path) -> None:
    assert hecha("findings", "--township", "西岭乡", "--fail-on", "medium").status == 0


def test_2_cannot_start(hecha) -> None:
    assert hecha("findings").status == 2


def test_3_a_stage_failed(hecha, sealed: Path) -> None:
    (sealed / "linkage.json").write_text("{}")
    assert hecha("verify").status == 3


def test_130_interrupted(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("audit.runs.query.find", stop)
    told = hecha("findings")
    assert (told.status, told.err, told.out) == (130, "已取消，没有写入任何运行结果\n", "")


def test_130_after_sealing_says_that_the_run_is_there(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(state: State, folder: Path) -> None:
        state.sealed = folder
        raise KeyboardInterrupt

    monkeypatch.setattr(State, "read", stop)
    assert "已完整写入" in hecha("findings").err


def test_130_in_a_process_of_its_own(tmp_path: Path) -> None:
    code = (
        "import sys, time; sys.argv = ['hecha', 'runs', '.'];"
        "from audit import cli; from audit.commands import queries;"
        "queries.runs.callback = lambda *a, **k: (print('ready', flush=True), time.sleep(30));"
        "sys.exit(cli.main())"
    )
    environment = {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": ""}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "Cancelled; no run was written\n")


@pytest.mark.parametrize("args", [["findings", "--format", "json"], ["--help"], ["schema", "record"]])
def test_141_closed_pipe(sealed: Path, args: list[str]) -> None:
    """The reader goes away before the first line is written."""
    code = "import sys, time; time.sleep(0.3); from audit.cli import main; sys.exit(main())"
    read_end, write_end = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", code, *args],
        cwd=sealed.parent.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=write_end,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write_end)
        os.close(read_end)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (141, b"")


def test_143_terminated_cleans_up(tmp_path: Path) -> None:
    code = (
        "import sys, time; sys.argv = ['hecha', 'runs', '.'];"
        "from pathlib import Path; from audit import cli; from audit.commands import queries; from audit.runs.write import seal;"
        "from tests.audit.runs.sample_run import small_run;"
        "wait = lambda *a: (print('ready', flush=True), time.sleep(30));"
        f"queries.runs.callback = lambda *a, **k: seal(small_run(), Path({str(tmp_path)!r}), wait);"
        "sys.exit(cli.main())"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 143
    assert list(tmp_path.iterdir()) == []
