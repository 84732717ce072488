"""Quality without labels against the truth, and what the linker expects of its own links."""

import json
from typing import Any

import numpy as np
import pytest

from audit.linkage import same_birth
from audit.linkage.county import Linked, link_county, one_row_a_registered_birth
from audit.linkage.planting import impossible_years, noisy_copies
from audit.linkage.quality import _rate, make_plan, measure


@pytest.fixture(scope="module")
def linked(county: Any) -> Linked:
    return link_county(county.frames, same_birth(county.frames[0]).to_numpy())


@pytest.fixture(scope="module")
def quality(linked: Linked) -> dict[str, Any]:
    return measure(make_plan(linked), ["registry", "household", "immunisation"])


def test_recall_after_closure_is_about_the_true_one(county: Any, linked: Linked, quality: dict[str, Any]) -> None:
    own, references = county.truth[0], np.concatenate(county.truth[1:])
    births = np.concatenate([linked.of_rows(1), linked.of_rows(2)])
    both = np.intersect1d(own[own >= 0], references)
    hit = sum(
        bool(set(linked.of_rows(0)[own == birth].tolist()) & set(births[references == birth].tolist())) for birth in both.tolist()
    )
    true = hit / both.size
    assert quality["closure"]["recall"] == pytest.approx(true, abs=0.008)
    assert quality["closure"]["recall_low"] <= true <= quality["closure"]["recall_high"] + 0.002


def test_false_links_are_rare_and_have_limits(quality: dict[str, Any]) -> None:
    for name in ("false_link_rate", "false_link_rate_reference", "impossible_years"):
        low, rate, high = (quality["closure"][f"{name}{end}"] for end in ("_low", "", "_high"))
        assert 0 <= low <= rate <= high
        assert rate <= 0.06


def test_pairs_have_rates_and_rounded_probabilities(quality: dict[str, Any]) -> None:
    assert [(pair["left"], pair["right"]) for pair in quality["pairs"]] == [
        ("registry", "household"),
        ("registry", "immunisation"),
        ("household", "immunisation"),
    ]
    for pair in quality["pairs"]:
        assert 0.97 <= pair["recall"] <= 1
        for levels in pair["fields"].values():
            for values in levels.values():
                for value in values.values():
                    assert value == float(f"{value:.2g}")
                assert values["m"] == round(values["m"], 2)


def test_a_rate_does_not_tell_how_many_births_it_is_of() -> None:
    """Without a false link the upper limit alone would give the size of the sample, and with it the births known elsewhere."""
    assert _rate("x", np.zeros(300, dtype=bool)) == _rate("x", np.zeros(399, dtype=bool)) != _rate("x", np.zeros(400, dtype=bool))
    assert _rate("x", np.ones(9, dtype=bool)) == {"x": None, "x_low": None, "x_high": None}
    sizes = {round(1 / rate["x"]) for n in range(100, 10_000, 37) if (rate := _rate("x", np.arange(n) == 0))["x"]}
    assert len(sizes) <= 20


def test_it_holds_rates_only(quality: dict[str, Any]) -> None:
    def numbers(content: Any) -> list[float]:
        if isinstance(content, dict | list):
            return [x for part in (content.values() if isinstance(content, dict) else content) for x in numbers(part)]
        return [content] if isinstance(content, int | float) else []

    assert all(0 <= x <= 1 for x in numbers(json.loads(json.dumps(quality))))


def test_measuring_changes_nothing(linked: Linked, quality: dict[str, Any]) -> None:
    births = linked.births.copy()
    assert measure(make_plan(linked), ["registry", "household", "immunisation"]) == quality
    assert (linked.births == births).all()


def test_copies_slip_as_their_donors_do(linked: Linked) -> None:
    a, b = linked.rows[0], linked.rows[2]
    chosen = linked.between[0, 2]
    i, j = chosen.i[: chosen.n_sure], chosen.j[: chosen.n_sure]
    rng = np.random.default_rng(1)
    lender = rng.permutation(i.size)
    copies = noisy_copies(a.take(i), a, b, i[lender], j[lender], rng)
    assert ((copies.id == 0) == (b.id[j[lender]] == 0))[a.id[i] != 0].all()
    same = a.date[i[lender]] == b.date[j[lender]]
    assert (copies.date[same] == a.date[i][same]).all()
    assert (copies.date[~same] != a.date[i][~same]).all()
    assert (copies.placeholder == b.placeholder[j[lender]]).all()


def test_impossible_years_move_every_date(linked: Linked) -> None:
    rows = linked.rows[1]
    moved = impossible_years(rows, 40)
    assert ((moved.date >> 16 == 0) | (moved.date >> 16 < 0x1990)).all()
    assert (moved.date & 0xFFFF == rows.date & 0xFFFF).all()
    assert ((moved.id == 0) == (rows.id == 0)).all()


def test_the_plan_shows_nothing(linked: Linked) -> None:
    assert repr(make_plan(linked, seed=0)) == "Plan()"


def test_expectations_are_shares_of_a_birth(county: Any, linked: Linked) -> None:
    expected = one_row_a_registered_birth(linked, county.frames[0], county.window)
    for column in ("expected_misses", "expected_false"):
        assert expected[column].is_between(0, 1).all()
        assert expected[column].sum() < 0.02 * expected.height
