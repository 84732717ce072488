import pytest

from detectors.statistics.sex_ratio import composite_test, exact_test, interval, ratio, too_equal


def test_exact_published(vector):
    entry = vector("srb-exact")
    for case, p, value in zip(entry["inputs"]["cases"], entry["expected"]["p_two_sided"], entry["expected"]["sr"], strict=True):
        assert exact_test(case["boys"], case["births"]) == pytest.approx(p, abs=1e-6)
        assert ratio(case["boys"], case["births"] - case["boys"]) == pytest.approx(value)


def test_cities_2000(vector):
    entry = vector("srb-city2000-open")
    found = [ratio(b, g) for b, g in zip(entry["inputs"]["male"], entry["inputs"]["female"], strict=True)]
    assert found == pytest.approx(entry["expected"]["sex_ratio"], abs=0.005)


def test_composite_is_milder_than_any_point_of_the_band():
    assert composite_test(1070, 2000) >= exact_test(1070, 2000, 107)
    assert composite_test(1070, 2000) > 0.05
    assert composite_test(11_200, 20_000) < 0.001
    low, high = interval(535, 1000)
    assert low < 115.05 < high
    with pytest.raises(ValueError, match="births"):
        composite_test(3, 0)


def test_equal_everywhere_is_odd():
    assert too_equal([512] * 12, [1000] * 12) < 1e-6
