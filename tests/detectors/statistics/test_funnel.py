import numpy as np
import pytest

from detectors.statistics.funnel import (
    adjusted_limits,
    adjusted_tails,
    empirical_bayes,
    funnel_garwood,
    overdispersion,
    prediction_limits,
    prediction_quantiles,
)


def test_funnelplotr_limits(vector):
    entry = vector("funnel-poisson-limits")
    for alpha, low_key, high_key in ((0.05, "ll95", "ul95"), (0.002, "ll998", "ul998")):
        low, high = funnel_garwood(entry["inputs"]["expected"], alpha)
        np.testing.assert_allclose(low, entry["expected"][low_key], atol=entry["tolerance"])
        np.testing.assert_allclose(high, entry["expected"][high_key], atol=entry["tolerance"])


def test_spiegelhalter_limits(vector):
    entry = vector("poisson-prediction-limits")
    for mean, quantiles, interpolated in zip(
        entry["inputs"]["E"], entry["expected"]["quantiles"], entry["expected"]["interpolated"], strict=True
    ):
        tails = entry["inputs"]["a"]
        np.testing.assert_array_equal(prediction_quantiles([mean] * 4, tails), quantiles)
        np.testing.assert_allclose(prediction_limits([mean] * 4, tails), interpolated, atol=entry["tolerance"])


def test_overdispersion_published(vector):
    entry = vector("overdispersion-phi-tau")
    found = overdispersion(entry["inputs"]["O"], entry["inputs"]["E"])
    np.testing.assert_allclose(found.z, entry["expected"]["z"], atol=1e-9)
    assert found.phi == pytest.approx(entry["expected"]["phi"], abs=1e-6)
    assert found.tau2 == pytest.approx(entry["expected"]["tau2"], abs=1e-6)


def test_scottish_lip_cancer(vector):
    entry = vector("eb-gamma-poisson-scotland")
    found = empirical_bayes(entry["inputs"]["O"], entry["inputs"]["E"])
    assert found.nu == pytest.approx(entry["expected"]["nu"], abs=1e-4)
    assert found.alpha == pytest.approx(entry["expected"]["alpha"], abs=1e-4)
    np.testing.assert_allclose(found.ratio[:5], entry["expected"]["RR_first5"], atol=1e-4)
    np.testing.assert_allclose(found.ratio[-4:], entry["expected"]["RR_last4"], atol=1e-4)


def test_no_variance_shrinks_all_the_way():
    found = empirical_bayes([10, 20, 30], [10.0, 20.0, 30.0])
    np.testing.assert_allclose(found.ratio, 1)


def test_adjusted_is_exact_without_variance_and_wider_with():
    low, high = adjusted_tails([20], [10.0], 0.0)
    wide = adjusted_tails([20], [10.0], 0.1)
    assert wide[1][0] > high[0]
    assert adjusted_limits([10.0], 0.1, 0.001)[1][0] > adjusted_limits([10.0], 0.0, 0.001)[1][0]
    assert 0 <= low[0] <= 1


def test_honest_units_have_no_overdispersion_mostly():
    rng = np.random.default_rng(1)
    expected = rng.uniform(100, 800, 20)
    tau = [overdispersion(rng.poisson(expected), expected, 0.1).tau2 for _ in range(50)]
    assert np.median(tau) == 0
