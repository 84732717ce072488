"""The estimator of completeness: closed forms, and what its 95 % interval covers on simulated counties with the gate's noise."""

import numpy as np
import pytest

from audit.disclosure.budget import LEVELS
from audit.disclosure.noise import seeded_sampler
from audit.disclosure.reconcile import reconcile
from detectors.statistics.known_share import MODEL_SD, ROUNDING, STRAY, excess, known_share, with_odds_ratio

SD = {level.name: level.sd for level in LEVELS}


def arrays(*values):
    return [np.array([value], dtype=float) for value in values]


def test_known_answer_without_noise_or_errors():
    found = known_share(*arrays(870, 130, 0, 0, 0.006, 0, 0, 0, 0))
    assert found.share[0] == pytest.approx(0.87)
    assert found.sampling[0] ** 2 == pytest.approx(0.87 * 0.13 * 0.006 / 1000 + (0.35 / 1000) ** 2, rel=0.01)
    assert found.linkage[0] ** 2 == pytest.approx(STRAY / 1000)
    assert found.sd[0] ** 2 == pytest.approx(found.sampling[0] ** 2 + STRAY / 1000 + MODEL_SD**2)


def test_noise_of_a_township_of_a_thousand_births_is_a_sixth_of_a_point():
    found = known_share(*arrays(870, 130, 2.04, 2.04, 0.006, 0, 0, 0, 0))
    assert found.noise[0] == pytest.approx(0.0018, abs=1e-4)


def test_missed_and_false_links_move_the_share_and_widen_it():
    plain = known_share(*arrays(860, 140, 2, 2, 0.006, 0, 0, 0, 0))
    corrected = known_share(*arrays(860, 140, 2, 2, 0.006, 12, 2, 0, 3))
    assert corrected.share[0] - plain.share[0] == pytest.approx(0.010)
    assert corrected.linkage[0] == pytest.approx(np.sqrt(12 + 2 + 9 + 1000 * STRAY) / 1000)
    assert corrected.sd[0] > plain.sd[0]


def test_confused_links_widen_and_do_not_move():
    plain = known_share(*arrays(860, 140, 2, 2, 0.006, 0, 0, 0, 0))
    found = known_share(*arrays(860, 140, 2, 2, 0.006, 0, 0, 10, 0))
    assert found.share[0] == plain.share[0]
    assert found.linkage[0] ** 2 - plain.linkage[0] ** 2 == pytest.approx(10 / 1000**2)


def test_births_counted_twice_are_taken_off():
    plain = known_share(*arrays(860, 140, 2, 2, 0.006, 0, 0, 0, 0))
    found = known_share(*arrays(860, 150, 2, 2, 0.006, 0, 0, 0, 0, 10, 4))
    assert found.share[0] == pytest.approx(plain.share[0])
    assert found.linkage[0] > plain.linkage[0]


def test_nothing_known_is_no_estimate():
    found = known_share(*arrays(-2, 1, 2, 2, 0.5, 0, 0, 0, 0))
    assert (found.share[0], found.sd[0]) == (0.0, 1.0)


@pytest.mark.parametrize(("share", "gap", "t"), [(0.9, 0.1, 3.0), (0.8, 0.006, 0.5), (0.95, 0.3, 2.0)])
def test_dependence_is_the_dual_system_estimate_with_that_odds_ratio(share, gap, t):
    """A 2x2 table of 1,000 registered births with this gap; births missed by both are t b c / m."""
    m, b = 1000 * (1 - gap), 1000 * gap
    c = m * (1 - share) / share
    expected = (m + b) / (m + b + c + t * b * c / m)
    assert with_odds_ratio(*arrays(share, gap), t)[0] == pytest.approx(expected)
    assert with_odds_ratio(*arrays(share, gap), 1.0)[0] == pytest.approx(share)


def test_excess_takes_off_the_references_own_gap():
    found = excess(*arrays(1000, 950, 0), 0.01, 0.0, *arrays(5, 0, 0))
    assert found.births[0] == pytest.approx((1000 - 950 - 5 - 10) / 0.99)
    assert excess(*arrays(1000, 990, 0), 0.01, 0.0, *arrays(0, 0, 0)).births[0] == pytest.approx(0.0, abs=1e-9)


def simulated_county(rng, recall, heterogeneity, townships=12, years=8):
    births = rng.integers(400, 2500, townships)
    poor = rng.random(townships) < 0.35
    target = np.where(poor, rng.uniform(0.6, 0.85, townships), rng.uniform(0.86, 0.99, townships))
    m, c, books, truth = (np.zeros(townships) for _ in range(4))
    cells = np.zeros((2, townships, years))
    patterns = np.zeros(8)
    for t in range(townships):
        hard = rng.normal(0, heterogeneity, births[t])
        a, b, k = (
            rng.random(births[t]) < 1 / (1 + np.exp(-(np.log(p / (1 - p)) - hard)))
            for p in (target[t], *rng.uniform(0.90, 0.965, 2))
        )
        known, lost = b | k, rng.random(births[t]) > recall
        year = rng.integers(0, years, births[t])
        for i, inside in enumerate((a & known & ~lost, known & (~a | lost))):
            cells[i, t] = np.bincount(year[inside], minlength=years)
        m[t], c[t], books[t], truth[t] = cells[0, t].sum(), cells[1, t].sum(), a.sum(), a.mean()
        patterns += np.bincount(a * 4 + b * 2 + k, minlength=8)
    return cells, books, truth, patterns, poor


def protected(table, sampler):
    whole = table.astype(np.int64)
    noisy = [
        sampler(x, SD[n])
        for x, n in ((whole, "township_year"), (whole.sum(axis=1), "township"), (whole.sum(axis=0), "county_year"))
    ]
    total = sampler(np.array([whole.sum()]), SD["county"])
    sds = (SD["township_year"], SD["township"], SD["county_year"], SD["county"])
    return reconcile(*(x.astype(float) for x in noisy), float(total[0]), sds)


@pytest.mark.parametrize(("recall", "heterogeneity"), [(0.999, 0.0), (0.999, 0.5), (0.997, 0.5)])
def test_intervals_of_realised_completeness_cover(recall, heterogeneity):
    """40 counties of 12 townships: covered (here no birth goes astray), narrow, unbiased, also where offices are poor."""
    rng, sampler = np.random.default_rng(8), seeded_sampler(8)
    inside, widths, biases, groups = [], [], [], []
    for _ in range(40):
        cells, books, truth, patterns, poor = simulated_county(rng, recall, heterogeneity)
        m, c = protected(cells[0], sampler), protected(cells[1], sampler)
        p_b, p_k = patterns[7] / (patterns[7] + patterns[5]), patterns[7] / (patterns[7] + patterns[6])
        lost = (1 - recall) * books
        sds = [np.full(truth.size, grid.township_sd) for grid in (m, c)]
        gap = np.full(truth.size, (1 - p_b) * (1 - p_k))
        found = known_share(m.townships, c.townships, *sds, gap, lost, 0 * lost, 0 * lost, lost / 2)
        half = 1.959964 * found.sd
        inside.append(np.abs(found.share - truth) <= half)
        widths.append(2 * half)
        biases.append(found.share - truth)
        groups.append(poor)
    inside, poor = np.concatenate(inside), np.concatenate(groups)
    assert inside.mean() >= 0.93
    assert inside[poor].mean() >= 0.90
    assert inside[~poor].mean() >= 0.90
    assert np.concatenate(widths).mean() <= 0.016
    assert abs(np.concatenate(biases).mean()) <= 0.002


def test_the_spread_of_excess_adds_up_all_its_parts():
    found = excess(*arrays(1000), *arrays(930), *arrays(2), 0.02, 0.003, *arrays(5), *arrays(3), *arrays(1))
    variance = 1000 * 0.02 * 0.98 + 2**2 + 1**2 + (0.003 * 1000) ** 2 + 5 + 3 + ROUNDING**2
    assert found.births[0] == pytest.approx((1000 - 930 - 5 + 3 - 20) / 0.98)
    assert found.sd[0] == pytest.approx(variance**0.5 / 0.98)
