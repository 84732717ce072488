"""How tests of the command line call it: in this process, at 80 columns, in a folder of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.cli import main
from audit.language import ask
from audit.runs.write import seal
from tests.audit.runs.sample_run import small_run, write_a_report


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
