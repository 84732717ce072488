"""Detectors of indicators: heaps at the target, whole percentages, parts that do not fit."""

import numpy as np
import polars as pl
import pytest

from detectors.accounting import accounting
from detectors.bunched import bunched
from detectors.stamp import stamp
from detectors.whole_percentages import whole_percentages
from tests.detectors.offices import Offices, indicators


def figures_of(area, rng, size=200, target=85.0):
    n = rng.integers(100, 260, size)
    k = rng.binomial(n, np.clip(rng.normal(target + 0.5, 6, size), 50, 98) / 100)
    return [(area, int(x), int(d), target) for x, d in zip(k, n, strict=True)]


def county(change=None, townships=6):
    rng = np.random.default_rng(4)
    rows = []
    for area in range(townships):
        own = figures_of(area, rng)
        rows += change(own, rng) if change and area == 2 else own
    return Offices(townships=townships).context(indicators=indicators(rows))


def move(rows, rng):
    return [(a, int(np.ceil(0.85 * n)) if x < 0.85 * n and rng.random() < 0.45 else x, n, t) for a, x, n, t in rows]


def work_backwards(rows, rng):
    return [(a, x, 200, t) if rng.random() < 0.5 else (a, 2 * round(n * 0.45), 2 * (n // 2), t) for a, x, n, t in rows]


def flagged(result):
    return result.outcomes.filter(pl.col("outcome") == "flag")["area_code"].to_list()


def test_moved_figures_are_found():
    result = bunched(county(move))
    assert flagged(result) == ["690100002"]
    assert result.observations["severity"].to_list() == ["medium"]


def test_honest_figures_are_not():
    assert flagged(bunched(county())) == []
    assert flagged(whole_percentages(county())) == []


def test_percentages_reckoned_back_are_found():
    def backwards(rows, rng):
        return [(a, round(n * round(100 * x / n) / 100), n, t) for a, x, n, t in rows]

    def exact(rows, rng):
        # Denominators for which the wished-for whole percentage is possible.
        out = []
        for area, x, n, target in rows:
            percent = round(100 * x / n)
            n = 100 + 20 * int(rng.integers(0, 8))
            out.append((area, round(n * percent / 100), n, target))
        return out

    assert backwards
    assert flagged(whole_percentages(county(lambda rows, rng: exact(rows, rng)))) in ([], ["690100002"])
    result = whole_percentages(county(lambda rows, rng: [(a, *whole(x, n, rng), t) for a, x, n, t in rows]))
    assert flagged(result) == ["690100002"]


def whole(x, n, rng):
    """The nearest counts that make a whole percentage, the denominator free within five."""
    options = [(round(d * p / 100), d) for d in range(n - 5, n + 6) for p in range(60, 99)]
    fits = [(k, d) for k, d in options if abs(100 * k / d - round(100 * k / d)) <= 0.04 and d % 20]
    return min(fits, key=lambda pair: abs(pair[0] / pair[1] - x / n)) if fits else (x, n)


@pytest.mark.parametrize("kind", ["all at 100", "denominator 0", "no target", "only percentages", "above", "few"])
def test_bad_indicators_have_an_outcome(kind):
    frame = county().indicators
    if kind == "all at 100":
        frame = frame.with_columns(numerator=pl.col("denominator"), reported_percent=pl.lit(100.0))
    elif kind == "denominator 0":
        frame = frame.with_columns(denominator=pl.lit(0, dtype=pl.Int64))
    elif kind == "no target":
        frame = frame.with_columns(target_percent=pl.lit(None, dtype=pl.Float64))
    elif kind == "only percentages":
        frame = frame.with_columns(numerator=pl.lit(None, dtype=pl.Int64), denominator=pl.lit(None, dtype=pl.Int64))
    elif kind == "above":
        frame = frame.with_columns(numerator=pl.col("denominator") + 5)
    else:
        frame = frame.head(5)
    context = Offices().context(indicators=frame)
    for detector in (bunched, whole_percentages, accounting):
        result = detector(context)
        stamp(detector.card, context, result)
        assert result.outcomes.filter(
            pl.col("outcome").is_in(["not_estimable", "not_applicable"]) & pl.col("reason").is_null()
        ).is_empty()
        assert not result.observations["p_value"].is_nan().any()
    if kind == "above":
        assert set(accounting(context).observations["code"]) == {"RAT-ACCOUNT-ABOVE", "RAT-ACCOUNT-PERCENT"}
    if kind == "only percentages":
        assert set(bunched(context).outcomes["outcome"]) == {"no_flag"}
        assert set(whole_percentages(context).outcomes["reason"]) == {"no_denominator"}


def test_percentages_must_be_their_parts():
    frame = county().indicators
    wrong = frame.with_columns(
        reported_percent=pl.when(pl.col("line") <= 5).then(pl.col("reported_percent") + 3).otherwise("reported_percent")
    )
    result = accounting(Offices().context(indicators=wrong))
    (found,) = result.observations.iter_rows(named=True)
    assert (found["code"], found["severity"], found["area_code"]) == ("RAT-ACCOUNT-PERCENT", "medium", "690100000")
