"""Counties made of counts alone: a register whose births, and the protected counts around it, are known."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest

from expectations.protected import COUNTS, LINKAGE, PATTERNS
from expectations.tables import AREAS

COUNTY = "云川县"
WINDOW = (2020, 2023)


@dataclass
class Made:
    """A county: births per township and presence in the register (first column) and the references."""

    areas: pl.DataFrame
    audited: pl.DataFrame
    counts: pl.DataFrame
    patterns: pl.DataFrame
    linkage: pl.DataFrame
    truth: dict[str, float]
    window: tuple[int, int] = WINDOW
    extra: dict[str, object] = field(default_factory=dict)


def make(
    births=(1200, 900, 500), completeness=0.9, references=(0.93, 0.94), invented=0.0, noise=0.0, seed=1, missed=0.0, unknown_sex=0.0
) -> Made:
    """A county by simulation; ``noise`` scales the gate's, ``missed`` is the share of links lost, ``invented`` of rows added."""
    rng = np.random.default_rng(seed)
    n = len(births)
    share = np.broadcast_to(np.asarray(completeness, dtype=float), (n,))
    invented = np.broadcast_to(np.asarray(invented, dtype=float), (n,))
    codes = [f"69012110{i}" for i in range(n)]
    frames = []
    for code, size, p, fake in zip(codes, births, share, invented, strict=True):
        present = [rng.random(size) < p, *(rng.random(size) < r for r in references)]
        known = np.logical_or.reduce(present[1:]) if references else np.zeros(size, dtype=bool)
        extra = round(fake * float(present[0].sum()))
        frames.append(
            pl.DataFrame(
                {
                    "area_code": [code] * (size + extra),
                    "birth_year": rng.integers(WINDOW[0], WINDOW[1] + 1, size + extra),
                    "sex": rng.choice(["male", "female"], size + extra),
                    "real": [True] * size + [False] * extra,
                    "in_register": np.concatenate([present[0], np.ones(extra, dtype=bool)]),
                    "known": np.concatenate([known, np.zeros(extra, dtype=bool)]),
                    "lost": rng.random(size + extra) < missed,
                    "pattern": ["".join("1" if x else "0" for x in row) for row in zip(*present, strict=True)]
                    + ["1" + "0" * len(references)] * extra,
                },
                schema_overrides={"real": pl.Boolean, "area_code": pl.String, "pattern": pl.String, "sex": pl.String},
            )
        )
    world = pl.concat(frames).with_columns(county=pl.lit(COUNTY))
    world = world.with_columns(
        m=(pl.col("in_register") & pl.col("known") & ~pl.col("lost")).cast(pl.Int64),
        c=(pl.col("known") & (~pl.col("in_register") | pl.col("lost"))).cast(pl.Int64),
    )
    real = world.filter("real").group_by("area_code").agg(pl.col("in_register").mean())
    truth = dict(real.iter_rows())
    truth["county"] = float(world.filter("real")["in_register"].mean() or 0.0)
    return Made(
        areas=pl.DataFrame(
            {"county": [COUNTY] * n, "area_code": codes, "township": [f"镇{i}" for i in range(n)]}, schema_overrides={}
        ).with_columns(pl.lit(None, dtype=kind).alias(k) for k, kind in AREAS.items() if k.startswith("valid") or k == "successor"),
        audited=_register(world, rng, unknown_sex),
        counts=_counts(world, rng, noise),
        patterns=_patterns(world, len(references), rng, noise),
        linkage=pl.DataFrame(
            {
                "county": [COUNTY] * 2,
                "has_id": [False, True],
                "expected_misses": [0.0, float((world["lost"] & world["in_register"] & world["known"]).sum())],
                "expected_false": [0.0, 0.0],
                "sd": [4.473 * noise] * 2,
            },
            schema=LINKAGE,
        ),
        truth=truth,
    )


def _register(world, rng, unknown_sex):
    rows = world.filter("in_register").with_row_index("birth")
    dates = [dt.date(year, 1 + i % 12, 1 + i % 28) for i, year in enumerate(rows["birth_year"])]
    blank = rng.random(rows.height) < unknown_sex
    return rows.select(
        "county",
        "area_code",
        pl.col("birth").cast(pl.UInt32),
        pl.Series("birth_date", dates, dtype=pl.Date),
        pl.Series("registered_on", [d + dt.timedelta(days=20) for d in dates], dtype=pl.Date),
        pl.Series("sex", [None if b else s for b, s in zip(blank, rows["sex"], strict=True)], dtype=pl.String),
        record_id=pl.format("R{}", "birth"),
        id_number=pl.lit("69012120200101001X"),
        id_valid=pl.lit(True),
        id_date=pl.Series(dates, dtype=pl.Date),
        mother_id_valid=pl.lit(None, dtype=pl.Boolean),
        line=pl.col("birth").cast(pl.Int64) + 2,
    )


def _counts(world, rng, noise):
    parts = []
    sds = {"county": 5.0, "county_year": 6.5, "county_sex": 7.072, "township": 1.97, "township_year": 3.1}
    keys = {"county": [], "county_year": ["birth_year"], "county_sex": ["sex"], "township": ["area_code"]}
    keys["township_year"] = ["area_code", "birth_year"]
    for level, by in keys.items():
        part = world.group_by("county", *by).agg(pl.col("m", "c").sum().cast(pl.Float64)).with_columns(level=pl.lit(level))
        sd = sds[level] * noise
        part = part.with_columns(
            pl.col("m") + pl.Series(rng.normal(0, max(sd, 1e-12), part.height)),
            pl.col("c") + pl.Series(rng.normal(0, max(sd, 1e-12), part.height)),
            m_sd=pl.lit(sd),
            c_sd=pl.lit(sd),
        )
        parts.append(part)
    full = pl.concat(parts, how="diagonal")
    return full.select([pl.col(name).cast(kind) for name, kind in COUNTS.items()])


def _patterns(world, references, rng, noise):
    import itertools

    every = ["".join(p) for p in itertools.product("01", repeat=references + 1) if "1" in p]
    found = dict(world.group_by("pattern").len().iter_rows())
    counts = [found.get(p, 0) + rng.normal(0, max(5.478 * noise, 1e-12)) for p in every]
    return pl.DataFrame({"county": COUNTY, "pattern": every, "count": counts, "sd": 5.478 * noise}, schema=PATTERNS)


@pytest.fixture
def county():
    return make


@pytest.fixture
def estimate():
    """Coverage of a made county with all its inputs, or with some of them changed."""
    from detectors.estimates.coverage import coverage

    def run(made: Made, n_references=2, **changed):
        given = {
            "protected_counts": made.counts,
            "patterns": made.patterns,
            "linkage": made.linkage,
            "quality": {},
            "vital_rates": None,
            "totals": None,
            "window": made.window,
            "targets": {"completeness": 0.9},
            "minimum_cell": 10,
            "n_references": n_references,
            **changed,
        }
        return coverage(COUNTY, made.areas, made.audited, **given)

    return run
