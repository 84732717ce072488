"""Spark on two cores of this machine: one session for all tests of a file, small and quick to start."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Small: one compiler, one collector, few buffers; what is tested does not depend on them.
SMALL = {
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "4",
    "spark.default.parallelism": "2",
}


@pytest.fixture(scope="session")
def needs_spark(need: Callable[..., str]) -> None:
    """Skip without PySpark or Java; fail instead where ``HECHA_ALL=1`` promises that all is there."""
    if importlib.util.find_spec("pyspark") is None:
        if os.environ.get("HECHA_ALL") == "1":
            pytest.fail("needs pyspark")
        pytest.skip("needs pyspark (make install-spark)")
    need("java")


@pytest.fixture(scope="module")
def spark(needs_spark: None) -> Any:
    """A session on two cores."""
    from audit.spark.session import session

    with session("local[2]", SMALL) as made:
        yield made


@pytest.fixture
def small_defaults(tmp_path: Path) -> dict[str, str]:
    """Environment for a call of the program: the same settings, as a site would give them."""
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in SMALL.items()), encoding="ascii")
    return {"SPARK_CONF_DIR": str(folder), "JAVA_TOOL_OPTIONS": SMALL["spark.driver.extraJavaOptions"]}
