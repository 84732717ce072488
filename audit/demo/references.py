"""The reference sources: other offices' lists of the same children, with second entries and children who do not belong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.demo.identity import NEIGHBOURS, identity_numbers
from audit.demo.pens import Rows, write_badly
from audit.demo.people import People, some_days
from audit.demo.places import Places
from audit.demo.register import describe
from audit.demo.sizes import Errors, Sizes


@dataclass(frozen=True)
class Listed:
    """Rows of a reference, in no order yet.

    Attributes:
        rows: fields as written.
        birth: index of the birth, -1 for a child who is not one of the county's births in the birth years.
        township: the township written, -1 for one of another county.
    """

    rows: Rows
    birth: NDArray[np.int64]
    township: NDArray[np.int64]


def list_children(
    people: People,
    places: Places,
    present: NDArray[np.bool_],
    errors: Errors,
    difficulty: NDArray[np.float64],
    sizes: Sizes,
    rng: np.random.Generator,
) -> Listed:
    """One reference's rows."""
    gap = np.clip(rng.normal(rng.uniform(0.2, 0.8), 0.15, places.township.size), 0, 1)
    first = np.flatnonzero(present)
    again = first[rng.random(first.size) < sizes.reference_duplicates]
    birth = np.r_[first, again]
    rows = write_badly(describe(people, places, birth, gap), errors, difficulty[people.township[birth]], rng)
    township = people.township[birth].copy()
    moved = np.flatnonzero(rng.random(birth.size) < errors.other_township)
    if places.township.size > 1:
        township[moved] = (township[moved] + rng.integers(1, places.township.size, moved.size)) % places.township.size
    extra = _strangers(people, places, birth.size, gap, errors, sizes, rng)
    parts = [Listed(rows, birth, township), *extra]
    kept = [field for field in rows if field not in ("homes", "gap", "twin")]
    return Listed(
        {field: np.concatenate([part.rows[field] for part in parts]) for field in kept},
        np.concatenate([part.birth for part in parts]),
        np.concatenate([part.township for part in parts]),
    )


def _strangers(
    people: People,
    places: Places,
    count: int,
    gap: NDArray[np.float64],
    errors: Errors,
    sizes: Sizes,
    rng: np.random.Generator,
) -> list[Listed]:
    """Children of other counties, and the county's own births of the years before and after."""
    first, last = sizes.birth_years
    parts = []
    for share, foreign in ((sizes.reference_foreign, True), (sizes.reference_outside, False)):
        size = round(count * share)
        # Other people: their families' names are borrowed from births drawn at random, date, number and given name are not.
        like = rng.integers(0, people.size, size)
        rows = describe(people, places, like, gap)
        other = rng.permutation(people.columns["name"])[:size]
        years = (first, last) if foreign else ((first - 1, first - 1) if rng.random() < 0.5 else (last + 1, last + 1))
        rows["day"] = some_days(size, years, rng)
        rows["name"], rows["mother_name"] = other, rng.permutation(people.columns["mother_name"])[:size]
        male = rows["sex"] == "男"
        area = rng.choice(NEIGHBOURS, size=size)
        rows["id_number"] = identity_numbers(area, rows["day"], male, rng.integers(0, 500, size))
        rows["mother_id_number"] = identity_numbers(area, rows["day"] - 9500, np.zeros(size, bool), rng.integers(0, 500, size))
        rows = write_badly(rows, errors, np.ones(size), rng)
        township = np.full(size, -1) if foreign else people.township[like]
        parts.append(Listed(rows, np.full(size, -1), township))
    return parts
