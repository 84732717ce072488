import numpy as np
import pytest

from detectors.statistics.copies import distance_tail, expected_identical, identical_given_total, identical_poisson


def test_published_chance(vector):
    entry = vector("copied-vector-probability")
    found = [identical_poisson(case["lam"], case["k"]) for case in entry["inputs"]["cases"]]
    np.testing.assert_allclose(found, entry["expected"]["p"], atol=1e-9, rtol=1e-9)
    pairs = 500 * 499 / 2
    assert pairs * found[1] == pytest.approx(entry["expected"]["expected_pairs_among_500_units_lam_0_2"], rel=1e-6)


def test_given_total_agrees_with_simulation():
    draws = np.random.default_rng(1).multinomial(4, [1 / 6] * 6, (2, 200_000))
    assert (draws[0] == draws[1]).all(axis=1).mean() == pytest.approx(identical_given_total(4, 6), rel=0.1)
    assert identical_given_total(0, 12) == 1
    assert 0 < identical_given_total(400, 12) < 1e-10


def test_pairs_of_unlike_totals_cannot_be_identical():
    assert expected_identical([3, 4, 5], 12) == 0


@pytest.mark.parametrize(("first", "second"), [(8, 8), (12, 9), (30, 22), (60, 55)])
def test_distance_agrees_with_simulation(first, second):
    rng = np.random.default_rng(3)
    a, b = rng.multinomial(first, [1 / 12] * 12, 20_000), rng.multinomial(second, [1 / 12] * 12, 20_000)
    distance = np.abs(a - b).sum(axis=1)
    cut = int(np.quantile(distance, 0.02))
    exact = distance_tail([cut], [first], [second], 12)[0]
    share = (distance <= cut).mean()
    assert share - 0.006 <= exact <= share + 0.012
