"""Attribute sampling: how many rows to check, how many errors are too many, and what a checked sample says of all rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

_BLOCK = 1024

# Source of plan(): attribute sampling by the hypergeometric distribution, as in AICPA, Audit Guide: Audit Sampling, appendix A
# (table A-1 has 68 (2) for 2 % expected and 9 % tolerable at 95 %); Guy, Carmichael & Whittington, Audit Sampling, 5th ed. (2002).
# Source of limits(): Buonaccorsi 1987, American Statistician 41, 215-218 (exact limits for a finite population).


@dataclass(frozen=True)
class Plan:
    """A sampling plan.

    Attributes:
        size: rows to check.
        acceptable: errors up to which the register is accepted.
        risk: probability of accepting a register whose error rate is just the tolerable one.
    """

    size: int
    acceptable: int
    risk: float


def plan(population: int, tolerable: float, expected: float = 0.0, confidence: float = 0.95) -> Plan:
    """The smallest sample that still tells a tolerable error rate from a worse one.

    The sample may hold the expected share of errors, rounded up, and the chance of so few in a register whose share of
    errors is the tolerable one must not exceed ``1 - confidence`` (hypergeometric, without replacement). When no smaller
    sample will do, all rows are checked.

    Args:
        population: rows of the register.
        tolerable: share of wrong rows that is just not acceptable, in (0, 1).
        expected: share of wrong rows thought likely, in [0, tolerable).
        confidence: one minus the risk of accepting too bad a register, in (0, 1).

    Raises:
        ValueError: an argument is out of range.

    >>> plan(3653, tolerable=0.09, expected=0.02)
    Plan(size=68, acceptable=2, risk=0.04758468199934172)
    """
    if population < 1 or not 0 < tolerable < 1 or not 0 <= expected < tolerable or not 0 < confidence < 1:
        raise ValueError("population >= 1, 0 <= expected < tolerable < 1, 0 < confidence < 1")
    for start in range(1, population, _BLOCK):
        sizes = np.arange(start, min(start + _BLOCK, population))
        acceptable = np.ceil(expected * sizes - 1e-9).astype(np.int64)
        risks = np.atleast_1d(stats.hypergeom.cdf(acceptable, population, _wrong(population, tolerable), sizes))
        if (enough := np.flatnonzero(risks <= 1 - confidence)).size:
            first = enough[0]
            return Plan(int(sizes[first]), int(acceptable[first]), float(risks[first]))
    return Plan(population, _wrong(population, tolerable) - 1, 0.0)


def outgoing_quality_limit(population: int, size: int, acceptable: int) -> float:
    """Average outgoing quality limit: the worst share of errors left, on average, if registers that fail are corrected whole.

    ``max over p of p P(accept | p) (N - n) / N`` (Dodge & Romig 1959, Sampling Inspection Tables; hypergeometric).

    Args:
        population: rows of the register, N.
        size: rows checked, n.
        acceptable: errors up to which it is accepted.

    Raises:
        ValueError: 0 <= size <= population does not hold, or acceptable is negative.

    >>> round(outgoing_quality_limit(1000, 100, 2), 4)
    0.0123
    """
    if not 0 <= size <= population or population < 1 or acceptable < 0:
        raise ValueError("0 <= size <= population, acceptable >= 0")
    wrong = np.unique(np.linspace(0, population, min(population, 4000) + 1).astype(np.int64))
    accept = stats.hypergeom.cdf(acceptable, population, wrong, size)
    return float((wrong / population * accept).max() * (population - size) / population)


def risk(population: int, tolerable: float, size: int, errors: int) -> float:
    """The chance of at most so many errors in a sample of a register whose share of wrong rows is just the tolerable one.

    A register is accepted when this is at most one minus the confidence; for the plan's size that is as many errors as the
    plan says.

    >>> [risk(3653, 0.09, 68, errors) <= 0.05 for errors in (2, 3)]
    [True, False]
    """
    return float(stats.hypergeom.cdf(errors, population, _wrong(population, tolerable), size))


def limits(errors: int, size: int, population: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided limits of the share of wrong rows in a finite register.

    Args:
        errors: wrong rows among those checked.
        size: rows checked.
        population: rows of the register.
        confidence: of the interval.

    Returns:
        The lowest and the highest share of wrong rows that the sample does not contradict.

    Raises:
        ValueError: not ``0 <= errors <= size <= population`` with ``size >= 1``.

    >>> tuple(round(limit, 4) for limit in limits(1, 68, 3653))
    (0.0005, 0.0786)
    """
    if not (0 <= errors <= size <= population and size >= 1):
        raise ValueError("0 <= errors <= size <= population, size >= 1")
    tail = (1 - confidence) / 2
    least, most = errors, population - (size - errors)
    # Both tails are monotone in the number of wrong rows, so each limit is found by halving.
    low = _first(least, most, lambda wrong: float(stats.hypergeom.sf(errors - 1, population, wrong, size)) > tail)
    high = _first(least, most, lambda wrong: float(stats.hypergeom.cdf(errors, population, wrong, size)) <= tail)
    highest = high - 1 if float(stats.hypergeom.cdf(errors, population, high, size)) <= tail else high
    return low / population, highest / population


def _wrong(population: int, tolerable: float) -> int:
    return math.ceil(population * tolerable - 1e-9)


def _first(low: int, high: int, true_from: Callable[[int], bool]) -> int:
    """The first number from which on something holds; ``high`` when it never does."""
    while low < high:
        middle = (low + high) // 2
        if true_from(middle):
            high = middle
        else:
            low = middle + 1
    return low
