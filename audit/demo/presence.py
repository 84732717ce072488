"""Which source knows which birth: completeness by township, births that are hard to catch, and sources that lean on each other."""

import numpy as np
from numpy.typing import NDArray

from audit.demo.people import People
from audit.demo.sizes import Sizes


def known(people: People, targets: list[NDArray[np.float64]], sizes: Sizes, rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Presence of every birth in every source, the audited register first.

    Args:
        people: the births.
        targets: for each source, the share of its births that each township's source knows.
        sizes: heterogeneity, dependence, fed and girls_missed.
        rng: the county's generator.

    Each source's presence is logistic in how hard the birth is to catch and in the sources before it, with the intercept of
    each township set so that the target holds on average; ``dependence`` is the odds ratio given hardness.
    """
    present: list[NDArray[np.bool_]] = []
    lean = np.zeros(people.size)
    for at, target in enumerate(targets):
        tilt = lean - sizes.heterogeneity * people.hard
        if at == 0:
            tilt = tilt - sizes.girls_missed * ~people.male
        chance = _with_mean(tilt, people.township, target)
        here = rng.random(people.size) < chance
        if at and at == len(targets) - 1 and sizes.fed:
            here |= present[0] & (rng.random(people.size) < sizes.fed)
        present.append(here)
        lean = lean + np.log(sizes.dependence) * (here - chance)
    return present


def _with_mean(tilt: NDArray[np.float64], township: NDArray[np.int64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities logistic in ``tilt`` whose mean in each township is its target, by bisection on the intercepts."""
    low, high = np.full(target.size, -15.0), np.full(target.size, 15.0)
    count = np.maximum(np.bincount(township, minlength=target.size), 1)
    for _ in range(30):
        middle = (low + high) / 2
        chance = 1 / (1 + np.exp(-(tilt + middle[township])))
        above = np.bincount(township, weights=chance, minlength=target.size) / count > target
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    chances: NDArray[np.float64] = 1 / (1 + np.exp(-(tilt + ((low + high) / 2)[township])))
    return chances


def delays(
    people: People, slow: NDArray[np.bool_], drive: NDArray[np.bool_], years: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Day of registration, and which births are too late for the extract.

    Args:
        people: the births.
        slow: townships that register late.
        drive: townships that register in quarterly drives only.
        years: first and last birth year; the extract closes on the last day of the last.
        rng: the county's generator.

    Honest offices keep weekdays, hold drives in the middle of a quarter's last month, and clear their desks before the
    extract: half of what would come later is registered in its last days, the other half is not in it.
    """
    count, late = people.size, people.township
    delay = rng.lognormal(np.where(slow[late], 4.2, 3.4), 0.95, count)
    years_late = rng.random(count) < np.where(slow[late], 0.10, 0.04)
    delay[years_late] += rng.exponential(500, int(years_late.sum()))
    day = people.day + np.maximum(1, delay).astype(np.int64)
    in_drive = rng.random(count) < np.where(drive[late], 0.92, 0.06)
    day = np.where(in_drive, _next_drive(day), day)
    day += np.where((day + 3) % 7 >= 5, 7 - (day + 3) % 7, 0)  # 1970-01-01 was a Thursday; weekends wait for Monday
    close = int(np.datetime64(f"{years[1]}-12-31", "D").astype(np.int64))
    over = day > close
    cleared = over & (rng.random(count) < 0.5)
    day = np.where(cleared, np.maximum(people.day, close - rng.integers(0, 4, count)), day)
    return day, over & ~cleared


def _next_drive(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """The next 15th of March, June, September or December."""
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    quarter_end = month - month % 3 + 2
    held = quarter_end.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 14
    following = (quarter_end + 3).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 14
    return np.where(day <= held, held, following)
