"""A Spark session of our own: encrypted, silent, with a private folder for what it writes, gone when the work ends (DESIGN C4)."""

import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from audit.ingest.quiet import quiet
from expectations.errors import ConfigError, StageError

LEAST_JAVA: Final = 17
RETRIES: Final = 4  # times that a part of the work is tried, a worker that was killed included
_LOCAL: Final = re.compile(r"local(?:\[(\d+|\*)\])?")
_MASTER: Final = re.compile(
    r"local(?:\[(?:\d+|\*)(?:,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://[\w.\-]+:\d+(?:,[\w.\-]+:\d+)*|yarn|k8s://\S+"
)
_PREFIX: Final = "hecha-spark-"
_SECONDS: Final = 5  # to reach a cluster's master
_PATIENCE: Final = 20  # seconds that Java is given to end
# What the environment may not change behind our backs: where Spark writes, and what it starts from.
_OVERRIDES: Final = (
    "SPARK_LOCAL_DIRS",
    "SPARK_HOME",
    "PYSPARK_SUBMIT_ARGS",
    "PYSPARK_GATEWAY_PORT",
    "SPARK_REMOTE",
    "SPARK_TESTING",
)
# No file in /tmp for every process, no parts of memory written when it crashes or its heap is full.
_QUIET_JAVA: Final = "-XX:-UsePerfData -XX:ErrorFile=/dev/null -XX:-HeapDumpOnOutOfMemoryError"
# Every level off: what Spark says of an error is whatever its cause said, and that may be a cell.
_LOG4J: Final = "rootLogger.level = off\nrootLogger.appenderRefs =\n"

Session = Any


def check(master: str) -> None:
    """Whether Spark can be started here at all.

    Raises:
        ConfigError: no PySpark (E-SPARK-001), no Java of version 17 or later (E-SPARK-002), no such kind of master (E-SPARK-003).
    """
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise ConfigError("E-SPARK-001", params={"extra": "spark"}) from None
    if not _MASTER.fullmatch(master):
        raise ConfigError("E-SPARK-003", params={"master": master[:60]})
    if (found := java_version()) is None or found < LEAST_JAVA:
        raise ConfigError("E-SPARK-002", params={"least": LEAST_JAVA, "found": "–" if found is None else str(found)})


def java_version() -> int | None:
    """Main version of the Java that Spark would use; none when there is none."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else "java"
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(version[1]) if version else None


@contextmanager
def session(master: str, settings: Mapping[str, str] | None = None) -> Iterator[Session]:
    """A Spark session, and nothing left of it afterwards, whatever happens.

    Args:
        master: as ``local[*]``, ``local[2]``, ``spark://host:7077``, ``yarn``.
        settings: more of Spark's settings, as ``spark.driver.memory``; those that keep rows off the disk cannot be changed.

    Raises:
        ConfigError: Spark cannot be started here (E-SPARK-001 to E-SPARK-003), or the master does not answer (E-SPARK-004).
    """
    check(master)
    sweep()
    scratch, lock = _scratch()
    hold: list[Any] = []
    try:
        with _ended_by_signals(hold) as stopped_by:
            yield _start(master, scratch, settings or {}, hold)
    finally:
        _stop(hold, bool(stopped_by))
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(lock)


@contextmanager
def _ended_by_signals(hold: list[Any]) -> Iterator[list[BaseException]]:
    """Ctrl-C and SIGTERM end Java first.

    A call to Java waits for its answer, and what an exception meets on its way out of the call waits again; with Java gone all of
    them fail at once, and what the signal meant is raised in their place.
    """
    meant: list[BaseException] = []
    if threading.current_thread() is not threading.main_thread():
        yield meant
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: Any) -> None:
        if hold:
            hold[0].proc.kill()
        usual = before[signal.Signals(number)]
        try:
            if not callable(usual):
                sys.exit(128 + number)
            usual(number, frame)
        except BaseException as error:
            meant.append(error)
            raise

    for number in before:
        signal.signal(number, handle)
    try:
        yield meant
    except BaseException as error:
        if meant and error is not meant[0]:
            raise meant[0] from None
        raise
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)


def sweep() -> None:
    """Remove scratch folders of ours whose process is gone (kill -9): what is left in them is encrypted, its key is lost."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or time.time() - about.st_mtime < 60:
                continue
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its process lives
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _scratch() -> tuple[Path, int]:
    """A folder that only this user can enter, locked for as long as this process lives."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))  # mode 0700
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("local", "warehouse", "java"):
            (folder / name).mkdir(mode=0o700)
        (folder / "log4j2.properties").write_text(_LOG4J, encoding="ascii")
    except OSError as error:
        raise StageError("E-RUN-002", params={"path": tempfile.gettempdir(), "why": error.strerror or ""}) from None
    return folder, lock


def options(master: str, scratch: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Spark's settings: the caller's, then ours over them."""
    java = " ".join(
        (
            settings.get("spark.driver.extraJavaOptions", ""),
            f"-Djava.io.tmpdir={scratch / 'java'}",
            f"-Dlog4j2.configurationFile={(scratch / 'log4j2.properties').as_uri()}",
            _QUIET_JAVA,
        )
    )
    mine = {
        "spark.app.name": "hecha",
        "spark.master": f"local[{found[1] or 1},{RETRIES}]" if (found := _LOCAL.fullmatch(master)) else master,
        "spark.submit.deployMode": "client",
        "spark.io.encryption.enabled": "true",
        "spark.io.encryption.keySizeBits": "256",
        "spark.authenticate": "true",
        "spark.network.crypto.enabled": "true",
        "spark.network.crypto.saslFallback": "false",
        "spark.eventLog.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch / "local"),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.driver.extraJavaOptions": java,
        "spark.executor.extraJavaOptions": f"{settings.get('spark.executor.extraJavaOptions', '')} {_QUIET_JAVA}".strip(),
        "spark.python.worker.faulthandler.enabled": "false",
        "spark.sql.execution.pyspark.udf.faulthandler.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.maxResultSize": "0",  # findings of a whole province come back at once
        "spark.executorEnv.POLARS_MAX_THREADS": "1",  # a worker for every core already
        "spark.executorEnv.OMP_NUM_THREADS": "1",
        "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",
    }
    if found:
        mine["spark.driver.bindAddress"] = mine["spark.driver.host"] = "127.0.0.1"
    return {**settings, **mine}


def _start(master: str, scratch: Path, settings: Mapping[str, str], hold: list[Any]) -> Session:
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    ours = list(options(master, scratch, settings).items())
    handler = signal.getsignal(signal.SIGINT)
    away = {name: os.environ.pop(name) for name in _OVERRIDES if name in os.environ}
    if _LOCAL.fullmatch(master):
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    try:
        with quiet():  # the programs started here inherit a stderr that leads nowhere
            gateway = launch_gateway(SparkConf(loadDefaults=False).setAll(ours), {"stdout": subprocess.DEVNULL})
            hold.append(gateway)
            if master.startswith("spark://"):
                _reach(gateway, master)
            # with what the cluster's own spark-defaults.conf says, where it does not contradict ours
            conf = SparkConf(loadDefaults=True, _jvm=gateway.jvm).setAll(ours)
            if (python := conf.get("spark.pyspark.python")) and not _LOCAL.fullmatch(master):
                os.environ["PYSPARK_PYTHON"] = python  # where PySpark looks for it when no spark-submit stands before it
            context = SparkContext(conf=conf, gateway=gateway)
            made = SparkSession(context)
    except ConfigError:
        raise
    except Exception:  # Spark's words may be anything
        _unreachable(master)
    finally:
        os.environ.update(away)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)  # PySpark puts its own in
    hold.append(made)
    return made


def _reach(gateway: Any, master: str) -> None:
    """Spark itself would ask for a minute before it gave up."""
    for place in master.removeprefix("spark://").split(","):
        host, port = place.rsplit(":", 1)
        with suppress(Exception):
            line = gateway.jvm.java.net.Socket()
            line.connect(gateway.jvm.java.net.InetSocketAddress(host, int(port)), _SECONDS * 1000)
            line.close()
            return
    _unreachable(master)


def _unreachable(master: str) -> NoReturn:
    raise ConfigError("E-SPARK-004", params={"master": master[:60]}) from None


def _stop(hold: list[Any], killed: bool) -> None:
    """End the session and the programs behind it; a Java that does not go by itself is killed.

    Args:
        hold: the gateway to Java, and the session if it came to that.
        killed: whether Java is gone already.
    """
    if not hold:
        return
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    gateway, *sessions = hold
    with quiet():
        for made in sessions if not killed else ():
            with suppress(Exception):
                made.stop()
        with suppress(Exception):
            gateway.shutdown()
        if killed:
            SparkContext._active_spark_context = SparkSession._instantiatedSession = None
        SparkContext._gateway = SparkContext._jvm = None
        with suppress(Exception):
            gateway.proc.stdin.close()
        try:
            gateway.proc.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            gateway.proc.kill()
            gateway.proc.wait()
