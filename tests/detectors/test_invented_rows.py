"""Births nobody else knows, rows copied in blocks, and when findings become high."""

import datetime as dt

import polars as pl
import pytest

from detectors.copied_rows import copied_rows
from detectors.day_heaps import day_heaps
from detectors.invented_rows import invented_rows
from detectors.registry import AREA_DETECTORS
from detectors.severity import KINDS, WITNESSES, raise_severities
from detectors.stamp import stamp
from expectations.cards import cards
from expectations.frames import conform, empty
from tests.detectors.offices import Offices, counts, person, register


def flagged(result):
    return result.outcomes.filter(pl.col("outcome") == "flag")["area_code"].to_list()


def judged(shares, registered=120, sd=2.0, audited=None):
    protected, estimates = counts(shares, registered, sd)
    context = Offices(townships=len(shares)).context(
        counts=protected, estimates=estimates, **({} if audited is None else {"audited": audited})
    )
    result = invented_rows(context)
    stamp(invented_rows.card, context, result)
    return result


def test_a_township_whose_births_nobody_knows():
    result = judged({0: 0.01, 1: 0.008, 2: 0.012, 3: 0.05, 4: 0.01})
    assert flagged(result) == ["690100003"]
    (found,) = result.observations.iter_rows(named=True)
    assert (found["severity"], found["period"]) == ("medium", "2018-2025")


def test_shares_alike_everywhere_accuse_nobody():
    assert flagged(judged(dict.fromkeys(range(5), 0.05))) == []


def test_less_than_nobody_is_no_finding():
    assert flagged(judged({0: -0.02, 1: -0.01, 2: 0.0, 3: 0.005})) == []


def test_noise_and_absence_have_a_reason():
    assert set(judged(dict.fromkeys(range(5), 0.05), registered=12, sd=9.0).outcomes["reason"]) == {"noise"}
    assert set(judged({0: 0.05, 1: 0.0}).outcomes["reason"]) == {"too_few_townships"}
    without = invented_rows(Offices().context())
    assert set(without.outcomes["reason"]) == {"no_reference"}


def test_fewer_than_the_minimum_cell_are_never_shown():
    result = judged({0: 0.0, 1: 0.0, 2: 0.0, 3: 0.055, 4: 0.0}, registered=20, sd=0.1)
    assert flagged(result) == []


def test_wrong_check_digits_are_a_witness_of_low_severity():
    rows = [
        person(area, dt.date(2020, 1, 1), id_number="6901", id_valid=not (area == 2 and at % 8 == 0), id_sex="male")
        for area in range(5)
        for at in range(200)
    ]
    result = judged(dict.fromkeys(range(5), 0.01), audited=register(rows))
    assert result.observations.select("area_code", "code", "severity").rows() == [("690100002", "FAB-INVENT-CHECK", "low")]


def rows_of(area, start, delays, names, village="村0"):
    return [
        person(
            area,
            start + dt.timedelta(days=9 * at),
            village=village,
            name=name,
            registered_on=start + dt.timedelta(days=9 * at + gap),
        )
        for at, (gap, name) in enumerate(zip(delays, names, strict=True))
    ]


def test_a_block_copied_under_other_names():
    first = rows_of(0, dt.date(2020, 3, 1), (12, 40, 7, 88, 31), "甲乙丙丁戊")
    second = rows_of(0, dt.date(2021, 3, 1), (12, 40, 7, 88, 31), "己庚辛壬癸")
    other = rows_of(0, dt.date(2019, 7, 1), (3, 44, 70, 8, 1), "子丑寅卯辰")
    context = Offices().context(audited=register(first + other + second))
    result = copied_rows(context)
    findings, _, evidence = stamp(copied_rows.card, context, result)
    (found,) = findings.iter_rows(named=True)
    assert found["row_lines"] == [2, 3, 4, 5, 6, 12, 13, 14, 15, 16]
    assert "甲" not in evidence.filter(pl.col("field") == "registered_on")["masked"].str.join().item()


def test_the_same_births_entered_again_are_not_blocks():
    rows = rows_of(0, dt.date(2020, 3, 1), (12, 40, 7, 88, 31), "甲乙丙丁戊")
    again = [{**row, "birth": at, "name": row["name"] + "儿"} for at, row in enumerate(rows)]
    assert flagged(copied_rows(Offices().context(audited=register(rows + again)))) == []


def test_rows_without_days_of_registration():
    rows = [person(0, dt.date(2020, 1, 1), registered_on=None)]
    assert set(copied_rows(Offices().context(audited=register(rows))).outcomes["reason"]) == {"no_registration_dates"}


def test_births_heaped_on_the_first():
    days = [dt.date(2018, 1, 1) + dt.timedelta(days=7 * at) for at in range(410)]
    plain = [person(0, day) for day in days]
    heaped = [person(1, day.replace(day=1) if at % 8 == 0 else day) for at, day in enumerate(days)]
    result = day_heaps(Offices().context(audited=register(plain + heaped)))
    assert result.observations.select("area_code", "severity").rows() == [("690100001", "low")]
    assert set(day_heaps(Offices().context(audited=register(plain[:20]))).outcomes["reason"]) == {"too_few_births"}


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
    ],
)
def test_high_needs_two_kinds_of_evidence(codes, expected):
    assert severities(*(finding(code, "medium") for code in codes)) == expected


def test_witnesses_raise_but_are_not_raised():
    assert severities(finding("FAB-INVENT", "medium"), finding("FAB-INVENT-CHECK", "low")) == ["high", "low"]
    assert severities(finding("FAB-SMOOTH-BIRTHS", "medium"), finding("FAB-RETURNS-MONTHS", "low")) == ["medium", "low"]


def test_rows_and_other_townships_keep_their_severity():
    rows = [finding("FAB-ROWS", "medium", subject="row"), finding("FAB-BUNCH", "medium"), finding("FAB-INVENT", "medium", area="2")]
    assert severities(*rows) == ["medium", "medium", "medium"]


def test_every_corroborating_code_has_a_kind_and_no_other():
    codes = {
        code
        for card in cards().values()
        if card.corroborates and card.family in ("fabrication", "rates")
        for code in card.finding_codes
    }
    low_only = {"FAB-RETURNS-MORE", "RAT-ACCOUNT-MIGRATION"}
    assert set(KINDS) == codes - low_only
    assert set(KINDS) >= WITNESSES
    assert {detector.card.family for detector in AREA_DETECTORS} == {"rates", "fabrication"}
