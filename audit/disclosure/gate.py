"""The gate: exact counts go in, protected counts come out, and nothing exact is kept (DESIGN C3)."""

import itertools
from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
import polars as pl

from audit.disclosure.budget import DELTA, LEVELS, MANY_RELEASES, RHO_LIMIT, Level, epsilon, spent
from audit.disclosure.noise import Counts, Sampler, SeededSampler
from audit.disclosure.reconcile import reconcile
from audit.disclosure.store import Content, ReleaseStore
from expectations.protected import COUNTS, LINKAGE, PATTERNS, Protected, Release

MECHANISM: Final = "discrete Gaussian noise, zero-concentrated differential privacy of one birth's pattern"
_VALUES: Final = ("m", "c")


class Exact(Protocol):
    """A table of exact counts: ``labels`` names its cells, one row each, and ``values`` holds whole numbers of the same length."""

    @property
    def labels(self) -> pl.DataFrame:
        """Names of the cells."""
        ...

    @property
    def values(self) -> Mapping[str, Counts]:
        """Counts by column."""
        ...


class Gate:
    """Draws the noise of a release, or takes the release that these inputs already have."""

    def __init__(self, sampler: Sampler, store: ReleaseStore, year: int, county: str | None = None) -> None:
        """Make a gate.

        Args:
            sampler: ``opendp_sampler()``; a seeded one in tests and for invented counties only.
            store: where releases of this campaign are kept.
            year: campaign year, under which the ledger counts.
            county: the only county whose births pass here, in a campaign of many; none when all pass at once.
        """
        self._sampler, self._store, self.year, self._county = sampler, store, year, county
        self._seeded = isinstance(sampler, SeededSampler)

    def release(self, key: str, sources: tuple[str, ...], exact: Mapping[str, Exact], quality: Mapping[str, Any]) -> Protected:
        """Protected counts of one input set.

        Args:
            key: SHA-256 in hex of everything linkage reads; the same key gives the same release for ever.
            sources: names in campaign order, the audited one first.
            exact: tables ``county``, ``county_year``, ``county_sex``, ``township``, ``township_year``, ``patterns`` and
                ``linkage``; their cells must not depend on the data, so empty ones are there with 0.
            quality: rates only, for ``linkage.json``; kept with the release.

        Raises:
            ValueError: a table is missing, not whole numbers, or its cells do not fill the grid.
            StageError: the release cannot be kept.
        """

        def draw() -> Content:
            check(exact, len(sources))
            return {
                "sources": list(sources),
                "seeded": self._seeded,
                "levels": {level.name: self._protect(level, exact[level.name]) for level in LEVELS},
                "quality": dict(quality),
            }

        return assemble(self._store.once(key, self.year, spent(), self._seeded, draw, self._county))

    def of_county(self, county: str) -> "Gate":
        """The gate of one county: what is released of others is not counted against its births."""
        return Gate(self._sampler, self._store, self.year, county)

    @property
    def seeded(self) -> bool:
        """Whether its noise comes from a known seed."""
        return self._seeded

    def recall(self, key: str) -> Protected | None:
        """The release of these inputs if it was drawn before, so that linking need not be repeated."""
        content = self._store.find(key, self._seeded)
        return None if content is None else assemble(content)

    @property
    def many_releases(self) -> tuple[int, int] | None:
        """Releases of all years beside this campaign and of its own year, when there are more than ``MANY_RELEASES``; else none.

        All years count: births are the same whatever year the campaign file gives itself.
        """
        ever = self._store.spent(None, self._seeded).releases
        return (ever, self._store.spent(self.year, self._seeded).releases) if ever > MANY_RELEASES else None

    def _protect(self, level: Level, table: Exact) -> Content:
        # One draw per level: OpenDP's measurement takes one vector, and the levels' costs are added by hand.
        together = np.concatenate([np.asarray(table.values[name], dtype=np.int64) for name in level.values])
        noisy = np.split(self._sampler(together, level.sd), len(level.values))
        return {
            "sd": level.sd,
            "rho": level.rho,
            **{name: table.labels[name].to_list() for name in level.labels},
            **{name: values.tolist() for name, values in zip(level.values, noisy, strict=True)},
        }


def check(exact: Mapping[str, Exact], n_sources: int) -> None:
    """Whether the tables are as promised: whole numbers, and cells that do not depend on who is in the data.

    Raises:
        ValueError: they are not.
    """
    for level in LEVELS:
        table = exact.get(level.name)
        if table is None or set(level.values) - set(table.values):
            raise ValueError(f"{level.name}: missing")
        for name in level.values:
            values = np.asarray(table.values[name])
            if values.dtype != np.int64 or values.shape != (table.labels.height,):
                raise ValueError(f"{level.name}: {name} must be one int64 per cell")
    cells = {name: _cells(exact, name) for name in (level.name for level in LEVELS)}
    counties = sorted({county for (county,) in cells["county"]})
    years = sorted({year for _, year in cells["county_year"]})
    patterns = ["".join(p) for p in itertools.product("01", repeat=n_sources) if "1" in p]
    wanted: dict[str, list[tuple[Any, ...]]] = {
        "county": [(county,) for county in counties],
        "county_year": list(itertools.product(counties, years)),
        "county_sex": list(itertools.product(counties, ("female", "male"))),
        "township": cells["township"],
        "township_year": [(*township, year) for township in cells["township"] for year in years],
        "patterns": list(itertools.product(counties, patterns)),
        "linkage": list(itertools.product(counties, (False, True))),
    }
    for name, wanted_cells in wanted.items():
        if len(set(cells[name])) != len(cells[name]) or set(cells[name]) != set(wanted_cells):
            raise ValueError(f"{name}: cells do not fill the grid")
    if {county for county, _ in cells["township"]} != set(counties):
        raise ValueError("township: cells do not fill the grid")


def _cells(exact: Mapping[str, Exact], name: str) -> list[tuple[Any, ...]]:
    level = next(level for level in LEVELS if level.name == name)
    return list(exact[name].labels.select(level.labels).iter_rows())


def assemble(content: Content) -> Protected:
    """Protected counts from the content of a release: reconciled within each county, with what is said of the draw."""
    levels = content["levels"]
    frames = {
        level.name: pl.DataFrame({name: levels[level.name][name] for name in (*level.labels, *level.values)}) for level in LEVELS
    }
    counts = pl.concat([_county(county, frames, levels) for county in frames["county"]["county"].sort()])
    patterns = frames["patterns"].with_columns(pl.lit(levels["patterns"]["sd"]).alias("sd")).sort("county", "pattern")
    linkage = frames["linkage"].with_columns(pl.lit(levels["linkage"]["sd"]).alias("sd")).sort("county", "has_id")
    rho = {name: levels[name]["rho"] for name in levels}
    total = min(sum(rho.values()), RHO_LIMIT)
    return Protected(
        sources=tuple(content["sources"]),
        counts=counts,
        patterns=patterns.select([pl.col(name).cast(kind) for name, kind in PATTERNS.items()]),
        linkage=linkage.select([pl.col(name).cast(kind) for name, kind in LINKAGE.items()]),
        quality=content["quality"],
        release=Release(
            id=content["key"][:16],
            mechanism=MECHANISM,
            sd={name: levels[name]["sd"] for name in levels},
            rho={name: round(value, 4) for name, value in rho.items()},
            rho_total=round(total, 4),
            epsilon=round(epsilon(total), 2),
            delta=DELTA,
            releases_so_far=content["releases_so_far"],
            rho_so_far=round(content["rho_so_far"], 4),
            releases_all_years=content.get("releases_all_years") or content["releases_so_far"],
            rho_all_years=round(content.get("rho_all_years") or content["rho_so_far"], 4),
            seeded=content["seeded"],
        ),
    )


def _county(county: str, frames: dict[str, pl.DataFrame], levels: dict[str, Content]) -> pl.DataFrame:
    """All levels of one county, made to agree. Sexes are left alone: births of unknown sex belong to neither."""
    own = {name: frames[name].filter(pl.col("county") == county) for name in frames}
    townships = own["township"].sort("area_code")
    years = own["county_year"].sort("birth_year")
    cells = own["township_year"].sort("area_code", "birth_year")
    sexes = own["county_sex"].sort("sex")
    sd = tuple(float(levels[name]["sd"]) for name in ("township_year", "township", "county_year", "county"))
    columns: dict[str, list[pl.Series]] = {name: [] for name in ("m", "c", "m_sd", "c_sd")}
    for value in _VALUES:
        grid = reconcile(
            cells[value].to_numpy().astype(np.float64).reshape(townships.height, years.height),
            townships[value].to_numpy().astype(np.float64),
            years[value].to_numpy().astype(np.float64),
            float(own["county"][value].item()),
            (sd[0], sd[1], sd[2], sd[3]),
        )
        by_sex = sexes[value].to_numpy().astype(np.float64)
        columns[value] = [pl.Series([grid.total]), *map(pl.Series, (grid.years, by_sex, grid.townships, grid.cells.ravel()))]
        spread = (grid.total_sd, grid.year_sd, float(levels["county_sex"]["sd"]), grid.township_sd, grid.cell_sd)
        columns[f"{value}_sd"] = [
            pl.Series([sd_left]).new_from_index(0, part.len()) for sd_left, part in zip(spread, columns[value], strict=True)
        ]
    parts = (own["county"], years, sexes, townships, cells)
    labels = pl.concat(
        [
            frame.select(
                [pl.col(name) for name in ("county", "area_code", "birth_year", "sex") if name in frame.columns]
            ).with_columns(level=pl.lit(name))
            for frame, name in zip(parts, ("county", "county_year", "county_sex", "township", "township_year"), strict=True)
        ],
        how="diagonal",
    )
    full = labels.with_columns(pl.concat(series).alias(name) for name, series in columns.items())
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in COUNTS.items() if name not in full.columns]
    return full.with_columns(missing).select([pl.col(name).cast(kind) for name, kind in COUNTS.items()])
