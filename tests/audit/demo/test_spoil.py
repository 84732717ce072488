"""Errors and falsifications asked for one by one: each changes its own township's figures, and nothing else."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from audit.demo import Fraud, simulate
from audit.demo.sizes import OTHER_KINDS
from audit.demo.spoil import SPOILED

SMALL = {"townships": 3, "births": (300, 500), "lookalikes": False, "fraud_minimum": 100}
PLAIN = simulate(5, frauds=(Fraud("whole", 0.0),), **SMALL)
TABLES = {"whole": "indicators", "percent": "indicators", "digits": "returns"}


def spoiled(kind, scale=1.0):
    world = simulate(5, frauds=(Fraud(kind, scale),), **SMALL)
    return world, world.truth.townships.filter(pl.col("fraud") == kind)["township"].item()


def test_every_kind_has_a_size():
    assert set(OTHER_KINDS) == set(SPOILED)


@pytest.mark.parametrize("kind", ["level", "natural", "jump", "steady", "percent", "whole", "digits"])
def test_only_the_own_township_of_one_table_changes(kind):
    world, township = spoiled(kind)
    name = TABLES.get(kind, "bureau")
    for table, frame in world.tables.items():
        same = frame.filter(pl.col("乡镇") != township)
        assert_frame_equal(same, PLAIN.tables[table].filter(pl.col("乡镇") != township))
        if table != name:
            assert_frame_equal(frame, PLAIN.tables[table])
    if kind != "digits":  # small townships have few months of 10 births
        assert not world.tables[name].equals(PLAIN.tables[name])
    assert world.sources["registry"].equals(PLAIN.sources["registry"])


def test_natural_increase_no_longer_follows_and_levels_do():
    world, township = spoiled("natural")
    own = world.tables["bureau"].filter(pl.col("乡镇") == township)
    off = (own["出生率‰"] - own["死亡率‰"] - own["自然增长率‰"]).abs() > 0.02
    assert off.sum() == 4
    level, township = spoiled("level")
    before = PLAIN.tables["bureau"].filter(pl.col("乡镇") == township)["出生率‰"]
    ratio = level.tables["bureau"].filter(pl.col("乡镇") == township)["出生率‰"] / before
    assert np.allclose(ratio, 1.35, atol=0.01)


def test_a_block_stands_again_at_the_end_of_the_file_a_year_later():
    world, township = spoiled("blocks")
    frame, before = world.sources["registry"], PLAIN.sources["registry"]
    assert frame.height == before.height + 12
    assert world.truth.townships.filter(pl.col("township") == township)["invented"].item() == 12
    assert world.truth.registry["birth"].tail(12).max() < 0


def test_days_are_heaped_on_the_first():
    world, _ = spoiled("days", 3.0)

    def firsts(frame):
        return frame["出生日期"].cast(pl.String).str.contains(r"(-|/|\.)0?1$|01$|月0?1日$").sum()

    assert firsts(world.sources["registry"]) > firsts(PLAIN.sources["registry"]) + 40


def test_fewer_girls_are_registered():
    world, township = spoiled("boys")
    code = world.truth.townships.filter(pl.col("township") == township)["area_code"].item()

    def girls(truth):
        return truth.births.filter((pl.col("area_code") == code) & pl.col("registry") & (pl.col("sex") == "female")).height

    assert 0.7 < girls(world.truth) / girls(PLAIN.truth) < 0.95
