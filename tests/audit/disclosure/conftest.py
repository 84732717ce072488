"""A county of exact counts, as linkage would hand it to the gate."""

import itertools
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

YEARS = (2020, 2021, 2022)


@dataclass(frozen=True)
class Table:
    labels: pl.DataFrame
    values: dict[str, NDArray[np.int64]]


def exact_county(
    seed: int = 1, townships: int = 4, mean: float = 60.0, counties: tuple[str, ...] = ("云川县",)
) -> dict[str, Table]:
    rng = np.random.default_rng(seed)
    codes = [(county, f"{n}{i:02d}") for n, county in enumerate(counties, start=1) for i in range(townships)]
    cells = pl.DataFrame(
        [(county, code, year) for county, code in codes for year in YEARS],
        schema=["county", "area_code", "birth_year"],
        orient="row",
    )
    cells = cells.with_columns(m=pl.Series(rng.poisson(mean, cells.height)), c=pl.Series(rng.poisson(mean / 9, cells.height)))

    def table(*by: str) -> Table:
        frame = cells.group_by(by, maintain_order=True).agg(pl.col("m").sum(), pl.col("c").sum())
        return Table(frame.select(by), {name: frame[name].to_numpy().astype(np.int64) for name in ("m", "c")})

    county = table("county")
    sexes = pl.DataFrame(list(itertools.product(counties, ("female", "male"))), schema=["county", "sex"], orient="row")
    patterns = ["".join(p) for p in itertools.product("01", repeat=3) if "1" in p]
    per_pattern = pl.DataFrame(list(itertools.product(counties, patterns)), schema=["county", "pattern"], orient="row")
    by_id = pl.DataFrame(list(itertools.product(counties, (False, True))), schema=["county", "has_id"], orient="row")
    n = len(counties)
    return {
        "county": county,
        "county_year": table("county", "birth_year"),
        "county_sex": Table(sexes, {k: np.repeat(county.values[k] // 2, 2).astype(np.int64) for k in ("m", "c")}),
        "township": table("county", "area_code"),
        "township_year": table("county", "area_code", "birth_year"),
        "patterns": Table(per_pattern, {"count": np.tile(np.array([3, 4, 20, 5, 30, 28, 600], dtype=np.int64), n)}),
        "linkage": Table(by_id, {k: np.tile(np.array([2, 1], dtype=np.int64), n) for k in ("expected_misses", "expected_false")}),
    }


@pytest.fixture
def county():
    return exact_county


@pytest.fixture
def key() -> str:
    return "ab" * 32
