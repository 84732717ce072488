"""Children of one mother, who agree on nearly everything without being one birth: distributions of twins and of siblings.

They are not trained (a county has too few) but derived from the matches' m and the unrelated pairs' u: family fields as in a
match, given names as between unrelated children of one surname.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from audit.linkage.spec import Distribution

# Positions of births.COMPARISONS and of the levels meant; births has the names.
_NUMBER_DATE, _NAME, _SEX = 0, 1, 4
_N_DATE: Final = 8
# missing, exact, typo, blurred, another child, other: numbers of twins follow each other closely
_TWIN_NUMBER: Final = np.array([1.0, 0.002, 0.008, 0.05, 0.69, 0.25])
_SIBLING_NUMBER: Final = np.array([1.0, 0.001, 0.001, 0.003, 0.005, 0.99])
_NOISE: Final = 0.05  # share of relatives whose surname is written differently


def twins_and_siblings(m: "Distribution", u: "Distribution") -> "tuple[Distribution, ...]":
    """Distributions of twins and of other siblings, levels as in ``births.COMPARISONS``."""
    names = _names(m[_NAME], u[_NAME])
    born_m, born_u = (d[_NUMBER_DATE].reshape(-1, _N_DATE) for d in (m, u))
    twins, siblings = list(m), list(m)
    twins[_NAME] = siblings[_NAME] = names
    twins[_SEX] = np.array([1.0, 0.65, 0.35])
    siblings[_SEX] = u[_SEX]
    twins[_NUMBER_DATE] = np.outer(_TWIN_NUMBER, _dates(born_m)).ravel()
    siblings[_NUMBER_DATE] = np.outer(_SIBLING_NUMBER, _apart(_dates(born_u))).ravel()
    return tuple(twins), tuple(siblings)


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


def _names(m: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Names of two children of one surname; as often without a name as in a match."""
    names = np.zeros_like(m)
    alike = u[[1, 2, 3, 5]] / u[[1, 2, 3, 5]].sum()
    alike[2] = max(alike[2], 0.06)  # siblings share a character of the given name more often than strangers
    named = 1 - m[6] - m[7]
    names[[1, 2, 3, 5]] = alike / alike.sum() * named * (1 - _NOISE)
    names[[4, 8]] = named * _NOISE / 2
    names[[6, 7]] = m[[6, 7]]
    names[0] = 1.0
    return names
