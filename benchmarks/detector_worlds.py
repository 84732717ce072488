"""Simulated counties as detectors see them, without linking: protected counts are drawn from the truth and the gate's noise."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from calibration import sizes_of

from audit.config import load
from audit.demo import Fraud, Sizes, World, simulate, write
from audit.demo.sizes import OTHER_KINDS
from audit.ingest import ingest
from audit.progress import Silent
from detectors.context import Context, Estimates
from detectors.estimates.registered import registered
from detectors.estimates.timeliness import timeliness
from expectations.frames import empty

MISSED = (0.001, 0.008)  # share of true links missed, by township
NOISE = {"township": 2.0, "township_year": 3.2}


def world_of(group: str, seed: int) -> World:
    """The county of ``benchmarks/calibration.py`` with this group and number."""
    entropy = int(np.random.default_rng([seed, len(group), *group.encode()]).integers(2**31))
    if group == "other":  # errors asked for one by one, each in its own township; every second county of large townships
        births = ((400, 2200), (1500, 8000))[seed % 2]
        frauds = tuple(Fraud(kind) for kind in OTHER_KINDS)
        return simulate(entropy, Sizes(townships=13, births=births, frauds=frauds))
    return simulate(entropy, sizes_of(group, seed))


def context_of(world: World, seed: int) -> Context:
    """Its context: files written and read back; births indexed by the truth, counts by the truth less missed links plus noise."""
    rng = np.random.default_rng([seed, 77])
    with tempfile.TemporaryDirectory() as scratch:
        campaign = load(write(world, Path(scratch), plain=True))
        intakes = ingest(campaign, Silent())
    areas = intakes.areas.frame
    truth = world.truth.registry.with_columns(birth=pl.col("birth").rank("dense").cast(pl.UInt32), real="birth")
    audited = intakes.audited.frame.join(
        truth.select("record_id", "birth", "real"), on="record_id", how="left", maintain_order="left"
    )
    known = world.truth.births.filter(pl.any_horizontal(pl.exclude("birth", "area_code", "birth_year", "sex", "twin", "registry")))
    births = registered(audited.drop("real"), areas, campaign.birth_years)
    counts = _counts(audited, known["birth"], births, rng)
    coverage = births.filter(pl.col("level") == "township_year").select("county", "level", "area_code", "birth_year", "registered")
    coverage = pl.concat([empty("coverage"), coverage], how="diagonal").with_columns(
        method=pl.lit("two_references"), withheld=False
    )
    reference_date = audited["registered_on"].max()
    delays = timeliness(audited, areas, campaign.birth_years, 60, reference_date)
    tables: dict[str, Any] = {table.kind: table.frame for table in intakes.tables}
    return Context(
        county=campaign.counties[0],
        window=campaign.birth_years,
        areas=areas,
        audited=audited.drop("real"),
        estimates=Estimates(coverage, delays, registered=births),
        counts=counts,
        seed=seed,
        reference_date=reference_date,
        **tables,
    )


def _counts(audited: pl.DataFrame, known: pl.Series, births: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    rows = (
        audited.filter(pl.col("real").is_in(known.implode())).sort("record_id").unique("birth", keep="first", maintain_order=True)
    )
    rows = rows.with_columns(birth_year=pl.col("birth_date").dt.year().cast(pl.Int64))
    codes = births["area_code"].drop_nulls().unique().sort()
    rate = dict(zip(codes, rng.uniform(*MISSED, codes.len()), strict=True))
    miss = rows["area_code"].replace_strict(rate, default=1.0, return_dtype=pl.Float64).to_numpy()
    rows = rows.filter(pl.Series(rng.random(rows.height) > miss))
    parts: list[pl.DataFrame] = []
    for level, keys in (("township", ["area_code"]), ("township_year", ["area_code", "birth_year"])):
        cells = births.filter(pl.col("level") == level).join(rows.group_by(keys).agg(m=pl.len()), on=keys, how="left")
        noise = rng.normal(0, NOISE[level], cells.height)
        parts.append(
            cells.select(
                "county",
                "level",
                "area_code",
                "birth_year",
                "sex",
                m=pl.col("m").fill_null(0) + pl.Series(noise),
                c=pl.lit(0.0),
                m_sd=pl.lit(NOISE[level]),
                c_sd=pl.lit(NOISE[level]),
            )
        )
    return pl.concat([parts[0], parts[1]]).pipe(_reconcile)


def _reconcile(counts: pl.DataFrame) -> pl.DataFrame:
    """Townships and their years by least squares, as the gate does: the years add up to the township."""
    years = counts.filter(pl.col("level") == "township_year")
    sums = years.group_by("area_code").agg(total=pl.col("m").sum(), n=pl.len())
    v_year, v_total = NOISE["township_year"] ** 2, NOISE["township"] ** 2
    towns = counts.filter(pl.col("level") == "township").join(sums, on="area_code", how="left", maintain_order="left")
    gain = pl.col("n") * v_year / (pl.col("n") * v_year + v_total)
    towns = towns.with_columns(m=pl.col("total") + gain * (pl.col("m") - pl.col("total")), m_sd=(gain * v_total).sqrt())
    moved = towns.select("area_code", "n", shift=(pl.col("m") - pl.col("total")) / pl.col("n"))
    years = years.join(moved, on="area_code", how="left", maintain_order="left").with_columns(
        m=pl.col("m") + pl.col("shift"), m_sd=(v_year * (1 - v_year / (pl.col("n") * v_year + v_total))).sqrt()
    )
    return pl.concat([towns.select(counts.columns), years.select(counts.columns)])
