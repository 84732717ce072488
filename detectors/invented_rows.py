"""Registered births that no other source knows, more than in other townships; with what the rows say of themselves."""

from typing import Any, Final

import numpy as np
import polars as pl
from scipy import stats

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable, NotEstimable
from detectors.judge import Test, judge
from detectors.monthly import span
from detectors.units import registered_by_year

_EXCESS: Final = 0.03  # share of registered births above the county's, at least
_SIZE: Final = 400.0  # of the beta-binomial: shares vary by this much between honest townships
_WINDOW: Final = 3  # years
_POOLED: Final = 0.7  # of the error spent on all years together
_LEAST_SHARE: Final = 0.002
_NOISE: Final = 3.0  # standard deviations
_WITNESS: Final = {"CHECK": 0.04, "SEX": 0.02}


@detector("invented_rows")
def invented_rows(context: Context) -> Result:
    """Registered births less those that some reference knows, per township: all years together first, then windows of three.

    The share is set against the beta-binomial (size 400) around the median of the other townships, convolved with the noise of the
    protected count. Witnesses, from the register alone: check digits and sex digits that are wrong more often than elsewhere.
    """
    cells = _unknown(context)
    codes = [code for code in context.areas["area_code"] if code in set(cells["area_code"])]
    if len(codes) < 3:
        raise NotEstimable("too_few_townships")
    tests: list[Test] = []
    reasons: dict[str, str] = {}
    pooled = _pool(cells)
    for code in codes:
        test = _township(context, code, cells, pooled)
        if isinstance(test, str):
            reasons[code] = test
        else:
            tests.append(test)
    found = judge(context, tests, reasons, default="too_few_births")
    witnesses = judge(context, _witnesses(context))
    return Result(pl.concat([found.observations, witnesses.observations]), _merge(found, witnesses))


def unknown_tail(unknown: float, registered: int, share: float, noise_sd: float) -> float:
    """Chance of a protected count as large when births unknown elsewhere follow a beta-binomial of this share (size 400).

    >>> unknown_tail(60, 1000, 0.01, 2.0) < 1e-4
    True
    """
    law = stats.betabinom(registered, share * _SIZE, (1 - share) * _SIZE)
    top = min(registered, int(max(unknown, 0) + 10 * noise_sd) + 1)
    k = np.arange(top + 1)
    below = (law.pmf(k) * stats.norm.cdf((unknown - k) / max(noise_sd, 1e-9))).sum()
    return float(min(1.0, max(0.0, 1 - below)))


def _unknown(context: Context) -> pl.DataFrame:
    """Township-years: ``registered`` (exact), ``unknown`` = registered - m and its noise ``sd``."""
    if context.counts is None or context.counts.is_empty():
        raise NotApplicable("no_reference")
    counts = context.counts.filter(pl.col("level") == "township_year").select("area_code", "birth_year", "m", sd="m_sd")
    cells = registered_by_year(context).join(counts, on=["area_code", "birth_year"])
    return cells.with_columns(unknown=pl.col("registered") - pl.col("m")).sort("area_code", "birth_year")


def _pool(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.group_by("area_code", maintain_order=True).agg(
        pl.col("registered", "unknown").sum(), sd=pl.col("sd").pow(2).sum().sqrt()
    )


def _peers(pooled: pl.DataFrame, code: str) -> float:
    """Median share of the other townships, at least .2 %."""
    shares = pooled.filter((pl.col("area_code") != code) & (pl.col("registered") > 0)).select(
        pl.col("unknown") / pl.col("registered")
    )
    median = shares.to_series().median()
    return max(_LEAST_SHARE, float(median) if isinstance(median, float) else 0.0)


def _township(context: Context, code: str, cells: pl.DataFrame, pooled: pl.DataFrame) -> Test | str:
    own = cells.filter(pl.col("area_code") == code)
    total = pooled.filter(pl.col("area_code") == code).row(0, named=True)
    exact = (
        context.counts.filter((pl.col("level") == "township") & (pl.col("area_code") == code))
        if context.counts is not None
        else own
    )
    if exact.height == 1:  # the township's own level has less noise than the sum of its years
        total |= {"unknown": total["registered"] - exact["m"][0], "sd": exact["m_sd"][0]}
    if total["registered"] == 0:
        return "too_few_births"
    if _EXCESS * total["registered"] < _NOISE * total["sd"]:
        return "noise"
    base = _peers(pooled, code)
    windows = [own.slice(start, _WINDOW) for start in range(max(0, own.height - _WINDOW + 1))] if own.height > _WINDOW else []
    spans = [_span(own, total), *(_span(window, _sums(window)) for window in windows)]
    weights = [_POOLED] + [(1 - _POOLED) / len(windows)] * len(windows) if windows else [1.0]
    best, p = None, 1.0
    for place, (part, weight) in enumerate(zip(spans, weights, strict=True)):
        part["excess"] = part["unknown"] / max(part["registered"], 1) - base
        part["meets"] = part["excess"] >= _EXCESS and part["unknown"] >= max(context.minimum_cell, _NOISE * part["sd"])
        value = min(1.0, unknown_tail(part["unknown"], part["registered"], base, part["sd"]) / weight)
        if best is None or ((part["meets"], -value) > (best["meets"], -p) and not (place and best["meets"] and p <= 0.01)):
            best, p = part, value
    assert best is not None
    return Test(code, p, best["meets"], _row(best, base))


def _sums(part: pl.DataFrame) -> dict[str, Any]:
    return {
        "registered": int(part["registered"].sum()),
        "unknown": float(part["unknown"].sum()),
        "sd": float(np.sqrt((part["sd"].to_numpy() ** 2).sum())),
    }


def _span(part: pl.DataFrame, sums: dict[str, Any]) -> dict[str, Any]:
    return {**sums, "period": span(part["birth_year"])}


def _row(part: dict[str, Any], base: float) -> dict[str, Any]:
    share = part["unknown"] / part["registered"]
    half = (
        1.96 * float(np.sqrt(share * (1 - share) / part["registered"] + (part["sd"] / part["registered"]) ** 2))
        if share < 1
        else 0.0
    )
    return {
        "code": "FAB-INVENT",
        "severity": "medium",
        "period": part["period"],
        "subject": "area",
        "key": "unknown",
        "observed": share,
        "expected": base,
        "low": max(0.0, share - half),
        "high": min(1.0, share + half),
        "events": part["registered"],
        "params": {"share": share, "expected": base, "registered": part["registered"], "unknown": round(part["unknown"])},
    }


def _witnesses(context: Context) -> list[Test]:
    """Shares of invalid check digits and of sex digits that contradict the field, against the other townships."""
    rows = context.audited.filter(pl.col("area_code").is_not_null())
    shares = {
        "CHECK": (pl.col("id_valid").is_not_null(), pl.col("id_valid").not_()),
        "SEX": (
            pl.col("id_sex").is_not_null() & pl.col("sex").is_not_null() & pl.col("id_valid").fill_null(True),
            pl.col("id_sex") != pl.col("sex"),
        ),
    }
    tests = []
    for kind, (usable, bad) in shares.items():
        units = rows.filter(usable).group_by("area_code").agg(n=pl.len(), bad=bad.sum()).sort("area_code")
        for code, n, wrong in units.iter_rows():
            others = units.filter(pl.col("area_code") != code).select(pl.col("bad") / pl.col("n")).to_series().median()
            base = max(_LEAST_SHARE, float(others) if isinstance(others, float) else 0.0)
            p = unknown_tail(wrong, n, base, 0.0) + float(stats.betabinom.pmf(wrong, n, base * _SIZE, (1 - base) * _SIZE)) / 2
            row = {
                "code": f"FAB-INVENT-{kind}",
                "severity": "low",
                "period": f"{context.window[0]}-{context.window[1]}",
                "subject": "area",
                "key": kind,
                "observed": wrong / n,
                "expected": base,
                "events": n,
                "params": {"share": wrong / n, "expected": base, "numbers": n, "wrong": wrong},
            }
            tests.append(Test(code, min(1.0, p), wrong / n >= base + _WITNESS[kind], row))
    return tests


def _merge(found: Result, witnesses: Result) -> pl.DataFrame:
    """Outcomes of the main test; a witness alone flags too, as a low finding has to show."""
    flagged = witnesses.outcomes.filter(pl.col("outcome") == "flag")["area_code"].to_list()
    hit = pl.col("area_code").is_in(flagged)
    return found.outcomes.with_columns(
        outcome=pl.when(hit).then(pl.lit("flag")).otherwise("outcome"), reason=pl.when(hit).then(None).otherwise("reason")
    )
