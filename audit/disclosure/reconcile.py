"""Makes noisy counts of one county agree with each other: townships add up to the county, years to the total.

Weighted least squares over the township-by-year cells. Every level's noise has one standard deviation and the grid is complete,
so the normal equations split into four orthogonal parts (the grand mean, townships, years, the rest) and need no matrix.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Counts of a county on every level that adds up, in births.

    Attributes:
        cells: townships x years.
        townships, years: their margins.
        total: the county.
        cell_sd, township_sd, year_sd, total_sd: standard deviations of the noise left.
    """

    cells: Floats
    townships: Floats
    years: Floats
    total: float
    cell_sd: float
    township_sd: float
    year_sd: float
    total_sd: float


def reconcile(cells: Floats, townships: Floats, years: Floats, total: float, sd: tuple[float, float, float, float]) -> Grid:
    """The best linear unbiased counts given noisy ones on four levels. Never clipped: negative counts stay negative.

    Args:
        cells: noisy counts, townships x years.
        townships: noisy counts, one per township.
        years: noisy counts, one per year.
        total: noisy count of the county.
        sd: standard deviations of the noise of cells, townships, years and total.

    Returns:
        Counts whose margins add up exactly (to float precision), with the standard deviations that remain.
    """
    n_townships, n_years = cells.shape
    w_cell, w_township, w_year, w_total = (1 / value**2 for value in sd)
    # Precision of each orthogonal part of the cells.
    p_rest = w_cell
    p_township = w_cell + w_township * n_years
    p_year = w_cell + w_year * n_townships
    p_mean = w_cell + w_township * n_years + w_year * n_townships + w_total * n_townships * n_years

    evidence = w_cell * cells + w_township * townships[:, None] + w_year * years[None, :] + w_total * total
    mean = evidence.mean()
    by_township = evidence.mean(axis=1, keepdims=True) - mean
    by_year = evidence.mean(axis=0, keepdims=True) - mean
    rest = evidence - mean - by_township - by_year
    best = mean / p_mean + by_township / p_township + by_year / p_year + rest / p_rest

    spread_mean, spread_township, spread_year, spread_rest = 1 / p_mean, 1 / p_township, 1 / p_year, 1 / p_rest
    t, y = n_townships, n_years
    cell_variance = ((t - 1) * (y - 1) * spread_rest + (t - 1) * spread_township + (y - 1) * spread_year + spread_mean) / (t * y)
    return Grid(
        cells=best,
        townships=best.sum(axis=1),
        years=best.sum(axis=0),
        total=float(best.sum()),
        cell_sd=float(np.sqrt(cell_variance)),
        township_sd=float(np.sqrt(y * ((t - 1) * spread_township + spread_mean) / t)),
        year_sd=float(np.sqrt(t * ((y - 1) * spread_year + spread_mean) / y)),
        total_sd=float(np.sqrt(t * y * spread_mean)),
    )
