import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.runs.answers import Answer
from audit.runs.diff import compare
from audit.runs.write import seal
from expectations.run import Run
from tests.audit.runs.sample_run import coverage, findings, frame, outcomes, record, small_run


def covering(rows: list[dict[str, Any]], name: str = "2027-bbbb2222", **said: Any) -> Run:
    return replace(small_run(name), coverage=frame("coverage", rows), record=record(name, **said))


def changed(township: str, share: float, half: float = 0.02) -> list[dict[str, Any]]:
    figures = {"completeness": share, "completeness_low": share - half, "completeness_high": share + half}
    return [{**row, **figures} if row["township"] == township and row["level"] == "township" else row for row in coverage()]


def release(name: str) -> dict[str, Any]:
    return {"id": name}


def test_findings_by_their_stable_id() -> None:
    later = [item for item in findings() if item["finding_id"] != "ffee00112233"]
    later = [{**item, "message": "另一种说法", "severity": "low"} for item in later] + [
        {**findings()[0], "finding_id": "00000000abcd"}
    ]
    told = compare(small_run(), small_run("2027-bbbb2222", found=later), {"1a2b99990000": Answer("1a2b99990000", "merged")})
    states = dict(told.findings.select("finding_id", "state").iter_rows())
    assert states == {
        "00000000abcd": "new",
        "ffee00112233": "gone",
        "1a2b99990000": "persisting",
        "1a2b3c4d5e6f": "persisting",
        "77aa00112233": "persisting",
    }
    assert dict(told.findings.select("finding_id", "answer").iter_rows())["1a2b99990000"] == "merged"


def test_a_change_beyond_noise_is_told_with_its_interval() -> None:
    told = compare(small_run(), covering(changed("东华镇", 0.9)), {})
    (change,) = told.changes
    assert (change.township, change.level) == ("东华镇", "township")
    assert change.change == pytest.approx(0.079)
    half = math.hypot(0.02, 0.02)
    assert (change.low, change.high) == (pytest.approx(0.079 - half, abs=1e-6), pytest.approx(0.079 + half, abs=1e-6))


def test_silent_below_what_noise_explains() -> None:
    told = compare(small_run(), covering(changed("东华镇", 0.821 + 0.027)), {})
    assert told.changes == ()
    assert told.compared == 5


def test_nothing_estimable_is_not_compared() -> None:
    assert not any(change.township == "南河镇" for change in compare(small_run(), covering(changed("南河镇", 0.5)), {}).changes)


def test_totals_over_other_years_are_not_compared_but_years_are() -> None:
    later = {**record()["campaign"], "birth_years": [2019, 2026]}
    told = compare(small_run(), covering(changed("东华镇", 0.5), campaign=later), {})
    assert told.changes == ()
    assert told.compared == 2  # county_year and township_year of 2021


def test_merged_townships_are_added_up_first() -> None:
    """Two townships become one: 1,248 of 1,520 and 2,310 of 2,401 births are 3,558 of 3,921, so 90.7 % is no change."""
    births = 1248 / 0.821 + 2310 / 0.962
    merged = {**coverage()[2], "area_code": "69010109", "township": "华岭镇", "registered": 3558, "completeness": 3558 / births}
    half = 0.01
    merged |= {"completeness_low": 3558 / births - half, "completeness_high": 3558 / births + half}
    rest = [row for row in coverage() if row["area_code"] not in ("69010101", "69010102")]
    former = {"69010101": "69010109", "69010102": "69010109"}
    later = covering([*rest, merged], former_areas=former)
    places = [{**row, "area_code": "69010109", "township": "华岭镇"} for row in outcomes([]) if row["area_code"] == "69010101"]
    later = replace(later, outcomes=frame("outcomes", places + [row for row in outcomes([]) if row["area_code"] == "69010103"]))
    told = compare(small_run(), later, {})
    assert told.changes == ()
    assert {(area.kind, area.name, area.into) for area in told.areas} == {
        ("merged", "东华镇", "华岭镇"),
        ("merged", "西岭乡", "华岭镇"),
        ("new", "华岭镇", ""),
    }
    worse = replace(
        later,
        coverage=frame("coverage", [*rest, {**merged, "completeness": 0.7, "completeness_low": 0.69, "completeness_high": 0.71}]),
    )
    (change,) = compare(small_run(), worse, {}).changes
    assert (change.township, round(change.before, 4)) == ("华岭镇", round(3558 / births, 4))


def test_rows_of_a_merged_township_are_the_same_finding() -> None:
    """Its id holds the area, so a duplicate has another under the successor: neither new nor gone, and its answer stays."""
    moved = {**findings()[2], "finding_id": "2b3c00001111", "area_code": "69010109", "township": "华岭镇", "row_lines": [3, 99]}
    rest = [item for item in findings() if item["finding_id"] != "1a2b99990000"]
    later = replace(small_run("2027-bbbb2222", found=[*rest, moved]), record=record(former_areas={"69010101": "69010109"}))
    told = compare(small_run(), later, {"1a2b99990000": Answer("1a2b99990000", "merged")})
    assert set(told.findings["state"]) == {"persisting"}
    assert dict(told.findings.select("finding_id", "answer").iter_rows())["2b3c00001111"] == "merged"


def test_a_renamed_township_is_the_same_township() -> None:
    renamed = [{**row, "township": "东华街道"} if row["township"] == "东华镇" else row for row in coverage()]
    places = [{**row, "township": "东华街道"} if row["township"] == "东华镇" else row for row in outcomes([])]
    told = compare(small_run(), replace(covering(renamed), outcomes=frame("outcomes", places)), {})
    assert [(area.kind, area.name, area.into) for area in told.areas] == [("renamed", "东华镇", "东华街道")]
    assert told.compared == 5


def test_the_same_release_says_so() -> None:
    one = replace(small_run(), record=record(release=release("r1")))
    assert compare(one, one, {}).same_release
    assert not compare(one, small_run(), {}).same_release


def test_on_the_command_line(hecha, sealed: Path) -> None:
    seal(covering(changed("东华镇", 0.9)), sealed.parent)
    told = hecha("diff", "2026-aaaa1111", "2027-bbbb2222")
    assert told.status == 0
    assert "+7.9" in told.out
    assert "新增 0，消失 0，仍在 4" in told.out
    assert "东华镇" in told.out
    rows = [json.loads(line) for line in hecha("diff", "2026", "2027", "--format", "json").out.splitlines()]
    assert {row["kind"] for row in rows} == {"completeness", "finding"}
    header = hecha("diff", "2026", "2027", "--format", "csv").out.splitlines()[0]
    assert header.startswith("kind,state,finding_id,answer")


def test_silence_on_the_command_line(hecha, sealed: Path) -> None:
    seal(small_run("2027-bbbb2222"), sealed.parent)
    assert "没有超出噪声和抽样误差的变化" in hecha("diff", "2026", "2027").out
