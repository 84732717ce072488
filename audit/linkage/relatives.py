"""Children of one mother, who agree on nearly everything without being one birth: distributions of twins and of siblings.

They are not trained (a county has too few) but derived from the matches' m and the unrelated pairs' u: family fields as in a
match, given names as between unrelated children of one surname.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from audit.linkage.patterns import Patterns
    from audit.linkage.spec import Distribution

# Positions of births.COMPARISONS and of the levels meant; births has the names.
_NUMBER_DATE, _NAME, _MOTHER, _SEX, _MOTHER_ID = 0, 1, 2, 4, 6
_N_DATE, _N_NAME, _ANOTHER_CHILD = 8, 10, 4
_ALIKE: Final = [1, 2, 3, 5]  # exact, homophone, part, surname only
_ALIKE_LEAST: Final = np.array([0.002, 0.002, 0.12, 0.5])
_CONFIDENCE: Final = 15.0  # pairs' worth of what is assumed before any twins are seen
# missing, exact, typo, blurred, another child, other: numbers of twins follow each other closely
_TWIN_NUMBER: Final = np.array([1.0, 0.002, 0.008, 0.05, 0.69, 0.25])
_SIBLING_NUMBER: Final = np.array([1.0, 0.001, 0.001, 0.003, 0.005, 0.99])
_NOISE: Final = 0.05  # share of relatives whose surname is written differently


def twins_and_siblings(m: "Distribution", u: "Distribution", patterns: "Patterns") -> "tuple[Distribution, ...]":
    """Distributions of twins and of other siblings, levels as in ``births.COMPARISONS``.

    Args:
        m, u: of matches and of unrelated pairs.
        patterns: candidates; those of one mother and day with two right numbers show how twins are named here.
    """
    names = _names(m[_NAME], u[_NAME], _seen(patterns))
    born_m, born_u = (d[_NUMBER_DATE].reshape(-1, _N_DATE) for d in (m, u))
    twins, siblings = list(m), list(m)
    twins[_NAME] = siblings[_NAME] = names
    twins[_SEX] = np.array([1.0, 0.65, 0.35])
    siblings[_SEX] = u[_SEX]
    twins[_NUMBER_DATE] = np.outer(_TWIN_NUMBER, _dates(born_m)).ravel()
    siblings[_NUMBER_DATE] = np.outer(_SIBLING_NUMBER, _apart(_dates(born_u))).ravel()
    return tuple(twins), tuple(siblings)


def _seen(patterns: "Patterns") -> NDArray[np.float64]:
    """Name levels of pairs that are twins beyond doubt: one day, one mother, and both numbers right but different."""
    levels = patterns.levels
    number, date = np.divmod(levels[_NUMBER_DATE], _N_DATE)
    mother = (levels[_MOTHER] == 1) | (levels[_MOTHER] == 2) | (levels[_MOTHER_ID] == 1)
    twins = (number == _ANOTHER_CHILD) & (date == 1) & mother
    return np.bincount(levels[_NAME], patterns.counts * twins, minlength=_N_NAME).astype(np.float64)


def _dates(born: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dates without regard to numbers; ``missing`` stays 1."""
    dates: NDArray[np.float64] = born[1:].sum(axis=0)
    dates /= dates[1:].sum()
    dates[0] = 1.0
    return dates


def _apart(dates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dates of births of one mother that are not one birth: not within days of each other, but for slips of the pen."""
    dates = dates.copy()
    dates[1:5] *= 0.1
    dates[6] *= 0.1
    dates[1:] /= dates[1:].sum()
    return dates


def _names(m: NDArray[np.float64], u: NDArray[np.float64], seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Names of two children of one surname; as often without a name as in a match, but seldom without a name alike."""
    alike = u[_ALIKE] / u[_ALIKE].sum()
    alike = np.maximum(alike, _ALIKE_LEAST)  # twins share a character of the given name more often than strangers
    alike = alike / alike.sum() * _CONFIDENCE + seen[_ALIKE]
    unnamed = m[6] + m[7] + m[9]
    names = np.zeros_like(m)
    names[_ALIKE] = alike / alike.sum() * (1 - unnamed) * (1 - _NOISE)
    names[[4, 8]] = (1 - unnamed) * _NOISE / 2
    names[[6, 7, 9]] = m[6] + 0.7 * m[9], m[7], 0.3 * m[9]
    names[0] = 1.0
    return names
