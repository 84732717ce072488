"""One-to-one assignment against trying everything."""

import itertools

import numpy as np
import pytest

from audit.linkage.assign import one_to_one


def best_sum(i: np.ndarray, j: np.ndarray, gain: np.ndarray) -> float:
    best = 0.0
    for size in range(1, min(len(set(i)), len(set(j))) + 1):
        for chosen in itertools.combinations(range(i.size), size):
            rows, columns = i[list(chosen)], j[list(chosen)]
            if len(set(rows)) == len(set(columns)) == size:
                best = max(best, float(gain[list(chosen)].sum()))
    return best


@pytest.mark.parametrize("seed", range(30))
def test_the_sum_is_the_best_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.array(list(itertools.product(range(4), range(4))))
    pairs = pairs[rng.random(len(pairs)) < 0.6]
    weight = rng.normal(2, 6, len(pairs)).round(2)
    chosen = one_to_one(pairs[:, 0], pairs[:, 1], weight, cut=0.0)
    assert len(set(pairs[chosen, 0])) == len(set(pairs[chosen, 1])) == chosen.sum()
    assert weight[chosen].sum() == pytest.approx(best_sum(pairs[weight > 0, 0], pairs[weight > 0, 1], weight[weight > 0]))


def test_wide_groups_go_through_the_hungarian_method() -> None:
    rng = np.random.default_rng(5)
    i, j = (x.ravel() for x in np.meshgrid(np.arange(9), np.arange(9)))
    weight = rng.normal(0, 1, i.size) + 20 * (i == j)
    chosen = one_to_one(i, j, weight, cut=0.0)
    assert (i[chosen] == j[chosen]).all()
    assert chosen.sum() == 9


def test_groups_beyond_all_measure_end_soon() -> None:
    i, j = (x.ravel() for x in np.meshgrid(np.arange(700), np.arange(700)))
    chosen = one_to_one(i, j, np.where(i == j, 9.0, 1.0), cut=0.0)
    assert chosen.sum() == 700
    assert (i[chosen] == j[chosen]).all()


def test_nothing_is_linked_below_the_cut() -> None:
    assert not one_to_one(np.array([0]), np.array([0]), np.array([-5.0])).any()
    assert one_to_one(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)).size == 0


def test_of_equal_pairs_of_one_row_the_first_is_linked() -> None:
    i, j = np.array([0, 0, 0, 1, 2]), np.array([0, 1, 2, 3, 3])
    assert one_to_one(i, j, np.array([1.0, 5.0, 5.0, 2.0, 2.0])).tolist() == [False, True, False, True, False]
