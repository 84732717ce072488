"""Falsifications have the size that was asked for, and honest townships are left alone."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from audit.demo import Fraud, Sizes, World, simulate
from audit.demo.places import settle
from audit.demo.returns import dress_up
from audit.demo.tables import report

ONE = Sizes(townships=3, births=(1500, 2000), lookalikes=False, frauds=())


def _with(kind: str, scale: float = 1.0, seed: int = 5) -> tuple[World, str]:
    world = simulate(seed, replace(ONE, frauds=(Fraud(kind, scale),)))
    return world, world.truth.townships.filter(pl.col("fraud") == kind)["township"][0]


def _dispersion(births: np.ndarray) -> float:
    years = births.reshape(-1, 12)
    mean = years.mean(axis=1, keepdims=True)
    return float(((years - mean) ** 2 / mean).sum() / (years.shape[0] * 11))


@pytest.mark.parametrize(("scale", "low", "high"), [(1.0, 0.45, 0.65), (0.5, 0.78, 0.95), (2.0, 0.0, 0.12)])
def test_smoothed_returns_keep_their_totals_and_lose_their_scatter(scale: float, low: float, high: float) -> None:
    births = np.random.default_rng(1).poisson(2.0, (60, 48))
    dressed = dress_up(births, np.arange(40), "smooth", scale, np.random.default_rng(2))
    assert low <= _dispersion(dressed[:40]) <= high
    assert (dressed.reshape(60, 4, 12).sum(axis=2) == births.reshape(60, 4, 12).sum(axis=2)).all()
    assert (dressed[40:] == births[40:]).all()


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_rounded_returns_hold_that_many_more_multiples_of_5(scale: float) -> None:
    births = np.random.default_rng(1).poisson(1.2, (10, 96))
    dressed = dress_up(births, np.arange(10), "rounded", scale, np.random.default_rng(2))
    before, after = (((figures > 0) & (figures % 5 == 0)).mean() for figures in (births, dressed))
    assert after - before == pytest.approx(0.08 * scale, abs=0.015)


def test_copied_villages_repeat_whole_years() -> None:
    births = np.random.default_rng(1).poisson(1.0, (8, 96))
    dressed = dress_up(births, np.arange(8), "copied", 1.0, np.random.default_rng(2))
    assert (dressed != births).any(axis=1).sum() == 2
    half = dress_up(births, np.arange(8), "copied", 0.5, np.random.default_rng(2))
    assert (half != births).any(axis=1).sum() == 1
    vectors = dressed.reshape(64, 12)
    near = sum(int(np.abs(vectors[i] - vectors[j]).sum() <= 2) for i in range(64) for j in range(i))
    assert near >= 5


def _indicators(frauds: dict[int, tuple[str, float]], tried: int | None, seed: int) -> pl.DataFrame:
    places = settle(ONE, np.random.default_rng(seed))
    table = report(places, frauds, tried, ONE, np.random.default_rng(seed))
    return table.filter(pl.col("乡镇") == places.township[1])


@pytest.mark.parametrize(("scale", "low", "high"), [(1.0, 0.28, 0.47), (0.5, 0.13, 0.25)])
def test_bunched_indicators_move_that_share_of_misses_over_the_target(scale: float, low: float, high: float) -> None:
    missed = pl.col("分子") * 100 < pl.col("目标%") * pl.col("分母")
    frauds: tuple[dict[int, tuple[str, float]], ...] = ({}, {1: ("bunched", scale)})
    honest, bunched = (_indicators(fraud, None, 5).select(missed.sum()).item() for fraud in frauds)
    assert low < 1 - bunched / honest < high


def test_real_effort_leaves_no_jump_at_the_target() -> None:
    gaps = [_indicators({}, 1, seed).select(pl.col("上报%") - pl.col("目标%")).to_series() for seed in range(12)]
    above, below = (sum(gap.is_between(low, low + 2, closed="left").sum() for gap in gaps) for low in (0, -2))
    assert 0.9 < above / below < 1.6


@pytest.mark.parametrize(
    ("kind", "scale", "share"), [("fabricated", 1.0, 0.035), ("fabricated", 0.5, 0.0175), ("recent", 1.0, 0.015)]
)
def test_invented_rows_have_their_share_and_nobody_knows_them(kind: str, scale: float, share: float) -> None:
    world, town = _with(kind, scale)
    invented = world.rows["registry"] < 0
    rows = world.sources["registry"].filter(invented)
    code = world.truth.townships.filter(pl.col("township") == town)
    here = code["registered"][0] * 1.018 + invented.sum()
    assert invented.sum() / here == pytest.approx(share, rel=0.05)
    assert rows["乡镇街道"].str.starts_with(town[:2]).all()
    if kind == "recent":
        assert rows["出生日期"].str.slice(0, 4).cast(pl.Int64).min() >= 2023
    assert np.unique(world.rows["registry"][invented]).size == invented.sum()


def test_frauds_sit_in_townships_of_their_own_that_are_large_enough() -> None:
    towns = simulate(8).truth.townships
    assert towns["fraud"].drop_nulls().sort().to_list() == ["bunched", "copied", "fabricated", "rounded", "smooth"]
    assert towns.filter(pl.col("fraud").is_not_null())["births"].min() >= 490
    assert towns.filter(pl.col("fraud").is_not_null() & pl.col("lookalike").is_not_null()).is_empty()
