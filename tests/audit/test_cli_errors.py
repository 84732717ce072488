import json
import subprocess
import sys
from pathlib import Path

import pytest

from audit.terminal import Terminal
from audit.terminal_errors import show_problems
from expectations.catalogue import catalogue
from expectations.errors import ConfigError, HechaError, Problems, ReadError

SECRET = "王小明690101202101011234"


def problems(err: str) -> list[list[str]]:
    """Lines of stderr, one list a problem."""
    found: list[list[str]] = []
    for line in err.splitlines():
        if line.startswith(("错误", "Error")):
            found.append([])
        found[-1].append(line)
    return found


@pytest.mark.parametrize(
    ("args", "code", "near"),
    [
        (["runz"], "E-USE-001", "runs"),
        (["findings", "--formt", "json"], "E-USE-002", "--format"),
        (["findings", "--format", "jsn"], "E-USE-003", "json"),
        (["--lnag", "zh"], "E-USE-002", "--lang"),
        (["explain"], "E-USE-004", "FINDING"),
        (["verify", "2026-aaaa1111", "b"], "E-USE-005", "b"),
        (["findings", "--year"], "E-USE-006", "--year"),
        (["findings", "--year", "next"], "E-USE-008", "next"),
        (["sample", "--tolerable", "many"], "E-USE-008", "many"),
        (["sample", "--record", "68"], "E-SMP-004", "68/1"),
        (["init", "nowhere"], "E-USE-010", "nowhere"),
        (["findings", "2025"], "E-RUN-015", "2026-aaaa1111"),
        (["findings", "--township", "东化镇"], "E-ASK-001", "东华镇"),
        (["coverage", "--township", "西岭"], "E-ASK-001", "西岭乡"),
        (["findings", "--detector", "low_completness"], "E-ASK-002", "low_completeness"),
        (["schema", "finding"], "E-USE-003", "findings"),
        (["completion", "fisch"], "E-USE-003", "fish"),
        (["run", "missing.toml"], "E-CONFIG", "missing.toml"),
    ],
)
def test_what_cannot_start_says_what_and_how_in_three_lines(hecha, sealed: Path, args: list[str], code: str, near: str) -> None:
    told = hecha(*args)
    assert told.status == 2
    assert told.out == ""
    (problem,) = problems(told.err)
    assert code in problem[0]
    assert near in told.err
    assert len(problem) == 3
    assert problem[2].strip().startswith("办法：")


def test_all_option_errors_at_once(hecha, sealed: Path) -> None:
    told = hecha("findings", "--severity", "hihg", "--family", "rate", "--year", "x", "--nope")
    assert told.status == 2
    assert len(problems(told.err)) == 4


def test_a_township_and_a_detector_are_told_with_wrong_options(hecha, sealed: Path) -> None:
    told = hecha("findings", "--severity", "hihg", "--township", "东化镇", "--detector", "low_completness", "--nope")
    assert [line.split()[1].rstrip("：") for line in told.err.splitlines() if line.startswith("错误")] == [
        *("E-USE-002", "E-USE-003", "E-ASK-001", "E-ASK-002")
    ]
    told = hecha("coverage", "--year", "x", "--township", "东化镇", "nosuchrun")
    assert "E-RUN-015" in told.err  # townships of another run are not looked up in its place
    assert "E-ASK-001" not in told.err


def test_a_missing_run_is_told_with_wrong_options(hecha) -> None:
    err = hecha("findings", "--severity", "hihg", "--township", "东华镇").err
    assert ("E-USE-003" in err, "E-RUN-011" in err) == (True, True)


def test_the_campaign_and_its_files_are_told_with_wrong_options(hecha) -> None:
    Path("campaign.toml").write_text('[campaign]\nareas = "areas.csv"\n[sources.a]\nrole = "audted"\npath = "gone.csv"\n')
    err = hecha("run", "campaign.toml", "--fail-on", "hihg").err
    for wanted in ("E-USE-003", "E-CONFIG-007", "E-CONFIG-008", "E-READ-001 areas.csv", "E-READ-001 gone.csv"):
        assert wanted in err


def test_returned_files_that_are_not_there_are_told_with_wrong_options(hecha, sealed: Path) -> None:
    err = hecha("answer", "--from", "gone.xlsx", "--from", "lost.xls", "--format", "jsn").err
    for wanted in ("E-USE-003", "E-ANS-002 gone.xlsx", "E-ANS-002 lost.xls"):
        assert wanted in err


def test_errors_in_english(hecha) -> None:
    told = hecha("runz", "--lang", "en")
    assert told.err.startswith("Error E-USE-001:")
    assert "Remedy: " in told.err


def test_errors_for_programs(hecha, sealed: Path) -> None:
    told = hecha("findings", "--format", "json", "--township", "东化镇", "--detector", "x")
    rows = [json.loads(line) for line in told.err.splitlines()]
    assert [row["code"] for row in rows] == ["E-ASK-001", "E-ASK-002"]
    assert all(set(row) == {"code", "file", "line", "column", "field", "message", "remedy"} for row in rows)


def test_ten_problems_and_then_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    many: list[HechaError] = [ReadError("E-READ-012", file=f"{n}.csv", line=n) for n in range(14)]
    show_problems(Terminal(), catalogue("zh"), Problems(many))
    err = capsys.readouterr().err
    assert err.count("错误 ") == 10
    assert err.splitlines()[-1] == "另有 4 个问题未列出。"


def test_the_same_problem_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    show_problems(Terminal(), catalogue("zh"), Problems([ConfigError("E-USE-004", params={"name": "X", "command": "hecha"})] * 3))
    assert capsys.readouterr().err.count("错误 ") == 1


def test_where_names_file_line_and_column(capsys: pytest.CaptureFixture[str]) -> None:
    error = ReadError("E-READ-012", file="registry.csv", line=1204, column="出生日期", params={"column_number": 5})
    show_problems(Terminal(), catalogue("zh"), error)
    assert capsys.readouterr().err.splitlines()[0] == "错误 E-READ-012 registry.csv 第 1204 行 第 5 列（出生日期）："


def test_control_and_bidirectional_characters_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    error = ReadError("E-READ-012", file="a\x1b[31m\u202eb.csv")
    show_problems(Terminal(), catalogue("zh"), error)
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err


def broken(*_: object) -> None:
    name = SECRET  # a local that a careless traceback would print
    raise RuntimeError(f"bad value {name}")


@pytest.mark.parametrize("flags", [(), ("-v",), ("-vv",), ("--debug",), ("--debug", "-vv", "--format", "json")])
def test_a_bug_is_exit_3_without_traceback_or_value(
    hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    monkeypatch.setattr("audit.runs.query.find", broken)
    told = hecha("findings", *flags)
    assert told.status == 3
    assert "E-BUG-001" in told.err
    assert "RuntimeError" in told.err
    assert "Traceback" not in told.err
    assert SECRET not in told.err + told.out
    assert "王小明" not in told.err + told.out


def test_debug_lists_code_locations(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.runs.query.find", broken)
    assert "audit/commands/queries.py:" in hecha("findings", "--debug").err


class Panic(BaseException):
    """What native code raises when it gives up is no Exception."""


def test_a_panic_of_native_code_is_a_bug_too(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object) -> None:
        raise Panic(SECRET)

    monkeypatch.setattr("audit.runs.query.find", panic)
    told = hecha("findings", "--debug")
    assert (told.status, "E-BUG-001" in told.err, SECRET in told.err) == (3, True, False)


def test_memory_errors_are_exit_3(hecha, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("audit.runs.query.find", full)
    told = hecha("findings")
    assert (told.status, "E-BUG-002" in told.err) == (3, True)


def test_an_error_without_its_words_still_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    show_problems(Terminal(), catalogue("zh"), ReadError("E-READ-999", file="a.csv"))
    assert "E-READ-999 a.csv" in capsys.readouterr().err


def test_native_code_cannot_write_to_our_stderr(tmp_path: Path) -> None:
    """A library's panic writes to file descriptor 2 by itself; its words may be values."""
    code = (
        "import os, sys; sys.argv = ['hecha', 'runs', 'nowhere-at-all'];"
        "from audit import cli; from audit.commands import queries;"
        f"queries.runs.callback = lambda *a, **k: os.write(2, {SECRET!r}.encode()) and 0;"
        "sys.exit(cli.main())"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=False)
    assert result.returncode == 0
    assert SECRET.encode() not in result.stderr
