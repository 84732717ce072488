"""A finished run as township workbooks, a county page and CSV: every number arrives computed."""

from pathlib import Path

from expectations.run import Run


def write_reports(run: Run, folder: Path, language: str) -> list[Path]:
    """Write all reports of a run.

    Args:
        run: a finished run.
        folder: where to write; made when it is not there.
        language: ``zh`` or ``en``.

    Returns:
        The files written: with several counties the page over them; per county its page and one workbook per township in order
        of area code; then the CSV.

    Raises:
        OSError: the folder cannot be written.
    """
    from reports.folder import write  # here: its imports are heavy, and commands that print help import this package

    return write(run, folder, language)


def get_ready() -> None:
    """Import what writing takes and start the drawing engine: what a process can do before there is anything to write."""
    from reports.task import get_ready

    get_ready()
