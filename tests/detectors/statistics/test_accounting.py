import pytest

from detectors.statistics.accounting import balance, increase_gap, increase_tolerance, rounding_unit


def test_china_2022_adds_up(vector):
    entry = vector("accounting-china-2022")
    given, expected = entry["inputs"], entry["expected"]
    found = balance(given["P0_million"], given["P1_million"], given["births_million"], given["deaths_million"])
    assert found.residual == pytest.approx(expected["residual_million"], abs=entry["tolerance"]["residual_million"])
    assert found.birth_rate == pytest.approx(expected["CBR_recomputed"], abs=1e-4)
    assert found.death_rate == pytest.approx(expected["CDR_recomputed"], abs=1e-4)
    assert abs(increase_gap(given["CBR"], given["CDR"], given["NGR"])) <= increase_tolerance(0.01)


def test_township_that_does_not_add_up(vector):
    entry = vector("accounting-inconsistent")
    given, expected = entry["inputs"], entry["expected"]
    found = balance(given["P0"], given["P1"], given["births"], given["deaths"], given["net_migration"])
    assert found.residual == expected["residual"]
    assert found.birth_rate == pytest.approx(expected["CBR_recomputed"], abs=1e-6)
    assert abs(increase_gap(given["CBR"], given["CDR"], given["NGR"])) > increase_tolerance(0.01)


def test_no_population_has_no_rate():
    assert balance(0, 0, 5, 1).birth_rate is None


def test_rounding_unit():
    assert rounding_unit([9.97, 10.0]) == 0.01
    assert rounding_unit([float("nan"), 12.5]) == 0.1
