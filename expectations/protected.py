"""The only form in which anything learned by linking exists outside ``audit/linkage``: counts with declared noise."""

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

# One row per unit of a level. m: births of the audited register that some reference knows; c: births only references know.
# Noisy and reconciled by weighted least squares (townships add up to the county, years to the total), so neither whole
# numbers nor necessarily positive; never clipped.
COUNTS: Final = pl.Schema(
    {
        "county": pl.String(),
        "level": pl.String(),  # county | county_year | county_sex | township | township_year
        "area_code": pl.String(),  # null above township
        "birth_year": pl.Int64(),
        "sex": pl.String(),
        "m": pl.Float64(),
        "c": pl.Float64(),
        "m_sd": pl.Float64(),  # standard deviation of the noise left after reconciliation
        "c_sd": pl.Float64(),
    }
)

# County only: births by which of the sources know them. ``pattern`` is one 0/1 per source in campaign order, as 101.
PATTERNS: Final = pl.Schema({"county": pl.String(), "pattern": pl.String(), "count": pl.Float64(), "sd": pl.Float64()})

# County by whether the audited row has an identity number: the linker's expected missed and expected false links.
LINKAGE: Final = pl.Schema(
    {
        "county": pl.String(),
        "has_id": pl.Boolean(),
        "expected_misses": pl.Float64(),
        "expected_false": pl.Float64(),
        "sd": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Release:
    """What ``record.json`` says of one draw of noise."""

    id: str
    mechanism: str
    sd: dict[str, float]
    rho: dict[str, float]
    rho_total: float
    epsilon: float
    delta: float
    releases_so_far: int
    rho_so_far: float
    releases_all_years: int
    rho_all_years: float
    seeded: bool = False


@dataclass(frozen=True)
class Protected:
    """Protected counts of one input set, all counties.

    Attributes:
        sources: names in campaign order, the audited one first.
        counts, patterns, linkage: schemas ``COUNTS``, ``PATTERNS``, ``LINKAGE``.
        quality: content of ``linkage.json``: recall and false-link rate per source pair with intervals, rounded m and u;
            rates only.
        release: the draw.
    """

    sources: tuple[str, ...]
    counts: pl.DataFrame
    patterns: pl.DataFrame
    linkage: pl.DataFrame
    quality: dict[str, Any] = field(default_factory=dict)
    release: Release | None = None
