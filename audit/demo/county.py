"""From a seed to a county: the one place where the parts of the simulator meet."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo import headers
from audit.demo.people import People, be_born
from audit.demo.places import Places, settle
from audit.demo.presence import delays, known
from audit.demo.references import list_children
from audit.demo.register import Register, keep_register
from audit.demo.returns import Monthly, count_up, dress_up, hand_in
from audit.demo.sizes import Sizes
from audit.demo.spoil import copy_block, heap_days, spoil_tables, without_girls
from audit.demo.tables import populations, publish, report
from audit.demo.world import Truth, World
from audit.invented import COUNTY

REFERENCES: Final = ("household", "immunisation", "hospital")


def simulate(seed: int, sizes: Sizes | None = None, **changes: Any) -> World:
    """Make a county.

    Args:
        seed: the same seed and sizes give the same county.
        sizes: its make; the defaults when not given.
        **changes: fields of ``Sizes`` to change, as ``townships=5, births=(150, 300)``.

    Returns:
        The county: about 12,500 births in 12 townships by default.
    """
    sizes = replace(sizes or Sizes(), **changes)
    rng = np.random.default_rng(seed)
    places = settle(sizes, rng)
    people = be_born(places, sizes, rng)
    poor, frauds, drive, tried = _parts(places, sizes, rng)
    target = np.where(poor, rng.uniform(*sizes.completeness_poor, poor.size), rng.uniform(*sizes.completeness_good, poor.size))
    covers = [rng.uniform(*sizes.reference_coverage, poor.size) for _ in range(sizes.references)]
    present = known(people, [target, *covers], sizes, rng)
    day, too_late = delays(people, poor, np.arange(poor.size) == (-1 if drive is None else drive), sizes.birth_years, rng)
    present[0] &= ~too_late
    for at, (kind, scale) in frauds.items():
        if kind == "boys":
            present[0] &= without_girls(people.male, people.township == at, scale, np.random.default_rng([seed, 8]))
    difficulty = sizes.difficulty * np.exp(rng.normal(0, sizes.difficulty_spread, poor.size))

    register = keep_register(people, places, present[0], day, difficulty, frauds, sizes, rng)
    names = ("registry", *REFERENCES[: sizes.references])
    order = rng.permutation(register.birth.size)
    own = np.random.default_rng([seed, 9])  # of the frauds asked for one by one: other counties stay as they are without them
    register, order = _blocks(register, order, frauds, own)
    sources = {"registry": headers.registry(register, places, order, rng)}
    rows = {"registry": register.birth[order]}
    for at, name in enumerate(names[1:], start=1):
        listed = list_children(people, places, present[at], sizes.errors[at], difficulty, sizes, rng)
        shuffled = rng.permutation(listed.birth.size)
        sources[name] = headers.reference(name, listed, places, shuffled, rng)
        rows[name] = listed.birth[shuffled]

    population = populations(places, sizes, rng)
    monthly = count_up(people, places, register, present[0], population[:, 0], sizes, rng)
    tables = {
        "bureau": publish(people, places, monthly, population, sizes, rng),
        "returns": hand_in(monthly, _returned(monthly, places, frauds, rng), places, sizes, rng),
        "indicators": report(places, frauds, tried, sizes, rng),
    }
    tables = spoil_tables(tables, places, frauds, own)
    truth = _truth(people, places, register, order, dict(zip(names, present, strict=True)), poor, frauds, (drive, tried))
    return World(seed, sizes, sources, tables, places.areas, truth, rows)


def _parts(
    places: Places, sizes: Sizes, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], dict[int, tuple[str, float]], int | None, int | None]:
    """Which townships register poorly, which falsify what, and which honest ones look odd."""
    count = places.births.size
    poor = np.zeros(count, dtype=bool)
    poor[rng.permutation(count)[: round(count * sizes.poor)]] = True
    order = rng.permutation(count)
    # Where too few are large enough for every fraud, the largest of the rest take them.
    order = np.r_[order[places.births[order] >= sizes.fraud_minimum], np.argsort(-places.births, kind="stable")]
    order = np.array([*dict.fromkeys(order.tolist())], dtype=np.int64)
    if len(sizes.frauds) > count:
        raise ValueError("more frauds than townships")
    frauds = {int(at): (fraud.kind, fraud.scale) for at, fraud in zip(order, sizes.frauds, strict=False)}
    honest = rng.permutation(order[len(frauds) :])
    odd = [int(at) for at in honest[:2]] if sizes.lookalikes else []
    drive, tried = (*odd, None, None)[:2]
    return poor, frauds, drive, tried


def _blocks(
    register: Register, order: NDArray[np.int64], frauds: dict[int, tuple[str, float]], rng: np.random.Generator
) -> tuple[Register, NDArray[np.int64]]:
    for township, (kind, scale) in frauds.items():
        if kind == "days":
            heap_days(register, township, scale, rng)
        if kind == "blocks":
            register, order = copy_block(register, order, township, scale, rng)
    return register, order


def _returned(
    monthly: Monthly, places: Places, frauds: dict[int, tuple[str, float]], rng: np.random.Generator
) -> NDArray[np.int64]:
    births = monthly.births
    for township, (kind, scale) in frauds.items():
        if kind in ("smooth", "copied", "rounded"):
            births = dress_up(births, np.flatnonzero(places.of == township), kind, scale, rng)
    return births


def _truth(
    people: People,
    places: Places,
    register: Register,
    order: NDArray[np.int64],
    present: dict[str, NDArray[np.bool_]],
    poor: NDArray[np.bool_],
    frauds: dict[int, tuple[str, float]],
    odd: tuple[int | None, int | None],
) -> Truth:
    count = places.township.size
    births = np.bincount(people.township, minlength=count)
    registered = np.bincount(people.township[present["registry"]], minlength=count)
    lookalike = {odd[0]: "registration_drive", odd[1]: "real_effort"}
    townships = pl.DataFrame(
        {
            "area_code": places.code.tolist(),
            "township": places.township.tolist(),
            "births": births,
            "registered": registered,
            "completeness": registered / np.maximum(births, 1),
            "group": np.where(poor, "poor", "good").tolist(),
            "fraud": [frauds[at][0] if at in frauds else None for at in range(count)],
            "scale": [frauds[at][1] if at in frauds else None for at in range(count)],
            "lookalike": [lookalike.get(at) for at in range(count)],
            "invented": np.bincount(register.township[register.birth < 0], minlength=count),
        },
        schema_overrides={"fraud": pl.String, "scale": pl.Float64, "lookalike": pl.String},
    )
    known_births = pl.DataFrame(
        {
            "birth": np.arange(people.size),
            "area_code": places.code[people.township].tolist(),
            "birth_year": people.year,
            "sex": np.where(people.male, "male", "female").tolist(),
            "twin": people.twin > 0,
            **present,
        }
    )
    registry = pl.DataFrame(
        {
            "record_id": headers.record_ids(order.size),
            "birth": register.birth[order],
            "again": register.again[order].tolist(),
        }
    )
    return Truth(COUNTY, townships, known_births, registry)
