"""Villages that differ from the rest in several ways at once: where to look first, never more."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.base import Result, detector
from detectors.context import Context, NotEstimable
from detectors.judge import Test, judge
from detectors.monthly import span, unit_years
from detectors.rounded import expected_multiples
from detectors.statistics.multiple import cauchy_combinations
from detectors.statistics.screening import conformal_p_values, deviations, forest_scores, robust_fit
from detectors.statistics.smoothness import dispersion_within

FEATURES: Final = ("births_spread", "deaths_spread", "fives", "deaths_to_births")
_LEAST_EVENTS: Final = 30  # births of a village in all years
_PER_VILLAGE: Final = 40  # honest villages simulated for each real one
_TREES: Final = 100
_FITTED: Final = 500  # villages the robust covariance is fitted to, real and honest in halves: it costs ten times as much above
Counts = NDArray[np.int64]


@detector("screening")
def screening(context: Context) -> Result:
    """Robust Mahalanobis distance and isolation forest on exposure-adjusted scores of villages, by conformal p-values; always low.

    The scores of a village: spread of its months, multiples of five, deaths to births. Forty honest villages with the same yearly
    totals are drawn for each real one; a village's p-value is its rank among them, by either method, combined.
    """
    births, deaths, keys = _tables(context)
    if keys.height < 5 * len(FEATURES):
        raise NotEstimable("too_few_villages")
    rng = np.random.default_rng([context.seed, 0x5C])
    typical = float(deaths.sum()) / float(births.sum())
    real = scores(births, deaths, typical)
    honest = np.concatenate([scores(*_honest(births, deaths, rng), typical) for _ in range(_PER_VILLAGE)])
    half = rng.permutation(len(honest))
    train, calibration = honest[half[: len(half) // 3]], honest[half[len(half) // 3 :]]
    some = rng.permutation(len(real))[: _FITTED // 2]
    centre, precision = robust_fit(np.concatenate([real[some], train[: len(some)]]), context.seed % 2**31)
    seed = context.seed % 2**31
    both = forest_scores(train, np.concatenate([calibration, real]), seed, _TREES)
    by_forest = conformal_p_values(both[: len(calibration)], both[len(calibration) :])
    by_distance = conformal_p_values(_distance(calibration, centre, precision), _distance(real, centre, precision))
    parts = deviations(real, centre, precision)
    p_values = cauchy_combinations(np.column_stack([by_forest, by_distance])).tolist()
    rows = zip(keys.rows(named=True), p_values, parts, real, strict=True)
    tests = [_test(row, p, part, score) for row, p, part, score in rows]
    return judge(context, tests, default="too_few_births")


def scores(births: Counts, deaths: Counts, typical: float) -> NDArray[np.float64]:
    """Exposure-adjusted scores, near standard normal in an honest village whatever its size.

    Args:
        births, deaths: villages x years x 12.
        typical: deaths per birth in the county.
    """
    columns = [_spread(births), _spread(deaths), _fives(births, deaths)]
    b, d = births.sum(axis=(1, 2)), deaths.sum(axis=(1, 2))
    ratio = (np.sqrt(d + 0.375) - np.sqrt(typical * b + 0.375)) * 2 / np.sqrt(1 + typical)
    return np.column_stack([*columns, ratio])


def _spread(counts: Counts) -> NDArray[np.float64]:
    d, mean, variance = dispersion_within(counts.reshape(-1, 12))
    gap, spread = (np.nan_to_num(part).reshape(counts.shape[:2]).sum(axis=1) for part in (d - mean, variance))
    return np.where(spread > 0, gap / np.sqrt(np.maximum(spread, 1e-9)), 0.0)


def _fives(*tables: Counts) -> NDArray[np.float64]:
    """Multiples of five in all tables, on Anscombe's root scale: counts of rare months are few and skew."""
    observed, expected = 0.0, 0.0
    for counts in tables:
        totals = counts.sum(axis=2)
        expected = expected + 12 * _fives_by_total(int(totals.max()))[totals].sum(axis=1)
        observed = observed + ((counts > 0) & (counts // 5 * 5 == counts)).sum(axis=(1, 2))
    return np.asarray(2 * (np.sqrt(observed + 0.375) - np.sqrt(expected + 0.375)))


@lru_cache(maxsize=8)  # honest villages have the births of the real ones, and nearly their deaths
def _fives_by_total(most: int) -> NDArray[np.float64]:
    """Chance that a month is a positive multiple of five, by the total of its year."""
    return expected_multiples(np.arange(most + 1) / 12)


def _honest(births: Counts, deaths: Counts, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """Villages with the same yearly births, months by chance; deaths by the county's ratio, which differs between villages."""
    months = np.full(12, 1 / 12)
    ratio = deaths.sum() / births.sum() * np.exp(rng.normal(0, _ratio_spread(births, deaths), (births.shape[0], 1)))
    yearly = rng.poisson(births.mean(axis=(1, 2))[:, None] * 12 * ratio * np.ones(births.shape[1]))
    return rng.multinomial(births.sum(axis=2), months), rng.multinomial(yearly, months)


def _ratio_spread(births: Counts, deaths: Counts) -> float:
    """Standard deviation between villages of the log of deaths to births, beyond chance, from the middle half."""
    b, d = births.sum(axis=(1, 2)) + 0.5, deaths.sum(axis=(1, 2)) + 0.5
    log = np.log(d / b)
    spread = float(np.subtract(*np.quantile(log, [0.75, 0.25]))) / 1.349
    return float(np.sqrt(max(0.0, spread**2 - float(np.median(1 / b + 1 / d)))))


def _distance(units: NDArray[np.float64], centre: NDArray[np.float64], precision: NDArray[np.float64]) -> NDArray[np.float64]:
    gap = units - centre
    return np.asarray(np.einsum("ij,jk,ik->i", gap, precision, gap))


def _tables(context: Context) -> tuple[Counts, Counts, pl.DataFrame]:
    """Villages with every month of every year returned, and 30 births: births, deaths, and their keys."""
    tables = [unit_years(context, series) for series in ("births", "deaths")]
    full = [table.where(table.months == 12) for table in tables]
    by = ["area_code", "village", "year"]
    both = full[0].keys.with_row_index("b").join(full[1].keys.with_row_index("d"), on=by, nulls_equal=True)
    years = both["year"].n_unique()
    whole = both.sort("area_code", "village", "year", nulls_last=False).filter(
        (pl.len().over("area_code", "village") == years) & pl.col("village").is_not_null()
    )
    if whole.is_empty() or years < 2:
        raise NotEstimable("too_many_missing")
    shape = (-1, years, 12)
    births, deaths = (
        part.counts[whole[name].to_numpy()].reshape(shape).astype(np.int64) for part, name in zip(full, ("b", "d"), strict=True)
    )
    keys = whole.group_by("area_code", "village", maintain_order=True).agg(first=pl.col("year").min(), last=pl.col("year").max())
    enough = births.sum(axis=(1, 2)) >= _LEAST_EVENTS
    if not enough.any() or deaths[enough].sum() == 0:
        raise NotEstimable("too_few_births")
    keys = keys.with_columns(births=births.sum(axis=(1, 2))).filter(pl.Series(enough))
    return births[enough], deaths[enough], keys


def _test(row: dict[str, Any], p: float, part: NDArray[np.float64], score: NDArray[np.float64]) -> Test:
    first, second = np.argsort(-part)[:2]
    return Test(
        row["area_code"],
        p,
        True,
        {
            "village": row["village"],
            "code": f"FAB-SCREEN-{FEATURES[first].upper().replace('_', '-')}",
            "severity": "low",
            "period": span([row["first"], row["last"]]),
            "subject": "return",
            "observed": float(part.sum()),
            "expected": float(len(FEATURES)),
            "events": row["births"],
            "params": {
                "village": row["village"],
                "score": float(score[first]),
                "second": float(score[second]),
                "births": row["births"],
            },
        },
    )
