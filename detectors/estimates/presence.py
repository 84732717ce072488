"""What the county's protected patterns of presence say: how many births no reference knows, and how far models disagree."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from detectors.statistics.frequencies import chao_lower_bound
from detectors.statistics.log_linear import average, fit, models
from detectors.statistics.sample_coverage import sample_coverage

_MOST_LISTS: Final = 4  # 64 log-linear models; five lists have 1,024
BETWEEN: Final = (
    1.3  # a township's own gap differs from the county's by this multiple of it (one standard deviation; simulated counties)
)

SPREAD: Final = pl.Schema(
    {
        "county": pl.String(),
        "estimator": pl.String(),  # log_linear | average | chao_lower_bound | sample_coverage
        "model": pl.String(),
        "births": pl.Float64(),
        "se": pl.Float64(),
        "completeness": pl.Float64(),
        "aic": pl.Float64(),
        "weight": pl.Float64(),
    }
)


def reference_gap(patterns: Mapping[str, float], sd: float) -> tuple[float, float] | None:
    """Share of births that no reference knows, with the standard deviation for one township.

    Among births of the register that some other reference knows, ``p_j`` is the share that reference ``j`` knows; the gap is the
    product of ``1 - p_j``: references are taken to miss births independently of each other.

    Args:
        patterns: presence pattern, the audited register first -> protected births.
        sd: standard deviation of the noise of each.

    Returns:
        ``None`` with fewer than two references, or when the counts do not bear it.
    """
    lists = len(next(iter(patterns), ""))
    if lists < 3:
        return None
    gap, relative = 1.0, 0.0
    for j in range(1, lists):
        base = {p: n for p, n in patterns.items() if p[0] == "1" and "1" in p[1:j] + p[j + 1 :]}
        total, hits = sum(base.values()), sum(n for p, n in base.items() if p[j] == "1")
        if total <= 10 * sd * np.sqrt(len(base)):
            return None
        missed = min(max(1 - hits / total, 0.5 / total), 1.0)
        variance = missed * (1 - missed) / total + len(base) * (sd / total) ** 2
        gap, relative = gap * missed, relative + variance / missed**2
    return gap, float(gap * np.sqrt(relative + BETWEEN**2))


LEANING: Final = pl.Schema(
    {
        "reference": pl.String(),
        "odds_ratio": pl.Float64(),  # of register and reference, among births that another reference knows
        "low": pl.Float64(),
        "high": pl.Float64(),
        "leans": pl.String(),  # fed | dependent, null where neither is shown
    }
)
_LEANS: Final = 1.35  # odds ratio that the lower limit must pass: that of births a little harder to catch for all, as they are
_Z: Final = 1.645  # one-sided 95 %


def leaning(patterns: Mapping[str, float], sd: float, references: Sequence[str]) -> pl.DataFrame:
    """Whether register and references lean on each other; schema ``LEANING``, no rows with fewer than two references.

    Among births that another reference knows, register and reference ``j`` would be independent: odds ratio 1. Where one reference
    stands out, its rows or the register's were probably filled from the other (*fed*); where all are above 1, births are hard to
    catch for everybody, or all sources hear of births in the same way (*dependent*). Missed links raise odds ratios too: whoever
    asks must know that links are good.

    Args:
        patterns: presence pattern, the audited register first -> protected births.
        sd: standard deviation of the noise of each.
        references: names, in the order of the patterns.
    """
    lists = len(next(iter(patterns), ""))
    if lists < 3 or len(references) != lists - 1:
        return pl.DataFrame(schema=LEANING)
    found = [_log_odds(patterns, sd, j) for j in range(1, lists)]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return pl.DataFrame(schema=LEANING)
    floor = np.log(_LEANS)
    everybody = all(log - _Z * error > floor for log, error in known)
    rows = []
    for j, (log, error) in enumerate(known):
        others = [one for k, one in enumerate(known) if k != j]
        apart = all(log - other - _Z * float(np.hypot(error, its)) > floor for other, its in others)
        leans = "fed" if apart and log - _Z * error > floor else "dependent" if everybody else None
        limits = [float(np.exp(log + side * 1.96 * error)) for side in (0, -1, 1)]
        rows.append((references[j], *limits, leans))
    return pl.DataFrame(rows, schema=LEANING, orient="row")


def _log_odds(patterns: Mapping[str, float], sd: float, j: int) -> tuple[float, float] | None:
    """Log odds ratio of register and reference ``j`` among births that another reference knows, and its standard error."""
    cells = {pair: [0.0, 0] for pair in ("11", "10", "01", "00")}
    for pattern, n in patterns.items():
        if "1" in pattern[1:j] + pattern[j + 1 :]:
            cell = cells[pattern[0] + pattern[j]]
            cell[0] += n
            cell[1] += 1
    if any(n < 3 * sd * np.sqrt(parts) or n < 5 for n, parts in cells.values()):
        return None
    variance = sum(1 / n + parts * (sd / n) ** 2 for n, parts in cells.values())
    log = float(np.log(cells["11"][0] * cells["00"][0] / (cells["10"][0] * cells["01"][0])))
    return log, float(np.sqrt(variance))


def spread(county: str, patterns: Mapping[str, float], registered: int) -> pl.DataFrame:
    """Births of the county by every log-linear model, their average, Chao's bound and sample coverage; schema ``SPREAD``.

    None of it is the estimate; it shows how far the answer depends on what is assumed of sources that lean on each other.
    """
    lists = len(next(iter(patterns), ""))
    seen = sum(max(n, 0.0) for n in patterns.values())
    if not 3 <= lists <= _MOST_LISTS or seen <= 0:
        return pl.DataFrame(schema=SPREAD)
    fits = [fit(patterns, terms) for terms in models(lists)]
    mean = average(fits, seen)
    # Registered births by the patterns, so that births and register are counted alike.
    in_register = sum(max(n, 0.0) for p, n in patterns.items() if p[0] == "1")
    rows: list[dict[str, object]] = []

    def add(estimator: str, births: float | None, **more: object) -> None:
        if births is not None and np.isfinite(births) and births > 0:
            share = min(in_register / births, 1.0)
            rows.append({"county": county, "estimator": estimator, "births": births, "completeness": share, **more})

    for one in fits:
        if one is not None and mean is not None and one.name in mean.weights:
            add("log_linear", one.events, model=one.name, se=one.se, aic=one.aic, weight=mean.weights[one.name])
    if mean is not None:
        add("average", mean.events, se=mean.se)
    once, twice = (sum(max(n, 0.0) for p, n in patterns.items() if p.count("1") == k) for k in (1, 2))
    add("chao_lower_bound", chao_lower_bound(seen, once, twice, lists))
    add("sample_coverage", sample_coverage({p: max(n, 0.0) for p, n in patterns.items()}).high_coverage)
    return pl.DataFrame(rows, schema=SPREAD)
