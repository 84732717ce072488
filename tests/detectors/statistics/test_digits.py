import numpy as np
import pytest

from detectors.statistics.digits import (
    benford,
    benford_counts,
    extreme_digits,
    last_digit_shares,
    last_digits,
    nonadjacent_pairs,
    whole_chance,
    whole_percentages,
)


def test_sino_forest_passes(vector):
    entry = vector("benford-sinoforest")
    found = benford_counts(entry["inputs"]["first_digit_counts"])
    assert found.statistic == pytest.approx(entry["expected"]["chi2"], abs=1e-8)
    assert found.p_value == pytest.approx(entry["expected"]["p"], abs=1e-8)
    assert found.mad == pytest.approx(entry["expected"]["mad"], abs=1e-8)


def test_benford_refuses_what_it_cannot_judge():
    assert benford(np.full(1000, 30.0)).why_not == "one_magnitude"
    assert benford([1.0, 2.0]).why_not == "too_few"
    assert benford(np.ones(1000), bounded=True).why_not == "bounded"
    assert benford(10 ** np.random.default_rng(1).uniform(0, 5, 2000)).mad < 0.012


def test_iran_2009(vector):
    entry = vector("last-digit-iran2009")
    given, expected = entry["inputs"], entry["expected"]
    found = nonadjacent_pairs(given["n"], given["nonadjacent_distinct_count"])
    assert found == pytest.approx(expected["p_nonadjacent_one_sided"], abs=1e-6)
    p = extreme_digits(given["n"], 20, 5, np.random.default_rng(1))
    assert p == pytest.approx(expected["p_max_min_montecarlo"], abs=0.003)


def test_small_counts_are_not_uniform():
    assert last_digit_shares([10.0]).max() == pytest.approx(0.129, abs=0.001)
    rng = np.random.default_rng(2)
    rejected = [last_digits(x := rng.poisson(10, 205), last_digit_shares(np.full(205, 10.0))).p_value for _ in range(200)]
    assert np.mean(np.array(rejected) <= 0.05) < 0.1
    assert x.size == 205


def test_chances_of_whole_percentages(vector):
    entry = vector("integer-pct-null-probability")
    found = [whole_chance(case["x"], case["n"]) for case in entry["inputs"]["cases"]]
    np.testing.assert_allclose(found, entry["expected"]["p"], atol=1e-9)


@pytest.mark.parametrize("region", ["dagestan", "murmansk"])
def test_russia_2018(vector, region):
    entry = vector(f"integer-pct-2018-{region}")
    given, expected = entry["inputs"], entry["expected"]
    n, x = np.array(given["voters"]), np.array(given["ballots"])
    keep = (n >= 100) & (x <= 0.99 * n)
    found = whole_percentages(x[keep], n[keep])
    assert found.units == expected["n_units"]
    assert found.observed == expected["observed"]
    assert found.expected == pytest.approx(expected["expected"], abs=0.01)
    assert found.z == pytest.approx(expected["z"], abs=0.01)
    assert (found.p_value < 0.05) == (expected["decision"] == "flag")
