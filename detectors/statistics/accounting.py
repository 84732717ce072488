"""Demographic accounting: identities that published figures must satisfy within what rounding allows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Balance:
    """One population's year.

    Attributes:
        residual: ``P1 - (P0 + B - D + M)``, persons.
        birth_rate, death_rate, natural_increase: recomputed per mille on the mean population; None without one.
    """

    residual: float
    birth_rate: float | None
    death_rate: float | None
    natural_increase: float | None


def balance(start: float, end: float, births: float, deaths: float, migration: float = 0.0) -> Balance:
    """Residual and rates of one year: ``e = P1 - (P0 + B - D + M)``, rates on ``(P0 + P1) / 2``.

    Args:
        start, end: populations at both year ends, any unit.
        births, deaths, migration: of the year, in the same unit.

    >>> found = balance(41200, 41650, 310, 260, 120)
    >>> found.residual, round(found.birth_rate, 4)
    (280.0, 7.4834)
    """
    mean = (start + end) / 2
    rates: list[float | None] = [1000 * events / mean if mean > 0 else None for events in (births, deaths, births - deaths)]
    return Balance(float(end - (start + births - deaths + migration)), *rates)


def rounding_unit(values: ArrayLike, most: int = 4) -> float:
    """The last place in which any of the figures has a digit: 0.01 for 9.97, 1 for whole numbers.

    Args:
        values: figures as published; those missing (NaN) are skipped.
        most: decimals to look for.

    >>> rounding_unit([9.97, 10.5]), rounding_unit([3, 4])
    (0.01, 1.0)
    """
    x = np.asarray(values, float)
    x = x[~np.isnan(x)]
    for decimals in range(most):
        if np.all(np.abs(x - np.round(x, decimals)) < 1e-9 * np.maximum(1, np.abs(x))):
            return float(10.0**-decimals)
    return float(10.0**-most)


def increase_gap(birth_rate: ArrayLike, death_rate: ArrayLike, increase: ArrayLike) -> Floats:
    """Natural increase less its parts, ``NGR - (CBR - CDR)``, per mille.

    >>> float(increase_gap(6.77, 7.37, -0.60).round(6))
    0.0
    """
    return np.asarray(np.asarray(increase, float) - (np.asarray(birth_rate, float) - np.asarray(death_rate, float)))


def increase_tolerance(unit: float) -> float:
    """How far rounding alone can part natural increase from its parts: half a unit for each of three figures.

    >>> increase_tolerance(0.01)
    0.015
    """
    return 1.5 * unit
