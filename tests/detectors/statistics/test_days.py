import numpy as np
import pytest

from detectors.statistics.days import days_of_month, rayleigh


def test_rayleigh_published(vector):
    entry = vector("rayleigh-10")
    r, p = rayleigh(np.radians(entry["inputs"]["degrees"]))
    assert r == pytest.approx(entry["expected"]["Rbar"], abs=1e-8)
    assert p == pytest.approx(entry["expected"]["p"], abs=1e-6)


def test_heap_on_the_first():
    rng = np.random.default_rng(1)
    days = rng.integers(1, 29, 400)
    assert days_of_month(np.append(days, np.ones(60, int)))[1] < 1e-6
    with pytest.raises(ValueError, match="160"):
        days_of_month([1, 2])
