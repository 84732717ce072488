"""The log: a closed list of events, each with counts, names of files and fields, and nothing from a cell."""

import datetime as dt
import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, TextIO

from audit.progress import Progress, Tick
from expectations.errors import HechaError, StageError


@dataclass(frozen=True)
class Event:
    """Something that happened; ``detail`` events are for ``-vv`` and the log file only."""

    detail: ClassVar[bool] = False


@dataclass(frozen=True)
class Started(Event):
    """A command began."""

    command: str
    version: str


@dataclass(frozen=True)
class StageBegan(Event):
    """A stage began."""

    stage: str
    file: str | None
    detail: ClassVar[bool] = True


@dataclass(frozen=True)
class StageEnded(Event):
    """A stage ended; rows are given for reading only, so that no count of links can stand here."""

    stage: str
    file: str | None
    rows: int | None
    seconds: float


@dataclass(frozen=True)
class InputRead(Event):
    """How one file was read, as its record says."""

    name: str
    file: str
    rows: int
    encoding: str | None
    put_aside: int
    columns_not_read: int


@dataclass(frozen=True)
class Outcomes(Event):
    """How often a detector said what."""

    detector: str
    findings: int
    flag: int
    no_flag: int
    not_estimable: int
    not_applicable: int
    detail: ClassVar[bool] = True


@dataclass(frozen=True)
class Sealed(Event):
    """A run folder was written."""

    run: str
    artefacts: int


@dataclass(frozen=True)
class Failed(Event):
    """A problem was told to the user."""

    code: str
    file: str | None
    line: int | None
    column: str | None


@dataclass(frozen=True)
class Ended(Event):
    """A command ended."""

    command: str
    exit_status: int
    seconds: float


EVENTS = (Started, StageBegan, StageEnded, InputRead, Outcomes, Sealed, Failed, Ended)


class Log:
    """Events on stderr (``-v``, ``-vv``) and as JSON Lines in a file (``--log-file``)."""

    def __init__(self) -> None:
        self.verbosity = 0
        self.stream: TextIO | None = None
        self._path = Path()
        self._file: TextIO | None = None

    def open(self, path: Path) -> None:
        """Append to a file from now on.

        Raises:
            StageError: it cannot be written (E-RUN-002), or is no plain file (E-RUN-005).
        """
        try:  # without waiting: opening a pipe that nobody reads would take for ever
            opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
        except OSError as error:
            if path.exists() and not path.is_file():
                raise StageError("E-RUN-005", params={"path": str(path)}) from error
            raise StageError("E-RUN-002", params={"path": str(path), "why": error.strerror or ""}) from error
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise StageError("E-RUN-005", params={"path": str(path)})
        self._path, self._file = path, os.fdopen(opened, "a", encoding="utf-8")

    @property
    def on(self) -> bool:
        """Whether anybody listens."""
        return self._file is not None or self.stream is not None

    def note(self, event: Event) -> None:
        """Write an event down.

        Raises:
            StageError: the file took no more (E-RUN-001, E-RUN-003); it is left alone from then on.
        """
        said = {"event": type(event).__name__, **asdict(event)}
        if self._file is not None:
            now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            self._write(json.dumps({"time": now, **said}, ensure_ascii=False, allow_nan=False))
        if self.stream is not None and self.verbosity > int(event.detail):
            from audit.terminal import printable

            parts = [f"{key}={_short(value)}" for key, value in said.items() if key != "event" and value is not None]
            print(printable(" ".join([said["event"], *parts])), file=self.stream, flush=True)

    def problem(self, problem: HechaError) -> None:
        """Write a problem down: its code and place, not its words."""
        self.note(Failed(problem.code, problem.file, problem.line, problem.column))

    def record(self, record: dict[str, Any]) -> None:
        """Write down what a run's record says of its inputs and detectors."""
        for entry in record.get("inputs", []):
            not_read = len(entry.get("columns_not_read", []))
            known = (entry.get("encoding"), entry.get("put_aside", 0), not_read)
            self.note(InputRead(entry["name"], entry["file"], entry["rows"], *known))
        for entry in record.get("detectors", []):
            counts = [entry.get(name, 0) for name in ("findings", "flag", "no_flag", "not_estimable", "not_applicable")]
            self.note(Outcomes(entry["detector"], *counts))

    def heard(self, progress: Progress) -> Progress:
        """A progress whose stages are written down as well."""
        return _Heard(self, progress)

    def _write(self, line: str) -> None:
        try:
            print(line, file=self._file, flush=True)
        except OSError as error:
            self.close()
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            code = "E-RUN-001" if full else "E-RUN-003"
            raise StageError(code, params={"path": str(self._path), "why": error.strerror or ""}) from error

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what it did not take is lost, and was told when it was written
                file.close()


class _Heard:
    def __init__(self, log: Log, progress: Progress) -> None:
        self._log, self._progress = log, progress

    @contextmanager
    def stage(self, name: str, file: str | None = None, total: int | None = None) -> Iterator[Tick]:
        start, rows = perf_counter(), 0
        self._log.note(StageBegan(name, file))
        with self._progress.stage(name, file, total) as tick:

            def count(n_rows: int) -> None:
                nonlocal rows
                rows += n_rows
                tick(n_rows)

            yield count
        self._log.note(StageEnded(name, file, rows if name == "read" else None, round(perf_counter() - start, 3)))


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
