"""How tests of the command line call it: in this process, at 80 columns, in a folder of their own."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest

from audit.cli import main
from audit.language import ask
from audit.runs.write import seal
from tests.audit.runs.sample_run import small_run, write_a_report

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Called:
    """What one call of hecha left: exit status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.rstrip("\n").rpartition("\n")[2]


Hecha = Callable[..., Called]


@pytest.fixture
def hecha(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hecha:
    """Call ``hecha`` with these arguments."""
    for name in ("LC_ALL", "LC_MESSAGES", "LC_CTYPE", "HECHA_RUNS", "NO_COLOR", "_HECHA_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def call(*args: object) -> Called:
        capsys.readouterr()
        status = main([str(arg) for arg in args])
        ask(None)
        out, err = capsys.readouterr()
        return Called(status, out, err)

    return call


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """The folder of a small run, among the runs looked at by default."""
    return seal(small_run(), tmp_path / "runs", write_a_report)


def on_a_terminal(code: str, *args: str, cwd: Path = ROOT, stdout: bool = True, **environment: str) -> bytes:
    """Everything a terminal of 80 columns is sent by a process of its own: on stderr, and unless told otherwise on stdout.

    The terminal is read while the process runs, or it would wait for ever to write more than a terminal holds.
    """
    main, other = pty.openpty()
    known = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "LANG": "zh_CN.UTF-8"}
    known.pop("LC_ALL", None)
    received = b""
    out = other if stdout else subprocess.DEVNULL
    with subprocess.Popen([sys.executable, "-c", code, *args], cwd=cwd, env={**known, **environment}, stdout=out, stderr=other):
        os.close(other)
        while piece := _read(main):
            received += piece
    os.close(main)
    return received


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody writes any more
        return b""


def lines_of(received: bytes) -> list[str]:
    """What a terminal of 80 columns shows; a wide character takes two of them."""
    screen = pyte.Screen(80, 120)
    pyte.ByteStream(screen).feed(received)
    return ["".join(screen.buffer[row][column].data for column in range(80)).rstrip() for row in range(120)]
