"""From a folder of files to a run on the screen: ``demo``, ``check``, ``run``, faults on the way. One small county for all."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from audit.cli import main
from audit.demo import simulate
from audit.events import EVENTS
from audit.language import ask
from audit.runs.read import listed
from audit.runs.schema import SCHEMAS
from expectations.artefacts import TABLES
from tests.audit.conftest import ROOT, lines_of

SMALL: dict[str, Any] = {"townships": 5, "births": (350, 500)}


def small(seed: int, **_: Any) -> Any:
    return simulate(seed, **SMALL)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A demo run twice: the files, the runs, and what was on the screen."""
    folder, patch = tmp_path_factory.mktemp("demo"), pytest.MonkeyPatch()
    patch.setattr("audit.demo.simulate", small)
    patch.setenv("LANG", "zh_CN.UTF-8")
    patch.setenv("COLUMNS", "80")
    patch.chdir(folder)
    yield folder
    patch.undo()
    ask(None)


@pytest.fixture(scope="module")
def screens(world: Path) -> dict[str, tuple[int, str, str]]:
    told = {}
    for name, args in (
        ("first", ["demo", "--seed", "3"]),
        ("second", ["demo", "--seed", "3", "--lang", "en", "--log-file", "log.jsonl"]),
    ):
        with (world / f"{name}.out").open("w+") as out, (world / f"{name}.err").open("w+") as err:
            patch = pytest.MonkeyPatch()
            patch.setattr("sys.stdout", out)
            patch.setattr("sys.stderr", err)
            status = main(args)
            patch.undo()
        told[name] = (status, (world / f"{name}.out").read_text(), (world / f"{name}.err").read_text())
    return told


def test_the_demo_ends_with_the_run_folder_alone(world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    status, out, err = screens["first"]
    assert status == 0, err
    folder = world / out.splitlines()[-1]
    assert (folder / "record.json").is_file()
    assert "  " not in out.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "titles"),
    [("first", ("核查怎么说", "说得准不准", "接下来")), ("second", ("What the audit says", "How right", "Next"))],
)
def test_the_screen_in_order_and_80_cells(screens: dict[str, tuple[int, str, str]], name: str, titles: tuple[str, ...]) -> None:
    _, out, _ = screens[name]
    lines = out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    places = [next(at for at, line in enumerate(lines) if line.startswith(title)) for title in titles]
    assert places == sorted(places)
    assert ("虚构" if name == "first" else "invented") in lines[0] + lines[1]
    assert "一切正常" not in out
    commands = [line.split()[1] for line in lines if line.startswith("  hecha ")]
    assert commands == ["findings", "explain", "coverage"]


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_terminal_shows_the_demo_line_by_line(screens: dict[str, tuple[int, str, str]], name: str) -> None:
    """Wide characters shift no column and no line runs over."""
    lines = screens[name][1].splitlines()
    assert lines_of("\r\n".join(lines).encode())[: len(lines)] == [line.rstrip() for line in lines]


def test_the_first_line_of_the_demo_is_there_before_the_libraries_are(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('polars', 'numpy', 'scipy', 'opendp'), None));"  # an import of them fails
        "from audit.cli import main; main(['demo', '--lang', 'zh'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert "虚构" in told.stdout.decode()


def test_the_second_demo_is_a_new_run_and_says_so(world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    assert "此前已有" not in screens["first"][1]
    assert "earlier demo runs" in screens["second"][1]
    assert len(listed(world / "hecha-demo" / "runs")) == 2


def test_the_same_seed_gives_the_same_findings(world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    one, other = (
        pl.read_parquet(item.folder / "findings.parquet").drop("message") for item in listed(world / "hecha-demo" / "runs")
    )
    assert one.equals(other)
    assert one.height > 0


def test_the_log_tells_of_inputs_stages_and_the_run(world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    said = [json.loads(line) for line in (world / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {item["event"] for item in said} == {event.__name__ for event in EVENTS} - {"Failed"}
    (sealed,) = (item for item in said if item["event"] == "Sealed")
    assert sealed["artefacts"] == len(
        json.loads((world / "hecha-demo" / "runs" / sealed["run"] / "record.json").read_bytes())["artefacts"]
    )


def test_progress_is_told_on_stderr_only(screens: dict[str, tuple[int, str, str]]) -> None:
    _, out, err = screens["first"]
    assert "registry.csv …" in err
    assert "registry.csv …" not in out


def test_every_artefact_follows_its_schema(world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    folder = listed(world / "hecha-demo" / "runs")[0].folder
    record = json.loads((folder / "record.json").read_bytes())
    assert not list(Draft202012Validator(SCHEMAS["record"]()).iter_errors(record))
    for name in (*TABLES, "figures"):
        validator = Draft202012Validator(SCHEMAS[name]())
        frame = pl.read_parquet(folder / f"{name}.parquet")
        rows = frame.sample(min(frame.height, 200), seed=1).to_dicts()
        assert not [error.message for row in rows for error in validator.iter_errors(row)], name


def test_the_campaign_file_follows_its_schema(world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    import tomllib

    campaign = tomllib.loads((world / "hecha-demo" / "campaign.toml").read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(SCHEMAS["campaign"]()).iter_errors(campaign))


def test_every_finding_explains_in_both_languages(hecha, world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    folder = listed(world / "hecha-demo" / "runs")[0].folder
    found = pl.read_parquet(folder / "findings.parquet").unique("code", keep="first", maintain_order=True)
    for finding in found["finding_id"]:
        for language in ("zh", "en"):
            told = hecha("explain", finding, "--run", folder, "--lang", language)
            assert told.status == 0
            assert max(cell_len(line) for line in told.out.splitlines() if not line.startswith("  hecha ")) <= 80
            assert len(told.out.splitlines()) <= 48, finding


def test_verify_passes_and_reports_come_out_the_same(hecha, world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    folder = listed(world / "hecha-demo" / "runs")[0].folder
    assert hecha("verify", folder).status == 0
    assert hecha("report", folder, "--out", world / "again").status == 0
    sealed = {path.name: path.read_bytes() for path in (folder / "reports").iterdir()}
    again = {path.name: path.read_bytes() for path in (world / "again").iterdir()}
    assert sealed == again


def test_a_workbook_filled_in_comes_back(hecha, world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    import openpyxl

    folder = listed(world / "hecha-demo" / "runs")[0].folder
    path = max((folder / "reports").glob("*.xlsx"), key=lambda item: item.stat().st_size)
    book = openpyxl.load_workbook(path)
    sheet = book["核实单"]
    titles = [cell.value for cell in sheet[1]]
    sheet.cell(2, titles.index("结果▼") + 1).value = "核实无误"
    sheet.cell(2, titles.index("备注") + 1).value = "已核对存根"
    finding = sheet.cell(2, titles.index("发现编号") + 1).value
    book.save(world / "filled.xlsx")
    told = hecha("answer", "--from", world / "filled.xlsx", "--run", folder, "--format", "json")
    assert json.loads(told.out) == {"recorded": 1, "known": 0, "file": json.loads(told.out)["file"], "leftovers": []}
    assert "已核对存根" in hecha("explain", finding, "--run", folder).out


def test_a_workbook_saved_by_libreoffice_comes_back(hecha, need, world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    import openpyxl

    office = need("soffice")
    folder = listed(world / "hecha-demo" / "runs")[0].folder
    path = max((folder / "reports").glob("*.xlsx"), key=lambda item: item.stat().st_size)
    book = openpyxl.load_workbook(path)
    titles = [cell.value for cell in book["核实单"][1]]
    book["核实单"].cell(3, titles.index("结果▼") + 1).value = "已更正"
    book.save(world / "sent.xlsx")
    home = f"-env:UserInstallation=file://{world}/office"
    command = [office, home, "--headless", "--convert-to", "xls", "--outdir", str(world), str(world / "sent.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    told = hecha("answer", "--from", world / "sent.xls", "--run", folder, "--format", "json")
    assert (json.loads(told.out)["recorded"], json.loads(told.out)["leftovers"]) == (1, [])


def test_the_demo_does_not_overwrite_other_files(hecha, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "campaign.toml").write_text("[campaign]\n")
    told = hecha("demo", "mine")
    assert (told.status, "E-USE-012" in told.err) == (2, True)
    assert (tmp_path / "mine" / "campaign.toml").read_text() == "[campaign]\n"


def test_check_tells_of_every_file(hecha, world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    told = hecha("check", world / "hecha-demo" / "campaign.toml")
    assert told.status == 0
    for name in ("registry.csv", "household.xlsx", "returns.csv", "被核查", "对照"):
        assert name in told.out
    assert max(cell_len(line) for line in told.out.splitlines() if not line.startswith("  hecha ")) <= 80


@pytest.mark.parametrize(("name", "part"), [("linkage", "counties"), ("validation", "tables")])
def test_objects_of_a_run_follow_their_schemas(world: Path, screens: dict[str, tuple[int, str, str]], name: str, part: str) -> None:
    told = json.loads((world / screens["first"][1].splitlines()[-1] / f"{name}.json").read_bytes())
    assert not list(Draft202012Validator(SCHEMAS[name]()).iter_errors(told))
    assert told[part]


def test_init_writes_a_campaign_that_is_not_overwritten(
    hecha, world: Path, screens: dict[str, tuple[int, str, str]], tmp_path: Path
) -> None:
    for path in (world / "hecha-demo").iterdir():
        if path.is_file() and path.name != "campaign.toml":
            (tmp_path / "files").mkdir(exist_ok=True)
            (tmp_path / "files" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "files" / "notes.txt").write_text("call back\n", encoding="utf-8")
    told = hecha("init", "files")
    assert (told.status, told.err) == (0, "")
    assert "notes.txt" in told.out
    assert "不读的列：" in told.out  # headers that were not recognised, too
    first = (tmp_path / "files" / "campaign.toml").read_text(encoding="utf-8")
    assert "[sources" in first
    assert "E-USE-011" in hecha("init", "files").err
    assert hecha("init", "files", "--force").status == 0


def test_a_folder_that_cannot_be_written_is_told_before_the_audit(
    hecha, world: Path, screens: dict[str, tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "denied")

    monkeypatch.setattr("audit.runs.write.tempfile.mkdtemp", denied)
    told = hecha("run", world / "hecha-demo" / "campaign.toml", "--out", "elsewhere")
    assert (told.status, "E-RUN-002" in told.err, told.out) == (3, True, "")


@pytest.mark.skipif(os.environ.get("HECHA_ALL") != "1", reason="slow: run with HECHA_ALL=1")
def test_run_on_the_command_line(hecha, world: Path, screens: dict[str, tuple[int, str, str]]) -> None:
    told = hecha("run", world / "hecha-demo" / "campaign.toml", "--out", world / "runs", "--fail-on", "low")
    assert told.status == 1
    assert (Path(told.last_line) / "record.json").is_file()
    again = hecha("run", world / "hecha-demo" / "campaign.toml", "--out", world / "runs", "--format", "json")
    record = json.loads(again.out)
    assert record["release"]["id"] == json.loads((Path(told.last_line) / "record.json").read_bytes())["release"]["id"]
    assert record["release"]["seeded"] is False
