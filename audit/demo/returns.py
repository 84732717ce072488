"""Monthly village returns of births and deaths, honest or dressed up."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo.people import People
from audit.demo.places import Places
from audit.demo.register import Register
from audit.demo.sizes import FULL_SIZE, Sizes


@dataclass(frozen=True)
class Monthly:
    """Figures by village (V) and month (M), months in order.

    Attributes:
        births, deaths: as counted in the villages, before they are returned.
        months: months since 1970-01.
    """

    births: NDArray[np.int64]
    deaths: NDArray[np.int64]
    months: NDArray[np.int64]


def count_up(
    people: People, places: Places, register: Register, present: NDArray[np.bool_], population: NDArray[np.float64],
    sizes: Sizes, rng: np.random.Generator,
) -> Monthly:  # fmt: skip
    """What the villages count: registered births, a few the village knows all the same, invented ones; and deaths."""
    first, last = sizes.birth_years
    months = np.arange((first - 1970) * 12, (last + 1 - 1970) * 12)
    known = np.flatnonzero(present | (rng.random(people.size) < 0.03))
    month = people.day[known].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    month = np.minimum(month + (rng.random(known.size) < sizes.late_returns), months[-1])
    births = _table(people.village[known], month, places, months)
    invented = register.birth < 0
    village = _village_index(places, register, invented)
    births += _table(
        village, register.rows["day"][invented].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64), places, months
    )
    season = 1 + 0.12 * np.cos(2 * np.pi * (months % 12) / 12)
    mean = (population[places.of] * places.weight * 0.0069 / 12)[:, None] * season
    return Monthly(births, rng.poisson(mean), months)


def _table(village: NDArray[np.int64], month: NDArray[np.int64], places: Places, months: NDArray[np.int64]) -> NDArray[np.int64]:
    cell = village * months.size + month - months[0]
    return np.bincount(cell, minlength=places.of.size * months.size).reshape(places.of.size, months.size).astype(np.int64)


def _village_index(places: Places, register: Register, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The village of rows that have one written down; the township's first village for those that do not."""
    index = {(int(of), name): at for at, (of, name) in enumerate(zip(places.of, places.village, strict=True))}
    first = {int(of): at for at, of in reversed(list(enumerate(places.of)))}
    pairs = zip(register.township[rows], register.rows["village"][rows], strict=True)
    return np.array([index.get((int(of), name), first[int(of)]) for of, name in pairs], dtype=np.int64)


def dress_up(
    births: NDArray[np.int64], villages: NDArray[np.int64], kind: str, scale: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The births of one township's villages, falsified.

    Args:
        births: figures by village and month; not changed.
        villages: rows of the township.
        kind: ``smooth``, ``rounded`` or ``copied``.
        scale: share of the full size.
        rng: the county's generator.
    """
    size = scale * rng.uniform(*FULL_SIZE[kind])
    here = births[villages]
    years = here.shape[1] // 12
    by_year = here.reshape(villages.size, years, 12)
    if kind == "smooth":
        by_year = _smooth(by_year, size, rng)
    elif kind == "rounded":
        by_year = _round(here, size, rng).reshape(by_year.shape)
    else:
        by_year = _copy(by_year, round(size), rng)
    changed = births.copy()
    changed[villages] = by_year.reshape(here.shape)
    return changed


def _smooth(by_year: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Spread a share of each village-year's births evenly over its months, the remainder over months drawn without repeat."""
    total = by_year.sum(axis=2)
    moved = rng.binomial(total, share) if share < 1 else total
    kept = _thin(by_year, moved, rng)
    base, rest = np.divmod(moved, 12)
    order = rng.random(by_year.shape).argsort(axis=2)
    return np.asarray(kept + base[..., None] + (order < rest[..., None]), dtype=np.int64)


def _thin(by_year: NDArray[np.int64], moved: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Take ``moved`` births out of each village-year, each birth as likely as another."""
    flat, take = by_year.reshape(-1, 12), moved.ravel()
    # One draw a village-year: numpy has no such draw over many rows at once.
    taken = [rng.multivariate_hypergeometric(row, int(count)) for row, count in zip(flat, take, strict=True)]
    return np.asarray((flat - np.array(taken)).reshape(by_year.shape), dtype=np.int64)


def _round(here: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Put a share of all village-months, large ones first by chance, to the nearest positive multiple of 5."""
    flat = here.ravel().copy()
    count = min(round(share * flat.size), int((flat > 0).sum()))
    # Exponential race: a figure is taken with chance in proportion to itself.
    race = np.where(flat > 0, rng.exponential(size=flat.size) / np.maximum(flat, 1), np.inf)
    chosen = np.argpartition(race, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
    flat[chosen] = np.maximum(5, 5 * np.round(flat[chosen] / 5)).astype(np.int64)
    return flat.reshape(here.shape)


def _copy(by_year: NDArray[np.int64], villages: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Villages repeat their own year, or another village's, for three years; one month in forty is then changed by one."""
    changed = by_year.copy()
    years = by_year.shape[1]
    large = np.argsort(-by_year.sum(axis=(1, 2)))[: max(villages + 1, by_year.shape[0] // 2 + 1)]
    chosen = rng.permutation(large)[:villages]
    for turn, village in enumerate(chosen):
        start = int(rng.integers(0, max(1, years - 3)))
        for year in range(start + 1, min(start + 4, years)):
            donors = large[large != village]
            own = turn % 2 == 0 or donors.size == 0
            vector = changed[village, start] if own else by_year[donors[0], year]
            slip = (rng.random(12) < 0.025).astype(np.int64)
            changed[village, year] = vector + slip
    return changed


def hand_in(monthly: Monthly, births: NDArray[np.int64], places: Places, sizes: Sizes, rng: np.random.Generator) -> pl.DataFrame:
    """The returns as a table; deaths are 2 % lower than in the bureau's books, some returns come a month late."""
    villages, count = births.shape
    deaths = rng.binomial(monthly.deaths, 0.98)
    month = np.tile(monthly.months, villages)
    of = np.repeat(np.arange(villages), count)
    late = rng.random(month.size) < sizes.late_returns
    due = (month + 1 + late).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    handed_in = due + rng.integers(1, 11, month.size)
    return pl.DataFrame(
        {
            "乡镇": places.township[places.of[of]].tolist(),
            "村": places.village[of].tolist(),
            "年月": np.datetime_as_string(month.astype("datetime64[M]")).tolist(),
            "出生数": births.ravel(),
            "死亡数": deaths.ravel(),
            "上报日期": np.datetime_as_string(handed_in.astype("datetime64[D]")).tolist(),
        }
    )
