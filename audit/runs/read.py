"""Run folders read back, and which there are. Listing reads records only and imports no polars."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.artefacts import FORMAT_VERSION
from expectations.errors import ConfigError

if TYPE_CHECKING:
    from expectations.run import Run


@dataclass(frozen=True)
class Listed:
    """A run folder and its record."""

    folder: Path
    record: dict[str, Any]


def listed(runs: Path) -> list[Listed]:
    """The whole runs of a folder, oldest first; whatever is no run, or a half one, is left out."""
    if not runs.is_dir():
        return []
    found = []
    for folder in runs.iterdir():
        if folder.name.startswith(".") or not (folder / "record.json").is_file():
            continue
        try:
            found.append(Listed(folder, read_record(folder)))
        except ConfigError:
            continue
    # By what the record says: copying a folder changes its times. Runs of one day follow the times of their files.
    return sorted(found, key=lambda item: (str(item.record.get("date", "")), _written(item.folder), *_natural(item.folder.name)))


def newest(runs: Path) -> Path:
    """The folder of the newest run.

    Raises:
        ConfigError: there is none (E-RUN-011).
    """
    found = listed(runs)
    if not found:
        raise ConfigError("E-RUN-011", params={"path": str(runs)})
    return found[-1].folder


def read(folder: Path) -> "Run":
    """Read a run folder, of this format version or an older one of the same major.

    Raises:
        ConfigError: it is no run folder (E-RUN-012), a newer format (E-RUN-013), or an artefact is missing or broken (E-RUN-014).
    """
    import polars as pl

    from expectations.artefacts import TABLES
    from expectations.frames import polars_schema
    from expectations.run import FIGURES, Run

    record = read_record(folder)
    schemas = {**{name: polars_schema(name) for name in TABLES}, "figures": FIGURES}
    frames: dict[str, Any] = {}
    for name, schema in schemas.items():
        try:
            frame = pl.read_parquet(folder / f"{name}.parquet")
            # Additive within a major: columns an older version did not have are null, later ones are not looked at.
            frames[name] = frame.select(
                (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
                for column, kind in schema.items()
            )
        except (OSError, pl.exceptions.PolarsError):
            raise ConfigError("E-RUN-014", file=f"{name}.parquet", params={"path": str(folder)}) from None
    twice = None
    if (folder / "registered_twice.parquet").is_file():
        try:
            twice = pl.read_parquet(folder / "registered_twice.parquet")
        except (OSError, pl.exceptions.PolarsError):
            raise ConfigError("E-RUN-014", file="registered_twice.parquet", params={"path": str(folder)}) from None
    linkage, validation = (_json(folder / f"{name}.json") for name in ("linkage", "validation"))
    return Run(record=record, folder=folder, linkage=linkage, validation=validation, twice=twice, **frames)


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a run folder.

    Raises:
        ConfigError: it is no run folder (E-RUN-012), of another format (E-RUN-013), or broken (E-RUN-014).
    """
    path = folder / "record.json"
    if not path.is_file():
        raise ConfigError("E-RUN-012", params={"path": str(folder)})
    record = _json(path)
    version = record.get("format_version") if isinstance(record, dict) else None
    if not isinstance(version, str) or "run_id" not in record:
        raise ConfigError("E-RUN-012", params={"path": str(folder)})
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise ConfigError("E-RUN-013", params={"path": str(folder), "version": version, "known": FORMAT_VERSION})
    return record


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise ConfigError("E-RUN-014", file=path.name, params={"path": str(path.parent)}) from None
    return content


def _written(folder: Path) -> int:
    # The record is written last and never again; a renamed or copied folder keeps its place.
    return os.stat(folder / "record.json").st_mtime_ns


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name))
