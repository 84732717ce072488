import numpy as np
import pytest

from detectors.statistics.heaping import abcc, bachi, dissimilarity, heaping_p_value, myers, noumbissi, spoorenberg, whipple


def test_pasex_ages(vector):
    entry = vector("heaping-pasex")
    counts, expected = entry["inputs"]["counts_age_0_to_99"], entry["expected"]
    assert whipple(counts) == pytest.approx(expected["whipple_ratio"], abs=1e-9)
    index, shares = myers(counts)
    assert index == pytest.approx(expected["myers_10_89"], abs=1e-8)
    np.testing.assert_allclose(shares, expected["myers_pct_by_digit_10_89"], atol=1e-7)
    assert myers(counts, 23, 82)[0] == pytest.approx(expected["myers_23_82"], abs=1e-8)
    assert bachi(counts, 23, 77) == pytest.approx(expected["bachi_23_77"], abs=1e-8)
    np.testing.assert_allclose(noumbissi(counts), expected["noumbissi_digit_0_to_9_ages20_64"], atol=1e-9)
    assert spoorenberg(counts) == pytest.approx(expected["spoorenberg"], abs=1e-9)


def test_india_2011(vector):
    entry = vector("whipple-india2011-male")
    index = 100 * whipple(entry["inputs"]["counts_age_0_to_100plus"])
    assert index == pytest.approx(entry["expected"]["whipple_index"], abs=1e-5)
    assert abcc(index) == pytest.approx(entry["expected"]["ABCC"], abs=1e-5)


def test_flat_ages(vector):
    flat, expected = [10] * 91, vector("heaping-flat")["expected"]
    assert whipple(flat) == expected["whipple_ratio"]
    assert myers(flat)[0] == pytest.approx(expected["myers"], abs=1e-9)
    assert bachi(flat, 25, 65) == pytest.approx(expected["bachi"], abs=1e-9)
    np.testing.assert_allclose(noumbissi(flat), expected["noumbissi"])
    assert spoorenberg(flat) == pytest.approx(expected["spoorenberg"], abs=1e-9)


def test_all_on_zero(vector):
    counts, expected = [100 if age % 10 == 0 else 0 for age in range(100)], vector("heaping-all-on-zero")["expected"]
    assert bachi(counts, 23, 77) == pytest.approx(expected["bachi"])
    assert whipple(counts) == pytest.approx(expected["whipple_ratio"])
    assert myers(counts)[0] == pytest.approx(expected["myers_10_89"])


def test_dissimilarity_published(vector):
    entry = vector("age-structure-dissimilarity")
    assert dissimilarity(entry["inputs"]["pop1"], entry["inputs"]["pop2"]) == pytest.approx(5.5, abs=0.06)


def test_missing_ages_are_refused():
    with pytest.raises(ValueError, match="ages"):
        whipple([10] * 40)
    with pytest.raises(ValueError, match="decades"):
        myers([1] * 99, 10, 85)


def test_heaping_p_value_sees_heaps():
    ages = np.full(91, 100.0)
    ages[10:90:10] += 60
    assert heaping_p_value(ages, 10, 89, np.random.default_rng(1), 200) < 0.01
