"""Bunching at a target: more figures just at or above it than the figures around lead to expect."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from detectors.statistics.counts import poisson_binomial

Floats = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


def exact_window(meeting: int, missing: int, share: float = 0.5) -> tuple[float, float]:
    """Exact binomial test of figures just meeting against just missing a target in a symmetric window.

    With ``share = 0.5`` right only near the middle of the figures: on a slope it accuses (79 % false alarms at 1,500 figures).

    Returns:
        Two-sided and one-sided (too many meeting) p-values.

    >>> [round(p, 5) for p in exact_window(18, 4)]
    [0.00434, 0.00217]
    """
    both = float(stats.binomtest(meeting, meeting + missing, share).pvalue)
    return both, float(stats.binom.sf(meeting - 1, meeting + missing, share))


def slope_share(outer_left: int, outer_right: int) -> float:
    """Share of the inner window expected above the target, from two outer windows of the same width.

    ``p0 = R / (L + R)`` with ``ln(R / L) = (ln outer_right - ln outer_left) / 3``: straight log density. Empty ones count half.

    >>> slope_share(30, 30)
    0.5
    """
    gap = np.log(max(outer_right, 0.5) / max(outer_left, 0.5)) / 3
    return float(1 / (1 + np.exp(-gap)))


def frandsen(below: int, at: int, above: int, curvature: float = 0.0) -> float:
    """Bunching of a whole-number figure at a target against its two neighbours (Frandsen 2017).

    Under a smooth density the share of the middle cell lies in ``[(1 - k)/(3 - k), (1 + k)/(3 + k)]``; the p-value is the largest
    two-sided binomial one over that range.

    Args:
        below, at, above: figures one step below, at and above the target.
        curvature: k, the bound on the density's second difference.

    Raises:
        ValueError: no figure.

    >>> frandsen(10, 10, 10)
    1.0
    """
    total = below + at + above
    if total == 0:
        raise ValueError("no figure")
    low, high = (1 - curvature) / (3 - curvature), (1 + curvature) / (3 + curvature)
    if low <= at / total <= high:
        return 1.0
    return float(stats.binomtest(at, total, low if at / total < low else high).pvalue)


def density_jump(values: ArrayLike, cutoff: float = 0.0) -> tuple[float, float, tuple[float, float]]:
    """Jump of a density at a cutoff (Cattaneo, Jansson & Ma 2018) by the package rddensity with its defaults.

    Args:
        values: continuous figures, 300 at least to be trusted.
        cutoff: where.

    Returns:
        Test statistic, p-value, and bandwidths left and right.

    Raises:
        ValueError: under 50 figures on a side.

    >>> statistic, p, _ = density_jump(np.random.default_rng(1).normal(size=400))
    >>> p > 0.01
    True
    """
    import rddensity  # slow to import, and only needed here

    x = np.asarray(values, float)
    if min((x < cutoff).sum(), (x >= cutoff).sum()) < 50:
        raise ValueError("needs 50 figures on each side")
    found = rddensity.rddensity(x, c=cutoff)
    return float(found.test["t_jk"]), float(found.test["p_jk"]), (float(found.h["left"]), float(found.h["right"]))


def mccrary(values: ArrayLike, cutoff: float = 0.0, bandwidth: float | None = None) -> tuple[float, float, float]:
    """Log jump of a density at a cutoff by local linear smoothing of a histogram (McCrary 2008, Journal of Econometrics 142:698).

    Bins of ``2 sd / sqrt(n)``, none across the cutoff; triangular kernel; ``theta = ln f+ - ln f-`` with standard error
    ``sqrt(24/5 / (n h) (1/f+ + 1/f-))``. Without a bandwidth the paper's rule of thumb from a quartic on each side, averaged.

    Args:
        values: continuous figures.
        cutoff: where.
        bandwidth: h, in the unit of the values.

    Returns:
        theta, its standard error, two-sided p-value.

    Raises:
        ValueError: under 10 figures on a side, or no density at the cutoff.

    >>> theta, error, p = mccrary(np.random.default_rng(1).normal(size=2000))
    >>> abs(theta) < 3 * error
    True
    """
    x = np.asarray(values, float) - cutoff
    n = x.size
    if min((x < 0).sum(), (x >= 0).sum()) < 10:
        raise ValueError("needs 10 figures on each side")
    bin_width = 2 * float(x.std(ddof=1)) / np.sqrt(n)
    places, heights = np.unique(np.floor(x / bin_width).astype(int), return_counts=True)
    middle = bin_width * (np.arange(places[0], places[-1] + 1) + 0.5)
    height = np.zeros(middle.size)
    height[places - places[0]] = heights / (n * bin_width)
    sides = (middle < 0, middle >= 0)
    h = bandwidth or float(np.mean([_pilot(middle[side], height[side]) for side in sides]))
    below, above = (_at_cutoff(middle[side], height[side], h) for side in sides)
    if below <= 0 or above <= 0:
        raise ValueError("no density at the cutoff")
    theta = float(np.log(above) - np.log(below))
    error = float(np.sqrt(24 / 5 / (n * h) * (1 / above + 1 / below)))
    return theta, error, float(2 * stats.norm.sf(abs(theta) / error))


def _pilot(middle: Floats, height: Floats) -> float:
    """Bandwidth of one side: ``3.348 (s^2 range / sum f''^2)^(1/5)`` from a quartic (McCrary 2008, sec. 3.2)."""
    scale = float(np.abs(middle).max())
    fit = np.polynomial.Polynomial.fit(middle, height, min(4, middle.size - 2))
    residual = float(((height - fit(middle)) ** 2).sum() / max(middle.size - 5, 1))
    curve = float((fit.deriv(2)(middle) ** 2).sum())
    return min(3.348 * (residual * scale / curve) ** 0.2, scale) if curve > 0 else scale


def _at_cutoff(middle: Floats, height: Floats, h: float) -> float:
    weight = np.clip(1 - np.abs(middle) / h, 0, None)
    design = np.vstack([np.ones(middle.size), middle]).T
    root = np.sqrt(weight)
    return float(np.linalg.lstsq(design * root[:, None], height * root, rcond=None)[0][0])


@dataclass(frozen=True)
class Bunching:
    """Figures of one township around their targets.

    Attributes:
        inside: figures within the inner window on both sides.
        meeting: of them at or above the target.
        expected: how many were expected there.
        p_value: chance of as many, the uncertainty of the slope included.
        excess: (meeting - expected) / inside.
        slope: of the log density, per percentage point.
    """

    inside: int
    meeting: int
    expected: float
    p_value: float
    excess: float
    slope: float


def bunching(numerators: ArrayLike, denominators: ArrayLike, targets: ArrayLike, width: float = 3.0) -> Bunching | None:
    """Bunching of shares at their targets, with the gaps between possible shares taken into account.

    A share ``100 k / n`` can take few values near a target, and not as many below as above: with n = 40 and a target of 85 the
    inner window of 3 points holds 82.5 below but 85.0 and 87.5 above. So each figure's chance to lie above is the mass of its own
    possible values, under a log density with one slope, which the outer windows (3 to 6 points away) give by conditional maximum
    likelihood; the tail is exact for unequal chances and averaged over the slope's uncertainty (normal, 15-point Gauss-Hermite).

    Args:
        numerators, denominators: per figure; denominators positive.
        targets: in percent.
        width: of the inner window on each side, in points; the outer windows are as wide.

    Returns:
        The test, or None when no figure lies inside.

    >>> n = np.full(60, 100)
    >>> found = bunching(np.repeat([84, 85, 86, 81, 89], [2, 34, 4, 10, 10]), n, np.full(60, 85.0))
    >>> found.meeting, bool(found.p_value < 1e-4)
    (38, True)
    """
    k, n, target = np.asarray(numerators, int), np.asarray(denominators, int), np.asarray(targets, float)
    x = 100 * k / n - target
    inner = (x >= -width - 1e-9) & (x < width - 1e-9)
    outer = (x >= -2 * width - 1e-9) & (x < 2 * width - 1e-9) & ~inner
    if not inner.any():
        return None
    near, far = _sides(n[inner], target[inner], 0.0, width), _sides(n[outer], target[outer], width, 2 * width)
    slope, sd = _slope(far, x[outer] >= 0)
    meeting = int((x[inner] >= -1e-9).sum())
    chances = np.stack([near.above(slope + sd * node) for node in _NODES])
    weights = _WEIGHTS / _WEIGHTS.sum()
    tail = float(weights @ poisson_binomial(chances)[:, meeting:].sum(axis=1))
    expected = float(weights @ chances.sum(axis=1))
    inside = int(inner.sum())
    return Bunching(inside, meeting, expected, min(1.0, tail), (meeting - expected) / inside, slope)


@dataclass(frozen=True)
class _Sides:
    """Possible values of figures on both sides of their targets.

    Attributes:
        values: below and above the target, a row for each kind of figure (denominator and target), padded with 0.
        possible: which of the values are.
        kind: of each figure.
    """

    values: tuple[Floats, Floats]
    possible: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    kind: NDArray[np.int64]

    def above(self, slope: float) -> Floats:
        """Each figure's chance to lie above, under a log density of this slope."""
        sides = zip(self.values, self.possible, strict=True)
        below, above = (np.where(there, np.exp(slope * values), 0.0).sum(axis=1) for values, there in sides)
        total = below + above
        chance = np.where(total > 0, above / np.where(total > 0, total, 1.0), 0.5)
        return np.asarray(chance[self.kind])


def _sides(denominators: NDArray[np.int64], targets: Floats, near: float, far: float) -> _Sides:
    """Possible values between ``near`` and ``far`` points from the target; many figures share denominator and target."""
    kinds, kind = np.unique(denominators + 1j * targets, return_inverse=True)  # a pair as one number
    n, target = kinds.real, kinds.imag
    most = int(np.ceil((far - near) * (int(n.max()) if n.size else 0) / 100)) + 2
    step = np.arange(most)
    first_above = np.ceil(n * (target + near) / 100 - 1e-9)
    last_below = np.ceil(n * (target - near) / 100 - 1e-9) - 1
    above = 100 * (first_above[:, None] + step) / n[:, None] - target[:, None]
    below = 100 * (last_below[:, None] - step) / n[:, None] - target[:, None]
    room = 100 - target[:, None] + 1e-9
    possible = (below >= -far - 1e-9, (above < far - 1e-9) & (above <= room))
    return _Sides((np.where(possible[0], below, 0.0), np.where(possible[1], above, 0.0)), possible, kind)


def _slope(sides: _Sides, is_above: NDArray[np.bool_], prior_sd: float = 0.4) -> tuple[float, float]:
    """Slope of the log density and its standard deviation, with a weak normal prior that keeps empty windows finite."""

    def loss(slope: float) -> float:
        chance = np.clip(sides.above(slope), 1e-12, 1 - 1e-12)
        return float(-np.log(np.where(is_above, chance, 1 - chance)).sum() + 0.5 * (slope / prior_sd) ** 2)

    best = float(optimize.minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded", options={"xatol": 1e-6}).x)
    step = 1e-3
    curve = (loss(best + step) - 2 * loss(best) + loss(best - step)) / step**2
    return best, float(1 / np.sqrt(max(curve, 1e-6)))
