"""The audited register: real births, some of them twice, and rows that belong to nobody."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.demo import names
from audit.demo.identity import COUNTY_CODE, identity_numbers, one_digit_off
from audit.demo.pens import Rows, write_badly
from audit.demo.people import People, some_days
from audit.demo.places import Places
from audit.demo.sizes import FULL_SIZE, Errors, Sizes

# How a second entry of a birth comes about, and how often.
_AGAIN: Final = {"copied": 0.35, "entered_anew": 0.42, "year_shifted": 0.18, "other_township": 0.05}


@dataclass(frozen=True)
class Register:
    """Rows in no order yet, with what they truly are.

    Attributes:
        rows: fields as written.
        birth: index of the birth; -1, -2 … for invented rows, each its own.
        township: the township written.
        again: empty, or the way a second entry came about.
    """

    rows: Rows
    birth: NDArray[np.int64]
    township: NDArray[np.int64]
    again: NDArray[Any]


def describe(people: People, places: Places, of: NDArray[np.int64], gap: NDArray[np.float64]) -> Rows:
    """Correct rows for some births, with the columns that ``write_badly`` reads."""
    homes = np.empty(places.township.size, dtype=object)
    homes[:] = [places.village[places.of == at].tolist() for at in range(homes.size)]
    township = people.township[of]
    rows = {field: values[of] for field, values in people.columns.items()}
    return rows | {"day": people.day[of], "twin": people.twin[of], "gap": gap[township], "homes": homes[township]}


def keep_register(
    people: People,
    places: Places,
    present: NDArray[np.bool_],
    registered_on: NDArray[np.int64],
    difficulty: NDArray[np.float64],
    frauds: dict[int, tuple[str, float]],
    sizes: Sizes,
    rng: np.random.Generator,
) -> Register:
    """The register's rows: first entries, second entries and, where a township invents, rows of nobody."""
    errors = sizes.errors[0]
    gap = np.clip(rng.normal(rng.uniform(0.2, 0.8), 0.15, places.township.size), 0, 1)
    first = np.flatnonzero(present)
    rows = describe(people, places, first, gap)
    rows = write_badly(rows, errors, difficulty[people.township[first]], rng)
    rows["registered_on"] = registered_on[first]
    _never_right(rows["id_number"], sizes.invalid_ids, rng)
    made = Register(rows, first, people.township[first], np.full(first.size, "", dtype=object))
    parts = [made, _again(made, people, places, gap, difficulty, sizes, rng)]
    parts += [
        _invent(made, places, at, kind, scale, sizes, rng)
        for at, (kind, scale) in frauds.items()
        if kind in ("fabricated", "recent")
    ]
    nobody = np.concatenate([part.birth for part in parts])
    nobody[nobody < 0] = -1 - np.arange(int((nobody < 0).sum()))
    return Register(
        {
            field: np.concatenate([part.rows[field] for part in parts])
            for field in made.rows
            if field not in ("homes", "gap", "twin")
        },
        nobody,
        np.concatenate([part.township for part in parts]),
        np.concatenate([part.again for part in parts]),
    )


def _never_right(numbers: NDArray[Any], rate: tuple[float, float], rng: np.random.Generator) -> None:
    """Numbers whose check character was wrong from the start."""
    for at in np.flatnonzero(rng.random(numbers.size) < rng.uniform(*rate)):
        if numbers[at] is not None:
            numbers[at] = one_digit_off(numbers[at], rng)


def _again(
    made: Register,
    people: People,
    places: Places,
    gap: NDArray[np.float64],
    difficulty: NDArray[np.float64],
    sizes: Sizes,
    rng: np.random.Generator,
) -> Register:
    """Second entries: the same row once more, entered anew by another clerk, with the year off, or in another township."""
    at = np.flatnonzero(rng.random(made.birth.size) < sizes.duplicates)
    way = rng.choice(np.array([*_AGAIN], dtype=object), size=at.size, p=[*_AGAIN.values()])
    # Even a careful reader cannot tell a twin entered anew from the other twin: of twins only whole rows come twice.
    way[(people.twin[made.birth[at]] > 0)] = "copied"
    birth = made.birth[at]
    copied = {field: values[at] for field, values in made.rows.items()}
    fresh = describe(people, places, birth, gap) | {"registered_on": made.rows["registered_on"][at]}
    fresh = write_badly(fresh, sizes.errors[0], 1.5 * difficulty[people.township[birth]], rng)
    rows = {field: np.where(way == "copied", copied[field], fresh[field]) for field in copied if field != "homes"}
    rows["homes"] = fresh["homes"]
    shift = rng.choice(np.array([-1, 1, 1, 2]), size=at.size)
    moved = years_on(made.rows["day"][at], shift)
    close = int(np.datetime64(f"{sizes.birth_years[1]}-12-31", "D").astype(np.int64))
    back = years_on(made.rows["day"][at], np.full(at.size, -1))
    rows["day"] = np.where(way == "year_shifted", np.where(moved <= close, moved, back), rows["day"])
    later = np.minimum(close, made.rows["registered_on"][at] + rng.integers(0, 500, at.size))
    later = np.where((way == "copied") & (rng.random(at.size) < 0.5), made.rows["registered_on"][at], later)
    rows["registered_on"] = np.maximum(later, np.minimum(rows["day"], close))
    township = made.township[at].copy()
    if places.township.size > 1:
        elsewhere = (township + rng.integers(1, places.township.size, at.size)) % places.township.size
        other = way == "other_township"
        township[other] = elsewhere[other]
        rows["village"][other] = [str(rng.choice(places.village[places.of == home])) for home in elsewhere[other]]
    return Register(rows, birth, township, way)


def years_on(day: NDArray[np.int64], years: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same day some years on; 29 February becomes 1 March."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
    moved: NDArray[np.int64] = (month.astype(np.int64) + 12 * years).astype("datetime64[M]").astype("datetime64[D]").astype(
        np.int64
    ) + of_month
    return moved


def _invent(
    made: Register, places: Places, township: int, kind: str, scale: float, sizes: Sizes, rng: np.random.Generator
) -> Register:
    """Rows of nobody: plausible names, numbers worked out by hand and often wrong, half of them entered on a few days."""
    rows_here = int((made.township == township).sum())
    size = scale * rng.uniform(*FULL_SIZE[kind])
    count = max(1, round(rows_here * size / (1 - size)))
    first, last = sizes.birth_years
    day = some_days(count, (max(first, last - 2) if kind == "recent" else first, last), rng, births=False)
    male = rng.random(count) < 0.5
    sex_digit = male ^ (rng.random(count) < 0.12)
    numbers = identity_numbers(np.full(count, COUNTY_CODE), day, sex_digit, rng.integers(0, 500, count))
    for at in np.flatnonzero(rng.random(count) < 0.30):
        numbers[at] = one_digit_off(numbers[at], rng)
    mothers = identity_numbers(
        np.full(count, COUNTY_CODE),
        (day - rng.normal(26, 4, count) * 365.25).astype(np.int64),
        np.zeros(count, bool),
        rng.integers(0, 500, count),
    )
    surname = names.surnames(count, rng)
    close = int(np.datetime64(f"{last}-12-31", "D").astype(np.int64))
    batch = rng.integers(close - 700, close, 4)
    ordinary = day + rng.integers(5, 200, count)
    rows: Rows = {
        "village": rng.choice(places.village[places.of == township], size=count),
        "name": surname + names.given_names(male, rng),
        "sex": np.where(male, "男", "女").astype(object),
        "id_number": numbers,
        "mother_name": names.surnames(count, rng) + names.given_names(np.zeros(count, bool), rng),
        "mother_id_number": mothers,
        "father_name": surname + names.given_names(np.ones(count, bool), rng),
        "day": day,
        "twin": np.zeros(count, dtype=np.int64),
        "gap": np.full(count, 0.3),
        "homes": np.full(count, None, dtype=object),
    }
    rows["homes"][:] = [["中心村"]] * count
    rows = write_badly(rows, Errors(placeholder=0.0, village_other=0.0), np.zeros(count), rng)
    in_batch = rng.random(count) < 0.5
    rows["registered_on"] = np.clip(np.where(in_batch, rng.choice(batch, size=count), ordinary), day, np.maximum(day, close))
    return Register(rows, np.full(count, -1), np.full(count, township), np.full(count, "", dtype=object))
