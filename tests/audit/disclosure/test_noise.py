"""The noise really drawn: its law, its exactness, and that only the real sampler is unseeded."""

import numpy as np
import pytest
from scipy import stats

from audit.disclosure.budget import LEVELS
from audit.disclosure.noise import opendp_sampler, seeded_sampler

DRAWS = 20_000
ALPHA = 1e-6


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
@pytest.mark.parametrize("make", [opendp_sampler, lambda: seeded_sampler(11)], ids=["opendp", "seeded"])
def test_noise_has_the_declared_variance_and_no_bias(level, make):
    exact = np.full(DRAWS, 1000, dtype=np.int64)
    noise = make()(exact, level.sd) - exact
    assert noise.dtype == np.int64
    low, high = stats.chi2.ppf([ALPHA / 2, 1 - ALPHA / 2], DRAWS - 1) / (DRAWS - 1)
    assert low < noise.var(ddof=1) / level.sd**2 < high
    assert abs(noise.mean()) < stats.norm.isf(ALPHA / 2) * level.sd / np.sqrt(DRAWS)


def test_neighbouring_cells_get_independent_noise():
    noise = opendp_sampler()(np.zeros(DRAWS, dtype=np.int64), 2.042).astype(float)
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < stats.norm.isf(ALPHA / 2) / np.sqrt(DRAWS)


def test_the_real_sampler_never_repeats_and_the_seeded_one_does():
    exact = np.zeros(200, dtype=np.int64)
    assert not np.array_equal(opendp_sampler()(exact, 7.0), opendp_sampler()(exact, 7.0))
    assert np.array_equal(seeded_sampler(3)(exact, 7.0), seeded_sampler(3)(exact, 7.0))
    assert not np.array_equal(seeded_sampler(3)(exact, 7.0), seeded_sampler(4)(exact, 7.0))


def test_no_cells_no_noise():
    assert opendp_sampler()(np.zeros(0, dtype=np.int64), 2.0).size == 0


@pytest.mark.parametrize("sampler", [opendp_sampler(), seeded_sampler(4)])
def test_a_single_count_gets_noise_too(sampler):
    drawn = {int(sampler(np.array([50], dtype=np.int64), 3.0)[0]) for _ in range(60)}
    assert len(drawn) > 4
    assert sampler(np.array([], dtype=np.int64), 3.0).size == 0
