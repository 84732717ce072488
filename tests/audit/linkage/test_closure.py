"""Births from weighted pairs, by hand."""

import numpy as np

from audit.linkage.closure import close, persons
from audit.linkage.duplicates import Within, group
from audit.linkage.em import Model
from audit.linkage.pairing import Pairs

MODEL = Model((), None, (), (), (1.0, 1.0), ())


def between(*pairs: tuple[int, int, float]) -> Pairs:
    i, j, w = (np.array(values) for values in zip(*pairs, strict=True)) if pairs else (np.zeros(0, dtype=np.int64),) * 3
    return Pairs(i, j, w.astype(float), w.astype(float), 0, MODEL, [])


def within(*pairs: tuple[int, int, float]) -> Within:
    one = between(*pairs)
    return Within(one.i, one.j, one.weight, MODEL)


def alone(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.uint32)


def test_a_chain_over_three_sources_is_one_birth() -> None:
    people = persons([alone(1), alone(1), alone(1)])
    pairs = {(0, 1): between((0, 0, 5.0)), (0, 2): between(), (1, 2): between((0, 0, 5.0))}
    assert close(people, pairs, {1: within(), 2: within()}).tolist() == [0, 0, 0]


def test_a_birth_has_at_most_one_person_of_a_source() -> None:
    # The weak link B1-C0 would tie A0 and A1 together through C0.
    people = persons([alone(2), alone(2), alone(1)])
    pairs = {(0, 1): between((0, 0, 9.0), (1, 1, 9.0)), (0, 2): between((0, 0, 8.0)), (1, 2): between((1, 0, 7.0))}
    births = close(people, pairs, {1: within(), 2: within()})
    assert births.tolist() == [0, 1, 0, 1, 0]


def test_the_best_sum_wins_over_the_greedy_choice() -> None:
    # Twins: A0-B0 alone would leave A1 with nothing.
    people = persons([alone(2), alone(2)])
    pairs = {(0, 1): between((0, 0, 9.0), (0, 1, 8.0), (1, 0, 8.5))}
    assert close(people, pairs, {1: within()}).tolist() == [0, 1, 1, 0]


def test_a_leftover_joins_the_person_it_resembles_but_another_child_does_not() -> None:
    people = persons([alone(1), alone(3)])
    pairs = {(0, 1): between((0, 0, 9.0))}
    births = close(people, pairs, {1: within((0, 1, -1.0), (0, 2, -20.0))})
    assert births.tolist() == [0, 0, 0, 3]


def test_likely_duplicates_join_when_no_other_source_speaks_against_it() -> None:
    people = persons([alone(2), alone(2)])
    duplicates = {1: within((0, 1, 6.0))}
    assert close(people, {(0, 1): between((0, 0, 9.0))}, duplicates).tolist() == [0, 1, 0, 0]
    both_linked = {(0, 1): between((0, 0, 9.0), (1, 1, 9.0))}
    assert close(people, both_linked, duplicates).tolist() == [0, 1, 0, 1]


def test_groups_are_numbered_by_their_first_rows() -> None:
    groups = group(6, np.array([1, 4, 2]), np.array([4, 5, 3]), np.array([5.0, 5.0, 1.0]), 2.0)
    assert groups.tolist() == [0, 1, 2, 3, 1, 1]
