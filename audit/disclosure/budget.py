"""How much noise each level of counts gets, and what it costs.

The unit of protection is one birth's pattern of presence in the sources, all other links held fixed. Zero-concentrated
differential privacy (Bun & Steinke 2016): noise of standard deviation s on counts that one birth moves by at most D (L2) costs
rho = D^2 / (2 s^2); the costs of several releases add up.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

DELTA: Final = 1e-6
RHO_LIMIT: Final = 0.5
MANY_RELEASES: Final = 10


@dataclass(frozen=True, slots=True)
class Level:
    """One table of counts that is released.

    Attributes:
        name: the table.
        labels: columns that name its cells.
        values: columns of counts.
        share: its part of the budget, as an exact fraction (floats would not add up to 0.5).
        sensitivity_squared: square of the L2 distance by which one birth moves the table.
    """

    name: str
    labels: tuple[str, ...]
    values: tuple[str, ...]
    share: Fraction
    sensitivity_squared: int

    @property
    def sd(self) -> float:
        """Standard deviation of the noise in births, rounded up so that no float dust exceeds the share."""
        return math.ceil(math.sqrt(self.sensitivity_squared / (2 * self.share)) * 1000 + 1e-9) / 1000

    @property
    def sensitivity(self) -> float:
        """The L2 distance by which one birth moves the table."""
        return math.sqrt(self.sensitivity_squared)

    @property
    def rho(self) -> float:
        """What the level really costs; never above its share."""
        return self.sensitivity_squared / (2 * self.sd**2)


_MC = ("m", "c")  # a birth that moves from m to c, or from one township to another, moves the table by sqrt(2)

LEVELS: Final = (
    Level("county", ("county",), _MC, Fraction(2, 100), 2),
    Level("county_year", ("county", "birth_year"), _MC, Fraction(2, 100), 2),
    Level("county_sex", ("county", "sex"), _MC, Fraction(2, 100), 2),
    Level("township", ("county", "area_code"), _MC, Fraction(24, 100), 2),
    Level("township_year", ("county", "area_code", "birth_year"), _MC, Fraction(10, 100), 2),
    # A link gained or lost turns one pattern into two: 111 into 100 and 011.
    Level("patterns", ("county", "pattern"), ("count",), Fraction(5, 100), 3),
    # Sums of contributions within [0, 1], rounded; one birth moves either sum by at most one.
    Level("linkage", ("county", "has_id"), ("expected_misses", "expected_false"), Fraction(5, 100), 2),
)


def spent() -> float:
    """rho of one release: the sum over levels."""
    return math.fsum(level.rho for level in LEVELS)


def epsilon(rho: float, delta: float = DELTA) -> float:
    """The epsilon of (epsilon, delta) differential privacy that a rho implies (Bun & Steinke 2016, proposition 1.3).

    >>> round(epsilon(0.5), 2)
    5.76
    """
    return rho + 2 * math.sqrt(rho * math.log(1 / delta))
