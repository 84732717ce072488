import numpy as np
import pytest

from detectors.statistics.cohorts import cohort_ratio, largest_completeness, reverse_survival


def test_china_2010_to_2020(vector):
    entry = vector("cohort-china-2010-2020-young")
    given, expected = entry["inputs"], entry["expected"]
    np.testing.assert_allclose(cohort_ratio(given["count_2010"], given["count_2020"]), expected["ratio"], atol=5e-5)
    bound = largest_completeness(given["count_2010"][0], given["count_2020"][0])
    assert bound == pytest.approx(expected["max_completeness_2010_age_0_4"], abs=5e-4)
    with pytest.raises(ValueError, match="positive"):
        cohort_ratio(0, 5)


def test_reverse_survival_undoes_survival() -> None:
    left = np.array([1.0, 0.98, 0.975, 0.974])
    lived = np.array([0.3 + 0.7 * 0.98, (0.98 + 0.975) / 2, (0.975 + 0.974) / 2])
    assert reverse_survival(1000 * lived, left) == pytest.approx([1000, 1000, 1000])
    assert reverse_survival([], [1.0]).size == 0
    with pytest.raises(ValueError, match="survival"):
        reverse_survival([1, 2], [1.0, 0.9])
