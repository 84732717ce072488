import numpy as np
import pytest

from detectors.statistics.counts import byar, garwood, poisson_binomial, poisson_binomial_tail, poisson_tails, wilson


def test_garwood_published(vector):
    entry = vector("poisson-garwood")
    low, high = garwood(entry["inputs"]["x"])
    np.testing.assert_allclose(low, entry["expected"]["lower"], atol=entry["tolerance"])
    np.testing.assert_allclose(high, entry["expected"]["upper"], atol=entry["tolerance"])


def test_byar_published(vector):
    entry = vector("byar-95")
    low, high = byar(entry["inputs"]["x"])
    np.testing.assert_allclose(low, entry["expected"]["lower"], rtol=entry["tolerance"])
    np.testing.assert_allclose(high, entry["expected"]["upper"], rtol=entry["tolerance"])


def test_wilson_published(vector):
    entry = vector("wilson-95")
    low, high = wilson(entry["inputs"]["x"], entry["inputs"]["n"])
    np.testing.assert_allclose(low, entry["expected"]["lower"], rtol=entry["tolerance"])
    np.testing.assert_allclose(high, entry["expected"]["upper"], rtol=entry["tolerance"])


def test_no_event_has_no_lower_limit():
    assert garwood([0])[0][0] == 0
    assert byar([0])[0][0] == 0


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match="negative"):
        garwood([-1])
    with pytest.raises(ValueError, match="trials"):
        wilson([1], [0])


def test_poisson_binomial_is_binomial_when_chances_are_equal():
    from scipy.stats import binom

    np.testing.assert_allclose(poisson_binomial([0.3] * 20), binom.pmf(np.arange(21), 20, 0.3), atol=1e-14)
    assert poisson_binomial_tail(700, [0.3] * 2100) == pytest.approx(binom.sf(699, 2100, 0.3), abs=2e-4)


def test_mid_p_halves_the_point():
    low, high = poisson_tails([0, 4], [1.0, 4.0])
    np.testing.assert_allclose(low + high, 1)
