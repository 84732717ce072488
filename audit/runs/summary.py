"""What a run says in short: the county's figures, findings by severity, townships with the most wrong first."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from audit.runs import query
from expectations.codes import SEVERITIES
from expectations.run import Run


@dataclass(frozen=True)
class Township:
    """One township in the summary.

    Attributes:
        registered: births registered, each once.
        completeness, low, high: null where they cannot be estimated.
        findings: findings about its figures by severity, severest first.
        rows: findings about rows of the register, of any severity.
    """

    county: str
    township: str
    registered: int | None
    completeness: float | None
    low: float | None
    high: float | None
    findings: dict[str, int]
    rows: int


@dataclass(frozen=True)
class Summary:
    """A run in short.

    Attributes:
        counties: the county level of coverage, one row each.
        tally: findings by severity, severest first.
        rows: how many of them are about rows of the register.
        not_estimable: outcomes that say nothing either way.
        townships: most findings about figures of the highest severity first, then least complete.
    """

    counties: tuple[dict[str, Any], ...]
    tally: dict[str, int]
    rows: int
    not_estimable: int
    townships: tuple[Township, ...]


def summarise(run: Run) -> Summary:
    """The summary of a run."""
    coverage = run.coverage.filter(pl.col("level") == "township").select(
        "county", "area_code", "registered", "completeness", low="completeness_low", high="completeness_high"
    )
    counted = query.areas(run).join(coverage, on=["county", "area_code"], how="left")
    about_row = pl.col("subject") == "row"
    numbers = [(~about_row & (pl.col("severity") == severity)).sum().alias(f"n_{severity}") for severity in SEVERITIES]
    found = run.findings.group_by("county", "area_code").agg(*numbers, n_rows=about_row.sum())
    counted = counted.join(found, on=["county", "area_code"], how="left").with_columns(pl.col("^n_.*$").fill_null(0))
    order = ["n_high", "n_medium", "completeness", "n_low", "area_code"]
    counted = counted.sort(order, descending=[True, True, False, True, False], nulls_last=True)
    return Summary(
        counties=tuple(query.cover(run, ["county"]).iter_rows(named=True)),
        tally=query.tally(run.findings),
        rows=int((run.findings["subject"] == "row").sum()),
        not_estimable=query.silent(run).height,
        townships=tuple(_township(row) for row in counted.iter_rows(named=True)),
    )


def _township(row: dict[str, Any]) -> Township:
    found = {severity: int(row[f"n_{severity}"]) for severity in reversed(SEVERITIES)}
    figures = {name: row[name] for name in ("county", "township", "registered", "completeness", "low", "high")}
    return Township(**figures, findings=found, rows=int(row["n_rows"]))
