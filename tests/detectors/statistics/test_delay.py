"""Reverse-time hazard: by hand, against complete follow-up, and its limits."""

import numpy as np
import pytest

from detectors.statistics.delay import overdispersion, reverse_time, ultimate, waiting


def test_by_hand() -> None:
    """Births of age 5, 5, 5 and 1 with delays 0, 2, 4 and 1.

    lambda(4) = 1/3 (three are old enough), lambda(2) = 1/2, lambda(1) = 1/2 (delay <= 1 <= age: delays 0 and 1), lambda(0) = 1/1.
    F(4) = 1, F(2) = 2/3, F(1) = 1/3, F(0) = 1/6.
    """
    curve = reverse_time(np.array([0, 2, 4, 1]), np.array([5, 5, 5, 1]), at_risk=1)
    assert curve is not None
    assert curve.at(np.arange(6)).tolist() == pytest.approx([1 / 6, 1 / 3, 2 / 3, 2 / 3, 1, 1])


def test_without_truncation_it_is_the_empirical_distribution() -> None:
    delays = np.random.default_rng(2).integers(0, 300, 500)
    curve = reverse_time(delays, np.full(500, 400))
    assert curve is not None
    days = np.arange(0, 300, 7)
    assert curve.at(days) == pytest.approx([(delays <= day).mean() for day in days])


def test_truncation_is_undone() -> None:
    """Exponential delays of 100 days, births of three years, seen only if registered by the end: the naive share is far off."""
    rng = np.random.default_rng(3)
    ages, delays = rng.integers(0, 1096, 20_000), rng.exponential(100, 20_000).astype(int)
    seen = delays <= ages
    curve = reverse_time(delays[seen], ages[seen])
    assert curve is not None
    true = 1 - np.exp(-61 / 100)
    assert abs(curve.at(60)[0] - true) < 0.012
    assert (delays[seen] <= 60).mean() > true + 0.02
    late, error = curve.share_after(60)
    assert late == pytest.approx(1 - curve.at(60)[0])
    assert 0.002 < error < 0.012


def test_interval_of_the_share_holds_the_truth() -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(300):
        ages, delays = rng.integers(0, 1096, 600), rng.exponential(100, 600).astype(int)
        seen = delays <= ages
        curve = reverse_time(delays[seen], ages[seen])
        assert curve is not None
        late, error = curve.share_after(60)
        held += abs(late - np.exp(-61 / 100)) <= 1.96 * error
    assert 0.91 <= held / 300 <= 0.985


def test_births_to_come_are_estimated_with_an_interval() -> None:
    """Chain ladder's ultimate of the last year against the births there really were; 200 draws."""
    rng, held, ratio = np.random.default_rng(6), 0, []
    for _ in range(200):
        ages, delays = rng.integers(0, 1461, 1600), rng.exponential(100, 1600).astype(int)
        seen = delays <= ages
        curve = reverse_time(delays[seen], ages[seen])
        assert curve is not None
        recent = ages < 365
        reached = curve.at(np.arange(365))
        spread = np.where(np.isfinite(curve.variance[:365]), np.sqrt(curve.variance[:365]), 0) * reached
        total = ultimate(int((recent & seen).sum()), float(reached.mean()), float(spread.mean()) ** 2)
        assert total is not None
        ratio.append(total[0] / recent.sum())
        held += total[1] <= recent.sum() <= total[2]
    assert abs(np.mean(ratio) - 1) < 0.01
    assert held / 200 >= 0.90


def test_waiting_counts_what_is_not_yet_registered() -> None:
    rng = np.random.default_rng(7)
    ages, delays = rng.integers(0, 1461, 8000), rng.exponential(100, 8000).astype(int)
    seen = delays <= ages
    curve = reverse_time(delays[seen], ages[seen])
    assert curve is not None
    past = (ages > 60) & (ages <= 425)
    to_come, sd = waiting(curve, ages[seen & past])
    assert abs(to_come - (past & ~seen).sum()) < 3 * sd


def test_ultimate_keeps_its_floor_and_refuses_what_nobody_can_know() -> None:
    assert ultimate(90, 0.05) is None
    low = ultimate(90, 0.99)
    assert low is not None
    assert low[1] >= 90
    assert ultimate(0, 0.5) == (0.0, 0.0, 0.0)


def test_too_few_and_impossible() -> None:
    assert reverse_time(np.array([1, 2]), np.array([3, 3])) is None
    assert reverse_time(np.empty(0, int), np.empty(0, int)) is None
    with pytest.raises(ValueError, match="between 0"):
        reverse_time(np.array([-1]), np.array([3]), at_risk=1)
    with pytest.raises(ValueError, match="between 0"):
        reverse_time(np.array([4]), np.array([3]), at_risk=1)


def test_cohorts_that_differ_widen_the_interval_as_they_must() -> None:
    """Delays of a whole year of birth longer or shorter by a quarter: without the factor three intervals in ten miss."""
    rng, held, plain, phis = np.random.default_rng(1), 0, 0, []
    for _ in range(120):
        ages = rng.integers(0, 8 * 365, 1600)
        cohorts = ages // 365
        delays = rng.exponential(100 * np.exp(rng.normal(0, 0.25, 8))[cohorts]).astype(int)
        seen = delays <= ages
        curve = reverse_time(delays[seen], ages[seen])
        assert curve is not None
        phis.append(overdispersion(delays[seen], ages[seen], cohorts[seen]))
        reached = curve.at(np.arange(365))
        spread = np.where(np.isfinite(curve.variance[:365]), np.sqrt(curve.variance[:365]), 0) * reached
        last = cohorts == 0
        for phi in (1.0, phis[-1]):
            total = ultimate(int((seen & last).sum()), float(reached.mean()), float(spread.mean()) ** 2, phi)
            assert total is not None
            inside = total[1] <= last.sum() <= total[2]
            held, plain = (held, plain + inside) if phi == 1.0 else (held + inside, plain)
    assert plain / 120 < 0.75
    assert held / 120 >= 0.83
    assert 2 < np.mean(phis) < 6


def test_cohorts_alike_have_no_overdispersion() -> None:
    rng = np.random.default_rng(8)
    ages = rng.integers(0, 2900, 4000)
    delays = rng.exponential(60, 4000).astype(int)
    seen = delays <= ages
    assert overdispersion(delays[seen], ages[seen], ages[seen] // 365) < 1.8
    assert overdispersion(np.array([3]), np.array([9]), np.array([2020])) == 1.0
    assert overdispersion(np.empty(0, int), np.empty(0, int), np.empty(0, int)) == 1.0


def test_cohorts_too_small_to_differ_by_more_than_chance_say_nothing():
    """Five births expected on the rarer side, as for any chi-square: six births of which three in ten are late are too few."""
    delays = np.array([5] * 70 + [60] * 30 + [60] * 6)
    cohorts = np.array([2020] * 100 + [2021] * 6)
    assert overdispersion(delays, np.full(106, 400), cohorts) == 1.0
