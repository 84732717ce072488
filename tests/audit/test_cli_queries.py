import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from audit.runs.read import read
from audit.runs.schema import SCHEMAS
from audit.runs.summary import summarise
from audit.runs.write import seal
from audit.terminal import Terminal
from audit.terminal_inputs import counted, notices
from audit.terminal_summary import show_next, show_summary, show_townships
from expectations.catalogue import LANGUAGES, catalogue
from tests.audit.runs.sample_run import coverage, finding, frame, small_run


def rows(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_runs_lists_the_newest_last(hecha, sealed: Path) -> None:
    seal(small_run("2027-bbbb2222"), sealed.parent)
    out = hecha("runs").out.splitlines()
    assert out[1].startswith("2026-aaaa1111")
    assert out[2].startswith("2027-bbbb2222")


def test_runs_where_there_are_none(hecha) -> None:
    told = hecha("runs", "nowhere")
    assert (told.status, told.out) == (0, "nowhere 里没有运行结果。\n")


def test_findings_takes_the_newest_run_or_the_one_named(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(small_run("2027-bbbb2222", found=[]), sealed.parent)
    assert "没有达到阈值的发现" in hecha("findings").out
    for name in ("2026-aaaa1111", "2026", "runs/2026-aaaa1111"):
        assert "1a2b99990000" in hecha("findings", name).out
    monkeypatch.setenv("HECHA_RUNS", str(sealed.parent))
    monkeypatch.chdir("/")
    assert "1a2b99990000" in hecha("findings", "2026").out


def test_findings_severest_first_and_never_all_is_well(hecha, sealed: Path) -> None:
    out = hecha("findings").out
    ids = [line.split()[0] for line in out.splitlines() if line[:12].isalnum() and "  " in line]
    assert ids == ["1a2b99990000", "1a2b3c4d5e6f", "77aa00112233", "ffee00112233"]
    assert out.splitlines()[-1] == "发现 4 项（高 1 · 中 1 · 低 2），其中登记行 1 项；1 项无法判断"
    assert "一切正常" not in out


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        (["--severity", "high"], {"1a2b99990000"}),
        (["--severity", "high", "--severity", "low"], {"1a2b99990000", "77aa00112233", "ffee00112233"}),
        (["--township", "西岭乡"], {"ffee00112233"}),
        (["--township", "69010101"], {"1a2b99990000", "1a2b3c4d5e6f", "77aa00112233"}),
        (["--detector", "low_completeness"], {"1a2b3c4d5e6f"}),
        (["--detector", "cmp-low"], {"1a2b3c4d5e6f"}),
        (["--family", "fabrication"], {"ffee00112233"}),
        (["--year", "2018"], {"1a2b3c4d5e6f", "77aa00112233"}),
        (["--year", "2021"], {"1a2b3c4d5e6f", "1a2b99990000", "77aa00112233", "ffee00112233"}),
        (["--year", "2017"], set()),
    ],
)
def test_findings_filtered(hecha, sealed: Path, args: list[str], ids: set[str]) -> None:
    told = hecha("findings", "--format", "json", *args)
    assert {row["finding_id"] for row in rows(told.out)} == ids


def test_findings_as_json_follow_their_schema(hecha, sealed: Path) -> None:
    found = rows(hecha("findings", "--format", "json").out)
    validator = Draft202012Validator(SCHEMAS["findings"]())
    assert [list(validator.iter_errors(row)) for row in found] == [[], [], [], []]
    assert [row["finding_id"] for row in found] == sorted(str(row["finding_id"]) for row in found)


def test_csv_on_stdout_has_no_bom_and_a_stable_english_header(hecha, sealed: Path) -> None:
    out = hecha("findings", "--format", "csv", "--lang", "zh").out
    assert out.startswith("finding_id,county,")
    read = list(csv.DictReader(io.StringIO(out)))
    assert read[1]["row_refs"] == "D0001;D0417"


def test_not_a_number_is_null(hecha, tmp_path: Path) -> None:
    found = [finding("abcdefabcdef", observed=float("nan"), expected=float("inf"))]
    seal(small_run(found=found), tmp_path / "runs")
    out = hecha("findings", "--format", "json").out
    assert "NaN" not in out
    assert "Infinity" not in out
    assert rows(out)[0]["observed"] is None


def test_findings_reworded_in_the_language_asked_for(hecha, tmp_path: Path) -> None:
    params = json.dumps({"share": 0.8, "low": 0.78, "high": 0.82, "target": 0.9, "registered": 1200, "year": 2021})
    seal(small_run(found=[finding("abcdefabcdef", params=params)]), tmp_path / "runs")
    assert "80.0%" in hecha("findings", "--lang", "en", "--format", "table").out


def test_coverage_shows_about_fewer_than_and_why_not(hecha, sealed: Path) -> None:
    out = hecha("coverage").out
    assert "约 409" in out
    assert "少于10" in out
    assert "数量与保护性噪声相当" in out
    assert "—" in out
    assert max(map(cell_len, out.splitlines())) <= 80


def test_coverage_in_english(hecha, sealed: Path) -> None:
    out = hecha("coverage", "--lang", "en").out
    assert "about 409" in out
    assert "fewer than 10" in out


@pytest.mark.parametrize(
    ("args", "count"),
    [
        ([], 4),
        (["--level", "county_year"], 1),
        (["--year", "2021"], 1),
        (["--township", "东华镇"], 1),
        (["--level", "township"], 3),
    ],
)
def test_coverage_levels(hecha, sealed: Path, args: list[str], count: int) -> None:
    found = rows(hecha("coverage", "--format", "json", *args).out)
    assert len(found) == count
    validator = Draft202012Validator(SCHEMAS["coverage"]())
    assert not [error for row in found for error in validator.iter_errors(row)]


def test_a_withheld_count_is_null_and_says_so(hecha, sealed: Path) -> None:
    (row,) = (row for row in rows(hecha("coverage", "--format", "json").out) if row["township"] == "南河镇")
    assert (row["unreported_at_least"], row["withheld"]) == (None, True)


@pytest.mark.parametrize("columns", ["40", "60", "80", "200"])
@pytest.mark.parametrize("command", [["runs"], ["findings"], ["coverage"], ["explain", "1a2b99"], ["explain", "东华镇"]])
def test_no_line_is_wider_than_the_terminal(
    hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch, columns: str, command: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for language in ("zh", "en"):
        told = hecha(*command, "--lang", language)
        assert max(map(cell_len, told.out.splitlines())) <= int(columns)


@pytest.mark.parametrize(("columns", "sign"), [("80", "!="), ("40", "...")])
def test_signs_fall_back_to_ascii(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch, columns: str, sign: str) -> None:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("COLUMNS", columns)  # in 40 columns cells are cut as well
    out = hecha("explain", "1a2b99", "--lang", "en").out + hecha("coverage", "--lang", "en").out
    assert not set(out) & set("▲≠–—·…")
    assert sign in out


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
def test_the_summary_of_a_run_fits(hecha, sealed: Path, monkeypatch, capsys, columns: int, language: str, locale: str) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LANG", locale)
    (sealed / "reports" / "云川县-2026.html").write_text("")
    words, run, terminal = catalogue(language), read(sealed), Terminal()
    summary = summarise(run)
    show_summary(terminal, words, summary)
    show_townships(terminal, words, summary, most=2)
    show_next(terminal, words, sealed, "1a2b3c4d5e6f")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert lines[-1] == "runs/2026-aaaa1111"
    assert [line.split()[0] for line in lines if line.startswith(("  东华", "  西岭", "  南河"))] == ["东华镇", "西岭乡"]
    assert words.text("cli.summary.more", n=1) in "".join(lines)


def test_control_characters_of_data_are_escaped(hecha, tmp_path: Path) -> None:
    run = small_run(found=[finding("abcdefabcdef", township="东\x1b[2J华\u202e镇", code="XX-OLD", message="a\rb\u2066c")])
    covered = [{**row, "township": "东\x1b[2J华\u202e镇"} if row["township"] == "东华镇" else row for row in coverage()]
    seal(
        type(run)(**{**{name: getattr(run, name) for name in run.__dataclass_fields__}, "coverage": frame("coverage", covered)}),
        tmp_path / "runs",
    )
    for command in (["findings"], ["coverage"], ["explain", "abcdef"]):
        out = hecha(*command).out
        assert not set(out) & {"\x1b", "\u202e", "\u2066", "\r"}


def test_no_colour_on_a_pipe(hecha, sealed: Path) -> None:
    assert "\x1b" not in hecha("findings").out


def test_stdout_is_the_same_whatever_is_told_on_stderr(hecha, sealed: Path) -> None:
    assert hecha("findings").out == hecha("findings", "-vv", "--quiet").out


@pytest.mark.parametrize(("count", "said"), [(0, "0"), (10, "至多 10"), (40, "约 40")])
def test_counts_of_a_reference_are_never_told_as_if_they_were_exact(count: int, said: str) -> None:
    """The record holds full tens of a reference; of the audited register and the tables, exact counts."""
    words = catalogue("zh")
    assert counted(words, {"role": "reference"}, count) == said
    assert counted(words, {"role": "audited"}, count) == counted(words, {"kind": "returns"}, count) == str(count)
    entry = {"role": "reference", "file": "a.csv", "unreadable": {"birth_date": count}, "put_aside": count}
    assert all(said in notice for notice in notices(words, entry)) or not count


def test_of_many_counties_one_is_asked_for_and_townships_have_their_county_beside_them(hecha, tmp_path: Path) -> None:
    run = small_run()
    frames = ("findings", "coverage", "timeliness", "outcomes", "figures")
    other = {name: getattr(run, name).with_columns(county=pl.lit("临江县")) for name in frames}
    other["findings"] = other["findings"].with_columns(finding_id=pl.concat_str(pl.lit("x"), pl.col("finding_id").str.slice(1)))
    both = replace(run, **{name: pl.concat([getattr(run, name), frame]) for name, frame in other.items()})
    seal(both, tmp_path / "runs")
    assert "临江县 东华镇" in hecha("coverage", "--level", "township").out
    mine = hecha("coverage", "--county", "临江县", "--format", "csv").out
    assert "临江县" in mine
    assert "云川县" not in mine
    found = hecha("findings", "--county", "云川县", "--format", "csv").out
    assert "云川县" in found
    assert "临江县" not in found
    wrong = hecha("findings", "--county", "临江")
    assert wrong.status == 2
    assert "E-ASK-008" in wrong.err
    assert "临江县" in wrong.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_counties_are_told_in_a_table_without_ranking(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    run, names = small_run(), [f"云{place}县" for place in "丁丙乙甲"]
    frames = ("findings", "coverage", "timeliness", "outcomes", "figures")
    parts = [{name: getattr(run, name).with_columns(county=pl.lit(county)) for name in frames} for county in names]
    parts[1]["findings"] = parts[1]["findings"].clear()
    whole = replace(run, **{name: pl.concat([part[name] for part in parts]) for name in frames})
    show_summary(Terminal(), catalogue(language), summarise(whole))
    out = capsys.readouterr().out
    told = [line.split()[0] for line in out.splitlines() if line.strip().startswith("云")]
    assert told == [county for county in names if county != names[1]], "only those with findings about figures, in their order"
    assert all(cell_len(line) <= 80 for line in out.splitlines())


def test_of_many_counties_only_the_page_over_them_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("甲县", "乙县", "丙县", "丁县")
    (tmp_path / "reports").mkdir()
    for page in (*names, "各县"):
        (tmp_path / "reports" / f"{page}-2026.html").touch()
    show_next(Terminal(), catalogue("zh"), tmp_path, None, names)
    out = capsys.readouterr().out
    assert "各县-2026.html" in out
    assert "甲县-2026.html" not in out


def test_a_page_that_opens_slowly_is_told_of(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sealed / "reports" / "云川县-2026.html").write_bytes(b" " * 5_200_000)
    show_next(Terminal(), catalogue("zh"), sealed, None)
    assert "这份报告有 5 MB" in capsys.readouterr().out
    (sealed / "reports" / "云川县-2026.html").write_bytes(b" " * 1_500_000)
    show_next(Terminal(), catalogue("zh"), sealed, None)
    assert "MB" not in capsys.readouterr().out
