import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from detectors.statistics.acceptance import Plan, limits, outgoing_quality_limit, plan, risk


def test_the_published_sample() -> None:
    """AICPA, Audit Guide: Audit Sampling, table A-1: 95 %, expected 2 %, tolerable 9 % gives 68 (2)."""
    told = plan(3653, tolerable=0.09, expected=0.02)
    assert (told.size, told.acceptable) == (68, 2)


@pytest.mark.parametrize(
    ("tolerable", "expected", "size", "acceptable"), [(0.05, 0.0, 59, 0), (0.10, 0.0, 29, 0), (0.05, 0.01, 93, 1)]
)
def test_more_of_the_published_table(tolerable: float, expected: float, size: int, acceptable: int) -> None:
    """The table is for large registers, so a large one gives it back."""
    told = plan(10_000_000, tolerable, expected)
    assert (told.size, told.acceptable) == (size, acceptable)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 400), st.sampled_from([0.02, 0.05, 0.09, 0.3]), st.sampled_from([0.0, 0.01, 0.015]))
def test_a_plan_keeps_its_risk_and_no_smaller_one_does(population: int, tolerable: float, expected: float) -> None:
    told = plan(population, tolerable, expected)
    wrong = math.ceil(population * tolerable - 1e-9)
    assert 1 <= told.size <= population
    assert stats.hypergeom.cdf(told.acceptable, population, wrong, told.size) <= 0.05 or told == Plan(population, wrong - 1, 0.0)
    smaller = np.arange(1, told.size)
    assert (stats.hypergeom.cdf(np.ceil(expected * smaller - 1e-9), population, wrong, smaller) > 0.05).all()


def test_acceptance_and_the_plan_agree() -> None:
    told = plan(3653, 0.09, 0.02)
    assert risk(3653, 0.09, told.size, told.acceptable) == pytest.approx(told.risk)
    assert risk(3653, 0.09, told.size, told.acceptable) <= 0.05 < risk(3653, 0.09, told.size, told.acceptable + 1)


@settings(deadline=None, max_examples=40)
@given(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)).filter(lambda parts: parts[0] + parts[1] > 0))
def test_limits_by_trying_every_number_of_wrong_rows(parts: tuple[int, int, int]) -> None:
    errors, right, unchecked = parts
    size, population = errors + right, errors + right + unchecked
    wrong = np.arange(errors, errors + unchecked + 1)
    not_too_few = stats.hypergeom.sf(errors - 1, population, wrong, size) > 0.025
    kept = wrong[not_too_few & (stats.hypergeom.cdf(errors, population, wrong, size) > 0.025)]
    low, high = limits(errors, size, population)
    assert (round(low * population), round(high * population)) == (kept.min(), kept.max())


@pytest.mark.parametrize(
    ("population", "tolerable", "expected", "confidence"),
    [(0, 0.09, 0.02, 0.95), (10, 0.0, 0.0, 0.95), (10, 0.02, 0.09, 0.95), (10, 0.09, 0.02, 1.0), (10, 1.0, 0.0, 0.95)],
)
def test_terms_that_contradict_each_other(population: int, tolerable: float, expected: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="population"):
        plan(population, tolerable, expected, confidence)


@pytest.mark.parametrize("tally", [(3, 2, 10), (-1, 2, 10), (0, 0, 10), (1, 11, 10)])
def test_tallies_that_cannot_be(tally: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="errors"):
        limits(*tally)


def test_outgoing_quality_limit_of_a_zero_acceptance_plan_is_about_one_over_e_n() -> None:
    """c = 0: p (1 - p)^n is largest at 1/(n+1), about 0.368 / n for a large lot."""
    assert outgoing_quality_limit(10**6, 50, 0) == pytest.approx(0.3679 / 50, rel=0.02)
    assert outgoing_quality_limit(100, 100, 3) == 0.0
    with pytest.raises(ValueError, match="size"):
        outgoing_quality_limit(10, 11, 0)
