"""What Spark leaves and says: no reference row in plain text on the disk at any moment, no word of an error, no folder (C4)."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.privacy.running import Watcher
from tests.privacy.search import Canaries
from tests.privacy.world import World, write
from tests.spark.conftest import SMALL

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("needs_spark")]
ROOT = Path(__file__).parents[2]


class Slowly(Watcher):
    """Looks ten times a second: what Spark writes stays for seconds, and looking all the time would take the processor from it."""

    def run(self) -> None:
        while not self._stop_it.wait(0.1):
            self.look()
        self.look()


@dataclass
class Called:
    status: int
    out: bytes
    err: bytes
    seen: Path
    scratch: Path


ASLEEP = """
import sys, time
import audit.cli, audit.spark.detecting as detecting
def asleep(schema):
    def work(slot, frame):
        time.sleep(600)
        yield frame
    return work
detecting._detect = asleep
sys.exit(audit.cli.main())
"""


def call(world: World, env: dict[str, str], *more: str, until: str | None = None, code: str = "") -> Called:
    """Run the program on Spark and keep a copy of every file that is there at any moment; SIGTERM when a text is said."""
    work = world.folder.parent / "work"
    places = {name: work / name for name in ("tmp", "home", "here")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    told = {"PATH": os.environ["PATH"], "TMPDIR": str(places["tmp"]), "HOME": str(places["home"]), "LANG": "zh_CN.UTF-8"}
    told |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env}
    program = ["-m", "audit.cli"]
    if code:  # from a file: PySpark takes a program without one for a test of its own
        (work / "program.py").write_text(code, encoding="utf-8")
        program = [str(work / "program.py")]
    command = [sys.executable, *program, "run", str(world.campaign), "--engine", "spark", "--master", "local[2]", *more]
    inputs = {path for path in world.folder.iterdir() if path.is_file()}
    watcher = Slowly([world.folder, *places.values()], work / "seen", inputs)
    watcher.start()
    with subprocess.Popen(command, cwd=places["here"], env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        said: list[bytes] = []
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if until and until in line.decode(errors="replace"):
                time.sleep(3)
                process.send_signal(signal.SIGTERM)
                until = None
        assert process.stdout is not None
        out = process.stdout.read()
        status = process.wait(300)
    watcher.stop()
    return Called(status, out, b"".join(said), work / "seen", places["tmp"])


def nothing_left(called: Called) -> None:
    """No folder of ours, no file of Java's, no process."""
    assert [path.name for path in called.scratch.iterdir() if path.name.startswith(("hecha-spark", "spark", "hsperf"))] == []
    assert not (called.scratch.parent / "here" / "spark-warehouse").exists()
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(called.scratch) not in running


def test_a_whole_run_leaves_no_canary(tmp_path: Path, small_defaults: dict[str, str]) -> None:
    world = write(tmp_path / "campaign", births=1400, blank_lines=0)
    canaries = Canaries(world)
    called = call(world, small_defaults, "-vv", "--debug", "--log-file", str(world.folder / "log.jsonl"))
    assert called.status == 0, called.err.decode()[-2000:]
    shuffled = [path for path in called.seen.iterdir() if "shuffle_" in path.name and path.stat().st_size]
    assert shuffled, "nothing was written: nothing is proven"
    assert canaries.found(called.out, "stdout") == []
    assert canaries.found(called.err, "stderr") == []
    assert canaries.found_in_folder(called.seen) == []
    nothing_left(called)


def test_ended_by_the_system_it_leaves_nothing(tmp_path: Path, small_defaults: dict[str, str]) -> None:
    world = write(tmp_path / "campaign", births=1400, blank_lines=0)
    called = call(world, small_defaults, until="检查", code=ASLEEP)  # while a worker is busy and Java with it
    assert called.status == 143, called.err.decode()[-2000:]
    assert Canaries(world).found_in_folder(called.seen) == []
    nothing_left(called)
    assert not (world.folder / "runs").exists() or list((world.folder / "runs").glob("2*")) == []


def test_without_encryption_the_same_search_would_find_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what is written then is found, by this watcher and this search."""
    from audit.spark import session as module

    ours = module.options

    def plain(*arguments: Any) -> dict[str, str]:
        off = {"spark.io.encryption.enabled": "false", "spark.shuffle.compress": "false"}
        return {**ours(*arguments), **off}

    monkeypatch.setattr(module, "options", plain)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world = write(tmp_path / "campaign", births=1000, blank_lines=0)
    frame = pl.DataFrame(world.canaries)
    watcher = Slowly([tmp_path], tmp_path / "seen", set(world.folder.iterdir()))
    watcher.start()
    with module.session("local[2]", SMALL) as spark:
        spark.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest())).repartition(3, "village").count()
        rows = spark.createDataFrame(frame.select("name", "mother_name").rows(), "name string, mother string")
        assert rows.repartition(3, "name").collect()
        told = spark.conf.get("spark.io.encryption.enabled")
    watcher.stop()
    assert told == "false"
    assert Canaries(world).found_in_folder(tmp_path / "seen")


def test_a_failure_on_a_worker_tells_a_place_and_no_value(spark: Any) -> None:
    from audit.spark.rows import failed, on_numbers, spark_type

    def work(number: int) -> Any:
        yield pl.DataFrame({"x": ["犇骉"]}).select(pl.col("x").cast(pl.Int64))

    rows = spark.range(0, 2, 1, 2).mapInArrow(on_numbers(work, {"x": pl.Int64()}), spark_type({"x": pl.Int64()}))
    with pytest.raises(Exception, match="hecha-stopped-at") as told:
        rows.collect()
    assert "犇" not in str(told.value)
    problem = failed(told.value)
    assert problem.code == "E-SPARK-005"
    assert problem.exit_code == 3
    assert str(problem.params["place"]).startswith("tests/spark/test_traces.py:")
    assert failed(Exception("…\nModuleNotFoundError: No module named 'audit'\n…")).code == "E-SPARK-008"


def test_folders_left_by_a_killed_process_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    from audit.spark.session import sweep

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("hecha-spark-dead", "hecha-spark-alive", "hecha-spark-new"):
        (tmp_path / name / "local").mkdir(parents=True)
        (tmp_path / name / "lock").touch()
    for name in ("hecha-spark-dead", "hecha-spark-alive"):
        os.utime(tmp_path / name, (1, 1))
    with (tmp_path / "hecha-spark-alive" / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hecha-spark-alive", "hecha-spark-new"]
