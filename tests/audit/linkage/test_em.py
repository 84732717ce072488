"""Training recovers what the pairs were made from."""

import numpy as np
import pytest

from audit.linkage.em import Model, normalise, rounded, train
from audit.linkage.patterns import Patterns, count, decode
from audit.linkage.spec import Comparison, Spec

M = ((0.9, 0.08, 0.02), (0.8, 0.15, 0.05), (0.95, 0.05))
U = ((0.01, 0.09, 0.9), (0.001, 0.01, 0.989), (0.5, 0.5))


def spec() -> Spec:
    def comparison(k: int, m: tuple[float, ...], u: tuple[float, ...]) -> Comparison:
        levels = ("missing", *(f"level{j}" for j in range(len(m))))
        return Comparison(f"field{k}", levels, lambda *_: np.zeros(0, np.uint8), (0.0, *m), (0.0, *u))

    starts = ((0.7, 0.2, 0.1), (0.7, 0.2, 0.1), (0.8, 0.2))
    comparisons = tuple(comparison(k, m, u) for k, (m, u) in enumerate(zip(starts, U, strict=True)))
    return Spec(comparisons, (), lambda r: r, (), lambda *_: np.zeros(0, bool), lambda *_: ())


def simulate(n_match: int, n_other: int, rng: np.random.Generator) -> Patterns:
    codes = np.zeros(n_match + n_other, dtype=np.uint32)
    radix = 1
    for m, u in zip(M, U, strict=True):
        levels = np.concatenate([rng.choice(len(m), n_match, p=m), rng.choice(len(u), n_other, p=u)]) + 1
        levels[rng.random(levels.size) < 0.1] = 0
        codes += (levels * radix).astype(np.uint32)
        radix *= len(m) + 1
    distinct, counts = np.unique(codes, return_counts=True)
    return Patterns(distinct, counts.astype(np.float64), spec().comparisons)


def trained() -> tuple[Model, Patterns]:
    rng = np.random.default_rng(1)
    candidates = simulate(3000, 60_000, rng)
    u = tuple(np.array((1.0, *values)) for values in U)
    nothing = Patterns(np.zeros(0, dtype=np.uint32), np.zeros(0), spec().comparisons)
    return train(nothing, candidates, u, 63_000.0, spec()), candidates


def test_m_and_the_number_of_matches_come_back() -> None:
    model, _ = trained()
    for values, m in zip(model.m, M, strict=True):
        assert values[1:] == pytest.approx(m, abs=0.03)
    assert model.sizes[0] == pytest.approx(3000, rel=0.05)


def test_m_is_rounded_to_two_digits_before_use() -> None:
    model, _ = trained()
    for values in model.m:
        assert values.tolist() == rounded(values).tolist()


def test_weights_are_log_odds_and_missing_values_say_nothing() -> None:
    model, patterns = trained()
    weights = model.weights(patterns)
    levels = decode(patterns.codes, patterns.comparisons)
    for k in range(0, patterns.codes.size, 7):
        expected = np.log2(model.sizes[0] / model.sizes[-1])
        for field, level in enumerate(levels):
            if level[k]:
                expected += np.log2(model.m[field][level[k]] / model.u[field][level[k]])
        assert weights[k] == pytest.approx(expected)


def test_probabilities_add_up_within_groups() -> None:
    values = normalise(np.array([5.0, 1.0, 3.0, 2.0, 2.0]), (0, 1, 1, 2, 2))
    assert values.tolist() == [1.0, 0.25, 0.75, 0.5, 0.5]


@pytest.mark.parametrize("pairs", [0, 1, 4, 5000])
def test_patterns_are_counted_alike_whether_few_or_many(pairs: int) -> None:
    codes = np.random.default_rng(pairs).integers(0, 4 * 4 * 3, pairs).astype(np.uint32)
    patterns, which = count(codes, spec())
    distinct, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    assert patterns.codes.dtype == codes.dtype
    assert (patterns.codes == distinct).all()
    assert (patterns.counts == counts).all()
    assert (which == inverse.reshape(-1)).all()
