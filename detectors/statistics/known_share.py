"""Completeness of a register as the share it holds of the births that other registers know, with all that makes it unsure.

With ``m`` births of the register that some reference knows and ``c`` births that only references know, ``q = m / (m + c)``. Neither
rows that stand for no birth nor births nobody knows enter it; it assumes that being known to references does not go with being
registered. Arrays in, arrays out; one element per unit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MODEL_SD: Final = 0.001  # a tenth of a point: what no count shows, such as births hard to catch for everybody (county: measured)
ROUNDING: Final = 0.35  # births: counts of 0, 1 or 2 births nobody saw are not normal
# Share of births miscounted one by one, by a reference's wrong township or unrecognised second entry (simulated counties).
STRAY: Final = 0.001
MISJUDGED: Final = 0.5  # the linker's expected errors are off by half of themselves, as one standard deviation


@dataclass(frozen=True)
class KnownShare:
    """Completeness of each unit.

    Attributes:
        known: births references know, ``u``.
        share: completeness, corrected for links missed and false; not cut to [0, 1].
        sd: standard deviation about the realised completeness, all parts together.
        sampling, noise, linkage: its parts, shares.
    """

    known: Floats
    share: Floats
    sd: Floats
    sampling: Floats
    noise: Floats
    linkage: Floats


def known_share(
    m: Floats,
    c: Floats,
    m_sd: Floats,
    c_sd: Floats,
    gap: Floats,
    missed: Floats,
    false: Floats,
    confused: Floats,
    rates_sd: Floats,
    twice: Floats | None = None,
    twice_sd: Floats | None = None,
) -> KnownShare:
    """Share of the births references know that the register holds.

    ``q = (m + missed - false) / u`` with ``u = m + c - twice``. Its variance about the realised completeness is the sum of:
    ``q (1-q) gap / u``, the births nobody but the register could know being few; ``(0.35/u)^2``; the errors that really happened,
    ``(missed + false + confused + q^2 twice)/u^2``, and births gone astray, ``STRAY/u``; the unsureness of their expectation;
    the gate's noise, ``((1-q)^2 m_sd^2 + q^2 c_sd^2)/u^2``; and an allowance.

    Args:
        m: births of the register that some reference knows; protected, so any number.
        c: births only references know.
        m_sd: standard deviation of the noise in ``m``.
        c_sd: the same for ``c``.
        gap: share of births that no reference knows.
        missed: expected births of the register whose reference row was not linked (they stand in ``c``).
        false: expected births of the register that only a false link put in ``m``; known from a custodian's review only.
        confused: expected births in a link with another birth: most swap partners and move no count, some move one either way.
        rates_sd: how sure ``missed - false`` is, in births.
        twice: expected births counted once more in ``c`` because rows of references were not linked to each other; none by default.
        twice_sd: how sure that is, in births.

    Returns:
        Per unit; where ``u`` is not positive, shares are 0 and ``sd`` is 1: callers must not estimate there.

    >>> none, known, missing = np.zeros(1), np.array([870.0]), np.array([130.0])
    >>> known_share(known, missing, none, none, none, none, none, none, none).share.round(3).tolist()
    [0.87]
    """
    twice = np.zeros(m.size) if twice is None else twice
    twice_sd = np.zeros(m.size) if twice_sd is None else twice_sd
    u = m + c - twice
    usable = u > 0
    safe = np.where(usable, u, 1.0)
    share = np.where(usable, (m + missed - false) / safe, 0.0)
    q = np.clip((m + missed - false + 0.5) / (safe + 1.0), 0.0, 1.0)
    sampling = q * (1 - q) * np.clip(gap, 0.0, 1.0) / safe + (ROUNDING / safe) ** 2
    noise = ((1 - q) ** 2 * m_sd**2 + q**2 * c_sd**2) / safe**2
    happened = np.maximum(missed, 0.0) + np.maximum(false, 0.0) + np.maximum(confused, 0.0)
    again = q**2 * (np.maximum(twice, 0.0) + twice_sd**2)
    linkage = (happened + again + STRAY * safe + rates_sd**2) / safe**2
    total = np.sqrt(sampling + noise + linkage + MODEL_SD**2)
    return KnownShare(u, share, np.where(usable, total, 1.0), np.sqrt(sampling), np.sqrt(noise), np.sqrt(linkage))


def with_odds_ratio(share: Floats, gap: Floats, odds_ratio: float) -> Floats:
    """Completeness if register and references were dependent with this odds ratio; equal to ``share`` at 1.

    Of the register's births ``gap`` are unknown to references; of those it lacks, more (odds ratio above 1) or fewer.

    >>> with_odds_ratio(np.array([0.9]), np.array([0.01]), 2.0).round(4).tolist()
    [0.8991]
    """
    odds = gap / np.maximum(1 - gap, 1e-9)
    lacking = (1 - share) / np.maximum(share, 1e-9) * (1 + odds_ratio * odds)
    return np.asarray((1 + odds) / (1 + odds + lacking), dtype=np.float64)


@dataclass(frozen=True)
class Excess:
    """Registered births that no reference knows, beyond the references' own gaps: births elsewhere or invented, or missed links.

    Attributes:
        births: the excess in births; may be negative.
        sd: its standard deviation.
    """

    births: Floats
    sd: Floats


def excess(
    registered: Floats, m: Floats, m_sd: Floats, gap: float, gap_sd: float, missed: Floats, false: Floats, linkage_sd: Floats
) -> Excess:
    """``x = (registered - m - missed + false - gap registered) / (1 - gap)`` per unit.

    Args:
        registered: distinct births in the register, exact.
        m: of them known to some reference; protected.
        m_sd: standard deviation of the noise in ``m``.
        gap: share of births that no reference knows.
        gap_sd: how much a unit's own gap may differ from it.
        missed: expected missed links.
        false: expected false links.
        linkage_sd: standard deviation of ``missed - false``.

    >>> none = np.zeros(1)
    >>> found = excess(np.array([1000.0]), np.array([950.0]), none, 0.01, 0.0, none, none, none)
    >>> found.births.round(1).tolist()
    [40.4]
    """
    unknown = registered - m - missed + false
    births = (unknown - gap * registered) / (1 - gap)
    variance = registered * gap * (1 - gap) + m_sd**2 + linkage_sd**2 + (gap_sd * registered) ** 2
    variance = variance + np.maximum(missed, 0.0) + np.maximum(false, 0.0) + ROUNDING**2
    return Excess(births, np.sqrt(variance) / (1 - gap))
