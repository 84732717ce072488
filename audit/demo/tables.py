"""The bureau's published rates and the townships' indicators."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo.people import People
from audit.demo.places import Places
from audit.demo.returns import Monthly
from audit.demo.sizes import FULL_SIZE, Sizes

INDICATORS: Final = (("出生登记及时率", 90), ("新生儿访视率", 85), ("身份信息完整率", 80))


def populations(places: Places, sizes: Sizes, rng: np.random.Generator) -> NDArray[np.float64]:
    """Persons at each year's end, the year before the first included (T x years + 1); some townships never change theirs."""
    years = sizes.birth_years[1] - sizes.birth_years[0] + 1
    start = np.maximum(200, np.round(places.births / years / rng.uniform(0.0075, 0.0115, places.births.size)))
    growth = rng.normal(0.0, 0.004, (places.births.size, years)).cumsum(axis=1)
    people: NDArray[np.float64] = np.round(start[:, None] * np.exp(np.c_[np.zeros(places.births.size), growth]))
    fixed = rng.random(places.births.size) < sizes.constant_population
    people[fixed] = people[fixed, :1]
    return people


def publish(
    people: People, places: Places, monthly: Monthly, population: NDArray[np.float64], sizes: Sizes, rng: np.random.Generator
) -> pl.DataFrame:
    """The bureau's rates: its own estimate of all births (a township's level within 1 %, a year's within 3 %), and deaths."""
    first, last = sizes.birth_years
    townships, years = places.township.size, last - first + 1
    births = np.zeros((townships, years))
    np.add.at(births, (people.township, people.year - first), 1)
    births = births * np.exp(rng.normal(0, 0.01, (townships, 1)) + rng.normal(0, 0.03, (townships, years)))
    by_village = monthly.deaths.reshape(-1, years, 12).sum(axis=2)
    deaths = np.zeros((townships, years))
    np.add.at(deaths, places.of, by_village)
    mean = (population[:, :-1] + population[:, 1:]) / 2
    birth_rate, death_rate = 1000 * np.round(births) / mean, 1000 * deaths / mean
    return pl.DataFrame(
        {
            "乡镇": np.repeat(places.township, years).tolist(),
            "年份": np.tile(np.arange(first, last + 1), townships),
            "年末人口": population[:, 1:].ravel().astype(np.int64),
            "出生率‰": birth_rate.ravel().round(2),
            "死亡率‰": death_rate.ravel().round(2),
            "自然增长率‰": (birth_rate - death_rate).ravel().round(2),
        }
    )


def report(
    places: Places, frauds: dict[int, tuple[str, float]], tried: int | None, sizes: Sizes, rng: np.random.Generator
) -> pl.DataFrame:
    """Indicators by village, year and indicator.

    Args:
        places: the places.
        frauds: township -> kind and scale; ``bunched`` moves misses over the target.
        tried: an honest township that really tried to meet its targets: its misses improve, smoothly.
        sizes: the county's make.
        rng: the county's generator.
    """
    first, last = sizes.birth_years
    years, kinds, villages = last - first + 1, len(INDICATORS), places.of.size
    of = np.repeat(np.arange(villages), years * kinds)
    year = np.tile(np.repeat(np.arange(first, last + 1), kinds), villages)
    kind = np.tile(np.arange(kinds), villages * years)
    target = np.array([target for _, target in INDICATORS])[kind]
    level = target + rng.normal(0, 1.0, places.township.size)[places.of[of]] + rng.normal(0, 5.5, of.size)
    if tried is not None:
        short = (places.of[of] == tried) & (level < target)
        level = np.where(short, level + rng.uniform(0.2, 1.0, of.size) * (target + 3 - level), level)
    denominator = rng.integers(25, 260, of.size)
    numerator = rng.binomial(denominator, np.clip(level / 100, 0.02, 0.985))
    for township, (name, scale) in frauds.items():
        if name == "bunched":
            share = scale * rng.uniform(*FULL_SIZE[name])
            missed = (places.of[of] == township) & (100 * numerator < target * denominator)
            moved = missed & (rng.random(of.size) < share)
            reach = np.ceil(target * denominator / 100).astype(np.int64) + rng.geometric(0.55, of.size) - 1
            numerator = np.where(moved, np.minimum(reach, denominator), numerator)
    return pl.DataFrame(
        {
            "乡镇": places.township[places.of[of]].tolist(),
            "村": places.village[of].tolist(),
            "年份": year,
            "指标": np.array([name for name, _ in INDICATORS], dtype=object)[kind].tolist(),
            "目标%": target,
            "分子": numerator,
            "分母": denominator,
            "上报%": np.round(100 * numerator / denominator, 1),
        }
    )
