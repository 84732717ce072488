"""The county's real births and their families: what every source should have written."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.demo import names
from audit.demo.identity import COUNTY_CODE, NEIGHBOURS, identity_numbers, serials
from audit.demo.places import Places
from audit.demo.sizes import Sizes


@dataclass(frozen=True)
class People:
    """Arrays over births (N), one element a birth.

    Attributes:
        township, village: indices into the places.
        day: date of birth, days since 1970-01-01.
        male: sex.
        twin: 0, or 1 and 2 for the first and second of twins.
        partner: the other twin, or -1.
        family: births of the same mother share it.
        hard: how hard the birth is to catch for any source, standard normal.
        columns: what should be written of each birth, by field.
    """

    township: NDArray[np.int64]
    village: NDArray[np.int64]
    day: NDArray[np.int64]
    male: NDArray[np.bool_]
    twin: NDArray[np.int64]
    partner: NDArray[np.int64]
    family: NDArray[np.int64]
    hard: NDArray[np.float64]
    columns: dict[str, NDArray[Any]]

    @property
    def size(self) -> int:
        """Number of births."""
        return int(self.day.size)

    @property
    def year(self) -> NDArray[np.int64]:
        """Birth year."""
        return self.day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def be_born(places: Places, sizes: Sizes, rng: np.random.Generator) -> People:
    """Births by township, village and day, with twins and siblings, and everybody's names and numbers."""
    singles = np.maximum(1, np.round(places.births * (1 - sizes.twins / 2))).astype(np.int64)
    township = np.repeat(np.arange(singles.size), singles)
    village = _choose_village(places, township, rng)
    day = some_days(township.size, sizes.birth_years, rng)
    first = np.flatnonzero(rng.random(township.size) < sizes.twins / 2)
    count = township.size
    township, village, day = (np.r_[array, array[first]] for array in (township, village, day))
    twin, partner = np.zeros(township.size, dtype=np.int64), np.full(township.size, -1, dtype=np.int64)
    second = count + np.arange(first.size)
    twin[first], twin[second], partner[first], partner[second] = 1, 2, second, first

    family = np.arange(township.size)
    family[second] = first
    family = _siblings(family, village, day, twin, sizes.siblings, rng)
    ratio = rng.uniform(*sizes.sex_ratio)
    male = rng.random(township.size) < ratio / (100 + ratio)
    hard = (0.6 * places.remote[village] + 0.8 * rng.normal(size=township.size))[family]
    columns = _write_down(places.village[village], day, male, family, partner, rng)
    return People(township, village, day, male, twin, partner, family, hard, columns)


def some_days(count: int, years: tuple[int, int], rng: np.random.Generator, births: bool = True) -> NDArray[np.int64]:
    """Days in the years, with a season and a falling trend when they are dates of real births."""
    start = int(np.datetime64(f"{years[0]}-01-01", "D").astype(np.int64))
    stop = int(np.datetime64(f"{years[1] + 1}-01-01", "D").astype(np.int64))
    at = np.arange(stop - start)
    rate = (1 + 0.10 * np.cos(2 * np.pi * (at / 365.25 - 0.78))) * 0.97 ** (at / 365.25) if births else np.ones(at.size)
    return np.asarray(start + rng.choice(at, size=count, p=rate / rate.sum()), dtype=np.int64)


def _choose_village(places: Places, township: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    # One cumulative scale for the county: township t's villages fill the interval from t to t + 1.
    edges = np.cumsum(places.weight)
    return np.minimum(np.searchsorted(edges, township + rng.random(township.size) * 0.999999), edges.size - 1)


def _siblings(
    family: NDArray[np.int64],
    village: NDArray[np.int64],
    day: NDArray[np.int64],
    twin: NDArray[np.int64],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Give pairs of births of one village, 13 months to 7 years apart, one mother."""
    order = np.lexsort((rng.random(day.size), village))
    order = order[twin[order] == 0]
    left, right = order[:-1:2], order[1::2]
    gap = np.abs(day[left] - day[right])
    fits = (village[left] == village[right]) & (gap > 400) & (gap < 2500)
    fits &= rng.random(left.size) < share / max(fits.mean(), 1e-9)
    family = family.copy()
    family[right[fits]] = family[left[fits]]
    return family


def _write_down(
    village: NDArray[Any],
    day: NDArray[np.int64],
    male: NDArray[np.bool_],
    family: NDArray[np.int64],
    partner: NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    """The fields of BIRTH_FIELDS that describe a birth; families' fields are drawn for all and shared."""
    count = day.size
    father_surname, mother_surname = names.surnames(count, rng)[family], names.surnames(count, rng)[family]
    father = father_surname + names.given_names(np.ones(count, dtype=bool), rng)[family]
    mother = mother_surname + names.given_names(np.zeros(count, dtype=bool), rng)[family]
    surname = np.where((rng.random(count) < 0.04)[family], mother_surname, father_surname)
    given = names.given_names(male, rng)
    alike = np.flatnonzero((partner >= 0) & (np.arange(count) > partner) & (rng.random(count) < 0.35))
    given[alike] = [f"{given[partner[at]][0]}{given[at][-1]}" for at in alike]  # some twins share a character
    same = alike[given[alike] == given[partner[alike]]]
    given[same] = [f"{name[0]}安" for name in given[same]]
    name = (surname + given).astype(object)
    far = np.flatnonzero((rng.random(count) < 0.004) & (partner < 0))
    name[far] = names.long_names(far.size, rng)

    mothers_day = (day - np.clip(rng.normal(26.5, 4.5, count), 17, 42) * 365.25).astype(np.int64)
    oldest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(oldest, family, mothers_day)
    born = oldest[family]
    area = np.where(rng.random(count) < 0.72, COUNTY_CODE, rng.choice(NEIGHBOURS, size=count))[family]
    mother_id = identity_numbers(area, born, np.zeros(count, dtype=bool), rng.integers(0, 500, count)[family])
    number = identity_numbers(np.full(count, COUNTY_CODE), day, male, serials(day, male, rng))
    return {
        "village": village,
        "name": name,
        "sex": np.where(male, "男", "女").astype(object),
        "id_number": number,
        "mother_name": mother.astype(object),
        "mother_id_number": mother_id,
        "father_name": father.astype(object),
    }
