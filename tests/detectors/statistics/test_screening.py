import numpy as np
import pytest

from detectors.statistics.screening import (
    chi_square_cut,
    classical_distances,
    conformal_p_values,
    deviations,
    forest_scores,
    robust_distances,
)


def test_hawkins_bradu_kass(vector):
    entry = vector("robust-mahalanobis-hbk")
    x = np.array(entry["inputs"]["X"])
    distance, _ = robust_distances(x)
    cut = chi_square_cut(x.shape[1])
    assert (np.flatnonzero(distance > cut) + 1).tolist() == entry["expected"]["outliers_robust"]
    assert (np.flatnonzero(classical_distances(x) > cut) + 1).tolist() == entry["expected"]["outliers_classical"]


def test_conformal_published(vector):
    entry = vector("conformal-pvalue")
    found = conformal_p_values(entry["inputs"]["calibration"], entry["inputs"]["scores"])
    np.testing.assert_allclose(found, entry["expected"]["p"])


def test_forest_is_the_same_for_a_seed():
    x = np.random.default_rng(1).normal(size=(100, 3))
    np.testing.assert_array_equal(forest_scores(x, x, 7, 20), forest_scores(x, x, 7, 20))


def test_too_few_units():
    with pytest.raises(ValueError, match="five"):
        robust_distances(np.zeros((8, 2)))
    assert deviations([[1.0, 2.0]], [0.0, 0.0], np.eye(2)).tolist() == [[1.0, 4.0]]
