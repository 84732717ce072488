"""Which detectors need protected counts: those that say so read them, the others read nothing that stems from linking."""

from dataclasses import replace
from typing import Any, Final

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detectors.base import Detector
from detectors.context import Context, Estimates
from detectors.estimates.assemble import estimate, from_counts, from_register
from detectors.registry import DETECTORS
from detectors.run import detect, join, run_some
from expectations.protected import COUNTS, LINKAGE, PATTERNS, Protected
from expectations.tables import TOTALS
from tests.detectors.offices import Offices, indicators, vital_rates
from tests.detectors.worlds import World, county

LINKED: Final = {"counts", "patterns", "coverage", "working"}
TOWNSHIPS: Final = tuple(f"乡{place}" for place in range(6))


class LinkedError(Exception):
    """Something that stems from linking was read."""


class _Blind:
    """What it is mixed into raises as soon as something that stems from linking is read."""

    def __getattribute__(self, name: str) -> Any:
        if name in LINKED:
            raise LinkedError(name)
        return super().__getattribute__(name)


class BlindContext(_Blind, Context):
    """A county seen before linking."""


class BlindEstimates(_Blind, Estimates):
    """Estimates of which those that stem from linking cannot be read."""


def blind(context: Context) -> Context:
    """The same county, blind to what linking brought."""
    own = {name: value for name, value in vars(context).items() if name not in LINKED}
    seen = {name: value for name, value in vars(context.estimates).items() if name not in LINKED}
    return BlindContext(**own | {"estimates": BlindEstimates(**seen)})


def released(world: World) -> Protected:
    """Protected counts of a county in which two references know nine births in ten of every unit."""
    counted = from_register(world.context).estimates.registered
    counts = counted.select(
        "county", "level", "area_code", "birth_year", "sex",
        m=pl.col("registered") * 0.9, c=pl.col("registered") * 0.1, m_sd=pl.lit(2.0), c_sd=pl.lit(2.0),
    ).cast(COUNTS)  # fmt: skip
    known = {"111": 0.7, "110": 0.1, "101": 0.1, "100": 0.1, "011": 0.06, "010": 0.02, "001": 0.02}
    births = counted.filter(pl.col("level") == "county")["registered"][0]
    patterns = pl.DataFrame([("云川县", pattern, share * births, 2.0) for pattern, share in known.items()], PATTERNS, orient="row")
    linkage = pl.DataFrame([("云川县", True, 1.0, 1.0, 1.0), ("云川县", False, 1.0, 1.0, 1.0)], LINKAGE, orient="row")
    return Protected(("registry", "household", "immunisation"), counts, patterns, linkage)


@pytest.fixture(scope="module")
def given() -> tuple[Context, Protected]:
    """A county with every table and two references, before its estimates."""
    world = county(400, TOWNSHIPS).with_rates(1.3).with_totals("首剂接种", 1.3)
    world = world.with_copy(10).with_copy(12, same_birth=False).with_changed(16, sex=None)
    codes = dict(zip((f"6901{at:05d}" for at in range(6)), world.areas["area_code"], strict=True))
    returned = Offices(townships=6).returns.with_columns(pl.col("area_code").replace_strict(codes))
    parts = indicators([(area, round(0.9 * n), n, 90.0) for area in range(6) for n in range(20, 80)])
    rates = vital_rates(
        [
            {"area": area, "year": year, "population": 9000.0, "birth_rate": 9.0, "death_rate": 6.5, "natural_increase_rate": 2.5}
            for area in range(6)
            for year in range(2018, 2026)
        ]
    )
    protected = released(world)
    context = replace(
        world.context,
        estimates=Estimates(),
        counts=protected.counts,
        patterns=protected.patterns,
        returns=returned,
        indicators=parts.with_columns(pl.col("area_code").replace_strict(codes)),
        vital_rates=rates.with_columns(pl.col("area_code").replace_strict(codes)),
        totals=world.tables["totals"].select(pl.col(name).cast(kind) for name, kind in TOTALS.items()),
    )
    return context, protected


@pytest.fixture(scope="module")
def linked(given: tuple[Context, Protected]) -> Context:
    return estimate(*given)


def test_what_is_blind_cannot_be_read(linked: Context) -> None:
    for name in LINKED:
        with pytest.raises(LinkedError, match=name):
            getattr(blind(linked) if name in vars(linked) else blind(linked).estimates, name)


@pytest.mark.parametrize("detector", [one for one in DETECTORS if not one.needs_counts], ids=lambda one: one.card.detector)
def test_who_needs_no_counts_reads_nothing_of_linking(detector: Detector, linked: Context) -> None:
    mine, other = detector(blind(linked)), detector(linked)
    assert_frame_equal(mine.observations, other.observations)
    assert_frame_equal(mine.outcomes, other.outcomes)
    assert set(mine.outcomes["outcome"]) != {"not_applicable"}, "this county does not take the detector far enough"


@pytest.mark.parametrize("detector", [one for one in DETECTORS if one.needs_counts], ids=lambda one: one.card.detector)
def test_who_needs_counts_reads_them(detector: Detector, linked: Context) -> None:
    with pytest.raises(LinkedError):
        detector(blind(linked))


def test_a_run_in_two_parts_is_the_run(given: tuple[Context, Protected], linked: Context) -> None:
    """Those that need no counts on a county not linked yet, the others once it is; then put together, in any order."""
    context, protected = given
    before = from_register(replace(context, counts=None, patterns=None))
    early = run_some(before, [one for one in reversed(DETECTORS) if not one.needs_counts])
    after = from_counts(replace(before, counts=context.counts, patterns=context.patterns), protected)
    late = run_some(after, [one for one in DETECTORS if one.needs_counts])
    for mine, other in zip(join(late | early), detect(linked), strict=True):
        assert_frame_equal(mine, other)
    for name in ("coverage", "timeliness", "registered"):
        assert_frame_equal(getattr(after.estimates, name), getattr(linked.estimates, name))


def test_a_part_that_is_missing_is_an_error(linked: Context) -> None:
    with pytest.raises(ValueError, match=DETECTORS[-1].card.detector):
        join(run_some(linked, DETECTORS[:2]), [*DETECTORS[:2], DETECTORS[-1]])
