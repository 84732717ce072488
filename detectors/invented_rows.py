"""Registered births that no other source knows, more than in other townships; with what the rows say of themselves."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import special

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable, NotEstimable
from detectors.judge import Test, judge
from detectors.monthly import span
from detectors.statistics.counts import beta_binomial
from detectors.statistics.multiple import cauchy_combination
from detectors.units import registered_by_year

_EXCESS, _EXCESS_WINDOW = 0.0125, 0.02  # share of registered births above the county's, at least: all years, three years
_SIZE: Final = 800.0  # of the beta-binomial: shares vary by this much between honest townships
_HOPELESS: Final = 0.03  # of the registered births: missed links that may well be expected, above which nothing can be told
_LEAST_SIZE: Final = 30.0  # with one reference, whose own gaps differ between townships
_MISJUDGED: Final = 0.5  # missed links are expected to within half of themselves, as one standard deviation
_WINDOW: Final = 3  # years
_POOLED, _LATEST = 0.45, 0.45  # of the weight that goes to all years together, and to the last three
_DULL: Final = 0.95  # a window without any birth unknown elsewhere must not cancel what another shows
_LEAST_SHARE: Final = 0.002
_NOISE: Final = 3.0  # standard deviations
_WITNESS: Final = {"CHECK": 0.04, "SEX": 0.02}


@detector("invented_rows", needs_counts=True)
def invented_rows(context: Context) -> Result:
    """Registered births less those that some reference knows, per township: all years together first, then windows of three.

    The share is set against the beta-binomial (size 800) around the median of the other townships and the township's own expected
    missed links, which grow with the square of its slips of the pen (``estimates.slips``), convolved with the noise of the
    protected count. Where missed links alone could make the effect, nothing is said. With one reference, whose own gaps differ
    between townships, the spread is theirs and findings are low. Witnesses beside a finding, from the register alone: check digits
    and sex digits that are wrong more often than elsewhere.
    """
    cells = _unknown(context)
    pooled = _pool(context, cells)
    if pooled.height < 3:
        raise NotEstimable("too_few_townships")
    tests: list[Test] = []
    reasons: dict[str, str] = {}
    single = (context.estimates.coverage["method"] == "one_reference").any()
    for code in pooled["area_code"]:
        test = _township(context, code, cells, pooled, single)
        if isinstance(test, str):
            reasons[code] = test
        else:
            tests.append(test)
    found = judge(context, tests, reasons, default="too_few_births")
    # Wrong numbers alone are a careless office's (``field_shares``); beside births that nobody knows they are worth reading.
    beside = pl.col("area_code").is_in(found.observations["area_code"].to_list())
    witnesses = judge(context, _witnesses(context)).observations.filter(beside)
    return Result(pl.concat([found.observations, witnesses]), found.outcomes)


def unknown_tail(unknown: float, registered: int, share: float, noise_sd: float, size: float = _SIZE) -> float:
    """Chance of a protected count as large when births unknown elsewhere follow a beta-binomial of this share and size.

    >>> unknown_tail(60, 1000, 0.01, 2.0) < 1e-4
    True
    """
    top = min(registered, int(max(unknown, 0) + 10 * noise_sd) + 1)
    k = np.arange(top + 1)
    chance = beta_binomial(k, registered, share * size, (1 - share) * size)
    below = (chance * special.ndtr((unknown - k) / max(noise_sd, 1e-9))).sum()
    return float(min(1.0, max(0.0, 1 - below)))


def _unknown(context: Context) -> pl.DataFrame:
    """Township-years: ``registered`` (exact), ``unknown`` = registered - m and its noise ``sd``."""
    if context.counts is None or context.counts.is_empty():
        raise NotApplicable("no_reference")
    counts = context.counts.filter(pl.col("level") == "township_year").select("area_code", "birth_year", "m", sd="m_sd")
    cells = registered_by_year(context).join(counts, on=["area_code", "birth_year"])
    return cells.with_columns(unknown=pl.col("registered") - pl.col("m")).sort("area_code", "birth_year")


def _pool(context: Context, cells: pl.DataFrame) -> pl.DataFrame:
    """Townships, all years: by the township's own count, which has less noise than the sum of its years, where there is one.

    ``missed`` is the share of registered births whose link is expected to be missed, ``missed_high`` where it may well lie.
    """
    sums = cells.group_by("area_code", maintain_order=True).agg(
        pl.col("registered", "unknown").sum(), sd=pl.col("sd").pow(2).sum().sqrt()
    )
    assert context.counts is not None
    own = (
        context.counts.filter(pl.col("level") == "township")
        .select("area_code", "m", own_sd="m_sd")
        .unique("area_code", keep="none")
    )
    parts = context.estimates.working.get("coverage_parts")
    expected = pl.DataFrame(schema={"area_code": pl.String, "missed": pl.Float64})
    if parts is not None:
        expected = parts.filter(pl.col("level") == "township").select("area_code", "missed")
    joined = sums.join(own, on="area_code", how="left", maintain_order="left")
    joined = joined.join(expected, on="area_code", how="left", maintain_order="left")
    missed = (pl.col("missed").fill_null(0.0) / pl.max_horizontal("registered", pl.lit(1))).clip(0.0, 1.0)
    return joined.select(
        "area_code",
        "registered",
        unknown=pl.coalesce(pl.col("registered") - pl.col("m"), "unknown"),
        sd=pl.coalesce("own_sd", "sd"),
        missed=missed,
        missed_high=missed * (1 + 2 * _MISJUDGED),
    )


@dataclass(frozen=True)
class _Usual:
    """What is usual of a township: the share of births unknown elsewhere, and the size of the beta-binomial about it."""

    share: float
    size: float
    single: bool


def _usual(pooled: pl.DataFrame, own: dict[str, Any], single: bool) -> _Usual:
    """Median of the other townships less their missed links, at least .2 %, plus the township's own missed links.

    With one reference the size is that of the spread between townships (median absolute deviation), 800 at most.
    """
    others = pooled.filter((pl.col("area_code") != own["area_code"]) & (pl.col("registered") > 0))
    shares = (others["unknown"] / others["registered"] - others["missed"]).to_numpy()
    middle = float(np.median(shares)) if shares.size else 0.0
    share = min(max(_LEAST_SHARE, middle) + own["missed_high"], 0.99)
    if not single or not shares.size:
        return _Usual(share, _SIZE, single)
    spread = 1.4826 * float(np.median(np.abs(shares - middle)))
    size = share * (1 - share) / max(spread, 1e-9) ** 2 - 1
    return _Usual(share, float(np.clip(size, _LEAST_SIZE, _SIZE)), single)


def _township(context: Context, code: str, cells: pl.DataFrame, pooled: pl.DataFrame, single: bool) -> Test | str:
    own = cells.filter(pl.col("area_code") == code)
    total = pooled.filter(pl.col("area_code") == code).row(0, named=True)
    if total["registered"] == 0:
        return "too_few_births"
    if _EXCESS_WINDOW * total["registered"] < _NOISE * total["sd"]:
        return "noise"
    if total["missed_high"] >= _HOPELESS:
        return "link_quality"
    usual = _usual(pooled, total, single)
    spans = [_look(own, total, usual, _EXCESS, context.minimum_cell)]
    for start in range(own.height - _WINDOW + 1) if own.height > _WINDOW else ():
        window = own.slice(start, _WINDOW)
        spans.append(_look(window, _sums(window, own, total), usual, _EXCESS_WINDOW, context.minimum_cell))
    weights = _weights(len(spans))
    best = min(range(len(spans)), key=lambda place: (not spans[place]["meets"], spans[place]["p"] / weights[place]))
    p_value = cauchy_combination([min(span["p"], _DULL) for span in spans], weights)
    return Test(code, p_value, spans[best]["meets"], _row(spans[best], usual))


def _weights(looks: int) -> list[float]:
    """How the looks, which overlap, are weighed together: all years, then the last three, then the windows before."""
    if looks == 1:
        return [1.0]
    if looks == 2:
        return [_POOLED, 1 - _POOLED]
    return [_POOLED, *[(1 - _POOLED - _LATEST) / (looks - 2)] * (looks - 2), _LATEST]


def _look(part: pl.DataFrame, sums: dict[str, Any], usual: _Usual, effect: float, minimum_cell: int) -> dict[str, Any]:
    registered, unknown, sd = sums["registered"], sums["unknown"], sums["sd"]
    return {
        "registered": registered,
        "unknown": unknown,
        "sd": sd,
        "period": span(part["birth_year"]),
        "p": unknown_tail(unknown, registered, usual.share, sd, usual.size),
        "meets": unknown / max(registered, 1) - usual.share >= effect and unknown >= max(minimum_cell, _NOISE * sd),
    }


def _sums(part: pl.DataFrame, own: pl.DataFrame, total: dict[str, Any]) -> dict[str, Any]:
    """A window's counts; its noise, when years were reconciled with their total, is less than the sum of its years'.

    With k years of variance v whose sum has variance T the covariance of two is ``(T - k v) / (k (k - 1))``.
    """
    years, size = own.height, part.height
    variance = float((own["sd"].to_numpy() ** 2).mean())
    noise = size * float((part["sd"].to_numpy() ** 2).mean())
    if abs(float(own["unknown"].sum()) - total["unknown"]) < 1e-6 * max(1.0, abs(total["unknown"])):
        shared = (total["sd"] ** 2 - years * variance) / (years * (years - 1))
        noise = max(noise + size * (size - 1) * min(shared, 0.0), noise / size)
    return {"registered": int(part["registered"].sum()), "unknown": float(part["unknown"].sum()), "sd": float(np.sqrt(noise))}


def _row(part: dict[str, Any], usual: _Usual) -> dict[str, Any]:
    share = part["unknown"] / part["registered"]
    within = min(max(share, 0.0), 1.0)
    half = 1.96 * float(np.hypot(np.sqrt(within * (1 - within) / part["registered"]), part["sd"] / part["registered"]))
    return {
        "code": "FAB-INVENT",
        "severity": "low" if usual.single else "medium",
        "period": part["period"],
        "subject": "area",
        "key": "unknown",
        "observed": share,
        "expected": usual.share,
        "low": max(0.0, share - half),
        "high": min(1.0, share + half),
        "events": part["registered"],
        "params": {
            "share": share,
            "expected": usual.share,
            "registered": part["registered"],
            "unknown": round(part["unknown"]),
        },
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
            p = unknown_tail(wrong, n, base, 0.0) + float(beta_binomial(wrong, n, base * _SIZE, (1 - base) * _SIZE)) / 2
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
            tests.append(Test(code, min(1.0, p), wrong / n >= base + _WITNESS[kind], row, family=kind))
    return tests
