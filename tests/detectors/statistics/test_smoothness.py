import numpy as np
import pytest

from detectors.statistics.smoothness import dispersion_within, index_of_dispersion, pooled_dispersion, ratio_fit, yearly_changes


def test_mendel_fits_too_well(vector):
    entry = vector("too-smooth-mendel-monohybrid")
    found = ratio_fit(entry["inputs"]["pairs_3to1"], 3)
    assert found.statistic == pytest.approx(entry["expected"]["chi2"], abs=entry["tolerance"]["chi2"])
    assert found.df == entry["expected"]["df"]
    assert found.p_lower == pytest.approx(entry["expected"]["p_lower"], abs=entry["tolerance"]["p_lower"])


def test_horse_kicks_are_honest(vector):
    entry = vector("dispersion-horse-kicks-control")
    counts = np.repeat(*zip(*((int(k), n) for k, n in entry["inputs"]["frequency_of_counts"].items()), strict=True))
    found = index_of_dispersion(counts)
    assert found.statistic == pytest.approx(entry["expected"]["D"], abs=1e-6)
    assert found.p_lower == pytest.approx(entry["expected"]["p_lower"], abs=1e-6)
    assert found.p_upper == pytest.approx(entry["expected"]["p_upper"], abs=1e-6)


def test_mean_and_variance_are_exact():
    rng, days = np.random.default_rng(1), np.array([31, 28, 31, 30])
    draws = rng.multinomial(9, days / days.sum(), 40_000)
    d, mean, variance = dispersion_within(draws, days)
    assert d.mean() == pytest.approx(mean[0], abs=0.03)
    assert d.var() == pytest.approx(variance[0], rel=0.03)


def test_missing_months_and_empty_rows():
    d, mean, _ = dispersion_within([[1, np.nan, 3], [0, 0, 0], [np.nan, np.nan, 4]])
    assert mean[0] == 1
    assert d[0] == pytest.approx(1.0)
    assert np.isnan(d[1:]).all()
    with pytest.raises(ValueError, match="row"):
        pooled_dispersion(d[1:], mean[1:], mean[1:])


def test_lower_tail_keeps_its_level():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        d, mean, variance = dispersion_within(rng.multinomial(10, [1 / 12] * 12, 30))
        hits += pooled_dispersion(d, mean, variance).p_lower <= 0.05
    assert 8 <= hits <= 34


def test_steady_growth_is_too_smooth():
    ratio, p = yearly_changes([400, 404, 408, 412, 416, 420])
    assert ratio < 0.1
    assert p < 0.01
