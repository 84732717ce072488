"""Ids of findings that may be answered: those of every run of a folder, so that last year's workbook still finds its place."""

from pathlib import Path

import polars as pl

from audit.runs.read import listed


def known_ids(runs: Path) -> frozenset[str]:
    """Ids of the findings of all whole runs of a folder."""
    ids: set[str] = set()
    for item in listed(runs):
        try:
            ids.update(pl.read_parquet(item.folder / "findings.parquet", columns=["finding_id"])["finding_id"])
        except (OSError, pl.exceptions.PolarsError):
            continue  # `verify` says what is wrong with that run
    return frozenset(ids)
