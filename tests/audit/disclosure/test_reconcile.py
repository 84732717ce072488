"""Reconciled counts add up, equal weighted least squares, and are never clipped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.disclosure.reconcile import reconcile

SD = (3.163, 2.042, 7.072, 7.072)


def noisy_county(townships: int, years: int, seed: int, sd: tuple[float, ...] = SD, mean: float = 5.0):
    rng = np.random.default_rng(seed)
    true = rng.poisson(mean, (townships, years)).astype(float)
    return true, (
        true + rng.normal(0, sd[0], true.shape),
        true.sum(axis=1) + rng.normal(0, sd[1], townships),
        true.sum(axis=0) + rng.normal(0, sd[2], years),
        float(true.sum() + rng.normal(0, sd[3])),
    )


def least_squares(cells, townships, years, total, sd):
    t, y = cells.shape
    rows, seen, weights = [], [], []
    for i in range(t):
        for j in range(y):
            row = np.zeros((t, y))
            row[i, j] = 1
            rows.append(row.ravel()), seen.append(cells[i, j]), weights.append(1 / sd[0])
    for i in range(t):
        row = np.zeros((t, y))
        row[i] = 1
        rows.append(row.ravel()), seen.append(townships[i]), weights.append(1 / sd[1])
    for j in range(y):
        row = np.zeros((t, y))
        row[:, j] = 1
        rows.append(row.ravel()), seen.append(years[j]), weights.append(1 / sd[2])
    rows.append(np.ones(t * y)), seen.append(total), weights.append(1 / sd[3])
    design, w = np.array(rows), np.array(weights)
    best = np.linalg.lstsq(design * w[:, None], np.array(seen) * w, rcond=None)[0]
    covariance = np.linalg.inv((design * (w**2)[:, None]).T @ design)
    return best.reshape(t, y), covariance


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 10_000))
def test_counts_add_up(townships, years, seed):
    _, noisy = noisy_county(townships, years, seed)
    grid = reconcile(*noisy, SD)
    assert np.allclose(grid.townships, grid.cells.sum(axis=1))
    assert np.allclose(grid.years, grid.cells.sum(axis=0))
    assert grid.total == pytest.approx(grid.townships.sum())
    assert grid.total == pytest.approx(grid.years.sum())


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000))
def test_equals_weighted_least_squares_with_its_variances(townships, years, seed):
    _, noisy = noisy_county(townships, years, seed)
    grid = reconcile(*noisy, SD)
    best, covariance = least_squares(*noisy, SD)
    assert np.allclose(grid.cells, best, atol=1e-8)
    block = covariance.reshape(townships, years, townships, years)
    assert grid.cell_sd**2 == pytest.approx(covariance[0, 0])
    assert grid.township_sd**2 == pytest.approx(block[0, :, 0, :].sum())
    assert grid.year_sd**2 == pytest.approx(block[:, 0, :, 0].sum())
    assert grid.total_sd**2 == pytest.approx(covariance.sum())


def test_consistent_counts_are_left_alone():
    cells = np.arange(12.0).reshape(4, 3)
    grid = reconcile(cells, cells.sum(axis=1), cells.sum(axis=0), float(cells.sum()), SD)
    assert np.allclose(grid.cells, cells)


def test_negative_counts_stay_negative():
    cells = np.array([[-4.0, 1.0], [0.0, -2.0]])
    grid = reconcile(cells, cells.sum(axis=1), cells.sum(axis=0), float(cells.sum()), SD)
    assert grid.cells.min() < 0
    assert grid.total == pytest.approx(-5.0)


def test_reconciling_lessens_the_noise_of_every_level():
    _, noisy = noisy_county(12, 8, 1)
    grid = reconcile(*noisy, SD)
    assert grid.cell_sd < SD[0]
    assert grid.township_sd < SD[1]
    assert grid.year_sd < SD[2]
    assert grid.total_sd < SD[3]
