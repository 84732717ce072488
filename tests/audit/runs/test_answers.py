import datetime as dt
import errno
import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from jsonschema import Draft202012Validator

from audit.runs import answers
from audit.runs.answers import Answer
from audit.runs.returned import take
from audit.runs.schema import SCHEMAS
from audit.runs.write import seal
from expectations.catalogue import catalogue
from expectations.errors import ConfigError, Problems, StageError
from tests.audit.runs.sample_run import small_run

ZH = catalogue("zh")
NAMES = ("finding_id", "severity", "record_id", "line", "problem", "content", "innocent", "next")
ANSWER_NAMES = ("outcome", "corrected", "checked_by", "checked_on", "note")
TITLES = [ZH.text(f"reports.column.{name}") for name in (*NAMES, *ANSWER_NAMES)]
KNOWN = frozenset({"1a2b99990000", "1a2b3c4d5e6f", "ffee00112233"})
TODAY = dt.date(2026, 12, 1)

Rows = list[list[str]]


def line(finding_id: str, outcome: str = "", corrected: str = "", by: str = "", on: str = "", note: str = "") -> list[str]:
    return [finding_id, "高", "D0001", "12", "问题", "内容", "原因", "核对", outcome, corrected, by, on, note]


def xlsx(path: Path, sheets: dict[str, Rows]) -> Path:
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    sheet.write_string(at, column, text)
    book.close()
    return path


def xls(path: Path, sheets: dict[str, Rows]) -> Path:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    sheet.write(at, column, text)
    book.save(path)
    return path


def told(path: Path) -> tuple[dict[str, Answer], list[tuple[str, str, str, str]]]:
    taken = take(path, KNOWN, TODAY)
    return {item.finding_id: item for item in taken.answers}, [(i.sheet, i.cell, i.why, i.text) for i in taken.leftovers]


@pytest.mark.parametrize(
    ("write", "name"), [(xlsx, "a.xlsx"), (xls, "a.xls"), (xls, "a.et"), (xlsx, "misnamed.xls"), (xls, "misnamed.xlsx")]
)
def test_filled_in_answers_come_back_by_id(tmp_path: Path, write: Any, name: str) -> None:
    """Sorted the other way round, with rows hidden by a filter or added: the id tells which finding is meant."""
    rows = [TITLES, line("ffee00112233"), line("1a2b99990000", "重复，已合并", "", "张三", "2026-11-30", "两行合一")]
    found, left = told(write(tmp_path / name, {"核实单": rows}))
    assert left == []
    answer = found["1a2b99990000"]
    assert (answer.outcome, answer.by, answer.checked_on, answer.note) == ("merged", "张三", "2026-11-30", "两行合一")
    assert answer.source == f"{name} 核实单!I3"


def test_columns_may_move_and_a_title_row_may_come_first(tmp_path: Path) -> None:
    order = [8, 0, 12, 4]
    rows = [["东华镇核实单"], [], [TITLES[at] for at in order], [line("1a2b99990000", "已更正", note="见附件")[at] for at in order]]
    found, left = told(xlsx(tmp_path / "a.xlsx", {"核实单": rows}))
    assert found["1a2b99990000"].note == "见附件"
    assert left == [("核实单", "A1", "free_text", "东华镇核实单")]


def test_codes_and_english_words_are_answers_too(tmp_path: Path) -> None:
    english = [catalogue("en").text(f"reports.column.{name}") for name in (*NAMES, *ANSWER_NAMES)]
    rows = [english, line("1a2b99990000", "merged"), line("1a2b3c4d5e6f", catalogue("en").code("answer", "confirmed"))]
    found, left = told(xlsx(tmp_path / "a.xlsx", {"x": rows}))
    assert ({key: item.outcome for key, item in found.items()}, left) == (
        {"1a2b99990000": "merged", "1a2b3c4d5e6f": "confirmed"},
        [],
    )


def test_nothing_is_lost(tmp_path: Path) -> None:
    """Unknown ids, free text in the outcome, rows without id, notes beside, notes on a sheet of one's own."""
    rows = [
        TITLES,
        line("000000000000", "已更正", note="别的运行"),
        line("1a2b99990000", "我们查过了没问题", note="见档案"),
        line("", "已更正", note="手工加的行"),
        line("1a2b3c4d5e6f", note="只写了备注"),
        [*line("ffee00112233", "核实无误"), "写在表外"],
    ]
    found, left = told(xlsx(tmp_path / "a.xlsx", {"核实单": rows, "我的备注": [["", "请回电"]]}))
    assert set(found) == {"ffee00112233"}
    assert set(left) == {
        ("核实单", "I2", "unknown_id", "已更正"),
        ("核实单", "M2", "unknown_id", "别的运行"),
        ("核实单", "I3", "free_text", "我们查过了没问题"),
        ("核实单", "M3", "no_outcome", "见档案"),
        ("核实单", "I4", "no_id", "已更正"),
        ("核实单", "M4", "no_id", "手工加的行"),
        ("核实单", "M5", "no_outcome", "只写了备注"),
        ("核实单", "N6", "free_text", "写在表外"),
        ("我的备注", "B1", "free_text", "请回电"),
    }


def test_a_deleted_id_column_loses_nothing(tmp_path: Path) -> None:
    found, left = told(xlsx(tmp_path / "a.xlsx", {"核实单": [TITLES[1:], line("", "已更正", note="甲")[1:]]}))
    assert found == {}
    assert [(cell, why) for _, cell, why, _ in left] == [("H2", "no_id"), ("L2", "no_id")]


def test_answered_twice_keeps_the_last_and_lists_the_first(tmp_path: Path) -> None:
    rows = [TITLES, line("1a2b99990000", "已更正"), line("1a2b99990000", "核实无误")]
    found, left = told(xlsx(tmp_path / "a.xlsx", {"核实单": rows}))
    assert found["1a2b99990000"].outcome == "confirmed"
    assert [(cell, why) for _, cell, why, _ in left] == [("I2", "answered_twice")]


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-11-30", "2026-11-30"),
        ("2026/11/3", "2026-11-03"),
        ("2026年11月30日", "2026-11-30"),
        ("46356", "2026-11-30"),
        ("昨天", "昨天"),
    ],
)
def test_dates_as_offices_write_them(tmp_path: Path, written: str, iso: str) -> None:
    rows = [TITLES, line("1a2b99990000", "已更正", on=written)]
    found, _ = told(xlsx(tmp_path / "a.xlsx", {"核实单": rows}))
    assert found["1a2b99990000"].checked_on == iso


def test_a_real_date_cell(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"核实单": [TITLES, line("1a2b99990000", "已更正")]})
    book = openpyxl.load_workbook(path)
    book["核实单"]["L2"] = dt.datetime(2026, 11, 30)
    book.save(path)
    assert told(path)[0]["1a2b99990000"].checked_on == "2026-11-30"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>", b"a,b\n1,2\n", b"\x00" * 50]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(Problems):
        told(path)


def test_the_last_word_counts_and_is_not_said_twice(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    assert len(answers.append(path, [Answer("1a2b99990000", "corrected")])) == 1
    assert answers.append(path, [Answer("1a2b99990000", "corrected", recorded_on="2027-01-01")]) == []
    assert len(answers.append(path, [Answer("1a2b99990000", "merged")])) == 1
    assert answers.latest(path)["1a2b99990000"].outcome == "merged"
    assert len(answers.load(path)) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    for text in path.read_text().splitlines():
        assert not list(Draft202012Validator(SCHEMAS["answers"]()).iter_errors(json.loads(text)))


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"finding_id": "1a2b99990000", "outcome": "merged"}\n{"finding_id": "x", "outcome": "?"}\n')
    with pytest.raises(ConfigError) as caught:
        answers.load(path)
    assert (caught.value.code, caught.value.line) == ("E-ANS-001", 2)


def test_disk_full_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.jsonl"
    answers.append(path, [Answer("1a2b99990000", "corrected")])
    before = path.read_bytes()
    real = os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 40:
            raise OSError(errno.ENOSPC, "no space")
        return real(descriptor, content[: len(content) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(StageError, match="E-RUN-001"):
        answers.append(path, [Answer("ffee00112233", "merged")])
    assert path.read_bytes() == before


def test_answers_are_carried_over_to_the_next_run(hecha, sealed: Path) -> None:
    xlsx(Path("东华镇.xlsx"), {"核实单": [TITLES, line("1a2b99990000", "重复，已合并"), line("00000000ffff", "已更正")]})
    out = hecha("answer", "--from", "东华镇.xlsx").out
    assert "新记录 1 项" in out
    assert "核实单!I3" in out
    seal(small_run("2027-bbbb2222"), sealed.parent)
    assert "〔重复，已合并〕" in hecha("findings", "2027-bbbb2222").out
    again = hecha("answer", "--from", "东华镇.xlsx", "--run", "2027-bbbb2222").out
    assert "新记录 0 项，1 项此前已记录" in again


def test_several_files_and_one_that_is_broken(hecha, sealed: Path) -> None:
    xlsx(Path("a.xlsx"), {"核实单": [TITLES, line("1a2b99990000", "已更正")]})
    xls(Path("b.xls"), {"核实单": [TITLES, line("ffee00112233", "核实无误")]})
    Path("c.xlsx").write_bytes(b"PK\x03\x04")
    told = hecha("answer", "--from", "a.xlsx", "b.xls", "c.xlsx", "--format", "json")
    assert json.loads(told.out)["recorded"] == 2
    assert told.status == 2
    assert "c.xlsx" in told.err


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["1a2b99"], "E-ANS-004"),
        (["--outcome", "merged"], "E-ANS-004"),
        (["1a2b99", "--outcome", "done"], "E-ANS-005"),
        (["1a2b", "--outcome", "merged"], "E-ASK-006"),
        (["ffff", "--outcome", "merged"], "E-ASK-007"),
        (["--from", "nothing.xlsx"], "E-ANS-002"),
    ],
)
def test_answers_that_cannot_be_taken(hecha, sealed: Path, args: list[str], code: str) -> None:
    told = hecha("answer", *args)
    assert (told.status, code in told.err) == (2, True)
    assert not (sealed.parent / "answers.jsonl").exists()


def test_the_run_folder_is_never_touched(hecha, sealed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sealed.rglob("*")}
    hecha("answer", "1a2b99", "--outcome", "merged")
    assert {path: path.stat().st_mtime_ns for path in sealed.rglob("*")} == before


def test_answers_of_another_folder_are_carried_over(hecha, sealed: Path) -> None:
    answers.append(Path("old.jsonl"), [Answer("1a2b99990000", "corrected", note="去年")])
    hecha("answer", "--from", "old.jsonl")
    assert "去年" in hecha("explain", "1a2b99").out
