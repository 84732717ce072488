"""Errors and falsifications beyond the six kinds: what is done to the finished tables, and to a block of the register's rows."""

from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo import names
from audit.demo.places import Places
from audit.demo.register import Register, years_on

# What each does at full size; ``scale`` multiplies the figure.
SPOILED: Final[dict[str, tuple[str, float]]] = {
    "whole": ("share of indicators' numerators reckoned back from a whole percentage", 0.6),
    "digits": ("share of the township's monthly totals of 10 and more that end in a favourite digit", 0.35),
    "blocks": ("rows of one block entered again with other names, a year later", 12),
    "level": ("published birth rate times 1 + this, in all years", 0.35),
    "natural": ("per mille added to the published natural increase of half of the years", 0.4),
    "jump": ("published birth rate of one year times 1 + this", 1.3),
    "steady": ("share of a year's change of the published rate that is left out", 0.9),
    "percent": ("share of reported percentages that are not what their parts give", 0.05),
    "days": ("share of births entered under the first of their month", 0.12),
    "boys": ("share of girls' rows of the register left out", 0.15),
}

Frauds = dict[int, tuple[str, float]]


def spoil_tables(
    tables: dict[str, pl.DataFrame], places: Places, frauds: Frauds, rng: np.random.Generator
) -> dict[str, pl.DataFrame]:
    """The bureau's rates, returns and indicators with the given townships' falsified.

    Args:
        tables: by name, as written to files; not changed.
        places: the places.
        frauds: township -> kind of ``SPOILED`` and scale; other kinds are passed over.
        rng: a generator of their own, so that counties without them stay as they are.
    """
    made = dict(tables)
    for township, (kind, scale) in frauds.items():
        if kind not in SPOILED:
            continue
        here, size = places.township[township], SPOILED[kind][1] * scale
        if kind in ("level", "natural", "jump", "steady"):
            made["bureau"] = _where(made["bureau"], here, lambda part, k=kind, s=size: _rates(part, k, s, rng))
        elif kind in ("whole", "percent"):
            made["indicators"] = _where(made["indicators"], here, lambda part, k=kind, s=size: _indicators(part, k, s, rng))
        elif kind == "digits":
            made["returns"] = _where(made["returns"], here, lambda part, s=size: _digits(part, s, rng))
    return made


def without_girls(male: NDArray[np.bool_], here: NDArray[np.bool_], scale: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Rows that stay when some of a township's girls are left out."""
    return ~(here & ~male & (rng.random(male.size) < SPOILED["boys"][1] * scale))


def heap_days(made: Register, township: int, scale: float, rng: np.random.Generator) -> None:
    """Births of a township entered under the first of their month; the register is changed."""
    moved = (made.township == township) & (rng.random(made.birth.size) < SPOILED["days"][1] * scale)
    first = made.rows["day"].astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    made.rows["day"] = np.where(moved, first, made.rows["day"])


def copy_block(
    made: Register, order: NDArray[np.int64], township: int, scale: float, rng: np.random.Generator
) -> tuple[Register, NDArray[np.int64]]:
    """The register with a block of the township's rows, as they stand one after the other in the file, again at its end.

    Village, sex, day of the month and days until registration stay; names and numbers are others, the year is the next.
    """
    own = np.flatnonzero(made.township[order] == township)
    whole = np.array([made.rows["village"][order[at]] is not None for at in own], dtype=bool)
    size = min(round(SPOILED["blocks"][1] * scale), int(whole.sum()))
    start = int(rng.integers(0, max(1, own.size - size)))
    rows_of = order[own[start : start + size]]
    new = {field: values[rows_of].copy() for field, values in made.rows.items()}
    delay = new["registered_on"] - new["day"]
    new["day"] = years_on(new["day"], np.ones(rows_of.size, dtype=np.int64))
    new["registered_on"] = new["day"] + delay
    male = np.array([sex in ("男", "1", "male") for sex in new["sex"]])
    surnames = names.surnames(rows_of.size, rng)
    new["name"] = surnames + names.given_names(male, rng)
    new["mother_name"] = names.surnames(rows_of.size, rng) + names.given_names(np.zeros(rows_of.size, bool), rng)
    for field in ("id_number", "mother_id_number"):
        new[field][:] = None
    nobody = int(min(made.birth.min(initial=0), 0)) - 1 - np.arange(rows_of.size)
    longer = replace(
        made,
        rows={field: np.concatenate([values, new[field]]) for field, values in made.rows.items()},
        birth=np.concatenate([made.birth, nobody]),
        township=np.concatenate([made.township, made.township[rows_of]]),
        again=np.concatenate([made.again, np.full(rows_of.size, "", dtype=object)]),
    )
    return longer, np.concatenate([order, made.birth.size + np.arange(rows_of.size)])


def _where(table: pl.DataFrame, township: str, change: object) -> pl.DataFrame:
    assert callable(change)
    mine = table["乡镇"] == township
    placed = table.with_row_index("place")
    changed: pl.DataFrame = change(placed.filter(mine))
    return pl.concat([placed.filter(~mine), changed.select(placed.columns)]).sort("place").drop("place")


def _rates(part: pl.DataFrame, kind: str, size: float, rng: np.random.Generator) -> pl.DataFrame:
    rate = part["出生率‰"].to_numpy().copy()
    death = part["死亡率‰"].to_numpy()
    added = np.zeros(rate.size)
    if kind == "level":
        rate = rate * (1 + size)
    elif kind == "jump":
        rate[int(rng.integers(1, rate.size))] *= 1 + size
    elif kind == "steady":
        line = np.exp(np.linspace(np.log(max(rate[0], 0.1)), np.log(max(rate[-1], 0.1)), rate.size))
        rate = line * (rate / line) ** (1 - size)
    else:
        added[rng.permutation(rate.size)[: max(1, rate.size // 2)]] = size
    rate = rate.round(2)
    return part.with_columns(pl.Series("出生率‰", rate), pl.Series("自然增长率‰", (rate - death + added).round(2)))


def _indicators(part: pl.DataFrame, kind: str, size: float, rng: np.random.Generator) -> pl.DataFrame:
    x, n = part["分子"].to_numpy().copy(), part["分母"].to_numpy()
    reported = part["上报%"].to_numpy().copy()
    chosen = rng.random(x.size) < size
    if kind == "percent":
        reported = np.where(chosen, np.minimum(reported + rng.integers(2, 6, x.size), 100.0), reported)
        return part.with_columns(pl.Series("上报%", reported))
    for at in np.flatnonzero(chosen & (n >= 100)):
        near = np.arange(max(0, x[at] - 8), min(n[at], x[at] + 8) + 1)
        percent = 100 * near / n[at]
        whole = near[np.abs(percent - np.round(percent)) <= 0.05]
        if whole.size:
            x[at] = whole[np.argmin(np.abs(whole - x[at]))]
    return part.with_columns(pl.Series("分子", x), pl.Series("上报%", np.round(100 * x / n, 1)))


def _digits(part: pl.DataFrame, size: float, rng: np.random.Generator) -> pl.DataFrame:
    """Township totals of a month are made to end in a favourite digit; the largest village of the month takes the difference."""
    births, months = part["出生数"].to_numpy().copy(), part["年月"].to_numpy()
    for month in np.unique(months):
        at = np.flatnonzero(months == month)
        total = int(births[at].sum())
        if total >= 10 and rng.random() < size:
            largest = at[np.argmax(births[at])]
            births[largest] = max(0, births[largest] + total // 10 * 10 + int(rng.choice([3, 6, 8])) - total)
    return part.with_columns(pl.Series("出生数", births))
