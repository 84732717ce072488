"""When findings become high: two families of evidence that no one innocent cause explains."""

import polars as pl
import pytest

from detectors.registry import AREA_DETECTORS
from detectors.severity import EVIDENCE, independent, raise_severities
from expectations.cards import cards
from expectations.frames import conform, empty


def finding(code, severity, area="1", subject="return", family="fabrication"):
    blank = dict.fromkeys(empty("findings").columns)
    return blank | {
        "finding_id": code + area + subject,
        "county": "云川县",
        "area_code": area,
        "detector": "x",
        "code": code,
        "family": family,
        "severity": severity,
        "subject": subject,
        "row_refs": [],
        "row_lines": [],
        "params": "{}",
        "message": "",
    }


def severities(*rows):
    frame = conform(pl.DataFrame(rows, schema=empty("findings").schema), "findings")
    return raise_severities(frame)["severity"].to_list()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["FAB-SMOOTH-BIRTHS"], ["medium"]),
        (["FAB-SMOOTH-BIRTHS", "FAB-ROUND-BIRTHS"], ["medium", "medium"]),
        (["FAB-SMOOTH-BIRTHS", "FAB-BUNCH"], ["high", "high"]),
        (["FAB-SMOOTH-BIRTHS", "RAT-FUNNEL-LOW"], ["medium", "medium"]),
        (["FAB-INVENT", "RAT-SEX-HIGH"], ["medium", "medium"]),
        (["FAB-INVENT", "FAB-BUNCH"], ["high", "high"]),
        (["FAB-SMOOTH-BIRTHS", "FAB-RETURNS-MONTHS"], ["high", "high"]),
    ],
)
def test_high_needs_two_families_of_evidence(codes, expected):
    assert severities(*(finding(code, "medium") for code in codes)) == expected


@pytest.mark.parametrize(
    "codes",
    [
        # One careless office: spoilt rows are not linked, fall into other months, and its tables do not add up.
        ["FAB-INVENT", "FAB-RETURNS-MONTHS"],
        ["FAB-INVENT", "FAB-RETURNS-MONTHS", "RAT-ACCOUNT-PERCENT"],
        ["RAT-ACCOUNT-NEGATIVE", "RAT-ACCOUNT-ABOVE", "RAT-NATURAL"],
        # One habit of rounding.
        ["FAB-ROUND-BIRTHS", "FAB-WHOLE"],
        ["FAB-DIGIT-DEATHS", "FAB-WHOLE"],
    ],
)
def test_what_one_cause_explains_does_not_corroborate(codes):
    assert severities(*(finding(code, "medium") for code in codes)) == ["medium"] * len(codes)


def test_low_findings_never_raise():
    assert severities(finding("FAB-INVENT", "medium"), finding("FAB-INVENT-CHECK", "low")) == ["medium", "low"]
    assert severities(finding("FAB-SMOOTH-BIRTHS", "medium"), finding("FAB-RETURNS-MONTHS", "low")) == ["medium", "low"]


def test_of_three_only_those_with_an_independent_partner_rise():
    rows = [finding("FAB-INVENT", "medium"), finding("FAB-RETURNS-MONTHS", "medium"), finding("FAB-WHOLE", "medium")]
    assert severities(*rows) == ["high", "high", "high"]
    rows = [finding("FAB-ROUND-BIRTHS", "medium"), finding("FAB-WHOLE", "medium"), finding("RAT-SEX-LOW", "medium")]
    assert severities(*rows) == ["medium", "medium", "medium"]


def test_rows_and_other_townships_keep_their_severity():
    rows = [finding("FAB-ROWS", "medium", subject="row"), finding("FAB-BUNCH", "medium"), finding("FAB-INVENT", "medium", area="2")]
    assert severities(*rows) == ["medium", "medium", "medium"]


def test_order_of_findings_and_no_findings():
    rows = [
        finding("FAB-BUNCH", "medium"),
        finding("FAB-SMOOTH-BIRTHS", "medium", area="2"),
        finding("FAB-SMOOTH-BIRTHS", "medium"),
    ]
    assert severities(*rows) == ["high", "medium", "high"]
    assert raise_severities(empty("findings")).is_empty()


def test_independence_goes_both_ways():
    for one in EVIDENCE.values():
        assert not independent(one, one)
        for other in EVIDENCE.values():
            assert independent(one, other) == independent(other, one)


def test_every_corroborating_code_has_a_family_and_no_other():
    codes = {
        code
        for card in cards().values()
        if card.corroborates and card.family in ("fabrication", "rates")
        for code in card.finding_codes
    }
    low_only = {"FAB-RETURNS-MORE", "RAT-ACCOUNT-MIGRATION"}
    assert set(EVIDENCE) == codes - low_only
    assert {detector.card.family for detector in AREA_DETECTORS} == {"rates", "fabrication"}
