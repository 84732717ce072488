"""Our own workbook filled in, sorted, filtered and saved by LibreOffice: every answer comes back, nothing is lost."""

import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from audit.runs.returned import Taken, take
from reports import write_reports
from tests.reports import worlds

TODAY = dt.date(2026, 3, 20)
TITLES = {"outcome": "结果▼", "corrected": "更正后内容", "by": "核实人", "checked_on": "核实日期", "note": "备注"}


def filled(folder: Path) -> tuple[Path, dict[str, list[Any]], frozenset[str]]:
    """A clerk's workbook, what it answers by finding id, and the ids that are known."""
    run = worlds.county(2)
    (path,) = (path for path in write_reports(run, folder, "zh") if worlds.NAMES[0] in path.name)
    book = openpyxl.load_workbook(path)
    sheet = book["核实单"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    answers = {
        rows[0][0]: ["已更正", "母亲姓名改为李某", "张三", dt.datetime(2026, 3, 12), "见存根 0012 号"],
        rows[1][0]: ["重复，已合并", None, "张三", "2026年3月12日", None],
        rows[2][0]: ["资料不足，无法核实", None, "李四", "2026/3/9", "=不是公式"],
    }
    rows[3][8:13] = ["查过了，没有问题", None, None, None, "等电话"]
    for row in rows[:3]:
        row[8:13] = answers[row[0]]
    rows.append(["ffffffffffff", None, None, None, "去年的", None, None, None, "核实无误", None, None, None, None])
    rows.append([None, None, "手工加的登记", None, None, None, None, None, "已更正", None, None, None, None])
    for at, row in enumerate(reversed(rows), start=2):  # sorted the other way round
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(at, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = stays a text
    sheet.auto_filter.add_filter_column(8, ["已更正"])
    for at in range(4, 7):
        sheet.row_dimensions[at].hidden = True  # what the filter does
    sheet["O3"] = "旁边的批注"
    book["说明"]["D4"] = "电话 8 号分机"
    notes = book.create_sheet("我的记录")
    notes["B7"] = "三月中旬补报"
    book.save(folder / "filled.xlsx")
    known = frozenset(run.findings["finding_id"])
    return folder / "filled.xlsx", answers, known


@pytest.fixture(scope="module")
def saved(need: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("returned")
    office, (path, answers, known) = need("soffice", "libreoffice"), filled(folder)
    for kind in ("ods", "xls", "xlsx"):
        command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind]
        subprocess.run([*command, "--outdir", str(folder / kind), str(path)], check=True, capture_output=True, timeout=120)
    return folder, answers, known


def check(taken: Taken, answers: dict[str, list[Any]]) -> None:
    """Three answers, and everything else by sheet and cell."""
    told = {item.finding_id: item for item in taken.answers}
    assert set(told) == set(answers)
    first, second, third = (told[key] for key in answers)
    assert (first.outcome, first.corrected, first.by, first.note) == ("corrected", "母亲姓名改为李某", "张三", "见存根 0012 号")
    assert [item.checked_on for item in (first, second, third)] == ["2026-03-12", "2026-03-12", "2026-03-09"]
    assert (second.outcome, third.outcome, third.note) == ("merged", "unverifiable", "=不是公式")
    left = {(item.sheet, item.text): item.why for item in taken.leftovers}
    assert left == {
        ("核实单", "查过了，没有问题"): "free_text",
        ("核实单", "等电话"): "no_outcome",
        ("核实单", "核实无误"): "unknown_id",
        ("核实单", "已更正"): "no_id",
        ("核实单", "旁边的批注"): "free_text",
        ("说明", "电话 8 号分机"): "free_text",
        ("我的记录", "三月中旬补报"): "free_text",
    }
    cells = {item.text: item.cell for item in taken.leftovers}
    assert (cells["旁边的批注"], cells["三月中旬补报"], cells["电话 8 号分机"], cells["已更正"]) == ("O3", "B7", "D4", "I2")


@pytest.mark.parametrize("kind", ["ods", "xls", "xlsx"])
def test_saved_by_libreoffice(saved: Any, kind: str) -> None:
    folder, answers, known = saved
    check(take(folder / kind / f"filled.{kind}", known, TODAY), answers)


def test_as_it_was_filled_in(tmp_path: Path) -> None:
    path, answers, known = filled(tmp_path)
    check(take(path, known, TODAY), answers)


@pytest.mark.parametrize("gone", ["A", "I", "L", "M"])
def test_a_deleted_column_takes_nothing_else_with_it(tmp_path: Path, gone: str) -> None:
    """Without ids all answers are listed; without another column the rest is taken."""
    path, answers, known = filled(tmp_path)
    book = openpyxl.load_workbook(path)
    book["核实单"].delete_cols(openpyxl.utils.column_index_from_string(gone))
    book.save(path)
    taken = take(path, known, TODAY)
    texts = {text for item in taken.answers for text in (item.note, item.corrected, item.by, item.checked_on)}
    texts |= {item.text for item in taken.leftovers}
    assert len(taken.answers) == (0 if gone in "AI" else len(answers))
    kept = [name for name, column in zip(TITLES, "IJKLM", strict=True) if column != gone]
    for values in answers.values():
        for name, value in zip(TITLES, values, strict=True):
            if isinstance(value, str) and name in kept and name not in ("outcome", "checked_on"):
                assert value in texts
    if gone == "A":
        assert {"已更正", "重复，已合并", "资料不足，无法核实"} <= texts
