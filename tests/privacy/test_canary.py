"""(a) Nothing of a person known to references only is in anything a run says or leaves, at any verbosity, at any moment."""

import os
import re
import subprocess
import sys

import polars as pl
import pytest

from tests.privacy.running import HOSTILE, Watcher, hecha, in_process
from tests.privacy.search import Canaries
from tests.privacy.world import MARKERS, write

# Great Expectations, imported by a thread, uses modules that Python calls old.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MEMORY = 500 << 20  # enough to read every source of the small campaign, too little to finish


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return write(tmp_path_factory.mktemp("canary") / "campaign")


@pytest.fixture(scope="module")
def canaries(world):
    return Canaries(world)


@pytest.fixture(scope="module")
def run(world):
    """One whole run, as loud as it gets, in an environment that asks libraries to talk and to spill."""
    log = world.folder / "log.jsonl"
    return hecha("run", "campaign.toml", "-vv", "--debug", "--log-file", str(log), folder=world.folder, campaign=world.folder)


def clean(ran, canaries, world):
    assert canaries.found(ran.out, "stdout") == []
    assert canaries.found(ran.err, "stderr") == []
    assert canaries.found_in_folder(ran.seen) == []


def test_a_whole_run_leaves_no_canary(run, canaries, world):
    assert run.status == 0, run.err.decode()[-2000:]
    clean(run, canaries, world)
    left = [
        path
        for path in world.folder.rglob("*")
        if path.is_file() and (path.suffix not in (".csv", ".toml") or "runs" in path.parts)
    ]
    assert len(left) > 15
    for path in left:
        assert canaries.found(path.read_bytes(), path.name) == []


def test_it_watched_what_the_run_wrote(run):
    """Temporary files of the run folder and the release passed by; a blind watcher would prove nothing."""
    names = {path.name.split("-", 1)[1] for path in run.seen.iterdir()}
    assert {"findings.parquet", "record.json", "release.json", "ledger.jsonl"} <= names


def test_nothing_is_spilled(run, world):
    spill = world.folder.parent / f"{world.folder.name}-work" / "spill"
    assert list(spill.rglob("*")) == []


def test_counts_of_links_are_in_no_log(run, world):
    """Progress and log give rows read; the exact number of links, candidates or persons is not among their numbers."""
    said = run.err.decode() + (world.folder / "log.jsonl").read_text(encoding="utf-8")
    numbers = {int(n) for n in re.findall(r"(?<![\w.\-])\d{2,6}(?![\w.%])", said.replace(",", ""))}
    only_references = len(world.canaries)
    assert only_references not in numbers


@pytest.mark.parametrize("loud", [["-q"], ["-v", "--format", "json"]])
def test_quieter_runs_too(world, canaries, loud, run):
    """The same inputs again, so the same release; in this process, with libraries loaded."""
    said = in_process("run", str(world.campaign), "--out", str(world.folder / "again"), *loud)
    assert "E-" not in said
    clean_text(said, canaries)
    releases = [path for path in (world.folder / "releases").iterdir() if path.is_dir()]
    assert len(releases) == 1


def test_queries_of_the_run(world, canaries, run):
    """In this process: the queries read sealed artefacts only."""
    folder = str(world.folder / run.out.decode().splitlines()[-1])
    findings = in_process("findings", folder, "--format", "json")
    clean_text(findings, canaries)
    ids = re.findall(r'"finding_id": ?"([0-9a-f]+)"', findings)
    assert ids
    for command in (
        ["coverage", folder, "--format", "json"],
        ["coverage", folder, "--format", "csv"],
        ["findings", folder, "--format", "csv"],
    ):
        clean_text(in_process(*command), canaries)
    for finding in ids[:3]:
        clean_text(in_process("explain", finding, "--run", folder), canaries)


def clean_text(text, canaries):
    assert canaries.found(text.encode(), "output") == []


def nothing_left(ran, world):
    canaries = Canaries(world)
    clean(ran, canaries, world)
    for path in world.folder.rglob("*"):
        if path.is_file() and path.suffix not in (".csv", ".toml"):
            assert canaries.found(path.read_bytes(), path.name) == []


@pytest.mark.parametrize("moment", ["比对", "报告"])
def test_a_run_killed_leaves_no_canary(tmp_path, moment):
    world = write(tmp_path / "campaign", blank_lines=0)
    ran = hecha("run", "campaign.toml", folder=world.folder, campaign=world.folder, until=moment)
    assert ran.status == -9
    nothing_left(ran, world)


def test_a_run_out_of_memory_leaves_no_canary(tmp_path):
    """A real limit of the system, reached while rows of references are held: one sentence, or an abort, and nothing on disk."""
    pytest.importorskip("resource")
    world = write(tmp_path / "campaign", blank_lines=0)
    ran = hecha("run", "campaign.toml", folder=world.folder, campaign=world.folder, memory=MEMORY)
    said = ran.err.decode()
    assert "immunisation.csv 完成" in said, "the limit was met before references were read: raise it"
    assert ran.status in (3, -6), "the limit was never met: lower it"
    assert ran.status != 3 or said.count("E-") == 1
    nothing_left(ran, world)
    assert not list((world.folder / "runs").glob("*"))


def test_in_the_same_environment_polars_does_spill(tmp_path):
    """The control: what is asked of the environment makes polars write rows to disk where nobody forbids it."""
    code = """
import polars as pl
frame = pl.DataFrame({"a": [f"{i:032d}" for i in range(300_000)]})
frame.lazy().sort("a", descending=True).join(frame.lazy(), on="a").group_by("a").len().collect()
"""
    spill = tmp_path / "spill"
    spill.mkdir()
    seen = Watcher([spill], tmp_path / "seen", set())
    seen.start()
    env = {**os.environ, **HOSTILE, "POLARS_OOC_SPILL_DIR": str(spill), "POLARS_TEMP_DIR": str(spill)}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
    seen.stop()
    assert seen.count


def damaged(kind, text):
    """A reference file spoilt in a way that makes some library want to quote it."""
    lines = text.splitlines()
    head, body = lines[0], [line for line in lines[1:] if line]
    match kind:
        case "dates":
            body = [re.sub(r"\d{4}-\d\d-\d\d", "2021-13-77", line) for line in body]
        case "ragged":
            body = [line + ",extra,cells" if i % 3 else line for i, line in enumerate(body)]
        case "quotes":
            body = [line.replace(",", ',"', 1) if i % 2 else line for i, line in enumerate(body)]
        case "townships":
            body = [re.sub(r"(东华|西岭|南塘)镇", "无此镇", line) for line in body]
        case "header":
            head = next(line for line in body if MARKERS[0] in line)  # a person where the header should be
        case "sex":
            body = [re.sub(r",(男|女),", ",犇,", line) for line in body]
    return "\n".join([head, *body]) + "\n"


@pytest.mark.parametrize("kind", ["dates", "ragged", "quotes", "townships", "header", "sex"])
@pytest.mark.parametrize("command", [["check", "--debug", "-vv"], ["init"]])
def test_errors_about_a_reference_never_quote_it(tmp_path, kind, command):
    world = write(tmp_path / "campaign", births=1300, blank_lines=0)
    canaries = Canaries(world)
    for name, encoding in (("household", "gb18030"), ("immunisation", "utf-8-sig")):
        path = world.folder / f"{name}.csv"
        path.write_bytes(damaged(kind, path.read_bytes().decode(encoding)).encode(encoding))
    if command[0] == "init":
        (world.folder / "campaign.toml").unlink()
        said = in_process("init", str(world.folder))
        made = world.folder / "campaign.toml"
        said += made.read_text(encoding="utf-8") if made.exists() else ""
    else:
        said = in_process(command[0], str(world.campaign), *command[1:])
    assert said
    clean_text(said, canaries)
    assert not re.search(r"第\s*\d+\s*行|line \d+", said.replace("registry", "")) or "registry.csv" in said


def as_parquet(frame, path):
    frame.write_parquet(path)


def as_torn_parquet(frame, path):
    frame.write_parquet(path, compression="uncompressed")
    path.write_bytes(path.read_bytes()[:-200])


def as_wrong_types(frame, path):
    frame.with_columns(pl.struct("姓名", "身份证号").alias("出生日期"), pl.col("姓名").cast(pl.Categorical)).write_parquet(path)


def as_workbook(frame, path):
    frame.write_excel(path)


def as_torn_workbook(frame, path):
    frame.write_excel(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def as_workbook_of_another_kind(frame, path):
    path.write_bytes(frame.write_csv().encode("utf-16"))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (as_parquet, "household.parquet"),
        (as_torn_parquet, "household.parquet"),
        (as_wrong_types, "household.parquet"),
        (as_workbook, "household.xlsx"),
        (as_torn_workbook, "household.xlsx"),
        (as_workbook_of_another_kind, "household.xlsx"),
    ],
)
def test_libraries_that_read_references_are_not_heard(tmp_path, make, name):
    """polars, fastexcel, pyarrow and pydantic put cells into what they say; none of it is passed on."""
    world = write(tmp_path / "campaign", births=1300, blank_lines=0)
    source = world.folder / "household.csv"
    frame = pl.read_csv(source.read_bytes().decode("gb18030").encode(), infer_schema=False)
    bad = pl.col("出生日期").str.replace("-", "/").str.replace("20", "２O")
    make(
        frame.with_columns(出生日期=pl.when(pl.int_range(pl.len()) % 40 == 0).then(bad).otherwise("出生日期")), world.folder / name
    )
    source.unlink()
    text = world.campaign.read_text(encoding="utf-8").replace("household.csv", name)
    world.campaign.write_text(text, encoding="utf-8")
    said = in_process("check", str(world.campaign), "--debug", "-vv")
    clean_text(said, Canaries(world))
    assert "Traceback" not in said


def test_columns_of_a_configuration_are_not_echoed_with_their_cells(tmp_path):
    world = write(tmp_path / "campaign", births=1300, blank_lines=0)
    canary = world.canaries[0]["name"]
    text = world.campaign.read_text(encoding="utf-8") + '[columns.household]\n"没有此列" = "name"\n'
    world.campaign.write_text(text, encoding="utf-8")
    said = in_process("check", str(world.campaign), "--debug", "-vv")
    assert canary not in said
    clean_text(said, Canaries(world))
