"""What fails is said by name: links in doubt, a source fed by another, births hard to catch."""

import itertools

import numpy as np
import polars as pl
import pytest

from detectors.assumptions import assumptions
from detectors.context import Estimates
from detectors.estimates.presence import LEANING, leaning
from detectors.stamp import stamp
from expectations.frames import empty
from tests.detectors.offices import Offices, register

SD = 5.5


def patterns(births=14000, shares=(0.85, 0.95, 0.95), fed=0.0, hard=0.0, seed=1):
    """Presence in register and two references; the last copies a share of the register, or births are unequally hard to catch."""
    rng = np.random.default_rng(seed)
    effort = hard * rng.normal(0, 1, births)
    base = [np.log(p / (1 - p)) for p in shares]
    present = [rng.random(births) < 1 / (1 + np.exp(-(one * (1 + 0.25 * hard) + effort))) for one in base]
    present[-1] |= present[0] & (rng.random(births) < fed)
    keys = ["".join(bits) for bits in itertools.product("01", repeat=len(shares))]
    seen = sum(2 ** (len(shares) - 1 - k) * one.astype(int) for k, one in enumerate(present))
    counts = np.bincount(seen, minlength=len(keys))
    return {key: float(counts[at] + rng.normal(0, SD)) for at, key in enumerate(keys) if "1" in key}


def leans(**world):
    found = leaning(patterns(**world), SD, ("household", "immunisation", "hospital")[: len(world.get("shares", (0, 0, 0))) - 1])
    return dict(found.select("reference", "leans").iter_rows())


@pytest.mark.parametrize("seed", range(5))
def test_independent_sources_lean_on_nobody(seed):
    assert set(leans(seed=seed).values()) == {None}


@pytest.mark.parametrize("seed", range(5))
def test_the_fed_source_is_named(seed):
    assert leans(fed=0.6, seed=seed) == {"household": None, "immunisation": "fed"}


@pytest.mark.parametrize("seed", range(5))
def test_births_hard_to_catch_for_all(seed):
    assert set(leans(hard=1.5, seed=seed).values()) == {"dependent"}


def test_one_reference_three_references_and_empty_cells():
    assert leaning({"11": 100.0, "10": 5.0, "01": 9.0}, SD, ("household",)).is_empty()
    assert leaning({}, SD, ()).is_empty()
    assert set(leans(shares=(0.85, 0.9, 0.9, 0.9)).values()) == {None}
    bare = dict.fromkeys(patterns(), 0.0)
    assert leaning(bare, SD, ("household", "immunisation")).is_empty()


def county(leaning_rows=(), doubts=(False, False, False), missed=0.0, excess=30.0):
    context = Offices(townships=3).context(audited=register([]))
    codes = context.areas["area_code"]
    units = pl.DataFrame(
        {"area_code": [*codes, None], "level": ["township"] * 3 + ["county"]}, schema_overrides={"area_code": pl.String}
    )
    shown = units.with_columns(
        registered=pl.lit(1000), completeness=pl.lit(0.9), completeness_low=pl.lit(0.89), completeness_high=pl.lit(0.93),
        method=pl.lit("two_references"), withheld=pl.lit(False),
    )  # fmt: skip
    coverage = pl.concat([empty("coverage"), shown.with_columns(pl.col("registered").cast(pl.Int64))], how="diagonal")
    parts = units.with_columns(
        doubt=pl.Series([*doubts, False]), missed=pl.lit(missed), twice=pl.lit(0.0), known=pl.lit(1000.0), excess=pl.lit(excess)
    )
    frame = pl.DataFrame(list(leaning_rows), schema=LEANING, orient="row")
    estimates = Estimates(coverage, empty("timeliness"), {"coverage_parts": parts, "leaning": frame})
    return Offices(townships=3).context(estimates=estimates)


def said(context):
    result = assumptions(context)
    findings, outcomes, _ = stamp(assumptions.card, context, result)
    assert outcomes.height == 4
    return sorted(findings.select("code", "area_code").rows(), key=str)


def test_each_failing_assumption_has_its_own_words():
    assert said(county()) == []
    assert said(county(doubts=(False, True, False))) == [("CMP-ASSUME-LINKS", "690100001")]
    assert said(county(doubts=(False, True, False), missed=40.0)) == [("CMP-ASSUME-SLIPS", "690100001")]
    assert said(county([("household", 3.1, 2.0, 4.5, "fed"), ("immunisation", 1.1, 0.8, 1.4, None)])) == [("CMP-ASSUME-FED", None)]
    both = [("household", 3.1, 2.0, 4.5, "dependent"), ("immunisation", 2.9, 1.8, 4.4, "dependent")]
    assert said(county(both)) == [("CMP-ASSUME-HARD", None)]


def test_without_references_it_does_not_apply():
    assert set(assumptions(Offices().context()).outcomes["reason"]) == {"no_reference"}
