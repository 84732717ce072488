"""A second process that draws the pages, and some workbooks where they are many: Python works on one thing at a time.

It is started while files are read, so that what it needs is imported when the run is ready. A run holds no row of a reference
(DESIGN C2), so it may be handed to another process; it goes through a pipe, never through a file. When that process fails, the
first one writes everything itself and meets the reason itself.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import polars as pl

from expectations.run import Run

if TYPE_CHECKING:  # what it imports takes half a second, which the second process is for
    from reports.task import Task, Towns

MANY: Final = 3_000  # findings: below, one process has written all workbooks before the other has drawn a page
_SHARE: Final = 0.45  # of the findings' workbooks, besides the pages


class Beside:
    """The second process."""

    def __init__(self) -> None:
        code = f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}; from reports.beside import main; main()"
        quiet = subprocess.DEVNULL
        self._process: subprocess.Popen[bytes] | None = None
        self._sender: threading.Thread | None = None
        with suppress(OSError):  # no memory for another process: the first one does it all
            self._process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)

    def give(self, task: "Task", last: bool = True) -> None:
        """Hand it a task; it starts at once, or when it is through with the one before.

        Args:
            task: the task.
            last: whether no other follows.
        """
        if self._sender is not None:
            self._sender.join()  # a task that waits is enough: each holds a county
        # In a thread: the pipe holds little until the other process has imported what it needs.
        self._sender = threading.Thread(target=self._send, args=(task, last), daemon=True)
        self._sender.start()

    def _send(self, task: "Task", last: bool) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with suppress(OSError):  # it may have ended early
            pickle.dump((task, os.getpid()), self._process.stdin, protocol=5)
            self._process.stdin.flush()
        if last:
            with suppress(OSError):
                self._process.stdin.close()

    def done(self) -> bool:
        """Wait for it. Whether everything was written."""
        if self._sender is None or self._process is None:
            return False
        self._sender.join()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        return self._process.wait() == 0

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._sender is not None:
                self._sender.join()
            elif self._process.stdin is not None:
                self._process.stdin.close()


_ready: Beside | None = None


@contextmanager
def ready() -> Iterator[None]:
    """A second process stands ready for ``write_reports`` within; none with one processor, or ``HECHA_PROCESSES=1``."""
    global _ready
    _ready = Beside() if _allowed() else None
    try:
        yield
    finally:
        if _ready is not None:
            _ready.stop()
            _ready = None


def taken(run: Run) -> Beside | None:
    """The process that stands ready, or a new one where there is much to write; each serves once."""
    global _ready
    beside, _ready = _ready, None
    return beside or (Beside() if _allowed() and run.findings.height >= MANY else None)


def _allowed() -> bool:
    if not sys.executable or os.environ.get("HECHA_PROCESSES", "").strip() == "1":
        return False
    try:
        return len(os.sched_getaffinity(0)) > 1
    except AttributeError:  # not on every system
        return (os.cpu_count() or 1) > 1


def share_out(run: Run, least: int | None = None) -> "Towns":
    """Townships whose workbooks a second process writes: somewhat under half of all findings, none where findings are few.

    Args:
        run: the run.
        least: findings below which they are few; ``MANY`` by default.
    """
    if run.findings.height < (MANY if least is None else least):
        return set()
    by_town = run.findings.drop_nulls("area_code").group_by("county", "area_code").len()
    chosen: Towns = set()
    wanted, given = _SHARE * int(by_town["len"].sum()), 0
    for county, code, findings in by_town.sort("len", "county", "area_code", descending=[True, False, False]).iter_rows():
        if given + findings <= wanted:
            given += findings
            chosen.add((county, code))
    return chosen


def evidence_of(run: Run, towns: "Towns", inside: bool) -> pl.DataFrame:
    """The evidence of findings of some townships, or of all others."""
    place = pl.struct("county", "area_code").is_in([{"county": county, "area_code": code} for county, code in sorted(towns)])
    wanted = run.findings.filter(place if inside else ~place)["finding_id"]
    return run.evidence.filter(pl.col("finding_id").is_in(wanted.implode()))


def main() -> None:
    """What the second process does: get ready, take a task from standard input, carry it out; it ends with the first process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it and ends this one
    import reports.task  # noqa: F401  # the imports are what takes time
    from reports.charts.draw import start_engine
    from reports.county import counties

    start_engine()
    while True:
        try:
            task, parent = pickle.load(sys.stdin.buffer)
        except EOFError:
            return  # nothing more is to be written
        evidence = evidence_of(task.run, task.towns, True) if task.towns else task.run.evidence.clear()
        task.carry_out(counties(task.run, evidence), _while_child_of(parent))
        if os.getppid() != parent:
            sys.exit(1)


def _while_child_of(parent: int) -> Callable[[], bool]:
    return lambda: os.getppid() == parent
