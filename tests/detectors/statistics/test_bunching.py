import numpy as np
import pytest

from detectors.statistics.bunching import bunching, density_jump, exact_window, frandsen, mccrary, slope_share


def test_exact_window_published(vector):
    entry = vector("bunching-small-n-binomial")
    both, one = exact_window(entry["inputs"]["just_meeting_target"], entry["inputs"]["just_missing"])
    assert both == pytest.approx(entry["expected"]["p_two_sided"], abs=1e-9)
    assert one == pytest.approx(entry["expected"]["p_one_sided"], abs=1e-9)


def test_senate(vector):
    entry = vector("rddensity-senate-default")
    statistic, p, (left, _) = density_jump(entry["inputs"]["x"])
    assert statistic == pytest.approx(entry["expected"]["T"], abs=entry["tolerance"]["T"])
    assert p == pytest.approx(entry["expected"]["p"], abs=entry["tolerance"]["p"])
    assert left == pytest.approx(entry["expected"]["h_left"], abs=0.001)


def test_frandsen_without_curvature_is_a_third():
    assert frandsen(10, 30, 10) == pytest.approx(0.0001, abs=0.0003)
    assert frandsen(10, 13, 10, curvature=0.3) == 1
    assert slope_share(10, 80) == pytest.approx(2 / 3)


def shares(rng, size, centre=88.0, sd=8.0):
    n = rng.integers(25, 260, size)
    k = rng.binomial(n, np.clip(rng.normal(centre, sd, size), 40, 99.5) / 100)
    return k, n


def test_honest_shares_keep_the_level_with_small_denominators():
    rng, hits = np.random.default_rng(1), 0
    for _ in range(100):
        k, n = shares(rng, 240)
        hits += bunching(k, n, np.full(240, 85.0)).p_value <= 0.05
    assert hits <= 11


def test_moved_figures_are_seen():
    rng, hits = np.random.default_rng(2), 0
    for _ in range(30):
        k, n = shares(rng, 240)
        missed = (100 * k / n < 85) & (100 * k / n > 79) & (rng.random(240) < 0.45)
        k = np.where(missed, np.ceil(0.85 * n - 1e-9).astype(int), k)
        found = bunching(k, n, np.full(240, 85.0))
        hits += found.p_value <= 0.05 and found.excess >= 0.15
    assert hits >= 24


def test_nothing_near_the_target():
    assert bunching([10], [100], [85.0]) is None
    assert bunching([100] * 30, [100] * 30, [100.0] * 30).expected >= 0


def test_mccrary_holds_its_level_and_sees_a_heap() -> None:
    rng, flagged = np.random.default_rng(3), 0
    for _ in range(200):
        flagged += mccrary(rng.normal(0.4, 1, 600))[2] < 0.05
    assert flagged <= 22
    values = rng.normal(0, 1, 2000)
    moved = np.where((values < 0) & (values > -0.4) & (rng.random(2000) < 0.5), -values, values)
    theta, error, p = mccrary(moved)
    assert theta > 3 * error
    assert p < 0.01
    with pytest.raises(ValueError, match="10 figures"):
        mccrary(np.arange(12.0))
