"""Expected errors of linking: three accounts of them, and what each says of a unit."""

import math

import numpy as np
import polars as pl
import pytest

from detectors.estimates.linking import (
    ALONE_AT,
    MISSED_AT,
    STANDS_ALONE,
    STAYS_MISSED,
    Measured,
    by_linker,
    by_planting,
    by_review,
    measured,
)
from expectations.protected import LINKAGE

UNITS = pl.DataFrame({"level": ["county", "township", "township"], "registered": [1000, 600, 400], "with_id": [900, 590, 310]})


def linkage(misses=(8.0, 4.0), false=(1.0, 0.0), sd=0.0):
    rows = {"county": ["云川县"] * 2, "has_id": [False, True], "expected_misses": misses, "expected_false": false, "sd": [sd] * 2}
    return pl.DataFrame(rows, schema=LINKAGE)


def test_the_linkers_account_is_spread_by_the_mix_of_identity_numbers():
    errors = by_linker(UNITS, linkage())
    assert errors.missed[0] == pytest.approx(12.0)
    assert errors.missed[1] == pytest.approx(8 * 10 / 100 + 4 * 590 / 900)
    assert errors.missed[1] + errors.missed[2] == pytest.approx(12.0)
    assert errors.confused[2] == pytest.approx(0.9)
    assert not errors.false.any()
    assert errors.missed_sd[0] == pytest.approx(6.0)  # half of what is expected


def test_the_noise_of_the_gate_enters_the_linkers_account():
    assert by_linker(UNITS, linkage(misses=(0.0, 0.0), sd=4.473)).missed_sd[0] == pytest.approx(4.473 * np.sqrt(2))


CLOSURE = {
    "recall": 0.99, "recall_low": 0.985, "recall_high": 0.994, "false_link_rate": 0.004, "false_link_rate_low": 0.001,
    "false_link_rate_high": 0.013, "false_link_rate_reference": 0.01, "false_link_rate_reference_low": 0.004,
    "false_link_rate_reference_high": 0.02,
}  # fmt: skip


PATTERNS = {"100": 5.0, "010": 10.0, "001": 10.0, "011": 80.0, "110": 50.0, "101": 50.0, "111": 890.0}
PAIRS = {(0, 1): 0.99, (0, 2): 0.98, (1, 2): 0.97}


def planted(closure=CLOSURE, pairs=None, patterns=PATTERNS):
    return by_planting(*(np.array([n]) for n in (1000.0, 990.0, 100.0)), patterns, Measured(closure, pairs or {}))


def test_planted_copies_tell_of_missed_and_confused_births():
    errors = planted()
    assert errors.missed[0] == pytest.approx(10.0)
    assert errors.confused[0] == pytest.approx(0.04 + 1.0)
    assert errors.false[0] == errors.twice[0] == 0.0
    assert errors.missed_sd[0] > 5  # half of it, and the sampling of copies


def test_what_is_missed_pair_by_pair_counts_where_it_says_more():
    """890 births in all three sources, 50 in the register and one of the references each, 80 in the references alone."""
    errors = planted(pairs=PAIRS)
    stays = STAYS_MISSED * (890 * 0.03 + 50 * 0.01 + 50 * 0.02)  # of 990
    assert errors.missed[0] == pytest.approx(stays * math.sqrt(stays / 990 / MISSED_AT))
    stands = STANDS_ALONE * (890 * (min(0.01, 0.03) + min(0.02, 0.03)) + 80 * 0.03)
    assert errors.twice[0] == pytest.approx(stands * math.sqrt(stands / 1090 / ALONE_AT))  # of 1,090 births that references know
    assert errors.twice_sd[0] == errors.twice[0]


def test_easy_counties_lose_less_than_in_proportion_and_nobody_more_than_all():
    easy = {pair: 1 - (1 - recall) / 20 for pair, recall in PAIRS.items()}
    sure = {**CLOSURE, "recall": 1.0, "recall_low": 0.999, "recall_high": 1.0}
    assert planted(sure, easy).missed[0] < planted(sure, PAIRS).missed[0] / 40
    hopeless = dict.fromkeys(PAIRS, 0.7)
    assert planted(sure, hopeless).missed[0] <= 990 * 0.6


def test_perfect_pairs_leave_only_the_recall_after_closure():
    errors = planted(pairs=dict.fromkeys(PAIRS, 1.0))
    assert errors.missed[0] == pytest.approx(10.0)
    assert errors.twice[0] == 0.0


@pytest.mark.parametrize(
    "closure", [{}, {"recall": None}, {"recall": 0.99}, {"recall": 0.0, "recall_low": 0.0, "recall_high": 0.1}]
)
def test_without_a_measured_recall_there_is_no_such_account(closure):
    assert planted(closure) is None


def test_patterns_of_noise_alone_break_nothing():
    errors = planted(pairs=PAIRS, patterns=dict.fromkeys(PATTERNS, -3.0))
    assert errors.missed[0] == pytest.approx(10.0)
    assert errors.twice[0] == 0.0


def test_a_birth_in_two_references_is_missed_only_if_both_links_are():
    patterns = {"110": 0.0, "101": 0.0, "111": 900.0, "011": 100.0}
    given = {"b": {"precision": 0.99, "recall": 0.9, "n": 400}, "c": {"precision": 0.97, "recall": 0.8, "n": 400}}
    errors = by_review(np.array([900.0]), patterns, ("b", "c"), given)
    assert errors.missed[0] == pytest.approx(900 * 0.02 / 0.98)
    assert errors.false[0] == pytest.approx(900 * 0.02)


def test_a_reference_without_review_takes_the_mean_of_the_others():
    patterns = {"110": 100.0, "101": 100.0, "111": 0.0}
    alone = by_review(np.array([200.0]), patterns, ("b", "c"), {"b": {"precision": 1.0, "recall": 0.9, "n": 400}})
    assert alone.missed[0] == pytest.approx(200 * 0.1 / 0.9)
    assert alone.missed_sd[0] > 0


@pytest.mark.parametrize(
    "quality", [None, {}, {"counties": None}, {"counties": {"别县": {}}}, {"counties": {"云川县": {"closure": None}}}]
)
def test_what_was_not_measured_is_empty(quality):
    assert measured(quality, "云川县", 3) == Measured({}, {})


def test_pairs_are_taken_in_the_order_of_sources():
    pairs = [{"left": a, "right": b, "recall": r} for a, b, r in (("a", "b", 0.9), ("a", "c", 0.8), ("b", "c", 0.7))]
    quality = {"counties": {"云川县": {"pairs": pairs, "closure": CLOSURE}}}
    assert measured(quality, "云川县", 3).pairs == {(0, 1): 0.9, (0, 2): 0.8, (1, 2): 0.7}
    pairs[1]["recall"] = None
    assert measured(quality, "云川县", 3).pairs == {}
