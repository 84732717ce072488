"""Figures that must agree by arithmetic and do not: sums of villages, percentages and their parts, births and their rate."""

from typing import Any, Final

import numpy as np
import polars as pl

from detectors.base import Result, by_findings, detector, observations
from detectors.context import Context, NotApplicable
from detectors.estimates.rates import one_a_year
from detectors.monthly import SERIES, latest_returns, span, township_names
from detectors.statistics.accounting import rounding_unit

_SEVERAL: Final = 3  # disagreements in one township from which they are medium
_MIGRATION: Final = 30.0  # per mille of the population a year, beyond the county's median
_SPREAD: Final = 6.0  # median absolute deviations


@detector("accounting")
def accounting(context: Context) -> Result:
    """Identities checked within rounding: no test, no q-value.

    Villages add up to the township's own return; a reported percentage is numerator over denominator; counts are not negative and
    numerators not above denominators; published births are the published rate times the population; and the population's change
    less births and deaths, which is net migration, is no outlier in the county (low: people do move).
    """
    checks = (_sums, _percentages, _births, _migration, _negative)
    parts = [found for check in checks if (found := check(context)) is not None]
    if not parts:
        raise NotApplicable("no_denominator")
    rows = [row for part in parts for row in part]
    return by_findings(context, observations(rows))


def _sums(context: Context) -> list[dict[str, Any]] | None:
    """Township-years whose villages do not add up to the township's own return, months with all villages only."""
    try:
        returns = latest_returns(context)
    except NotApplicable:
        return None
    villages = returns.filter(pl.col("village").is_not_null())
    own = returns.filter(pl.col("village").is_null()).select("area_code", "year", "month", *SERIES)
    if own.is_empty() or villages.is_empty():
        return None
    n_villages = pl.col("village").n_unique().over("area_code", "year")
    summed = (
        villages.with_columns(n=n_villages)
        .group_by("area_code", "year", "month")
        .agg(
            # A month in which a village gave no figure has no sum.
            *(pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(f"sum_{name}") for name in SERIES),
            full=pl.len() == pl.col("n").first(),
        )
        .filter("full")
    )
    joined = own.join(summed, on=["area_code", "year", "month"])
    rows: list[dict[str, Any]] = []
    for name in SERIES:
        off = joined.with_columns(gap=pl.col(name) - pl.col(f"sum_{name}")).filter(pl.col("gap") != 0)
        worst = off.sort(pl.col("gap").abs(), "month", descending=[True, False]).group_by("area_code", "year", maintain_order=True)
        found = worst.agg(pl.len(), pl.col("month", "gap", name, f"sum_{name}").first())
        rows += [_sum_finding(part, name) for part in found.iter_rows(named=True)]
    return rows


def _sum_finding(part: dict[str, Any], name: str) -> dict[str, Any]:
    own, villages = part[name], part[f"sum_{name}"]
    return _finding(
        part["area_code"],
        f"RAT-ACCOUNT-{'BIRTHSUM' if name == 'births' else 'DEATHSUM'}",
        "medium" if part["len"] >= _SEVERAL else "low",
        str(part["year"]),
        "return",
        own,
        villages,
        {"months": part["len"], "month": part["month"], "own": own, "sum": villages},
    )


def _percentages(context: Context) -> list[dict[str, Any]] | None:
    """Township-years with percentages that are not numerator over denominator."""
    if context.indicators is None:
        return None
    given = context.indicators.filter(
        pl.col("area_code").is_in(context.areas["area_code"].to_list())
        & (pl.col("denominator") > 0)
        & (pl.col("numerator") >= 0)
        & pl.col("reported_percent").is_not_null()
    )
    if given.is_empty():
        return None
    names = township_names(context)
    unit = rounding_unit(given["reported_percent"].to_numpy())
    part = 100 * pl.col("numerator") / pl.col("denominator")
    off = given.with_columns(part=part).filter((pl.col("part") - pl.col("reported_percent")).abs() > unit / 2 + 1e-6)
    off = off.sort((pl.col("part") - pl.col("reported_percent")).abs(), "line", descending=[True, False])
    worst = off.group_by("area_code", "year", maintain_order=True).agg(
        pl.len(), pl.col("indicator", "village", "numerator", "denominator", "reported_percent", "part").first()
    )
    return [
        _finding(
            row["area_code"],
            "RAT-ACCOUNT-PERCENT",
            "medium" if row["len"] >= _SEVERAL else "low",
            str(row["year"]),
            "indicator",
            row["reported_percent"],
            row["part"],
            {
                "figures": row["len"],
                "indicator": row["indicator"],
                "village": row["village"] or names[row["area_code"]],
                "numerator": row["numerator"],
                "denominator": row["denominator"],
                "reported": row["reported_percent"],
                "part": row["part"],
            },
        )
        for row in worst.iter_rows(named=True)
    ]


def _negative(context: Context) -> list[dict[str, Any]] | None:
    """Counts below 0, and numerators above denominators: impossible whatever else is true."""
    codes = context.areas["area_code"].to_list()
    rows = []
    if context.returns is not None:
        below = context.returns.filter(pl.col("area_code").is_in(codes) & ((pl.col("births") < 0) | (pl.col("deaths") < 0)))
        for code, years, number in below.group_by("area_code").agg(pl.col("year"), pl.len()).sort("area_code").iter_rows():
            rows.append(_impossible(code, "RAT-ACCOUNT-NEGATIVE", "return", years, number))
    if context.indicators is not None:
        above = context.indicators.filter(
            pl.col("area_code").is_in(codes)
            & ((pl.col("numerator") > pl.col("denominator")) | (pl.col("numerator") < 0) | (pl.col("reported_percent") > 100))
        )
        for code, years, number in above.group_by("area_code").agg(pl.col("year"), pl.len()).sort("area_code").iter_rows():
            rows.append(_impossible(code, "RAT-ACCOUNT-ABOVE", "indicator", years, number))
    return rows or None


def _impossible(code: str, finding: str, subject: str, years: list[int], number: int) -> dict[str, Any]:
    return _finding(code, finding, "medium", span(years), subject, float(number), 0.0, {"figures": number})


def _balances(context: Context) -> pl.DataFrame | None:
    """Township-years with both year-end populations."""
    if context.vital_rates is None:
        return None
    given = context.vital_rates.filter(pl.col("area_code").is_in(context.areas["area_code"].to_list()))
    # Of merged townships the parts are published; products of their mean rates are not what anybody rounded.
    given = one_a_year(given.filter(pl.struct("area_code", "year").is_duplicated().not_()))
    start = given.select("area_code", year=pl.col("year") + 1, start="population")
    joined = given.join(start, on=["area_code", "year"]).sort("area_code", "year")
    return None if joined.is_empty() else joined.with_columns(mean=(pl.col("start") + pl.col("population")) / 2)


def _births(context: Context) -> list[dict[str, Any]] | None:
    """Published births that are not the published rate times any of the year's populations, within rounding."""
    balances = _balances(context)
    if balances is None or (both := balances.drop_nulls(["births", "birth_rate"])).is_empty():
        return None
    half = rounding_unit(both["birth_rate"].to_numpy()) / 2
    lowest, highest = pl.min_horizontal("start", "population"), pl.max_horizontal("start", "population")
    both = both.with_columns(
        low=(pl.col("birth_rate") - half) * lowest / 1000 - 0.5, high=(pl.col("birth_rate") + half) * highest / 1000 + 0.5
    )
    off = both.filter((pl.col("births") < pl.col("low") - 1e-9) | (pl.col("births") > pl.col("high") + 1e-9))
    return [
        _finding(
            row["area_code"],
            "RAT-ACCOUNT-BIRTHS",
            "medium" if abs(row["births"] - row["birth_rate"] * row["mean"] / 1000) >= max(5, 0.02 * row["births"]) else "low",
            str(row["year"]),
            "area",
            float(row["births"]),
            row["birth_rate"] * row["mean"] / 1000,
            {
                "births": row["births"],
                "rate": row["birth_rate"],
                "population": round(row["mean"]),
                "product": row["birth_rate"] * row["mean"] / 1000,
            },
        )
        for row in off.iter_rows(named=True)
    ]


def _migration(context: Context) -> list[dict[str, Any]] | None:
    """Township-years whose population changed by far more than births, deaths and the county's usual migration explain."""
    balances = _balances(context)
    if balances is None or (known := balances.drop_nulls(["birth_rate", "death_rate"])).height < 8:
        return None
    increase = (pl.col("birth_rate") - pl.col("death_rate")) * pl.col("mean") / 1000
    known = known.with_columns(residual=pl.col("population") - pl.col("start") - increase)
    known = known.with_columns(per_mille=1000 * pl.col("residual") / pl.col("mean"))
    known = known.with_columns(beyond=pl.col("per_mille") - pl.col("per_mille").median().over("year"))
    spread = float(np.median(np.abs(known["beyond"].to_numpy()))) * 1.4826
    off = known.filter(pl.col("beyond").abs() >= max(_MIGRATION, _SPREAD * spread))
    return [
        _finding(
            row["area_code"],
            "RAT-ACCOUNT-MIGRATION",
            "low",
            str(row["year"]),
            "area",
            row["residual"],
            row["residual"] - row["beyond"] * row["mean"] / 1000,
            {
                "start": round(row["start"]),
                "end": round(row["population"]),
                "residual": round(row["residual"]),
                "per_mille": row["per_mille"],
            },
        )
        for row in off.iter_rows(named=True)
    ]


def _finding(
    code: str, finding: str, severity: str, period: str, subject: str, observed: float, expected: float, params: dict[str, Any]
) -> dict[str, Any]:
    return {
        "area_code": code,
        "code": finding,
        "severity": severity,
        "period": period,
        "subject": subject,
        "observed": float(observed),
        "expected": float(expected),
        "params": params,
    }
