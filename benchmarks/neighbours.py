"""How far one record more or less moves the exact counts of a demo county, and what that means for an attacker's odds.

    python benchmarks/neighbours.py [--removals 2000] [--full 40] [--seed 1]

Rows are taken out one per township at a time with linkage parameters held: 2,000 removals need some 170 linkings. A township
that moves by more than is charged is looked at again by itself. ``--full`` removals are linked from scratch, training included, one
by one. Rates only are printed (DESIGN C1); the county is invented. The last line is JSON.
"""

import argparse
import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from audit.config import load
from audit.demo import simulate, write
from audit.disclosure.budget import LEVELS
from audit.ingest import ingest
from audit.linkage import same_birth
from audit.linkage.county import Linked, link_rows, one_row_a_birth, one_row_a_registered_birth
from audit.linkage.exact import tables
from audit.linkage.layout import pack
from audit.progress import Silent
from expectations.tables import Source

Removal = tuple[int, int]  # source, row
Tables = dict[str, Any]


@dataclass(frozen=True)
class County:
    """A county read and ready to be linked."""

    sources: tuple[Source, ...]
    births: pl.Series
    areas: pl.DataFrame
    window: tuple[int, int]


def read(seed: int) -> County:
    with tempfile.TemporaryDirectory() as folder:
        config = load(write(simulate(seed), Path(folder), plain=True))
        intakes = ingest(config, Silent())
    return County(intakes.sources, same_birth(intakes.audited.frame), intakes.areas.frame, config.birth_years)


def exact(county: County, removed: Sequence[Removal] = (), held: Linked | None = None) -> tuple[Tables, Linked]:
    """Exact counts without some rows, as they would enter the gate; with the models of an earlier linking, or trained anew."""
    births, sources = county.births, list(county.sources)
    for k, source in enumerate(sources):
        rows = [row for s, row in removed if s == k]
        keep = np.ones(source.frame.height, dtype=bool)
        keep[rows] = False
        sources[k] = replace(source, frame=source.frame.filter(keep))
        births = births.filter(pl.Series(keep)) if k == 0 else births
    frames = [source.frame for source in sources]
    linked = link_rows(pack(frames), births.to_numpy(), held.models if held else None)
    name = county.areas["county"][0]
    found = one_row_a_birth(linked, frames, county.window).filter(pl.col("area_code").is_in(county.areas["area_code"].to_list()))
    misses = one_row_a_registered_birth(linked, frames[0], county.window)
    named = [frame.with_columns(county=pl.lit(name)) for frame in (found, misses)]
    return tables(named[0], named[1], county.areas, county.window, len(sources)), linked


def distances(one: Tables, two: Tables, area: str | None = None) -> dict[str, float]:
    """L2 distance per level; of one township's cells only when ``area`` is given."""
    out = {}
    for level in LEVELS:
        labels = one[level.name].labels
        own = np.ones(labels.height, dtype=bool)
        if area is not None:
            if "area_code" not in labels.columns:
                continue
            own = (labels["area_code"] == area).to_numpy()
        moved = [(two[level.name].values[v] - one[level.name].values[v])[own].astype(float) for v in level.values]
        out[level.name] = math.sqrt(sum(float(part @ part) for part in moved))
    return out


def attacker(moved: dict[str, float]) -> float:
    """AUC of the best test between two neighbours, given every noisy number: Phi(|shift / sd| / sqrt 2)."""
    sd = {level.name: level.sd for level in LEVELS}
    return float(norm.cdf(math.sqrt(sum((d / sd[name]) ** 2 for name, d in moved.items()) / 2)))


def batches(county: County, n: int, rng: np.random.Generator) -> Iterator[list[tuple[Removal, str]]]:
    """Removals, one per township at a time, sources by their number of rows."""
    codes = county.areas["area_code"].to_list()
    rows = {
        code: [
            (k, int(i))
            for k, s in enumerate(county.sources)
            for i in np.flatnonzero((s.frame["area_code"] == code).fill_null(False).to_numpy())
        ]
        for code in codes
    }
    left = n
    while left > 0:
        batch = [(rows[code][int(rng.integers(len(rows[code])))], code) for code in codes][:left]
        left -= len(batch)
        yield batch


def held_removals(county: County, n: int, rng: np.random.Generator) -> list[dict[str, float]]:
    charged = {level.name: level.sensitivity for level in LEVELS}
    base, linked = exact(county)
    out = []
    for batch in batches(county, n, rng):
        other, _ = exact(county, [removal for removal, _ in batch], linked)
        for removal, code in batch:
            moved = distances(base, other, code)
            if any(d > charged[name] + 1e-9 for name, d in moved.items()):
                moved = distances(base, exact(county, [removal], linked)[0])  # by itself, all levels
            out.append(moved)
    return out


def full_removals(county: County, n: int, rng: np.random.Generator) -> list[dict[str, float]]:
    base, sizes = exact(county)[0], [source.frame.height for source in county.sources]
    out = []
    for _ in range(n):
        k = int(rng.choice(len(sizes), p=np.array(sizes) / sum(sizes)))
        out.append(distances(base, exact(county, [(k, int(rng.integers(sizes[k])))])[0]))
    return out


def summary(moved: list[dict[str, float]]) -> dict[str, Any]:
    """Shares of removals by the distance they move a level, and the largest."""
    out: dict[str, Any] = {}
    for level in LEVELS:
        found = [m[level.name] for m in moved if level.name in m]
        if len(found) < len(moved):
            continue  # looked at for the removals above the charge only
        shares = Counter(round(d, 2) for d in found)
        out[level.name] = {
            "charged": round(level.sensitivity, 3),
            "above": round(sum(d > level.sensitivity + 1e-9 for d in found) / len(found), 4),
            "largest": round(max(found), 3),
            "distances": {str(d): round(k / len(found), 4) for d, k in sorted(shares.items())},
        }
    whole = [m for m in moved if len(m) == len(LEVELS)]
    if whole:
        out["worst_auc"] = round(max(map(attacker, whole)), 3)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--removals", type=int, default=2000)
    parser.add_argument("--full", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    county, rng = read(given.seed), np.random.default_rng(given.seed)
    limit = math.sqrt(2 * sum(level.rho for level in LEVELS))
    found = {
        "seed": given.seed,
        "removals": given.removals,
        "held": summary(held_removals(county, given.removals, rng)) if given.removals else {},
        "full": given.full,
        "retrained": summary(full_removals(county, given.full, rng)) if given.full else {},
        "auc_at_the_charge": round(float(norm.cdf(limit / math.sqrt(2))), 3),
    }
    for part in ("held", "retrained"):
        for level, figures in found[part].items():
            print(part, level, figures if isinstance(figures, float) else {k: v for k, v in figures.items() if k != "distances"})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
