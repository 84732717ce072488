"""How long a whole county takes, cold: makes one, runs ``hecha run`` on it as a user would, prints a table.

    python benchmarks/county.py --rows 200000 --townships 40

The last line of stdout is JSON. Seconds and peak memory are of the whole process, imports and reports included.
"""

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from audit.demo import simulate, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the audited register, about")
    parser.add_argument("--townships", type=int, default=40)
    parser.add_argument("--references", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1, help="cold runs; the median counts")
    parser.add_argument("--keep", type=Path, help="folder to leave the county and its run in")
    options = parser.parse_args()

    # About 81 of 100 births are registered, and 2 of those twice.
    births = options.rows / 0.825 / options.townships
    start = time.perf_counter()
    world = simulate(
        options.seed, townships=options.townships, births=(int(births * 0.45), int(births * 1.85)), references=options.references
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        campaign = write(world, folder)
        made = time.perf_counter() - start
        runs = [cold_run(campaign, folder / f"out{turn}") for turn in range(options.repeat)]
    runs.sort(key=lambda run: run["seconds"])
    middle = runs[len(runs) // 2]
    rows = {name: frame.height for name, frame in world.frames().items()}
    print(
        f"register {rows['registry']:,} rows, {options.references} references, {options.townships} townships; made in {made:.1f} s"
    )
    print(f"{'stage':<12}{'seconds':>9}")
    for stage, seconds in middle["timings"].items():
        print(f"{stage:<12}{seconds:>9.2f}")
    print(f"{'all, cold':<12}{middle['seconds']:>9.2f}   peak {middle['peak_mb']:,.0f} MB")
    print(json.dumps({"rows": rows["registry"], "seconds": round(middle["seconds"], 2), "peak_mb": round(middle["peak_mb"])}))


def cold_run(campaign: Path, out: Path) -> dict[str, object]:
    """One ``hecha run`` in a process of its own, with releases of its own so that linking is not skipped."""
    shutil.rmtree(campaign.parent / "releases", ignore_errors=True)
    sealed, seconds, usage = in_a_process(["run", str(campaign), "--out", str(out), "--quiet"], out.parent / "stdout.txt")
    record = json.loads((sealed / "record.json").read_text("utf-8"))
    return {"seconds": seconds, "peak_mb": usage.ru_maxrss / 1024, "timings": record["timings"]}


def in_a_process(arguments: list[str], told: Path) -> tuple[Path, float, resource.struct_rusage]:
    """Call hecha as a user does: the last line of its output as a path, seconds, and what the process used."""
    hecha = str(Path(sys.executable).parent / "hecha")
    start = time.perf_counter()
    with told.open("w+", encoding="utf-8") as stdout:
        redirect = [(os.POSIX_SPAWN_DUP2, stdout.fileno(), 1)]
        child = os.posix_spawn(hecha, [hecha, *arguments], os.environ, file_actions=redirect)
        _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - start
        stdout.seek(0)
        lines = stdout.read().splitlines()
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"hecha run ended with {code}")
    return Path(lines[-1].strip()), seconds, usage


if __name__ == "__main__":
    main()
