"""What one call of hecha knows from its command line: terminal, log, verbosity; and where runs are looked for."""

import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audit.events import Log
from audit.language import of_campaign, words
from audit.progress import Progress, progress_for
from audit.terminal import Terminal
from expectations.catalogue import Catalogue

if TYPE_CHECKING:
    from expectations.run import Run


@dataclass
class State:
    """One call.

    Attributes:
        terminal: stdout and stderr.
        log: where events go.
        quiet: no progress.
        debug: code locations with errors.
        sealed: the run folder written so far, for what Ctrl-C has to say.
    """

    terminal: Terminal
    log: Log = field(default_factory=Log)
    quiet: bool = False
    debug: bool = False
    sealed: Path | None = None

    @property
    def words(self) -> Catalogue:
        """Texts in the language of this call."""
        return words()

    def progress(self, files: int | None = None) -> Progress:
        """Progress for a terminal or a pipe, told to the log as well."""
        return self.log.heard(progress_for(self.words, self.quiet, files))

    def read(self, folder: Path) -> "Run":
        """A run, whose language is then spoken."""
        from audit.runs.read import read

        run = read(folder)
        of_campaign(run.record["campaign"].get("language"))
        return run


def typed(path: Path) -> str:
    """A path as it can be typed on a command line: quoted only where a shell would stumble."""
    text = shown(path)
    return shlex.quote(text) if re.search(r"""[\s'"$`\\&|;<>()*?!#~\[\]{}]""", text) else text


def hecha_version() -> str:
    """The version installed."""
    from importlib.metadata import PackageNotFoundError, version  # importing it takes a third of the time of --help

    try:
        return version("hecha")
    except PackageNotFoundError:
        return "0"


def runs_folder() -> Path:
    """Where runs are looked for when none is named: ``$HECHA_RUNS``, else ``./runs``."""
    return Path(os.environ.get("HECHA_RUNS") or "runs")


def shown(path: Path) -> str:
    """A path as short as it can be copied: relative below the working folder, else absolute."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix() or "."
    except ValueError:
        return str(path.resolve())
