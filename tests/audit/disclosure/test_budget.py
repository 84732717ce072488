"""The budget: what each level costs, checked against OpenDP's own accounting."""

import itertools
import math
from fractions import Fraction

import numpy as np
import opendp.prelude as dp
import pytest

from audit.disclosure.budget import DELTA, LEVELS, RHO_LIMIT, epsilon, spent
from audit.disclosure.noise import gaussian_measurement


def test_shares_are_the_promised_ones():
    shares = {level.name: level.share for level in LEVELS}
    assert shares["township"] == Fraction("0.24")
    assert shares["township_year"] == Fraction("0.10")
    assert shares["county"] + shares["county_year"] + shares["county_sex"] == Fraction("0.06")
    assert shares["patterns"] == shares["linkage"] == Fraction("0.05")
    assert sum(shares.values()) == Fraction(1, 2)


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_a_level_costs_what_opendp_says_and_never_more_than_its_share(level):
    cost = gaussian_measurement(level.sd).map(level.sensitivity)
    assert cost == pytest.approx(level.rho, rel=1e-9)
    assert cost <= float(level.share)


def test_the_sum_stays_within_the_limit():
    costs = [gaussian_measurement(level.sd).map(level.sensitivity) for level in LEVELS]
    assert sum(costs) <= RHO_LIMIT
    assert spent() <= RHO_LIMIT
    assert spent() == pytest.approx(RHO_LIMIT, rel=2e-3)


def test_epsilon_is_no_smaller_than_opendps_tighter_one():
    dp.enable_features("contrib")
    tight = dp.c.make_zCDP_to_approxDP(gaussian_measurement(2.0))
    rho = gaussian_measurement(2.0).map(1.0)
    assert tight.map(1.0).epsilon(DELTA) <= epsilon(rho)
    assert epsilon(0.5) == pytest.approx(5.7566, abs=1e-3)


def test_one_birth_moves_tables_by_at_most_the_declared_sensitivity():
    """All ways in which one birth of up to three sources can change by one link or one row."""

    def table(units: list[str]) -> dict[str, int]:
        out: dict[str, int] = {}
        for pattern in units:
            out[pattern] = out.get(pattern, 0) + 1
        return out

    def distance(one: list[str], two: list[str]) -> float:
        a, b = table(one), table(two)
        return float(np.sqrt(sum((a.get(k, 0) - b.get(k, 0)) ** 2 for k in a | b)))

    patterns = ["".join(p) for p in itertools.product("01", repeat=3) if "1" in p]
    worst = 0.0
    for pattern in patterns:
        for source in range(3):
            alone = "".join("1" if i == source else "0" for i in range(3))
            rest = pattern[:source] + "0" + pattern[source + 1 :]
            if pattern[source] == "1" and "1" in rest:
                worst = max(worst, distance([pattern], [rest]), distance([pattern], [alone, rest]))
            else:
                worst = max(worst, distance([pattern], []))
    assert worst == pytest.approx(next(level.sensitivity for level in LEVELS if level.name == "patterns"))


def test_every_level_is_charged_as_one_birth_moves_it():
    """m and c move by sqrt(2) at most, a pattern that splits by sqrt(3), the two sums of the linker by sqrt(2)."""
    charged = {level.name: level.sensitivity_squared for level in LEVELS}
    assert charged == {**dict.fromkeys(charged, 2), "patterns": 3}
    assert {level.name: round(level.sd, 3) for level in LEVELS} == {
        "county": 7.072, "county_year": 7.072, "county_sex": 7.072, "township": 2.042, "township_year": 3.163, "patterns": 5.478,
        "linkage": 4.473,
    }  # fmt: skip


def test_epsilon_where_one_over_delta_is_no_whole_number():
    assert epsilon(0.5, 0.3) == pytest.approx(0.5 + 2 * math.sqrt(0.5 * math.log(1 / 0.3)))
