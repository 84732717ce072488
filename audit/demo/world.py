"""A simulated county: what the offices' files say, and what is true."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo.sizes import Sizes


@dataclass(frozen=True)
class Truth:
    """What is true of a simulated county.

    Attributes:
        county: its name.
        townships: one row each: ``area_code, township, births, registered`` (distinct real births), ``completeness,
            group`` (poor | good), ``fraud`` (a kind or null), ``scale``, ``lookalike`` (registration_drive | real_effort
            or null), ``invented`` (rows of nobody).
        births: one row a real birth: ``birth, area_code, birth_year, sex, twin`` and a Boolean column per source.
        registry: one row a row of the register: ``record_id, birth`` (negative: invented), ``again`` (how a second entry
            came about, else empty).
    """

    county: str
    townships: pl.DataFrame
    births: pl.DataFrame
    registry: pl.DataFrame

    def completeness(self, *by: str) -> pl.DataFrame:
        """Births, registered births and their share, over ``area_code``, ``birth_year``, ``sex`` or none of them (the county)."""
        figures = (
            pl.len().alias("births"),
            pl.col("registry").sum().alias("registered"),
            pl.col("registry").mean().alias("completeness"),
        )
        return self.births.group_by(*by).agg(*figures).sort(*by) if by else self.births.select(*figures)

    def pairs(self) -> set[tuple[str, str]]:
        """Pairs of record ids that are entries of one birth, each in order."""
        groups = self.registry.filter(pl.col("birth") >= 0, pl.col("birth").is_duplicated()).group_by("birth").agg("record_id")
        return {pair for ids in groups["record_id"].to_list() for pair in _pairs(ids)}

    def as_json(self) -> dict[str, Any]:
        """The truth as one object that ``json`` can write; of rows it names the second and the invented entries only."""
        odd = self.registry.filter((pl.col("birth") < 0) | (pl.col("again") != ""))
        return {
            "county": self.county,
            "completeness": self.completeness()["completeness"][0],
            "townships": self.townships.to_dicts(),
            "duplicate_pairs": sorted(list(pair) for pair in self.pairs()),
            "invented": odd.filter(pl.col("birth") < 0)["record_id"].sort().to_list(),
        }


@dataclass(frozen=True)
class World:
    """A county that does not exist.

    Attributes:
        seed, sizes: what it was made from; the same ones make the same bytes.
        sources: raw text columns of each source as its office heads them, the audited register (``registry``) first.
        tables: ``bureau``, ``returns``, ``indicators``.
        areas: the areas file.
        truth: what is true.
        rows: for each source, the birth that each row belongs to; negative for a row of none of the county's births.
    """

    seed: int
    sizes: Sizes
    sources: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]
    areas: pl.DataFrame
    truth: Truth
    rows: dict[str, NDArray[np.int64]]

    def frames(self) -> dict[str, pl.DataFrame]:
        """Every file's content as raw columns, by section name; nothing is written."""
        return {**self.sources, **self.tables, "areas": self.areas}


def _pairs(ids: list[str]) -> list[tuple[str, str]]:
    ordered = sorted(ids)
    return [(left, right) for at, left in enumerate(ordered) for right in ordered[at + 1 :]]
