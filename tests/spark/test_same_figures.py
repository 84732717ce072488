"""Spark gives the figures of one machine: exact counts, findings, estimates, what is said of inputs; also after a worker died."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit.campaign import run_campaign
from audit.config import load
from audit.disclosure import Gate, ReleaseStore, seeded_sampler
from audit.progress import Silent
from expectations.errors import Problems
from expectations.run import Run
from tests.audit.province import world as province
from tests.privacy import world as county

pytestmark = pytest.mark.filterwarnings("ignore")
FRAMES = ("findings", "evidence", "coverage", "timeliness", "outcomes", "figures")


@dataclass
class Spied:
    """A gate as ever, that writes down what it was handed."""

    gate: Gate
    handed: list[tuple[str, tuple[str, ...], dict[str, Any], Any]] = field(default_factory=list)

    def of_county(self, name: str) -> "Spied":
        return Spied(self.gate.of_county(name), self.handed)

    def release(self, key: str, sources: tuple[str, ...], exact: dict[str, Any], quality: Any) -> Any:
        self.handed.append((key, sources, exact, quality))
        return self.gate.release(key, sources, exact, quality)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gate, name)


@dataclass
class Audited:
    run: Run
    handed: list[tuple[str, tuple[str, ...], dict[str, Any], Any]]


def spied(folder: Path) -> Spied:
    return Spied(Gate(seeded_sampler(3), ReleaseStore(folder), 2024))


def on_one_machine(campaign: Path, folder: Path, runs: Path | None = None) -> Audited:
    gate = spied(folder)
    return Audited(run_campaign(load(campaign), gate, Silent(), runs), gate.handed)  # type: ignore[arg-type]  # a gate in all it does


def on_spark(
    spark: Any, campaign: Path, folder: Path, size: int = 700, runs: Path | None = None, gate: Spied | None = None
) -> Audited:
    from audit.linkage import LINKAGE_VERSION
    from audit.linkage.spark import link_counties
    from audit.spark.counties import Door
    from audit.spark.flow import audit_with

    gate, door = gate or spied(folder), Door(link_counties, LINKAGE_VERSION)
    run = audit_with(spark, load(campaign), gate, Silent(), door, runs, size)  # type: ignore[arg-type]  # a gate in all it does
    return Audited(run, gate.handed)


def assert_same(one: Audited, other: Audited) -> None:
    assert len(one.handed) == len(other.handed)
    for mine, theirs in zip(one.handed, other.handed, strict=True):
        assert mine[:2] == theirs[:2]
        assert mine[2].keys() == theirs[2].keys()
        for name, table in mine[2].items():
            assert table.labels.equals(theirs[2][name].labels), name
            for value, counts in table.values.items():
                assert counts.tolist() == theirs[2][name].values[value].tolist(), (name, value)
        assert mine[3] == theirs[3]
    for name in FRAMES:
        assert getattr(one.run, name).equals(getattr(other.run, name)), name
    assert (one.run.twice is None) == (other.run.twice is None)
    assert one.run.twice is None or one.run.twice.equals(other.run.twice)
    assert one.run.linkage == other.run.linkage
    assert one.run.validation == other.run.validation
    assert {**one.run.record, "timings": 0} == {**other.run.record, "timings": 0}


class Killer(threading.Thread):
    """Kills one of Spark's Python workers, once, as soon as one is at work."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.killed: int | None = None
        self._over = threading.Event()

    def run(self) -> None:
        while self.killed is None and not self._over.is_set():
            for process in self._workers():
                if self._seconds(process) > 0.3:
                    os.kill(process, signal.SIGKILL)
                    self.killed = process
                    return
            time.sleep(0.01)

    def stop(self) -> None:
        self._over.set()
        self.join()

    @staticmethod
    def _workers() -> Iterator[int]:
        """Children of the daemon that PySpark forks its workers from, which are descendants of this process."""
        parents = {}
        for place in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue

        def chain(process: int) -> Iterator[int]:
            while process in parents:
                yield process
                process = parents[process]

        for process in parents:
            ancestors = list(chain(process))
            # this process, Java, the daemon, a worker
            if os.getpid() in ancestors and len(ancestors[: ancestors.index(os.getpid())]) == 3:
                yield process

    @staticmethod
    def _seconds(process: int) -> float:
        try:
            told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def large_and_small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with more than half of all rows, one of usual size, one with a single birth."""
    return province.write(tmp_path_factory.mktemp("province"), sizes=(2600, 1400, 1))


def test_counties_of_any_size(spark: Any, large_and_small: Path, tmp_path: Path) -> None:
    killer = Killer()
    killer.start()
    other = on_spark(spark, large_and_small, tmp_path / "spark")
    killer.stop()
    assert killer.killed is not None, "no worker was killed"
    one = on_one_machine(large_and_small, tmp_path / "machine")
    assert len(one.handed) == 2
    assert one.run.record["registered_twice"]["births"] > 0
    assert_same(one, other)


def test_interrupted_it_goes_on_where_it_was_on_either_engine(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One county is missing from a reference, one has a single birth; the run ends in the middle of the second county."""
    from audit.province import flow
    from audit.spark import counties
    from audit.spark import flow as spark_flow

    campaign = province.write(tmp_path / "campaign", sizes=(1500, 1300, 1), without=("household", province.COUNTIES[1]))
    runs, gate, ours, seen = tmp_path / "runs", spied(tmp_path / "spark"), counties.detect, []
    runs.mkdir()

    def stop_at_second(session: Any, few: list[str], *rest: Any) -> Any:
        seen.append(few)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return ours(session, few, *rest)

    monkeypatch.setattr(counties, "detect", stop_at_second)
    monkeypatch.setattr(spark_flow, "validate", lambda *rest: {})  # takes its time, and is no part of this
    monkeypatch.setattr(counties.Counties, "_next", lambda self, left: (left[:1], left[1:]))
    with pytest.raises(KeyboardInterrupt):
        on_spark(spark, campaign, tmp_path / "spark", runs=runs, gate=gate)
    monkeypatch.undo()
    monkeypatch.setattr(counties, "detect", stop_at_second)
    other = on_spark(spark, campaign, tmp_path / "spark", runs=runs, gate=gate)
    assert seen == [[province.COUNTIES[0]], [province.COUNTIES[1]], list(province.COUNTIES[1:])]
    one = on_one_machine(campaign, tmp_path / "machine")
    assert one.run.linkage["refused"] == {province.COUNTIES[1]: "reference_too_small", province.COUNTIES[2]: "county_too_small"}
    assert_same(one, other)
    monkeypatch.setattr(flow, "audit_county", None)  # one machine has nothing left to do
    assert_same(Audited(other.run, []), on_one_machine(campaign, tmp_path / "spark", runs))


def test_a_county_on_which_workers_die_again_and_again(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One with its references only, as for want of memory; one always. The rest is finished, and nothing of theirs is kept."""
    from audit.linkage import spark as linkage
    from audit.spark import flow

    campaign = province.write(tmp_path / "campaign", sizes=(1300, 1400, 1))
    runs, ours = tmp_path / "runs", linkage._work
    runs.mkdir()

    def deadly(named: Any, areas: Any, window: Any, apart: dict[str, int]) -> Any:
        first, last = (apart.get(province.COUNTIES[k]) for k in (0, 2))
        work = ours(named, areas, window, apart)

        def die(slot: int, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
            if (slot == first and len(named) > 1) or slot == last:
                os.kill(os.getpid(), signal.SIGKILL)
            yield from work(slot, frame)

        return die

    monkeypatch.setattr(linkage, "_work", deadly)
    monkeypatch.setattr(flow, "validate", lambda *rest: {})
    other, one = on_spark(spark, campaign, tmp_path / "spark", runs=runs), on_one_machine(campaign, tmp_path / "machine")
    first, second, third = province.COUNTIES
    assert other.run.linkage["refused"] == {first: "workers_lost", third: "workers_lost"}
    assert other.run.coverage.filter(level="county")["reason"].to_list() == ["workers_lost", None]
    assert set(other.run.outcomes.filter(county=third)["reason"]) == {"workers_lost"}
    assert [handed[0] for handed in other.handed] == [one.handed[1][0]]
    rows = pl.col("subject") == "row"
    for name in ("findings", "outcomes"):  # what rests on the register alone is there for the first county too
        mine, theirs = (getattr(run, name).filter(pl.col("county") == first) for run in (one.run, other.run))
        if name == "findings":
            mine, theirs = mine.filter(rows), theirs.filter(rows)
            assert mine.height > 0
            assert mine.equals(theirs)
        else:
            assert set(theirs["outcome"]) > {"not_estimable"}
    (kept,) = runs.glob(".province-*")
    assert [path.name for path in kept.iterdir()] == [second.encode().hex()]


def test_a_register_that_is_its_own_witness(spark: Any, large_and_small: Path, tmp_path: Path) -> None:
    """The register once more in another order and without its ids, read in pieces."""
    folder = tmp_path / "campaign"
    shutil.copytree(large_and_small.parent, folder)
    register = pl.read_parquet(folder / "registry.parquet").drop("record_id", "registered_on")
    register.sample(fraction=1.0, shuffle=True, seed=2).write_parquet(folder / "household.parquet")
    with pytest.raises(Problems) as told:
        on_spark(spark, folder / "campaign.toml", tmp_path / "spark")
    assert [problem.code for problem in told.value.problems] == ["E-READ-019"]


def test_one_county_in_files_of_all_kinds(spark: Any, tmp_path: Path) -> None:
    """A text in GB18030 cut into pieces, with a row that cannot be read and an unknown township; a workbook read by the driver."""
    made = county.write(tmp_path / "campaign", births=1400, blank_lines=0)
    registry = made.folder / "registry.csv"
    lines = registry.read_bytes().decode("gb18030").split("\r\n")
    lines[20] = ",".join([lines[20].split(",")[0], "无此镇", *lines[20].split(",")[2:]])
    lines[30] += ",多余"
    lines[40] = lines[41].split(",", 1)[0] + "," + lines[40].split(",", 1)[1]
    registry.write_bytes("\r\n".join(lines).encode("gb18030"))
    immunisation = made.folder / "immunisation.csv"
    text = immunisation.read_bytes().decode("utf-8-sig")
    pl.read_csv(text.encode(), infer_schema=False).write_excel(made.folder / "immunisation.xlsx")
    immunisation.unlink()
    settled = made.campaign.read_text(encoding="utf-8").replace("immunisation.csv", "immunisation.xlsx")
    made.campaign.write_text(settled, encoding="utf-8")
    one, other = on_one_machine(made.campaign, tmp_path / "machine"), on_spark(spark, made.campaign, tmp_path / "spark", 20_000)
    told = one.run.record["inputs"][1]
    assert told["put_aside"] == 1
    assert told["unknown_townships"] >= 1
    assert_same(one, other)


def test_without_references(spark: Any, large_and_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit.spark import flow

    monkeypatch.setattr(flow, "validate", lambda *rest: {})  # takes its time; what it says is compared with references
    folder = tmp_path / "campaign"
    shutil.copytree(large_and_small.parent, folder)
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    (folder / "campaign.toml").write_text(text.split("[sources.household]")[0], encoding="utf-8")
    one, other = on_one_machine(folder / "campaign.toml", tmp_path / "m"), on_spark(spark, folder / "campaign.toml", tmp_path / "s")
    assert other.handed == []
    other.run.validation.update(one.run.validation)
    other.run.record["validation_passed"] = one.run.record["validation_passed"]
    assert_same(one, other)
