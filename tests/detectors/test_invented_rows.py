"""Births nobody else knows, and rows copied in blocks."""

import datetime as dt
from dataclasses import replace

import polars as pl

from detectors.copied_rows import copied_rows
from detectors.day_heaps import day_heaps
from detectors.estimates.slips import slip_weights
from detectors.invented_rows import invented_rows
from detectors.stamp import stamp
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


def test_wrong_check_digits_are_a_witness_beside_a_finding_and_none_alone():
    rows = [
        person(area, dt.date(2020, 1, 1), id_number="6901", id_valid=not (area == 2 and at % 8 == 0), id_sex="male")
        for area in range(5)
        for at in range(200)
    ]
    alone = judged(dict.fromkeys(range(5), 0.01), audited=register(rows))
    assert alone.observations.is_empty()
    assert flagged(alone) == []
    both = judged({**dict.fromkeys(range(5), 0.01), 2: 0.06}, audited=register(rows))
    said = both.observations.select("area_code", "code", "severity").rows()
    assert said == [("690100002", "FAB-INVENT", "medium"), ("690100002", "FAB-INVENT-CHECK", "low")]


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


def careless(slips, unknown, missed, registered=120):
    """Townships whose clerks err in this share of numbers, whose births references do not know, and what the linker expects."""
    rows = [
        person(area, dt.date(2020, 1, 1), id_number="6901", id_valid=at >= share * 300, id_sex="male", id_date=dt.date(2020, 1, 1))
        for area, share in slips.items()
        for at in range(300)
    ]
    protected, estimates = counts(unknown, registered)
    weights = dict(slip_weights(register(rows)).select("area_code", "weight").iter_rows())
    parts = pl.DataFrame(
        [{"level": "township", "area_code": code, "missed": missed * registered * 8 * weight} for code, weight in weights.items()]
    )
    estimates = replace(estimates, working={"coverage_parts": parts})
    context = Offices(townships=len(slips)).context(counts=protected, estimates=estimates, audited=register(rows))
    return invented_rows(context), weights


def test_a_careless_office_is_not_accused_of_what_its_missed_links_explain():
    slips = {**dict.fromkeys(range(5), 0.05), 5: 0.22}
    unknown = {**dict.fromkeys(range(5), 0.004), 5: 0.03}
    result, weights = careless(slips, unknown, 0.002)
    assert weights["690100005"] > 3
    assert "690100005" not in flagged_main(result)
    plain, _ = careless(dict.fromkeys(range(6), 0.05), unknown, 0.002)
    assert flagged_main(plain) == ["690100005"]


def test_a_careless_office_that_invents_as_well_is_still_found():
    slips = {**dict.fromkeys(range(5), 0.05), 5: 0.12}
    result, _ = careless(slips, {**dict.fromkeys(range(5), 0.004), 5: 0.06}, 0.002)
    assert flagged_main(result) == ["690100005"]


def test_where_links_fail_beyond_hope_nothing_is_said():
    slips = {**dict.fromkeys(range(5), 0.05), 5: 0.6}
    result, _ = careless(slips, {**dict.fromkeys(range(5), 0.004), 5: 0.09}, 0.01)
    assert result.outcomes.filter(pl.col("area_code") == "690100005").select("outcome", "reason").row(0)[1] in (
        None,
        "link_quality",
    )
    assert flagged_main(result) == []


def flagged_main(result):
    return result.observations.filter(pl.col("code") == "FAB-INVENT")["area_code"].to_list()


def test_one_reference_points_only_and_allows_for_its_own_gaps():
    shares = {0: 0.03, 1: 0.06, 2: 0.045, 3: 0.075, 4: 0.05, 5: 0.035}
    for extra, found in ((0.0, []), (0.25, ["690100006"])):
        protected, estimates = counts({**shares, 6: 0.05 + extra}, 120)
        single = replace(estimates, coverage=estimates.coverage.with_columns(method=pl.lit("one_reference")))
        result = invented_rows(Offices(townships=7).context(counts=protected, estimates=single))
        assert flagged_main(result) == found
        assert set(result.observations["severity"]) <= {"low"}
