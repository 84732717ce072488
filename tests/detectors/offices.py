"""Counties of tables made in code: offices that return what happened, and what they do to it."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from detectors.context import Context, Estimates
from detectors.estimates.registered import REGISTERED
from expectations.frames import empty
from expectations.protected import COUNTS
from expectations.tables import AREAS, BIRTHS, INDICATORS, RETURNS, VITAL_RATES

COUNTY = "云川县"
YEARS = tuple(range(2018, 2026))
RAW = ("name", "sex", "birth_date", "id_number", "mother_name", "registered_on", "township", "village")


@dataclass(frozen=True)
class Offices:
    """Townships with villages; figures honest unless changed. ``with_`` methods give new ones."""

    townships: int = 6
    villages: int = 6
    mean: float = 1.5  # births of a village a month
    seed: int = 1
    births: np.ndarray = field(default_factory=lambda: np.zeros(0))
    deaths: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if self.births.size == 0:
            rng = np.random.default_rng(self.seed)
            shape = (self.townships, self.villages, len(YEARS), 12)
            object.__setattr__(self, "births", rng.poisson(self.mean, shape).astype(float))
            object.__setattr__(self, "deaths", rng.poisson(0.8 * self.mean, shape).astype(float))

    def with_births(self, township: int, change: Any) -> "Offices":
        """One township's births (villages x years x 12) changed by a function."""
        births = self.births.copy()
        births[township] = change(births[township].copy())
        return replace(self, births=births)

    @property
    def areas(self) -> pl.DataFrame:
        rows = [{"county": COUNTY, "area_code": f"6901{at:05d}", "township": f"乡{at}"} for at in range(self.townships)]
        return pl.DataFrame(rows, schema=AREAS)

    @property
    def returns(self) -> pl.DataFrame:
        shape = self.births.shape
        t, v, y, m = (part.ravel() for part in np.indices(shape))
        frame = pl.DataFrame(
            {
                "line": np.arange(t.size) + 2,
                "county": [COUNTY] * t.size,
                "area_code": [f"6901{at:05d}" for at in t],
                "township": [f"乡{at}" for at in t],
                "village": [f"村{at}" for at in v],
                "year": y + YEARS[0],
                "month": m + 1,
                "births": self.births.ravel(),
                "deaths": self.deaths.ravel(),
                "submitted_on": [None] * t.size,
                "version": [None] * t.size,
            }
        )
        frame = frame.with_columns(pl.col("births", "deaths").fill_nan(None))
        return frame.select(pl.col(name).cast(kind) for name, kind in RETURNS.items())

    def context(self, **changes: Any) -> Context:
        """Their context; tables are given by name, None for none."""
        given = {"returns": self.returns, **changes}
        estimates = given.pop("estimates", Estimates(empty("coverage"), empty("timeliness")))
        audited = given.pop("audited", register([]))
        return Context(COUNTY, (YEARS[0], YEARS[-1]), given.pop("areas", self.areas), audited, estimates, seed=1, **given)


def register(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Audited rows with every column; ``birth`` is the row's own unless given."""
    full = [{"record_id": f"R{at:05d}", "line": at + 2, "county": COUNTY, "birth": at, **row} for at, row in enumerate(rows)]
    schema = {**BIRTHS, "birth": pl.UInt32(), **{f"{name}_raw": pl.String() for name in RAW}}
    return pl.DataFrame(full, schema=schema)


def person(area: int, born: dt.date, **changes: Any) -> dict[str, Any]:
    """A plain audited row."""
    return {
        "area_code": f"6901{area:05d}",
        "township": f"乡{area}",
        "village": "村0",
        "name": "王小明",
        "sex": "male",
        "birth_date": born,
        "registered_on": born + dt.timedelta(days=30),
        **changes,
    }


def indicators(rows: list[tuple[int, int, int, float]], name: str = "及时率") -> pl.DataFrame:
    """Figures (township, numerator, denominator, target); each its own village-year, percentages as the parts give."""
    return pl.DataFrame(
        [
            {
                "line": at + 2,
                "county": COUNTY,
                "area_code": f"6901{area:05d}",
                "township": f"乡{area}",
                "village": f"村{at}",
                "year": 2020,
                "indicator": name,
                "target_percent": target,
                "numerator": x,
                "denominator": n,
                "reported_percent": round(100 * x / n, 1) if n else None,
            }
            for at, (area, x, n, target) in enumerate(rows)
        ],
        schema=INDICATORS,
    )


def vital_rates(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Published figures; ``area`` is the township's number."""
    full = [
        {"line": at + 2, "county": COUNTY, "area_code": f"6901{row['area']:05d}", "township": f"乡{row['area']}"}
        | {key: value for key, value in row.items() if key != "area"}
        for at, row in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=VITAL_RATES)


def counts(unknown: dict[int, float], registered: int, sd: float = 2.0) -> tuple[pl.DataFrame, Estimates]:
    """Protected counts and coverage of townships with this many registered births a year, of which a share nobody else knows."""
    protected, coverage = [], []
    for area, share in unknown.items():
        code = f"6901{area:05d}"
        for year in YEARS:
            coverage.append({"county": COUNTY, "area_code": code, "level": "township_year", "birth_year": year})
            protected.append(_cell("township_year", code, year, registered * (1 - share), sd))
        protected.append(_cell("township", code, None, registered * (1 - share) * len(YEARS), sd))
    frame = pl.concat([empty("coverage"), pl.DataFrame(coverage)], how="diagonal").with_columns(
        registered=pl.lit(registered, dtype=pl.Int64), method=pl.lit("two_references"), withheld=pl.lit(False)
    )
    books = pl.DataFrame(coverage).with_columns(registered=pl.lit(registered, dtype=pl.Int64))
    books = books.select(
        pl.col(name) if name in books.columns else pl.lit(None, dtype=kind).alias(name) for name, kind in REGISTERED.items()
    )
    return pl.DataFrame(protected, schema=COUNTS), Estimates(frame, empty("timeliness"), registered=books)


def _cell(level: str, code: str, year: int | None, m: float, sd: float) -> dict[str, Any]:
    cell = {"county": COUNTY, "level": level, "area_code": code, "birth_year": year, "m": m, "c": 0.0}
    return cell | {"m_sd": sd, "c_sd": sd}
