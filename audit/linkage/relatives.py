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
_NUMBER_DATE, _NAME, _MOTHER, _FATHER, _SEX, _PLACE, _MOTHER_ID = 0, 1, 2, 3, 4, 5, 6
_N_DATE, _N_NAME, _ANOTHER_CHILD = 8, 11, 4
_ALIKE: Final = [1, 2, 3, 5]  # exact, homophone, part, surname only
_UNNAMED: Final = [6, 7, 9, 10]  # placeholder, placeholder other, placeholder same, one of several
_ALIKE_LEAST: Final = np.array([0.002, 0.002, 0.12, 0.5])
_CONFIDENCE: Final = 10.0  # pairs' worth of what is assumed before any twins are seen
# missing, exact, typo, blurred, another child, other: numbers of twins differ in the last digits, and one of ten has a wrong digit
_TWIN_NUMBER: Final = np.array([1.0, 0.002, 0.004, 0.08, 0.864, 0.05])
_SIBLING_NUMBER: Final = np.array([1.0, 0.001, 0.001, 0.003, 0.005, 0.99])
_NOISE: Final = 0.05  # share of relatives whose surname is written differently


def twins_and_siblings(m: "Distribution", u: "Distribution", patterns: "Patterns") -> "tuple[Distribution, ...]":
    """Distributions of twins and of other siblings between two sources, levels as in ``births.COMPARISONS``.

    Args:
        m, u: of matches and of unrelated pairs.
        patterns: candidates; those of one mother and day with two right numbers show how twins are named here.
    """
    seen, _ = _sure_twins(patterns)
    names = np.bincount(patterns.levels[_NAME], seen, minlength=_N_NAME).astype(np.float64)
    names[_UNNAMED] = 0  # two sources leave out names each in its own way
    twins, siblings = _of_one_mother(m, u, names, 1.0)
    return twins, siblings


def twins_and_siblings_within(m: "Distribution", u: "Distribution", patterns: "Patterns") -> "tuple[Distribution, ...]":
    """The same within one source, where no row of their own competes with a twin's: all that sure twins show is used.

    Twins are registered at one counter on one day, and named as 大宝 and 二宝 at first: they agree on place and father, have
    fewer wrong dates and more often no name yet than a birth entered twice.
    """
    levels, (seen, unlike) = patterns.levels, _sure_twins(patterns)
    names = np.bincount(levels[_NAME], seen, minlength=_N_NAME).astype(np.float64)
    twins, _ = _of_one_mother(m, u, names, 2.0)
    _, siblings = _of_one_mother(m, u, np.zeros(_N_NAME), 2.0)
    kin = list(twins)
    for field in (_FATHER, _PLACE):
        both = m[field] * _CONFIDENCE + np.bincount(levels[field], seen, minlength=m[field].size)
        kin[field] = np.append(1.0, both[1:] / both[1:].sum())
    dates = _dates(m[_NUMBER_DATE].reshape(-1, _N_DATE))
    off = ((1 - dates[1]) * _CONFIDENCE + unlike) / (_CONFIDENCE + unlike + seen.sum())
    dates[3:] *= off / 2 / dates[3:].sum()
    dates[1:3] = 1 - off, off / 2  # half of the slips are in the row that has the number
    kin[_NUMBER_DATE] = np.outer(_TWIN_NUMBER, dates).ravel()
    return tuple(kin), siblings


def _of_one_mother(
    m: "Distribution", u: "Distribution", seen: NDArray[np.float64], unnamed: float
) -> "tuple[Distribution, Distribution]":
    """Twins and siblings who are named as ``seen``."""
    born_m, born_u = (d[_NUMBER_DATE].reshape(-1, _N_DATE) for d in (m, u))
    twins, siblings = list(m), list(m)
    twins[_NAME] = siblings[_NAME] = _names(m[_NAME], u[_NAME], seen, unnamed)
    twins[_SEX] = np.array([1.0, 0.65, 0.35])
    siblings[_SEX] = u[_SEX]
    twins[_NUMBER_DATE] = np.outer(_TWIN_NUMBER, _dates(born_m)).ravel()
    siblings[_NUMBER_DATE] = np.outer(_SIBLING_NUMBER, _apart(_dates(born_u))).ravel()
    return tuple(twins), tuple(siblings)


def _sure_twins(patterns: "Patterns") -> tuple[NDArray[np.float64], float]:
    """Pairs of each pattern that are twins beyond doubt: one mother, and both numbers right, of one day, but different.

    Returns:
        Those whose dates are equal too, and how many there are whose dates are not.
    """
    levels = patterns.levels
    number, date = np.divmod(levels[_NUMBER_DATE], _N_DATE)
    mother = (levels[_MOTHER] == 1) | (levels[_MOTHER] == 2) | (levels[_MOTHER_ID] == 1)
    twins = patterns.counts * ((number == _ANOTHER_CHILD) & mother)
    return twins * (date == 1), float(twins[date != 1].sum())


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


def _names(m: NDArray[np.float64], u: NDArray[np.float64], seen: NDArray[np.float64], twice: float) -> NDArray[np.float64]:
    """Names of two children of one surname.

    Args:
        m, u: of matches and of unrelated pairs.
        seen: how many pairs of sure twins have each level.
        twice: how many times as often one of them is not yet named as in a match, before any are seen.
    """
    alike = u[_ALIKE] / u[_ALIKE].sum()
    alike = np.maximum(alike, _ALIKE_LEAST)  # twins share a character of the given name more often than strangers
    alike = alike / alike.sum() * _CONFIDENCE + seen[_ALIKE]
    unnamed = np.array([twice * m[6] + 0.7 * m[9], m[7], 0.3 * m[9], m[10] + 0.02])  # seldom without a name alike
    if seen[_UNNAMED].any():
        unnamed = (unnamed * _CONFIDENCE + seen[_UNNAMED]) / (_CONFIDENCE + seen.sum())
    named = 1 - unnamed.sum()
    names = np.zeros_like(m)
    names[_ALIKE] = alike / alike.sum() * named * (1 - _NOISE)
    names[[4, 8]] = named * _NOISE / 2
    names[_UNNAMED] = unnamed
    names[0] = 1.0
    return names
