"""Data of the page's charts that stand in no other artefact (``expectations.run.FIGURES``)."""

from typing import Any, Final

import numpy as np
import polars as pl
from scipy import stats

from detectors.context import Context, NotApplicable
from detectors.estimates.funnel import Funnel, funnel
from detectors.indicators import usable_indicators
from detectors.monthly import SERIES, month_days, unit_years
from detectors.statistics.funnel import adjusted_limits
from expectations.run import FIGURES

_BAND: Final = 0.001  # beyond each end of a month's band
_MOST_VALUES: Final = 4000  # indicator values above which they are counted in bins of one point
_CURVES: Final = {
    "exact_95": (False, 0.025),
    "exact_998": (False, 0.001),
    "adjusted_95": (True, 0.025),
    "adjusted_998": (True, 0.001),
}


def figures(context: Context) -> pl.DataFrame:
    """Monthly returns with the band that their year makes likely, indicator values with targets, the funnel of birth rates.

    A table that is not there, or that says too little, leaves its figure out.
    """
    parts = []
    for make in (_monthly_returns, _indicator_values, _birth_rate_funnel):
        try:
            parts.append(make(context))
        except NotApplicable:
            continue
    frame = pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame(schema=FIGURES)
    names = context.areas.select("area_code", "township")
    frame = frame.drop("township", strict=False).join(names, on="area_code", how="left", maintain_order="left")
    frame = frame.with_columns(county=pl.lit(context.county))
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in FIGURES.items() if name not in frame.columns]
    return frame.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in FIGURES.items())


def _monthly_returns(context: Context) -> pl.DataFrame:
    """A row per township, series and month of a returned year; the band holds 99.8 % of Poisson counts around the year's mean."""
    parts = []
    for series in SERIES:
        years = unit_years(context, series, rows="townships")
        if not years.keys.height:
            continue
        days = month_days(years.keys["year"].to_numpy())
        there = ~np.isnan(years.counts)
        mean = years.totals[:, None] * days / np.maximum((days * there).sum(axis=1), 1)[:, None]
        low, high = stats.poisson.ppf(_BAND, mean), stats.poisson.ppf(1 - _BAND, mean)
        low, high = np.where(mean > 0, low, 0.0), np.where(mean > 0, high, 0.0)
        parts.append(
            pl.DataFrame(
                {
                    "area_code": np.repeat(years.keys["area_code"].to_numpy(), 12),
                    "series": series,
                    "year": np.repeat(years.keys["year"].to_numpy(), 12),
                    "month": np.tile(np.arange(1, 13), years.keys.height),
                    "y": years.counts.ravel(),
                    "low": low.ravel(),
                    "high": high.ravel(),
                }
            )
        )
    if not parts:
        raise NotApplicable("no_returns")
    return (
        pl.concat(parts)
        .with_columns(
            figure=pl.lit("monthly_returns"),
            y=pl.col("y").fill_nan(None),
            period=pl.format("{}-{}", "year", pl.col("month").cast(pl.String).str.zfill(2)),
            flagged=((pl.col("y") < pl.col("low")) | (pl.col("y") > pl.col("high"))) & pl.col("y").is_not_nan(),
        )
        .with_columns(pl.col("flagged").fill_null(False))
        .drop("year", "month")
        .sort("series", "area_code", "period")
    )


def _indicator_values(context: Context) -> pl.DataFrame:
    """A row per village figure; of very many, counts by whole points from the target."""
    values = usable_indicators(context).with_columns(x=100 * pl.col("numerator") / pl.col("denominator"))
    by = ["area_code", "indicator", "year", "target_percent"]
    if values.height > _MOST_VALUES:
        edge = pl.col("target_percent").fill_null(0.0)
        binned = values.with_columns(x=edge + (pl.col("x") - edge + 1e-9).floor())
        values = binned.group_by(*by, "x").agg(y=pl.len().cast(pl.Float64))
    else:
        values = values.with_columns(y=pl.lit(None, dtype=pl.Float64))
    return values.select(
        "area_code",
        "x",
        "y",
        figure=pl.lit("indicator_values"),
        series="indicator",
        period=pl.col("year").cast(pl.String),
        target="target_percent",
        flagged=pl.lit(False),
    ).sort("series", "period", "area_code", "x")


def _birth_rate_funnel(context: Context) -> pl.DataFrame:
    found = funnel(context)
    period = f"{found.first}-{found.last}" if found.first != found.last else str(found.first)
    points = found.units.select(
        "area_code",
        "low",
        "high",
        x="expected",
        y="ratio",
        series=pl.lit("township"),
        target=pl.lit(1.0),
        flagged=(pl.col("ratio") < pl.col("low")) | (pl.col("ratio") > pl.col("high")),
    )
    return pl.concat([points, _curves(found)], how="diagonal_relaxed").with_columns(
        figure=pl.lit("birth_rate_funnel"), period=pl.lit(period)
    )


def _curves(found: Funnel) -> pl.DataFrame:
    expected = found.units["expected"].to_numpy()
    grid = np.geomspace(max(5.0, expected.min() * 0.7), expected.max() * 1.2, 60)
    rows: list[dict[str, Any]] = []
    for series, (adjusted, tail) in _CURVES.items():
        low, high = adjusted_limits(grid, found.tau2 if adjusted else 0.0, tail)
        rows += [
            {"area_code": None, "series": series, "x": float(x), "low": float(a), "high": float(b), "target": 1.0, "flagged": False}
            for x, a, b in zip(grid, low, high, strict=True)
        ]
    return pl.DataFrame(rows, schema_overrides={"area_code": pl.String})
