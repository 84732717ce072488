"""A finished run in memory: what ``audit/runs`` writes and reads back, and all that reports are given."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

# Data behind the page's charts that stands in no other artefact: figures as published or returned, with the expected band.
# monthly_returns: a row per township, series and month, y the returned count (null: not returned), low and high its band.
# indicator_values: a row per village figure, series the indicator, x the value and target the target in percent; y a count if
# figures are already binned (null: 1).
# birth_rate_funnel: a row per township with x expected births, y observed over expected, low and high its 99.8 % limits
# (adjusted for overdispersion), flagged if outside; and curves with area_code null, x over a grid, low and high the limits
# as ratios, series exact_95, exact_998, adjusted_95, adjusted_998.
FIGURES: Final = pl.Schema(
    {
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),
        "figure": pl.String(),  # monthly_returns | indicator_values | birth_rate_funnel
        "series": pl.String(),  # an indicator's name, births, deaths
        "period": pl.String(),  # 2021-03, 2021, 2018-2025
        "x": pl.Float64(),  # funnel: expected births; histogram: the value in percent
        "y": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "target": pl.Float64(),
        "flagged": pl.Boolean(),
    }
)


# Rows of births that are registered in two counties or more, from the audited register alone; rows of one birth share its number.
TWICE: Final = pl.Schema(
    {
        "birth": pl.Int64(),
        "county": pl.String(),
        "area_code": pl.String(),
        "township": pl.String(),
        "record_id": pl.String(),
        "line": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Run:
    """One run. Frames follow ``expectations.artefacts`` (``figures`` follows ``FIGURES``); ``record`` is ``record.json``.

    ``twice`` (``TWICE``) is there for a campaign of several counties only.

    ``record["run_id"]`` depends on inputs, settings and release alone, so the same inputs give the same reports.
    """

    record: dict[str, Any]
    findings: pl.DataFrame
    evidence: pl.DataFrame
    coverage: pl.DataFrame
    timeliness: pl.DataFrame
    outcomes: pl.DataFrame
    figures: pl.DataFrame
    linkage: dict[str, Any] = field(default_factory=dict)
    validation: dict[str, Any] = field(default_factory=dict)
    twice: pl.DataFrame | None = None
    folder: Path | None = None
