"""Simulated counties through the real pipeline: do the intervals hold, do the flags tell the guilty from the honest?

    python benchmarks/calibration.py --honest 200 --falsified 200 --half 100 --dose 20 --stress 20
    python benchmarks/calibration.py --report-only

Results of single counties are kept as JSON lines in a cache outside the repository (``--cache``), by the hash of the code that
made them, so that a longer run only adds counties. It writes docs/calibration.md and its pictures.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# Before the libraries: one county a process, one thread each.
for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "hecha" / "calibration.jsonl"
# Townships, and births of the smallest and the largest over eight years.
KINDS_OF_COUNTY = (
    (12, (400, 2200)),
    (5, (300, 3000)),
    (24, (150, 1100)),
    (12, (400, 2200)),
    (8, (800, 5000)),
    (12, (400, 2200)),
    (36, (150, 900)),
    (12, (400, 2200)),
    (12, (300, 1500)),
    (5, (1500, 8000)),
)
DOSES = (0.25, 0.75, 1.5, 2.0)  # 0.5 and 1 are the groups half and falsified
STRESS = {
    "heterogeneity": {"heterogeneity": 1.5},
    "dependence": {"dependence": 3.0},
    "fed": {"fed": 0.6, "dependence": 1.5},
    "link_failure": {"difficulty": 4.0, "difficulty_spread": 0.8},
    "one_reference": {"references": 1},
    "three_references": {"references": 3},
}


def sizes_of(group: str, seed: int) -> Any:
    """The make of one county: ten kinds of county in turn, some small, some large."""
    import numpy as np

    from audit.demo import KINDS, Fraud, Sizes

    rng = np.random.default_rng([seed, 2026])
    townships, births = KINDS_OF_COUNTY[seed % len(KINDS_OF_COUNTY)]
    townships += int(rng.integers(0, 3)) if townships > 5 else int(rng.integers(0, 2))
    base, _, detail = group.partition(":")
    scale = {"honest": 0.0, "falsified": 1.0, "half": 0.5}.get(base, float(detail) if base == "dose" else 0.0)
    # A county of five or six townships has room for three falsifications: they take turns.
    kinds = KINDS if townships > 7 else tuple(np.roll(KINDS, seed // 4)[:3])
    frauds = tuple(Fraud(str(kind), scale) for kind in kinds) if scale else ()
    changes = STRESS[detail] if base == "stress" else {}
    if base == "stress":
        townships, births = 12, (400, 2200)
    return Sizes(**{"townships": townships, "births": births, "frauds": frauds, **changes})


def audit(group: str, seed: int, code: str, checked: bool = False) -> dict[str, Any]:
    """Make a county, audit it in this process, and keep the score."""
    import numpy as np

    from audit import campaign as flow
    from audit.config import load
    from audit.demo import score, simulate, write
    from audit.disclosure import Gate, ReleaseStore, seeded_sampler
    from audit.progress import Silent

    entropy = int(np.random.default_rng([seed, len(group), *group.encode()]).integers(2**31))
    world = simulate(entropy, sizes_of(group, seed))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as scratch:
        campaign = load(write(world, Path(scratch), plain=True))
        start = time.perf_counter()
        if not checked:  # the expectations on column types change no figure and cost a quarter of the time
            flow.validate = lambda *_: {"passed": True}
        run = flow.run_campaign(
            campaign, Gate(seeded_sampler(entropy + 1), ReleaseStore(Path(scratch) / "releases"), campaign.year), Silent()
        )
        seconds = time.perf_counter() - start
    result = score(run, world.truth)
    fabrication = run.findings.filter(run.findings["family"].is_in(["fabrication", "rates"])).select(
        "area_code", "detector", "code", "severity", "period", "q_value", "observed", "expected"
    )
    outcomes = run.outcomes.select("area_code", "detector", "outcome", "reason")
    return {
        "code": code,
        "group": group,
        "seed": seed,
        "seconds": round(seconds, 2),
        "timings": run.record["timings"],
        "townships": result.townships.to_dicts(),
        "planted": [asdict(line) for line in result.planted],
        "county": run.coverage.filter(run.coverage["level"] == "county")
        .select("completeness", "completeness_low", "completeness_high", "reason")
        .to_dicts(),
        "county_truth": world.truth.completeness()["completeness"][0],
        "findings": fabrication.to_dicts(),
        "outcomes": outcomes.filter(outcomes["outcome"] != "no_flag").to_dicts(),
        "detectors": sorted(set(run.outcomes["detector"])),
    }


def code_hash() -> str:
    """A short hash over the code that decides results."""
    paths = sorted(path for name in ("audit", "detectors", "expectations") for path in (ROOT / name).rglob("*.py"))
    skip = ("commands", "runs", "terminal", "cli")
    sources = b"".join(path.read_bytes() for path in paths if not any(word in str(path.relative_to(ROOT)) for word in skip))
    return hashlib.sha256(sources).hexdigest()[:10]


def read_cache(cache: Path) -> list[dict[str, Any]]:
    if not cache.exists():
        return []
    return [json.loads(line) for line in cache.read_text("utf-8").splitlines() if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--honest", type=int, default=200)
    parser.add_argument("--falsified", type=int, default=200)
    parser.add_argument("--half", type=int, default=100)
    parser.add_argument("--dose", type=int, default=20, help="counties for each other size of fraud")
    parser.add_argument("--stress", type=int, default=20, help="counties for each stress setting")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e9, help="start no county after this long")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--any-code", action="store_true", help="use cached results of other versions of the code too")
    parser.add_argument("--validate", action="store_true", help="run the expectations on column types too")
    parser.add_argument("--report-only", action="store_true")
    parser.add_argument("--no-report", action="store_true")
    options = parser.parse_args()

    code = code_hash()
    done = [line for line in read_cache(options.cache) if options.any_code or line["code"] == code]
    wanted = {"honest": options.honest, "falsified": options.falsified, "half": options.half}
    wanted |= {f"dose:{dose}": options.dose for dose in DOSES} | {f"stress:{name}": options.stress for name in STRESS}
    have = {(line["group"], line["seed"]) for line in done}
    # Seeds first, groups second: whenever the run is stopped, every group has its share.
    most = max(wanted.values())
    tasks = [
        (group, seed)
        for seed in range(options.first, options.first + most)
        for group, count in wanted.items()
        if seed - options.first < count
    ]
    tasks = [] if options.report_only else [task for task in tasks if task not in have]
    done += run_all(tasks, code, options)
    if not options.no_report and done:
        from calibration_report import write_report

        write_report(done, ROOT / "docs")
    failed = [line for line in done if "error" in line]
    print(f"{len(done) - len(failed)} counties, {len(failed)} failed, code {code}")


def run_all(tasks: list[tuple[str, int]], code: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    options.cache.parent.mkdir(parents=True, exist_ok=True)
    start, results = time.monotonic(), []
    # Spawned, so that polars' threads are not forked.
    with (
        ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool,
        options.cache.open("a", encoding="utf-8") as cache,
    ):
        waiting = iter(tasks)
        under_way = {}

        def submit() -> None:
            if (task := next(waiting, None)) and time.monotonic() - start < options.minutes * 60:
                under_way[pool.submit(audit, *task, code, options.validate)] = task

        for _ in range(options.processes + 1):
            submit()
        while under_way:
            future = next(as_completed(under_way))
            group, seed = under_way.pop(future)
            submit()
            try:
                line = future.result()
            except Exception as error:  # one county that breaks must not end the run; it is counted and shown
                print(f"{group} {seed}: {type(error).__name__}: {error}", file=sys.stderr)
                results.append({"group": group, "seed": seed, "code": code, "error": type(error).__name__})
                continue
            cache.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            cache.flush()
            results.append(line)
            spent = (time.monotonic() - start) / len(results)
            print(f"{len(results)}/{len(tasks)} {group} {seed}: {line['seconds']} s; {spent:.1f} s a county", file=sys.stderr)
    return results


if __name__ == "__main__":
    main()
