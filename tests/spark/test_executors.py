"""An executor, a Java process of its own, is killed while it works on a county: the run ends well, with one machine's figures."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.audit.province import world as province
from tests.spark.conftest import SMALL
from tests.spark.test_same_figures import assert_same, on_one_machine, on_spark

pytestmark = pytest.mark.filterwarnings("ignore")
TWO_EXECUTORS = {
    **SMALL,
    "spark.executor.memory": "1g",
    "spark.executor.extraJavaOptions": SMALL["spark.driver.extraJavaOptions"],
    "spark.pyspark.python": sys.executable,
    "spark.authenticate.secret": "of a cluster that lives for one test",
}


@pytest.fixture
def cluster(needs_spark: None) -> Iterator[Any]:
    """A master and two workers of Spark's own on this machine, each with an executor."""
    import pyspark

    from audit.spark.session import session

    work = Path(pyspark.__file__).parent / "work"  # where its workers write
    before = set(work.glob("*")) if work.exists() else None
    try:
        with session("local-cluster[2,1,1024]", TWO_EXECUTORS) as made:
            yield made
    finally:
        for place in work.glob("*"):
            if place not in (before or ()):
                shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):
            if before is None:
                work.rmdir()


def test_an_executor_killed_in_the_middle(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit.linkage import spark as linkage
    from audit.spark import flow

    campaign = province.write(tmp_path / "campaign", sizes=(1300, 40, 1))
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(text.split("[sources.immunisation]")[0], encoding="utf-8")  # one reference will do
    told, ours = tmp_path / "killed", linkage._work

    def once(named: Any, areas: Any, window: Any, apart: dict[str, int]) -> Any:
        work, first = ours(named, areas, window, apart), apart[province.COUNTIES[0]]

        def die(slot: int, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
            for made in work(slot, frame):
                if slot == first and not told.exists():
                    told.touch()
                    daemon = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
                    os.kill(int(daemon[1]), signal.SIGKILL)  # the Java process for which this worker works
                    os.kill(os.getpid(), signal.SIGKILL)
                yield made

        return die

    monkeypatch.setattr(linkage, "_work", once)
    monkeypatch.setattr(flow, "validate", lambda *rest: {})  # takes half a minute, and has its test
    other = on_spark(cluster, campaign, tmp_path / "spark")
    executors = cluster.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
    monkeypatch.undo()
    one = on_one_machine(campaign, tmp_path / "machine")
    assert told.exists()
    assert executors >= 1
    assert len(one.handed) == 1
    other.run.validation.update(one.run.validation)
    other.run.record["validation_passed"] = True
    assert_same(one, other)
