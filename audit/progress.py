"""How a stage says how far it is: on stderr, never on stdout, with rows read and nothing else (DESIGN C1)."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from audit.terminal import printable
from expectations.catalogue import Catalogue

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

Tick = Callable[[int], None]

STAGES: Final = (
    "read",
    "validate",
    "duplicates",
    "link",
    "estimate",
    "detect",
    "report",
    "write",
    "simulate",
    "score",
    "counties",
    "county",
)


class Progress(Protocol):
    """Told of stages and of rows done in them."""

    def stage(self, name: str, file: str | None = None, total: int | None = None) -> AbstractContextManager[Tick]:
        """Enter a stage.

        Args:
            name: one of ``STAGES``; worded as ``progress.<name>``.
            file: base name of the file read, if any.
            total: rows (or other units) the stage has to do, when known beforehand.

        Returns:
            A context manager whose value is called with the number of rows just done.
        """
        ...


class Silent:
    """Says nothing: for tests, for ``--quiet`` and for callers that have no terminal."""

    @contextmanager
    def stage(self, name: str, file: str | None = None, total: int | None = None) -> Iterator[Tick]:
        """Enter a stage without a word."""
        yield lambda n_rows: None


class _Counter:
    """Numbers the files of a campaign as they are read: 3/9."""

    def __init__(self, words: Catalogue, files: int | None) -> None:
        self._words, self._files, self._read = words, files, 0

    def title(self, name: str, file: str | None) -> str:
        """The stage in words, as in 读取 3/9 registry.csv."""
        parts = [self._words.text(f"progress.{name}")]
        if file is not None:
            if name == "read" and self._files:
                self._read = min(self._read + 1, self._files)
                parts.append(f"{self._read}/{self._files}")
            parts.append(printable(file))
        return " ".join(parts)


class Plain:
    """One line when a stage starts and one when it ends: for a pipe, a log, a dumb terminal."""

    def __init__(self, words: Catalogue, files: int | None = None, out: TextIO | None = None) -> None:
        self._words, self._out = words, out or sys.stderr
        self._counter = _Counter(words, files)

    @contextmanager
    def stage(self, name: str, file: str | None = None, total: int | None = None) -> Iterator[Tick]:
        """Enter a stage: a line now, a line with rows and seconds at its end."""
        title, start, done = self._counter.title(name, file), time.perf_counter(), 0

        def tick(n_rows: int) -> None:
            nonlocal done
            done += n_rows

        self._say(f"{title} …")
        yield tick
        seconds = f"{time.perf_counter() - start:.1f}"
        end = self._words.text("progress.done_rows", stage=title, rows=done, seconds=seconds) if done and name == "read" else ""
        self._say(end or self._words.text("progress.done", stage=title, seconds=seconds))

    def _say(self, line: str) -> None:
        print(line, file=self._out, flush=True)


class Bar:
    """A bar on a terminal, one line a stage under way; what is done is wiped away at the end."""

    def __init__(self, words: Catalogue, files: int | None = None, out: TextIO | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._words, self._counter = words, _Counter(words, files)
        self._console = Console(file=out or sys.stderr, highlight=False, emoji=False)
        columns = (
            SpinnerColumn("line"),
            TextColumn("{task.description}", markup=False),
            BarColumn(16),
            TextColumn("{task.fields[rows]}", markup=False),
            TimeElapsedColumn(),
        )
        self._bars: Bars = Progress(*columns, console=self._console, transient=True, refresh_per_second=5)
        self._depth = 0

    @contextmanager
    def stage(self, name: str, file: str | None = None, total: int | None = None) -> Iterator[Tick]:
        """Enter a stage: a line with a bar, elapsed time and rows done of the total."""
        task = self._bars.add_task(self._counter.title(name, file), total=total, rows="")
        self._open()
        try:
            yield lambda n_rows: self._advance(task, n_rows)
        finally:
            self._bars.remove_task(task)
            self._close()

    def _advance(self, task: "TaskID", n_rows: int) -> None:
        self._bars.advance(task, n_rows)
        (now,) = (item for item in self._bars.tasks if item.id == task)
        rows = f"{now.completed:,.0f}" + (f"/{now.total:,.0f}" if now.total else "")
        self._bars.update(task, rows=rows)

    def _open(self) -> None:
        self._depth += 1
        if self._depth == 1:
            self._bars.start()

    def _close(self) -> None:
        self._depth -= 1
        if self._depth == 0:  # stopping wipes the bars and gives the cursor back, also on Ctrl-C
            self._bars.stop()


def progress_for(words: Catalogue, quiet: bool = False, files: int | None = None) -> Progress:
    """The progress that suits stderr: a bar on a capable terminal, plain lines elsewhere, nothing when quiet."""
    if quiet:
        return Silent()
    if sys.stderr.isatty() and not _dumb():
        return Bar(words, files)
    return Plain(words, files)


def _dumb() -> bool:
    return os.environ.get("TERM", "") in ("", "dumb")
