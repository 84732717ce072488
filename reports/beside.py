"""Workbooks written by a second process beside the first: a county of 200,000 rows lists some 28,000 rows to check.

A run holds no row of a reference (DESIGN C2), so it may be handed to another process; it goes through a pipe, not through a file.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

import polars as pl

from expectations.run import Run
from reports.county import counties
from reports.words import Words
from reports.workbook import write_workbook

WORTH_IT: Final = 3_000  # findings: below, starting Python again takes as long as it saves
_SHARE: Final = 0.55  # of the findings; the first process has the page to write too

Named = dict[tuple[str, str], str]  # (county, area code) -> file name of the workbook


class Beside:
    """A second process at work on some of the workbooks."""

    def __init__(self, run: Run, folder: Path, language: str, names: Named) -> None:
        self.names = names
        paths = [path for path in sys.path if path]
        code = f"import sys; sys.path[:0] = {paths!r}; from reports.beside import main; main()"
        quiet = subprocess.DEVNULL
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):  # no memory for another process: the first one does it all
            self._process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
        # In a thread: the pipe holds little until the other process has imported what it needs.
        self._sender = threading.Thread(target=self._send, args=(run, folder, language), daemon=True)
        self._sender.start()

    def _send(self, run: Run, folder: Path, language: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with suppress(OSError), self._process.stdin as pipe:  # it may have ended early
            pickle.dump((run, str(folder.absolute()), language, self.names, os.getpid()), pipe, protocol=5)

    def done(self) -> bool:
        """Wait for it. Whether every workbook was written; when not, the first process writes them and meets the reason itself."""
        self._sender.join()
        return self._process is not None and self._process.wait() == 0

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def share_out(run: Run) -> set[tuple[str, str]]:
    """Townships, as (county, area code), whose workbooks a second process writes: about half of all findings.

    None where findings are few or there is only one processor.
    """
    if run.findings.height < WORTH_IT or (os.cpu_count() or 1) < 2 or not sys.executable:
        return set()
    by_town = run.findings.drop_nulls("area_code").group_by("county", "area_code").len()
    wanted, given, chosen = _SHARE * int(by_town["len"].sum()), 0, set()
    for county, code, findings in by_town.sort("len", "county", "area_code", descending=[True, False, False]).iter_rows():
        if given + findings <= wanted:
            given += findings
            chosen.add((county, code))
    return chosen


def evidence_of(run: Run, towns: set[tuple[str, str]], inside: bool) -> pl.DataFrame:
    """The evidence of findings of some townships, or of all others."""
    place = pl.struct("county", "area_code").is_in([{"county": county, "area_code": code} for county, code in towns])
    wanted = run.findings.filter(place if inside else ~place)["finding_id"]
    return run.evidence.filter(pl.col("finding_id").is_in(wanted.implode()))


def main() -> None:
    """What the second process does: take a run from standard input and write workbooks; it ends with the first one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it and ends this one
    run, folder, language, names, parent = pickle.load(sys.stdin.buffer)
    campaign = run.record["campaign"]
    words = Words(language, campaign["minimum_cell"], campaign["language"])
    for county in counties(run, evidence_of(run, set(names), True)):
        for town in county.townships:
            if os.getppid() != parent:
                sys.exit(1)
            if name := names.get((county.name, town.area_code)):
                write_workbook(Path(folder) / name, county, town, words)
