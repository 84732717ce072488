"""The page over several counties."""

import re
from pathlib import Path

import pytest

from reports import write_reports
from tests.reports import worlds


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("province")
    write_reports(worlds.province(), out, "zh")
    return out


def test_every_county_has_its_page_and_workbooks_and_one_page_links_them(folder: Path) -> None:
    assert {path.name for path in folder.glob("*.html")} == {"各县-2026.html", *(f"云川{mark}县-2026.html" for mark in "甲乙丙")}
    assert len(list(folder.glob("*.xlsx"))) == 9
    text = (folder / "各县-2026.html").read_text(encoding="utf-8")
    rows = re.findall(r'<tr><th scope="row"><a href="([^"]+)">([^<]+)</a></th>', text)
    assert [name for _, name in rows] == ["云川甲县", "云川乙县", "云川丙县"], "the campaign's order, no ranking"
    assert "不是排名" in text


def test_it_says_which_county_cannot_be_relied_on_and_why(folder: Path) -> None:
    text = (folder / "各县-2026.html").read_text(encoding="utf-8")
    assert "2 个县的完整率区间整个低于目标 90%，1 个县无法判断" in text
    assert "无法判断（全县登记数不足 1,000）" in text
    assert re.search(r"<td>登记完整性低于目标 \d", text)


def test_no_sum_of_protected_counts_over_counties(folder: Path) -> None:
    text = (folder / "各县-2026.html").read_text(encoding="utf-8")
    answer = text[text.index('id="answer"') : text.index('id="counties"')]
    assert "约 " not in answer
    assert "估计实际出生" not in answer


def test_a_single_county_has_no_page_above_it(tmp_path: Path) -> None:
    write_reports(worlds.county(1), tmp_path, "zh")
    assert [path.name for path in tmp_path.glob("*.html")] == ["云川县-2026.html"]
