"""Coverage: known answers, what it does with noise, missed links and invented rows, and every kind of absence."""

import math
from dataclasses import replace

import polars as pl
import pytest

from detectors.estimates import presence
from expectations.frames import polars_schema
from expectations.tables import TOTALS, VITAL_RATES


def at(frame, level, **where):
    own = frame.filter(pl.col("level") == level)
    for name, value in where.items():
        own = own.filter(pl.col(name) == value)
    return own.row(0, named=True)


def test_a_perfect_county_comes_out_exactly(county, estimate):
    frame, _ = estimate(county(completeness=1.0, references=(1.0, 1.0)))
    row = at(frame, "county")
    assert row["completeness"] == pytest.approx(1.0)
    assert row["completeness_high"] == 1.0
    assert row["births"] == pytest.approx(row["registered"])
    assert row["over_coverage"] == pytest.approx(0.0, abs=1e-9)
    assert row["unreported_at_least"] is None
    assert row["withheld"]


def test_completeness_is_the_share_of_what_references_know(county, estimate):
    made = county()
    frame, working = estimate(made)
    assert frame.schema == polars_schema("coverage")
    for row in frame.filter(pl.col("level") == "township").iter_rows(named=True):
        own = made.counts.filter((pl.col("level") == "township") & (pl.col("area_code") == row["area_code"])).row(0, named=True)
        assert row["completeness"] == pytest.approx(own["m"] / (own["m"] + own["c"]), abs=1e-9)
        assert row["completeness_low"] < made.truth[row["area_code"]] < row["completeness_high"]
        assert row["births"] == pytest.approx(row["registered"] / row["completeness"])
        assert row["births_low"] < row["births"] < row["births_high"]
        assert row["dependence_low"] < row["completeness"] < row["dependence_high"]
        assert row["unreported_at_least"] == round(own["c"])
        assert row["method"] == "two_references"
        assert row["reason"] is None
    assert set(working) == {"coverage_parts", "spread", "leaning", "witnesses"}


def test_every_level_has_all_its_rows(county, estimate):
    frame, _ = estimate(county())
    assert dict(frame.group_by("level").len().iter_rows()) == {
        "county": 1, "county_year": 4, "county_sex": 2, "township": 3, "township_year": 12
    }  # fmt: skip


def test_missed_links_are_given_back(county, estimate):
    """1 % of links lost would take a point off; the linker's own account puts it back."""
    made = county(births=(3000, 3000), missed=0.01, seed=4)
    naive, _ = estimate(made, linkage=made.linkage.clear())
    corrected, _ = estimate(made)
    truth = made.truth["county"]
    assert at(naive, "county")["completeness"] < truth - 0.006
    assert at(corrected, "county")["completeness"] == pytest.approx(truth, abs=0.003)
    widths = [at(frame, "county")["completeness_high"] - at(frame, "county")["completeness_low"] for frame in (naive, corrected)]
    assert widths[1] > widths[0]


def test_a_custodians_review_overrides_the_linker(county, estimate):
    made = county(births=(3000, 3000), missed=0.01, references=(0.93,), seed=4)
    review = {"household": {"precision": 1.0, "recall": 0.99, "n": 5000}}
    frame, _ = estimate(made, n_references=1, linkage=made.linkage.clear(), link_quality=review)
    assert at(frame, "county")["completeness"] == pytest.approx(made.truth["county"], abs=0.005)


def test_a_review_of_poor_links_still_estimates_where_planted_copies_would_not(county, estimate):
    made = county(births=(3000, 3000), missed=0.09, references=(0.93,), seed=4)
    review = {"household": {"precision": 1.0, "recall": 0.91, "n": 5000}}
    frame, _ = estimate(made, n_references=1, linkage=made.linkage.clear(), link_quality=review)
    assert at(frame, "county")["completeness"] == pytest.approx(made.truth["county"], abs=0.01)
    planted = {"counties": {"云川县": {"closure": {"recall": 0.91, "recall_low": 0.9, "recall_high": 0.92}, "pairs": []}}}
    frame, _ = estimate(made, n_references=1, quality=planted)
    assert at(frame, "county")["reason"] == "link_quality"


def test_invented_rows_do_not_raise_completeness_but_show_as_over_coverage(county, estimate):
    made = county(births=(2000, 2000, 2000), completeness=0.85, invented=(0.0, 0.06, 0.0), seed=2)
    frame, working = estimate(made)
    rows = frame.filter(pl.col("level") == "township").sort("area_code").rows(named=True)
    assert rows[1]["completeness"] == pytest.approx(made.truth[rows[1]["area_code"]], abs=0.006)
    assert rows[1]["over_coverage_low"] > 0.03
    assert rows[1]["over_coverage"] == pytest.approx(0.06 / 1.06, abs=0.012)
    assert rows[1]["births"] == pytest.approx(2000, rel=0.02)
    assert rows[0]["over_coverage_low"] == 0.0
    parts = working["coverage_parts"].filter(pl.col("level") == "township").sort("area_code")
    assert parts["doubt"].to_list() == [False, True, False]
    # the other reading of the same rows, links that were missed, is inside the interval too
    assert rows[1]["completeness_high"] > rows[1]["completeness"] + 0.04


def test_a_review_ends_the_doubt(county, estimate):
    made = county(births=(2000, 2000, 2000), completeness=0.85, invented=(0.0, 0.06, 0.0), seed=2)
    review = {name: {"precision": 1.0, "recall": 1.0, "n": 400} for name in ("household", "immunisation")}
    frame, working = estimate(made, link_quality=review, references=("household", "immunisation"))
    assert not working["coverage_parts"]["doubt"].any()
    rows = frame.filter(pl.col("level") == "township").sort("area_code").rows(named=True)
    assert rows[1]["completeness_high"] < rows[1]["completeness"] + 0.02


def test_one_reference(county, estimate):
    made = county(references=(0.9,), noise=1.0)
    frame, working = estimate(made, n_references=1)
    assert set(frame["method"]) == {"one_reference"}
    for row in frame.filter(pl.col("level") == "township").iter_rows(named=True):
        assert row["completeness_low"] < made.truth[row["area_code"]] < row["completeness_high"]
        assert row["over_coverage"] is None
    assert working["spread"].is_empty()


def test_three_references_with_their_spread(county, estimate):
    made = county(references=(0.9, 0.85, 0.8), noise=1.0, births=(2500, 2500))
    frame, working = estimate(made, n_references=3)
    assert at(frame, "county")["completeness_low"] < made.truth["county"] < at(frame, "county")["completeness_high"]
    assert {"log_linear", "average", "chao_lower_bound", "sample_coverage"} == set(working["spread"]["estimator"])


def test_without_references_only_the_register_speaks(county, estimate):
    made = county()
    frame, working = estimate(made, n_references=0, protected_counts=None, patterns=None, linkage=None)
    assert set(frame["reason"]) == {"no_reference"}
    assert set(frame["method"]) == {"none"}
    assert frame["completeness"].null_count() == frame.height
    assert not frame["withheld"].any()
    with_references, _ = estimate(made)
    assert frame["registered"].to_list() == with_references["registered"].to_list()
    assert "coverage_parts" not in working


def test_a_refused_county_says_why(county, estimate):
    made = county()
    frame, _ = estimate(made, protected_counts=made.counts.clear(), patterns=made.patterns.clear(), linkage=made.linkage.clear())
    assert set(frame["reason"]) == {"county_too_small"}


def test_small_townships_are_not_estimable(county, estimate):
    made = county(births=(2000, 12, 60), noise=1.0, seed=3)
    frame, _ = estimate(made)
    rows = frame.filter(pl.col("level") == "township").sort("area_code").rows(named=True)
    assert rows[0]["reason"] is None
    assert rows[1]["reason"] in ("too_few_births", "noise")
    assert rows[1]["completeness"] is None
    assert rows[1]["births"] is None
    assert not rows[1]["withheld"]
    years = frame.filter((pl.col("level") == "township_year") & (pl.col("area_code") == rows[1]["area_code"]))
    assert set(years["reason"]) <= {"noise", "too_few_births"}


def test_counts_under_the_minimum_cell_are_withheld(county, estimate):
    made = county(births=(600, 600), completeness=(0.995, 0.8))
    frame, _ = estimate(made, minimum_cell=10)
    rows = frame.filter(pl.col("level") == "township").sort("area_code").rows(named=True)
    assert rows[0]["withheld"]
    assert rows[0]["unreported_at_least"] is None
    assert not rows[1]["withheld"]
    assert rows[1]["unreported_at_least"] >= 10
    stricter, _ = estimate(made, minimum_cell=1000)
    assert stricter.filter(pl.col("level") == "township")["withheld"].all()


@pytest.mark.parametrize("births", [(0, 0), (1, 0), (5, 3000)])
@pytest.mark.parametrize("references", [(), (0.9,), (0.9, 0.9)])
def test_nothing_is_ever_nan(county, estimate, births, references):
    made = county(births=births, references=references, noise=1.0, completeness=0.5)
    frame, working = estimate(made, n_references=len(references), protected_counts=made.counts if references else None)
    for table in (frame, *working.values()):
        for name, kind in table.schema.items():
            if kind == pl.Float64:
                assert not any(math.isnan(value) for value in table[name].drop_nulls())
    shares = frame.select("completeness", "completeness_low", "completeness_high", "over_coverage").drop_nulls()
    assert (shares.min_horizontal() >= 0).all()
    assert (shares.max_horizontal() <= 1).all()


def test_protected_counts_below_zero_are_not_estimable_not_errors(county, estimate):
    made = county(births=(2000, 10), noise=1.0)
    bad = made.counts.with_columns(
        m=pl.when((pl.col("level") == "township") & (pl.col("area_code") == "690121101")).then(-3.0).otherwise("m"),
    )
    frame, _ = estimate(made, protected_counts=bad)
    assert at(frame, "township", area_code="690121101")["reason"] == "noise"


def bureau(made, rate=12.0, population=20_000.0, skip=()):
    cells = [(code, year) for code in made.areas["area_code"] for year in range(2020, 2024) if (code, year) not in skip]
    rows = [{"area_code": code, "year": year, "population": population, "birth_rate": rate} for code, year in cells]
    frame = pl.DataFrame(rows).with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in VITAL_RATES.items() if name not in rows[0]
    )
    return frame.select([pl.col(name).cast(kind) for name, kind in VITAL_RATES.items()])


def test_rates_stand_beside_each_other(county, estimate):
    made = county()
    frame, working = estimate(made, vital_rates=bureau(made))
    row = at(frame, "county")
    assert row["published_birth_rate"] == pytest.approx(12.0)
    assert row["implied_birth_rate"] == pytest.approx(row["registered"] / (3 * 4 * 20_000) * 1000)
    assert row["corrected_birth_rate"] == pytest.approx(row["births"] / (3 * 4 * 20_000) * 1000)
    assert at(frame, "county_sex", sex="male")["published_birth_rate"] is None
    seen = working["witnesses"].filter(pl.col("level") == "county").row(0, named=True)
    assert seen["witness"] == "bureau"
    assert seen["births_witness"] == pytest.approx(2880)
    assert seen["disagrees"]


def test_a_township_without_a_year_of_population_has_no_pooled_rate(county, estimate):
    made = county()
    frame, _ = estimate(made, vital_rates=bureau(made, skip={("690121100", 2021)}))
    assert at(frame, "township", area_code="690121100")["implied_birth_rate"] is None
    assert at(frame, "township", area_code="690121101")["implied_birth_rate"] is not None
    assert at(frame, "county")["published_birth_rate"] is None


def test_the_population_of_a_year_is_the_mean_of_its_ends(county, estimate):
    made = county(births=(800,))
    rising = bureau(made).with_columns(population=10_000.0 + 1000 * (pl.col("year") - 2020))
    frame, _ = estimate(made, vital_rates=rising)
    row = at(frame, "township_year", birth_year=2022)
    assert row["implied_birth_rate"] == pytest.approx(row["registered"] / 11_500 * 1000)


def test_totals_are_witnesses(county, estimate):
    made = county(births=(1500, 1500))
    cells = [(code, year) for code in made.areas["area_code"] for year in range(2020, 2024)]
    rows = [{"area_code": c, "year": y, "series": "医院分娩", "count": 375 if c.endswith("0") else 300} for c, y in cells]
    totals = pl.DataFrame(rows).with_columns(pl.lit(None, dtype=k).alias(n) for n, k in TOTALS.items() if n not in rows[0])
    _, working = estimate(made, totals=totals.select([pl.col(n).cast(k) for n, k in TOTALS.items()]))
    seen = {row["area_code"]: row["disagrees"] for row in working["witnesses"].iter_rows(named=True)}
    assert seen == {None: True, "690121100": False, "690121101": True}


def test_unknown_sex_stays_out_of_sexes_only(county, estimate):
    made = county(unknown_sex=0.2)
    frame, _ = estimate(made)
    sexes = frame.filter(pl.col("level") == "county_sex")["registered"].sum()
    assert sexes < at(frame, "county")["registered"]
    assert frame.filter(pl.col("level") == "township")["registered"].sum() == at(frame, "county")["registered"]


def test_where_sources_lean_on_each_other_the_interval_reaches_down_and_says_so(county, estimate):
    """Patterns in which births missed by one source are missed by the others: log-linear models put completeness lower."""
    made = county()
    plain, _ = estimate(made)
    leaning = {"111": 2000.0, "110": 110.0, "101": 110.0, "011": 200.0, "100": 30.0, "010": 40.0, "001": 40.0}
    patterns = made.patterns.with_columns(count=pl.col("pattern").replace_strict(leaning, return_dtype=pl.Float64))
    frame, working = estimate(replace(made, patterns=patterns), references=("household", "immunisation"))
    assert set(working["leaning"]["leans"]) == {"dependent"}
    assert "sources_dependent" in set(frame["method"])
    assert (frame["completeness_low"] < plain["completeness_low"] + 1e-9).all()
    one = pl.col("level") == "county"
    assert frame.filter(one)["completeness_low"][0] < plain.filter(one)["completeness_low"][0] - 0.001
    assert frame.filter(one)["births_high"][0] > plain.filter(one)["births_high"][0]


@pytest.mark.parametrize(("known", "reason"), [(19, "too_few_births"), (20, None)])
def test_twenty_births_known_to_references_are_enough(county, estimate, known, reason):
    made = county(births=(2000, known), completeness=1.0, references=(1.0, 1.0))
    frame, _ = estimate(made, protected_counts=made.counts.with_columns(pl.col("m", "c").round()))
    row = at(frame, "township", area_code="690121101")
    assert (row["reason"], row["completeness"] is None) == (reason, reason is not None)


def test_with_one_reference_dependence_reaches_to_both_sides(county, estimate):
    frame, _ = estimate(county(references=(0.9,)), n_references=1)
    for row in frame.filter(pl.col("level") == "township").iter_rows(named=True):
        assert row["dependence_low"] < row["completeness"] < row["dependence_high"]


def test_the_odds_ratio_of_register_and_reference_is_that_of_the_births_another_reference_knows():
    patterns = {"111": 400.0, "101": 60.0, "011": 40.0, "001": 12.0, "110": 7.0, "100": 5.0, "010": 3.0}
    log, error = presence._log_odds(patterns, 0.0, 1)
    assert log == pytest.approx(math.log(400 * 12 / (60 * 40)))
    assert error == pytest.approx(math.sqrt(1 / 400 + 1 / 60 + 1 / 40 + 1 / 12))


def test_an_estimator_without_an_answer_is_not_in_the_spread():
    """Almost every birth known to one list only: sample coverage has nothing to say."""
    patterns = {"100": 400.0, "010": 300.0, "001": 200.0, "110": 0.0, "101": 0.0, "011": 0.0, "111": 0.0}
    told = presence.spread("云川县", patterns, 400)
    assert "sample_coverage" not in told["estimator"].to_list()
    assert (told["births"] > 0).all()
