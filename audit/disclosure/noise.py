"""Samplers of discrete Gaussian noise: the real one from OpenDP, and a seeded one for tests and invented counties.

Both have one type, so whoever needs noise takes it as an argument. Only OpenDP's is fit for real people: it draws from the
operating system's entropy, is exact on whole numbers and cannot be seeded.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Sampler = Callable[[Counts, float], Counts]  # (exact counts, standard deviation) -> counts with noise, same shape


def gaussian_measurement(sd: float) -> Any:
    """OpenDP's discrete Gaussian on vectors of whole numbers, measured by L2 distance.

    Args:
        sd: scale of the noise, in births; its standard deviation for all scales used here (they are above 2).

    Returns:
        A measurement; ``.map(sensitivity)`` is the rho of zero-concentrated differential privacy it spends.
    """
    # Not opendp.prelude: it imports scikit-learn for mechanisms that are not used here, half a second of every run.
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    return make_gaussian(vector_domain(atom_domain(T="i64")), l2_distance(T="f64"), sd)


def opendp_sampler() -> Sampler:
    """The sampler for real registers."""

    def draw(exact: Counts, sd: float) -> Counts:
        if exact.size == 0:
            return exact.copy()
        return np.asarray(gaussian_measurement(sd)(np.ascontiguousarray(exact, dtype=np.int64)), dtype=np.int64)

    return draw


class SeededSampler:
    """The same distribution from a seeded generator: for tests and for counties where nobody is real.

    Whoever knows the seed can take the noise off again, so releases drawn with it are marked and never used for real ones.
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def __call__(self, exact: Counts, sd: float) -> Counts:
        """Exact counts with noise of this standard deviation."""
        reach = math.ceil(12 * sd)
        steps = np.arange(-reach, reach + 1)
        weights = np.exp(-(steps**2) / (2 * sd**2))
        edges = np.cumsum(weights / weights.sum())
        drawn = np.searchsorted(edges, self._generator.random(exact.shape))
        return exact + steps[np.minimum(drawn, steps.size - 1)]


def seeded_sampler(seed: int) -> Sampler:
    """A sampler whose noise is known to whoever knows the seed; never for real people."""
    return SeededSampler(seed)
