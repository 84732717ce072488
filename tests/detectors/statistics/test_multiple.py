import numpy as np
import pytest

from detectors.statistics.multiple import benjamini_hochberg, benjamini_yekutieli, cauchy_combination, holm, sidak


def test_published_example(vector):
    entry = vector("fdr-bh-1995")
    p, expected = entry["inputs"]["p"], entry["expected"]
    q = benjamini_hochberg(p)
    np.testing.assert_allclose(q, expected["adjusted_BH"], atol=1e-9)
    assert (q <= 0.05).sum() == expected["n_reject_BH"]
    np.testing.assert_allclose(benjamini_yekutieli(p)[:4], expected["adjusted_BY_first4"], atol=1e-9)


def test_order_does_not_matter():
    p = np.array([0.2, 0.01, 0.05, 0.01])
    np.testing.assert_allclose(benjamini_hochberg(p)[::-1], benjamini_hochberg(p[::-1]))
    assert benjamini_hochberg([]).size == 0
    with pytest.raises(ValueError, match="p-value"):
        benjamini_hochberg([float("nan")])


def test_combination_of_one_is_itself():
    assert cauchy_combination([0.03]) == pytest.approx(0.03)
    assert cauchy_combination([1e-20, 0.5]) == pytest.approx(2e-20, rel=1e-3)
    assert sidak(0.0, 5) == 0


def test_holm_by_hand_and_never_below_the_plain_values() -> None:
    """Wright 1992's example: 0.01, 0.02, 0.22, 0.09, 0.31 -> 0.05, 0.08, 0.44, 0.27, 0.44."""
    assert holm([0.01, 0.02, 0.22, 0.09, 0.31]) == pytest.approx([0.05, 0.08, 0.44, 0.27, 0.44])
    assert holm([]).size == 0
    with pytest.raises(ValueError, match="p-value"):
        holm([float("nan")])
