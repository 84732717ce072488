"""The same campaign on Spark and on one machine: seconds, processor seconds and peak memory of each, and whether the figures agree.

   python benchmarks/province.py make FOLDER --counties 10 --rows 100000
   python benchmarks/spark.py FOLDER [--master "local[2]"] [--one]

``--one`` runs the one-machine engine too and compares the artefacts of both runs byte for byte. Processor seconds and memory are of
all processes that a run starts, Java and Python workers included; memory is the largest sum seen, looking every two seconds. The
last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, more = [process], True
    while more:
        new = [child for child, parent in parents.items() if parent in found and child not in found]
        found += new
        more = bool(new)
    return found


def resident(process: int) -> int:
    """Bytes of its own (proportional, so that pages shared by forked workers count once)."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def run(campaign: Path, out: Path, *more: str) -> dict[str, object]:
    """Run ``hecha run`` and measure."""
    command = [sys.executable, "-m", "audit.cli", "run", str(campaign), "--out", str(out), "-q", *more]
    peak, over = {"bytes": 0}, threading.Event()
    before, start = os.times(), time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:

        def look() -> None:
            while not over.wait(2):
                sizes = {child: resident(child) for child in family(process.pid)}
                peak["bytes"] = max(peak["bytes"], sum(sizes.values()))

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        told = process.stdout.read() if process.stdout else ""
        status = process.wait()
        over.set()
        watcher.join()
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(more) or 'one machine'}: exit status {status}")
    folder = Path(told.splitlines()[-1])
    stages = json.loads((folder / "record.json").read_text(encoding="utf-8"))["timings"]
    return {
        "seconds": round(seconds, 1),
        "cpu": round(used, 1),
        "peak_mb": peak["bytes"] >> 20,
        "folder": str(folder),
        "stages": stages,
    }


def differing(one: Path, other: Path) -> list[str]:
    """Names of artefacts that differ; timings do not count."""
    names = (
        "findings.parquet",
        "evidence.parquet",
        "coverage.parquet",
        "timeliness.parquet",
        "outcomes.parquet",
        "linkage.json",
        "validation.json",
    )
    return [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--one", action="store_true")
    given = parser.parse_args()
    campaign = given.folder / "campaign.toml"
    result: dict[str, object] = {}
    if given.one:  # first: it would find the releases that Spark has drawn, and link nothing
        result["one"] = one = run(campaign, given.folder / "runs-one")
        print("one machine", one, flush=True)
    result["spark"] = spark = run(campaign, given.folder / "runs-spark", "--engine", "spark", "--master", given.master)
    print("spark      ", spark, flush=True)
    if given.one:
        result["differ"] = differing(Path(str(one["folder"])), Path(str(spark["folder"])))
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
