import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from audit.runs.schema import SCHEMAS
from audit.runs.write import seal
from expectations.catalogue import catalogue
from tests.audit.runs.sample_run import finding, small_run

PARTS = ("evidence", "method", "innocent", "next", "limits", "related")


def places(out: str, language: str = "zh") -> list[int]:
    lines = out.splitlines()
    return [lines.index(catalogue(language).text(f"cli.explain.{part}")) for part in PARTS]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_eight_parts_in_order(hecha, sealed: Path, language: str) -> None:
    out = hecha("explain", "1a2b3c", "--lang", language).out
    found = places(out, language)
    assert found == sorted(found)
    first, second = out.splitlines()[:2]
    for word in ("1a2b3c4d5e6f", "▲▲", catalogue(language).code("severity", "medium"), "东华镇", "2018-2025", "CMP-LOW"):
        assert word in first
    assert second
    assert catalogue(language).text("cli.explain.not_persons") in out.replace("\n  ", " " if language == "en" else "")


def test_evidence_of_a_figure(hecha, sealed: Path) -> None:
    out = hecha("explain", "1a2b3c").out
    assert "实际 82.1%，预期 90.0%，区间 80.1%–84.2%，依据 1,520 个，q < 0.0001" in out


def test_rows_side_by_side_masked_and_differing_fields_marked(hecha, sealed: Path) -> None:
    lines = hecha("explain", "1a2b99").out.splitlines()
    (head,) = (line for line in lines if "D0001（第 12 行）" in line)
    assert "D0417（第 428 行）" in head
    (dates,) = (line for line in lines if "出生日期" in line)
    assert "2021-05-**" in dates
    assert dates.rstrip().endswith("≠")
    (names,) = (line for line in lines if line.strip().startswith("姓名"))
    assert "≠" not in names


def test_sources_of_methods_are_cited(hecha, sealed: Path) -> None:
    assert "Chandra Sekar & Deming 1949" in hecha("explain", "1a2b3c").out


def test_fits_80_by_40(hecha, sealed: Path) -> None:
    for asked in ("1a2b3c", "1a2b99", "ffee"):
        assert len(hecha("explain", asked).out.splitlines()) <= 40


def test_an_ambiguous_beginning_lists_what_it_may_mean(hecha, sealed: Path) -> None:
    told = hecha("explain", "1a2b")
    assert told.status == 2
    assert "1a2b3c4d5e6f" in told.err
    assert "1a2b99990000" in told.err


def test_an_unknown_id_suggests_the_nearest(hecha, sealed: Path) -> None:
    told = hecha("explain", "1a2b3c4d5e60")
    assert (told.status, told.out) == (2, "")
    assert "1a2b3c4d5e6f" in told.err


def test_where_nothing_is_near_a_line_of_80_holds_the_suggestions(hecha, sealed: Path) -> None:
    told = hecha("explain", "zzzz")
    assert told.status == 2
    assert max(map(cell_len, told.err.splitlines())) <= 80


@pytest.mark.parametrize("asked", ["low_completeness", "CMP-LOW", "cmp-low"])
def test_a_detector(hecha, sealed: Path, asked: str) -> None:
    out = hecha("explain", asked).out
    assert out.startswith("CMP-LOW  ")
    assert "先排除这些正常原因" in out


def test_an_outcome_that_says_nothing_either_way(hecha, sealed: Path) -> None:
    out = hecha("explain", "南河镇/low_completeness").out
    assert "无法判断" in out
    assert "数量与保护性噪声相当" in out
    assert "方法" in out


def test_all_outcomes_of_a_township(hecha, sealed: Path) -> None:
    assert hecha("explain", "南河镇").out.count("无发现") >= 1


def test_an_outcome_of_an_unknown_detector(hecha, sealed: Path) -> None:
    told = hecha("explain", "南河镇/low_complete")
    assert (told.status, "low_completeness" in told.err) == (2, True)


@pytest.mark.parametrize(
    "asked", ["王小明", "欧阳小明", "690101202101011234", "69010120210101123X", "690101210101123", "13800138000"]
)
def test_persons_and_numbers_are_refused_with_the_reason(hecha, sealed: Path, asked: str) -> None:
    told = hecha("explain", asked)
    assert told.status == 2
    assert "E-ASK-00" in told.err
    assert "不是个人" in told.err
    assert asked not in told.err + told.out


def test_a_record_id_is_no_way_in(hecha, sealed: Path) -> None:
    told = hecha("explain", "D0001")
    assert (told.status, told.out) == (2, "")


def test_a_mistyped_township_is_not_taken_for_a_person(hecha, sealed: Path) -> None:
    assert "东华镇" in hecha("explain", "东化镇").err


def test_json_and_markdown(hecha, sealed: Path) -> None:
    told = json.loads(hecha("explain", "1a2b99", "--format", "json").out)
    assert list(told) == ["finding", "sentence", "evidence", "method", "innocent", "next", "limits", "related", "answer"]
    assert not list(Draft202012Validator(SCHEMAS["findings"]()).iter_errors(told["finding"]))
    assert told["evidence"]["fields"][1] == {"field": "birth_date", "masked": ["2021-05-**", "2021-06-**"], "differs": True}
    markdown = hecha("explain", "1a2b99", "--format", "md").out
    assert markdown.startswith("# 1a2b99990000")
    assert "| 出生日期 | 2021-05-** | 2021-06-** | ≠ |" in markdown


def test_the_answer_is_told(hecha, sealed: Path) -> None:
    hecha("answer", "1a2b99", "--outcome", "重复，已合并", "--note", "两行合一")
    assert "两行合一" in hecha("explain", "1a2b99").out
    said = json.loads(hecha("explain", "1a2b99", "--format", "json").out)["answer"]
    assert (said["outcome"], "corrected" in said) == ("merged", False)
    assert "〔重复，已合并〕" in hecha("findings").out


def test_an_assumption_in_doubt_is_told_with_the_estimate_that_rests_on_it(hecha, tmp_path: Path) -> None:
    run = small_run()
    doubtful = pl.when(pl.col("township") == "东华镇").then(pl.lit("assumption_broken")).otherwise("reason")
    seal(replace(run, coverage=run.coverage.with_columns(reason=doubtful)), tmp_path / "runs")
    said = f"存疑：{catalogue('zh').code('reason', 'assumption_broken')}"
    assert said in hecha("explain", "1a2b3c").out
    assert json.loads(hecha("explain", "1a2b3c", "--format", "json").out)["evidence"]["in_doubt"] == "assumption_broken"
    assert said in hecha("coverage", "--township", "东华镇").out
    assert "存疑" not in hecha("explain", "ffee").out
    assert "存疑" not in hecha("coverage", "--township", "南河镇").out


def test_limits_that_do_not_hold_what_was_observed_are_those_of_what_was_expected(hecha, tmp_path: Path) -> None:
    smooth = finding("aa0000000001", observed=0.51, expected=1.0, low=0.91, high=1.09)
    seal(small_run(found=[smooth]), tmp_path / "runs")
    assert "实际 0.51，预期 1，预期范围 0.91–1.09" in hecha("explain", "aa00").out


def test_a_method_whose_assumption_fails_is_told(hecha, tmp_path: Path) -> None:
    run = small_run()
    seal(replace(run, coverage=run.coverage.with_columns(method=pl.lit("source_fed"))), tmp_path / "runs")
    word = catalogue("zh").code("method", "source_fed")
    assert f"依据：{word}" in hecha("explain", "1a2b3c").out
    assert word in hecha("coverage", "--township", "西岭乡").out
