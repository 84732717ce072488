import numpy as np
import pytest

from detectors.statistics.peers import above, median_share, share_error


def judged(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    middle = median_share(counts / totals)
    return above(counts / totals, middle, share_error(middle, totals))


def test_false_alarms_without_differences() -> None:
    rng, hits = np.random.default_rng(1), 0
    for _ in range(500):
        totals = rng.integers(100, 900, 12)
        hits += int((judged(rng.binomial(totals, 0.3), totals) < 0.01).sum())
    assert hits / 6000 < 0.015


def test_offices_that_differ_anyway_widen_the_limits() -> None:
    rng, hits = np.random.default_rng(2), 0
    for _ in range(200):
        totals = np.full(12, 1000)
        hits += int((judged(rng.binomial(totals, rng.normal(0.3, 0.05, 12)), totals) < 0.01).sum())
    assert hits / 2400 < 0.04  # 12 % if the spread were not allowed for


def test_offices_far_off_do_not_hide_themselves() -> None:
    totals = np.full(12, 500)
    counts = np.array([150, 140, 155, 148, 151, 160, 139, 147, 300, 290, 310, 295])
    p = judged(counts, totals)
    assert (p[8:] < 1e-3).all()
    assert (p[:8] > 0.1).all()


def test_by_hand() -> None:
    assert median_share([0.3, 0.1, 0.2]) == pytest.approx(0.2)
    assert share_error(0.2, [99])[0] == pytest.approx(np.sqrt(0.203 * 0.797 / 99))


def test_nothing_to_compare() -> None:
    assert np.isnan(median_share([0.1, 0.2]))
    assert np.isnan(above([np.nan, 0.5], 0.4, [0.1, 0.0])).all()
    assert np.isnan(above([0.5], np.nan, [0.1])).all()
