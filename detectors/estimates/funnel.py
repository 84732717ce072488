"""Published births against what the county's rate leads to expect, with limits that allow for differences between townships."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from detectors.context import Context, NotEstimable
from detectors.estimates.rates import rates
from detectors.statistics.funnel import adjusted_limits, adjusted_tails, overdispersion

LEAST_TOWNSHIPS: Final = 5
LEAST_BIRTHS: Final = 20.0
_WINSORISE: Final = 0.1


@dataclass(frozen=True)
class Funnel:
    """Townships around the county's birth rate, all years together.

    Attributes:
        units: ``area_code``, ``observed`` and ``expected`` births, ``person_years``, ``ratio``, ``lower`` and ``upper`` tail
            probabilities (mid-p, adjusted), ``exact`` (two-sided, not adjusted), ``low`` and ``high`` (adjusted 99.8 % limits).
        tau2: variance between townships beyond chance, on the log scale.
        rate: the county's, per mille.
        first, last: years.
    """

    units: pl.DataFrame
    tau2: float
    rate: float
    first: int
    last: int


def funnel(context: Context) -> Funnel:
    """The funnel of published birth rates.

    Raises:
        NotApplicable: no published rates.
        NotEstimable: under five townships with population and births.
    """
    cells = rates(context.require("vital_rates"), context.areas, context.window).filter(pl.col("level") == "township_year")
    cells = cells.filter(pl.col("published").is_not_null() & (pl.col("published") >= 0))
    if cells.is_empty():
        raise NotEstimable("no_population")
    units = cells.group_by("area_code").agg(observed=pl.col("published").sum().round(), person_years=pl.col("person_years").sum())
    county = float(units["observed"].sum()) / float(units["person_years"].sum())
    units = units.with_columns(expected=pl.col("person_years") * county).sort("area_code")
    units = units.filter(pl.col("expected") >= LEAST_BIRTHS)
    if units.height < LEAST_TOWNSHIPS:
        raise NotEstimable("too_few_townships")
    observed, expected = units["observed"].to_numpy(), units["expected"].to_numpy()
    tau2 = overdispersion(observed, expected, _WINSORISE).tau2
    lower, upper = adjusted_tails(observed, expected, tau2)
    exact = np.minimum(1.0, 2 * np.minimum(*adjusted_tails(observed, expected, 0.0)))
    low, high = adjusted_limits(expected, tau2, 0.001)
    units = units.with_columns(ratio=observed / expected, lower=lower, upper=upper, exact=exact, low=low, high=high)
    years = cells["birth_year"]
    return Funnel(units, tau2, 1000 * county, int(years.to_numpy().min()), int(years.to_numpy().max()))
