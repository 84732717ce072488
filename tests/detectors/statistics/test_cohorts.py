import numpy as np
import pytest

from detectors.statistics.cohorts import cohort_ratio, largest_completeness


def test_china_2010_to_2020(vector):
    entry = vector("cohort-china-2010-2020-young")
    given, expected = entry["inputs"], entry["expected"]
    np.testing.assert_allclose(cohort_ratio(given["count_2010"], given["count_2020"]), expected["ratio"], atol=5e-5)
    bound = largest_completeness(given["count_2010"][0], given["count_2020"][0])
    assert bound == pytest.approx(expected["max_completeness_2010_age_0_4"], abs=5e-4)
    with pytest.raises(ValueError, match="positive"):
        cohort_ratio(0, 5)
