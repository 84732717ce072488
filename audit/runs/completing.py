"""What a shell may complete, from the record and the published tables only: no polars, quick enough for a keystroke."""

import csv
import os
from pathlib import Path

from audit.runs.read import listed
from expectations.errors import ConfigError


def counties(run: Path | None = None) -> list[str]:
    """Names of the counties of a run, the newest by default."""
    return _column(run, "outcomes.csv", "county")


def townships(run: Path | None = None) -> list[str]:
    """Townships of a run (the newest by default), in order of code."""
    return _column(run, "outcomes.csv", "township")


def finding_ids(run: Path | None = None) -> list[str]:
    """Ids of a run's findings."""
    return _column(run, "findings.csv", "finding_id")


def detectors(run: Path | None = None) -> list[str]:
    """Detectors by name, from the record."""
    folder = _folder(run)
    if folder is None:
        return []
    records = [item.record for item in listed(folder.parent) if item.folder.name == folder.name]
    return [str(entry["detector"]) for record in records for entry in record.get("detectors", [])]


def _folder(run: Path | None) -> Path | None:
    if run is not None:
        return Path(run)
    try:
        found = listed(Path(os.environ.get("HECHA_RUNS") or "runs"))
    except (OSError, ConfigError):
        return None
    return found[-1].folder if found else None


def _column(run: Path | None, table: str, column: str) -> list[str]:
    folder = _folder(run)
    path = folder / "reports" / table if folder else None
    if path is None or not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(dict.fromkeys(row[column] for row in csv.DictReader(file) if row.get(column)))
