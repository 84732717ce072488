"""What clerks make of a correct entry: slips, gaps and habits of writing, each at its own rate."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.demo import names
from audit.demo.identity import fifteen, one_digit_off, two_digits_swapped
from audit.demo.lunar import as_if_solar
from audit.demo.sizes import Errors

Rows = dict[str, NDArray[Any]]


def write_badly(rows: Rows, errors: Errors, difficulty: NDArray[np.float64], rng: np.random.Generator) -> Rows:
    """The rows as one office's clerks enter them.

    Args:
        rows: fields by name; ``day`` (days since 1970-01-01), ``twin``, ``gap`` (0 to 1: the office's place in the range of
            missing numbers) and ``homes`` (the village names of the row's township) are read, not written.
        errors: the office's rates.
        difficulty: multiplies the slips of each row.
        rng: the county's generator.
    """
    rows = {field: values.copy() for field, values in rows.items()}

    def slip(field: str, rate: float, spoil: Callable[[str], str]) -> None:
        # Few rows are struck, and each is spoilt in its own way: a plain loop over them.
        struck = np.flatnonzero(rng.random(difficulty.size) < rate * difficulty)
        values = rows[field]
        for at in struck:
            if values[at] is not None:
                values[at] = spoil(values[at])

    def lose(field: str, rate: float | NDArray[np.float64]) -> None:
        rows[field][rng.random(difficulty.size) < rate] = None

    slip("name", errors.homophone, names.misheard)
    slip("name", errors.typo, lambda name: names.mistyped(name, rng))
    slip("name", errors.variant, names.reshaped)
    slip("mother_name", errors.mother_typo / 2, names.misheard)
    slip("mother_name", errors.mother_typo / 2, lambda name: names.mistyped(name, rng))
    slip("mother_name", errors.variant, names.reshaped)
    slip("id_number", errors.id_digit, lambda number: one_digit_off(number, rng))
    slip("id_number", errors.id_swap, lambda number: two_digits_swapped(number, rng))
    slip("mother_id_number", errors.mother_id_digit, lambda number: one_digit_off(number, rng))
    slip("sex", errors.wrong_sex, lambda sex: "女" if sex == "男" else "男")
    _unnamed(rows, errors, rng)
    _fifteen(rows, errors, rng)
    rows["day"] = _dates(rows["day"], errors, difficulty, rng)

    gap = rows["gap"].astype(np.float64)
    lose("id_number", errors.id_missing[0] + gap * (errors.id_missing[1] - errors.id_missing[0]))
    lose("mother_id_number", errors.mother_id_missing[0] + gap * (errors.mother_id_missing[1] - errors.mother_id_missing[0]))
    lose("mother_name", errors.mother_missing)
    lose("village", errors.village_missing)
    lose("father_name", errors.mother_missing)
    moved = np.flatnonzero(rng.random(difficulty.size) < errors.village_other * difficulty)
    rows["village"][moved] = [homes[int(rng.integers(len(homes)))] for homes in rows["homes"][moved]]
    return rows


def _unnamed(rows: Rows, errors: Errors, rng: np.random.Generator) -> None:
    # Twins leave the ward unnamed more often than others.
    chance = np.minimum(errors.placeholder * np.where(rows["twin"] > 0, 2.5, 1.0), 0.6)
    for at in np.flatnonzero(rng.random(chance.size) < chance):
        rows["name"][at] = names.placeholder(rows["name"][at], int(rows["twin"][at]), rng)


def _fifteen(rows: Rows, errors: Errors, rng: np.random.Generator) -> None:
    # Only people who had a number before 1999 have a 15-digit one.
    numbers = rows["mother_id_number"]
    for at in np.flatnonzero(rng.random(numbers.size) < errors.mother_id_15 * 1.5):
        if numbers[at] is not None and numbers[at][6:10] < "1999":
            numbers[at] = fifteen(numbers[at])


def _dates(day: NDArray[np.int64], errors: Errors, difficulty: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    draw = rng.random(day.size) / np.maximum(difficulty, 1e-9)
    edges = np.cumsum([errors.month_day, errors.lunar, errors.near_date])
    near = day + rng.choice(np.array([-10, -2, -1, 1, 2, 10]), size=day.size)
    return np.select([draw < edges[0], draw < edges[1], draw < edges[2]], [month_day_swapped(day), as_if_solar(day), near], day)


def month_day_swapped(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Month and day of the month exchanged where the day is 12 or less; other dates stay.

    >>> written = month_day_swapped(np.array([np.datetime64("2021-05-02", "D").astype(int)]))
    >>> str(written.astype("datetime64[D]")[0])
    '2021-02-05'
    """
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    number = month.astype(np.int64) % 12
    of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
    january = month.astype(np.int64) - number
    swapped = (january + np.minimum(of_month, 11)).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + number
    return np.where(of_month < 12, swapped, day)
