"""A score says what an audit got right, known answers by hand."""

import polars as pl
import pytest

from audit.demo import Truth, score
from expectations.frames import empty
from expectations.run import FIGURES, Run

TOWNS = ("1", "2", "3", "4")


@pytest.fixture
def truth() -> Truth:
    births = pl.DataFrame(
        {
            "birth": range(8),
            "area_code": [code for code in TOWNS for _ in range(2)],
            "birth_year": [2020] * 8,
            "sex": ["male", "female"] * 4,
            "twin": [False] * 8,
            "registry": [True, False, True, True, True, True, True, True],
        }
    )
    townships = pl.DataFrame(
        {
            "area_code": TOWNS,
            "township": ["甲镇", "乙镇", "丙镇", "丁镇"],
            "births": [2, 2, 2, 2],
            "registered": [1, 2, 2, 2],
            "completeness": [0.5, 1.0, 1.0, 1.0],
            "group": ["poor", "good", "good", "good"],
            "fraud": [None, "smooth", "copied", None],
            "scale": [None, 1.0, 1.0, None],
            "lookalike": [None] * 4,
            "invented": [0] * 4,
        },
        schema_overrides={"fraud": pl.String, "lookalike": pl.String},
    )
    registry = pl.DataFrame(
        {"record_id": ["a", "b", "c", "d", "e"], "birth": [0, 0, 0, 2, -1], "again": ["", "copied", "entered_anew", "", ""]}
    )
    return Truth("县", townships, births, registry)


def _run(findings: list[dict[str, object]], low: float, high: float) -> Run:
    blank = {name: [] if kind.is_nested() else None for name, kind in empty("findings").schema.items()}
    rows = [
        {**blank, "finding_id": str(at), "county": "县", "params": "{}", "message": "", **row} for at, row in enumerate(findings)
    ]
    figures = {"completeness": (low + high) / 2, "completeness_low": low, "completeness_high": high}
    coverage = [
        {"county": "县", "level": "county", "registered": 7, "method": "two_references", "withheld": False, **figures},
        *(
            {
                "county": "县",
                "level": "township",
                "area_code": code,
                "registered": 2,
                "method": "two_references",
                "withheld": False,
                **figures,
            }
            for code in TOWNS[:3]
        ),
    ]
    frames = {name: empty(name) for name in ("evidence", "timeliness", "outcomes")}
    return Run(
        record={},
        findings=pl.DataFrame(rows, schema=empty("findings").schema),
        coverage=pl.DataFrame(coverage, schema=empty("coverage").schema),
        figures=pl.DataFrame(schema=FIGURES),
        **frames,
    )


def test_pairs_of_a_birth_entered_three_times_are_three(truth: Truth) -> None:
    assert truth.pairs() == {("a", "b"), ("a", "c"), ("b", "c")}
    found = {"detector": "duplicates", "family": "duplicates", "severity": "high", "subject": "row"}
    result = score(_run([{**found, "row_refs": ["b", "a"]}, {**found, "row_refs": ["d", "e"]}], 0.9, 1.0), truth)
    assert (result.precision, result.recall) == (0.5, 1 / 3)
    line = result.planted[0]
    assert (line.what, line.planted, line.found, line.missed, line.false) == ("duplicates", 3, 1, 2, 1)


def test_intervals_are_counted_where_there_is_an_estimate(truth: Truth) -> None:
    result = score(_run([], 0.9, 1.0), truth)
    assert (result.estimated, result.covered) == (3, 2)
    assert result.mean_width == pytest.approx(0.1)
    assert result.county_covered is False  # 7 of 8 births are registered
    assert result.precision is None
    assert score(_run([], 0.8, 0.9), truth).county_covered is True


def test_only_medium_and_high_findings_of_two_families_accuse(truth: Truth) -> None:
    flag = {"subject": "return", "family": "fabrication", "severity": "medium", "detector": "too_smooth"}
    findings = [
        {**flag, "area_code": "2"},
        {**flag, "area_code": "3", "severity": "low"},
        {**flag, "area_code": "4", "family": "rates", "severity": "high"},
        {**flag, "area_code": "1", "family": "timeliness"},
        {"detector": "low_completeness", "family": "completeness", "severity": "medium", "subject": "area", "area_code": "1"},
    ]
    result = score(_run(findings, 0.9, 1.0), truth)
    lines = {line.what: line for line in result.planted}
    assert (lines["falsified"].planted, lines["falsified"].found, lines["falsified"].missed, lines["falsified"].false) == (
        2,
        1,
        1,
        1,
    )
    assert (lines["smooth"].found, lines["copied"].found) == (1, 0)
    assert (lines["low_completeness"].planted, lines["low_completeness"].found, lines["low_completeness"].false) == (1, 1, 0)
    towns = result.townships.sort("area_code")
    assert towns["high_severity"].to_list() == [False, False, False, True]
    assert towns["detectors"].to_list() == [[], ["too_smooth"], [], ["too_smooth"]]
