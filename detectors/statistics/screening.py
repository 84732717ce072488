"""Multivariate screening of units: robust distances, isolation forest, conformal p-values. A pointer, never a finding by itself."""

import warnings
from contextlib import AbstractContextManager
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]


def _unchecked() -> AbstractContextManager[None]:
    """Scikit-learn without its checks of parameters and values, which cost a small county more than the work."""
    from sklearn import config_context

    return cast(AbstractContextManager[None], config_context(assume_finite=True, skip_parameter_validation=True))


def robust_fit(features: ArrayLike, seed: int = 0) -> tuple[Floats, Floats]:
    """Centre and precision of the minimum covariance determinant (Rousseeuw & Van Driessen 1999, Technometrics 41:212), reweighted.

    Unlike the classical ones they are not drawn towards outliers.

    Args:
        features: units x p, exposure-adjusted; 5 p units at least.
        seed: of the subsets.

    Raises:
        ValueError: under 5 p units, or a feature without variation.

    >>> robust_fit(np.random.default_rng(1).normal(size=(60, 2)))[1].shape
    (2, 2)
    """
    from sklearn.covariance import MinCovDet

    x = np.asarray(features, float)
    if x.shape[0] < 5 * x.shape[1] or np.any(np.ptp(x, axis=0) < 1e-12):
        raise ValueError("needs five units a feature, and features that vary")
    with warnings.catch_warnings(), _unchecked():
        warnings.simplefilter("ignore")  # a determinant that rises by rounding is no news to an inspector
        fit = MinCovDet(random_state=seed).fit(x)
    return np.asarray(fit.location_), np.asarray(fit.precision_)


def robust_distances(features: ArrayLike, seed: int = 0) -> tuple[Floats, Floats]:
    """Squared Mahalanobis distances by ``robust_fit``, and its centre: outliers do not hide each other.

    >>> robust_distances(np.random.default_rng(1).normal(size=(60, 2)))[0].shape
    (60,)
    """
    x = np.asarray(features, float)
    centre, precision = robust_fit(x, seed)
    return np.asarray(np.einsum("ij,jk,ik->i", x - centre, precision, x - centre)), centre


def classical_distances(features: ArrayLike) -> Floats:
    """Squared Mahalanobis distances from mean and covariance: for comparison, outliers mask each other in it.

    >>> classical_distances([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]).round(2).tolist()
    [1.5, 1.5, 1.5, 1.5]
    """
    x = np.asarray(features, float)
    gap = x - x.mean(axis=0)
    return np.asarray(np.einsum("ij,jk,ik->i", gap, np.linalg.pinv(np.cov(x, rowvar=False)), gap))


def chi_square_cut(features: int, share: float = 0.975) -> float:
    """Usual cut of squared distances; flags about twice its nominal share under 500 units.

    >>> round(chi_square_cut(3), 3)
    9.348
    """
    return float(stats.chi2.ppf(share, features))


def forest_scores(train: ArrayLike, units: ArrayLike, seed: int = 0, trees: int = 300) -> Floats:
    """Isolation forest scores (Liu, Ting & Zhou 2008), higher is odder. Without a probability: calibrate them.

    Args:
        train: honest units the forest is grown on.
        units: those to score.
        seed: of the forest.
        trees: how many.

    >>> rng = np.random.default_rng(1)
    >>> scores = forest_scores(rng.normal(size=(200, 2)), [[0.0, 0.0], [9.0, 9.0]], trees=50)
    >>> bool(scores[1] > scores[0])
    True
    """
    from sklearn.ensemble import IsolationForest

    with _unchecked():
        forest = IsolationForest(n_estimators=trees, random_state=seed).fit(np.asarray(train, float))
        return np.asarray(-forest.score_samples(np.asarray(units, float)))


def conformal_p_values(calibration: ArrayLike, scores: ArrayLike) -> Floats:
    """Conformal p-values ``(1 + #{calibration >= score}) / (n + 1)`` (Bates et al. 2023).

    The smallest possible is ``1 / (n + 1)``; calibration units that are not clean make them conservative.

    >>> conformal_p_values([0.31, 0.35, 0.52], [0.6, 0.35, 0.2]).tolist()
    [0.25, 0.75, 1.0]
    """
    base = np.sort(np.asarray(calibration, float))
    at_least = base.size - np.searchsorted(base, np.asarray(scores, float), side="left")
    return np.asarray((1 + at_least) / (base.size + 1))


def deviations(features: ArrayLike, centre: ArrayLike, precision: ArrayLike) -> Floats:
    """How much each feature adds to a unit's squared distance: the fall of d2 when it is left out (conditional mean).

    ``(P g)_j^2 / P_jj`` with g the deviation and P the precision matrix.

    Args:
        features: units x p.
        centre, precision: of the robust fit.

    >>> deviations([[2.0, 0.0]], [0.0, 0.0], np.eye(2)).tolist()
    [[4.0, 0.0]]
    """
    gap = np.atleast_2d(np.asarray(features, float)) - np.asarray(centre, float)
    p = np.asarray(precision, float)
    return np.asarray((gap @ p) ** 2 / np.diag(p))
