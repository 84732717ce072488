"""Every error at 80 columns: where, one sentence, the remedy; three lines at most, whatever was quoted."""

import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from audit.terminal import Terminal
from audit.terminal_errors import show_problems
from expectations.catalogue import LANGUAGES, catalogue
from expectations.codes import ANSWERS, FAMILIES
from expectations.errors import ReadError

MESSAGES = Path(__file__).parents[2] / "expectations" / "messages"
CODES = sorted(
    {code for path in MESSAGES.glob("*.zh.po") for code in re.findall(r'msgid "error\.(E-[A-Z]+-\d+)\.what"', path.read_text())}
)
IN_A_FILE = re.compile(r"E-(READ|AREA|CONFIG|SCOPE|LINK|ANS)|E-RUN-(014|02)|E-SMP-002")
IN_A_COLUMN = re.compile(r"E-(CONFIG|SCOPE)|E-READ-0(07|20)")
# What is quoted in earnest: long, but nothing out of the way.
QUOTED: dict[str, Any] = {
    "allowed": "record_id, township, village, name, sex, birth_date, id_number, mother_name, mother_id_number, father_name",
    "available_mb": 3_512,
    "checked": 68,
    "command": "hecha findings",
    "county": "双江拉祜族佤族布朗族傣族自治县",
    "encoding": "gb2312-80",
    "errors": 70,
    "expected": "≥ 0.9",
    "extra": "database",
    "field": "mother_id_number",
    "found": "11",
    "here": "0.1.0",
    "there": "0.0.9",
    "master": "spark://namenode-01.statistics.example:7077",
    "file": "releases/2f6c09aa51d2/counts.json",
    "headers": "母亲身份证号, 母亲身份证号码, 母亲证件号码",
    "high": 2_999,
    "indicator": "避孕节育措施落实率, 孕情检查到位率, 社会抚养费征收率",
    "kind": "RecursionError",
    "known": "1.0",
    "least": 1_000,
    "limit": "ulimit -v",
    "limit_mb": 38_000,
    "lines": "17, 204, 1204",
    "low": 1_900,
    "missing": "township, birth_date, sex, name | id_number | mother_name",
    "n": 12,
    "name": "FINDING",
    "names": " · ".join(f"2026-11c4e43{n}" for n in range(5)),
    "near": "云川县出生登记2026, 云川县出生登记2025, 云川县迁入登记2026",
    "needed_mb": 48_211,
    "one": "registry",
    "option": "--tolerable",
    "other": "immunisation",
    "paste": '[columns.registry] "出生地乡镇" = "township"',
    "path": "office/云川县2026年度人口数据质量核查/runs/2026-11c4e43b-reports",
    "place": "audit/ingest/workbook.py:204",
    "population": 3_653,
    "rows": "10,904",
    "run": "2026-11c4e43b",
    "sample": "东*镇",
    "section": "immunisation",
    "seen": "序号, 乡镇街道, 行政村, 新生儿姓名, 性别, 出生年月日, 出生证编号, 母亲姓名, 母亲证件号",
    "sheet": "出生登记",
    "sheets": "2025年出生登记, 2026年出生登记, 填表说明, 乡镇代码",
    "tried": "utf-8, utf-16, gb18030",
    "values": ", ".join(f"{answer} {catalogue('zh').code('answer', answer)}" for answer in ANSWERS),
    "variable": "HECHA_DSN",
    "version": "2.0",
    "why": "Permission denied",
    "word": "东化镇",
    "words": "云川县 2026 核查",
}


def params_of(code: str) -> dict[str, Any]:
    """The placeholders of an error's texts, filled."""
    texts = [catalogue(language).text(f"error.{code}.{part}") for language in LANGUAGES for part in ("what", "remedy")]
    names = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    return {name: QUOTED[name] for name in names}


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)

    def show(error: ReadError, language: str, columns: int = 80) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        show_problems(Terminal(), catalogue(language), error)
        return capsys.readouterr().err.splitlines()

    return show


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_error_is_three_lines_of_80_cells(told: Callable[..., list[str]], code: str, language: str) -> None:
    file = "immunisation.csv" if IN_A_FILE.match(code) else None
    column = "出生日期" if IN_A_COLUMN.match(code) else None
    lines = told(ReadError(code, file=file, column=column, params=params_of(code)), language)
    assert len(lines) <= 3, lines
    assert max(map(cell_len, lines)) <= 80
    assert catalogue(language).text("cli.error.remedy", text="").strip() in "".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["E-RUN-001", "E-READ-004", "E-READ-018", "E-USE-003"])
def test_names_of_any_length_are_cut_and_not_the_sentence(told: Callable[..., list[str]], code: str, language: str) -> None:
    long = {name: "云" * 90 if isinstance(value, str) and name != "paste" else value for name, value in params_of(code).items()}
    lines = told(ReadError(code, file="登" * 80 + ".csv", line=1204, column="身" * 50, params=long), language)
    assert len(lines) <= 3
    assert max(map(cell_len, lines)) <= 80
    assert "1204" in lines[0]


def test_lines_to_paste_are_whole(told: Callable[..., list[str]]) -> None:
    paste = '[columns.registry] "出生地乡镇" = "township"  "出生年月日" = "birth_date"  "…" = "sex"'
    for language in LANGUAGES:
        params = {**params_of("E-READ-005"), "paste": paste}
        lines = told(ReadError("E-READ-005", file="immunisation.csv", params=params), language)
        assert len(lines) == 3
        assert paste.replace(" ", "") in "".join(lines).replace(" ", "")


def test_a_narrow_terminal_is_kept_to(told: Callable[..., list[str]]) -> None:
    error = ReadError("E-USE-003", params={"option": "--family", "word": "rate", "values": ", ".join(FAMILIES), "near": "rates"})
    assert max(map(cell_len, told(error, "zh", 60))) <= 60
    assert "rates" in "".join(told(error, "zh", 60))
