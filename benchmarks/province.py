"""A province of invented counties as Parquet, and how long ``hecha run`` takes over it.

    python benchmarks/province.py make FOLDER --counties 100 --rows 100000      # rows of the audited register a county, about
    python benchmarks/province.py run FOLDER [--out DIR]

``make`` writes an audited register, two references, areas, published rates and monthly returns. A birth is registered with
probability .82, known to the household register with .90 and to the immunisation register with .92; 2 % of registered births are
registered twice, one in a thousand in another county too. Counties differ in size by half, townships by a factor of ten; slips
and missing values are those of ``benchmarks/registers.py``. Rows of ten counties stand in random order. ``run`` prints seconds,
processor seconds and peak memory of the whole process, reports included; its last line is JSON.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import registers
from county import in_a_process
from numpy.typing import NDArray

TOWNSHIPS, VILLAGES, BLOCK = 20, 12, 10
REGISTERED, TWICE, ELSEWHERE = 0.82, 0.02, 0.001
KNOWN = {"household": 0.90, "immunisation": 0.92}
YEARS = range(2014, 2024)


def county_name(k: int) -> str:
    return (
        "云海江川"[k % 4]
        + "东西南北中安宁平和顺"[k // 4 % 10]
        + "甲乙丙丁戊"[k // 40 % 5]
        + ("" if k < 200 else str(k // 200))
        + "县"
    )


def people(k: int, births: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """True births of one county: villages of uneven size, every identity number given once."""
    true = registers.births(births, rng)
    weight = np.repeat(rng.lognormal(0, 0.6, TOWNSHIPS), VILLAGES) * rng.lognormal(0, 0.3, TOWNSHIPS * VILLAGES)
    true["village"] = rng.choice(weight.size, 7200, p=weight / weight.sum())[true["village"]]
    order = np.lexsort((rng.random(births), true["male"], true["day"]))
    day, male = true["day"][order], true["male"][order]
    new = np.concatenate([[True], (day[1:] != day[:-1]) | (male[1:] != male[:-1])])
    place = np.arange(births) - np.maximum.accumulate(np.where(new, np.arange(births), 0))
    serial = np.empty(births, dtype=np.int64)
    serial[order] = 2 * place % 1000
    true["number"] = registers.numbers(np.full(births, 690_100 + k), true["day"], true["male"], serial)
    return true


def rows_of(true: dict[str, NDArray[Any]], of: NDArray[np.int64], name: str, rng: np.random.Generator) -> pl.DataFrame:
    frame = registers.register(true, of, registers.CLEAN, rng).drop("truth")
    return frame.select(pl.lit(name).alias("county"), *frame.columns)


def audited(true: dict[str, NDArray[Any]], name: str, rng: np.random.Generator) -> pl.DataFrame:
    n = true["day"].size
    of = np.flatnonzero(rng.random(n) < REGISTERED)
    frame = rows_of(true, np.concatenate([of, of[rng.random(of.size) < TWICE]]), name, rng)
    delay = pl.Series(rng.exponential(25, frame.height).astype(np.int64) + 1)
    born = pl.col("birth_date").str.to_date(strict=False)
    return frame.with_columns(registered_on=(born + pl.duration(days=delay)).cast(pl.String))


def moved(frame: pl.DataFrame, name: str, rng: np.random.Generator) -> pl.DataFrame:
    """Some rows once more, registered in another county."""
    again = frame.filter(pl.Series(rng.random(frame.height) < ELSEWHERE))
    town = pl.Series(registers.towns()[:TOWNSHIPS])
    return again.with_columns(county=pl.lit(name), township=town.gather(rng.integers(0, TOWNSHIPS, again.height)))


def figures(true: dict[str, NDArray[Any]], name: str, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Published rates by township and year, returns by township and month."""
    month = (registers.FIRST_DAY + true["day"]).astype("datetime64[M]").astype(np.int64) - (YEARS[0] - 1970) * 12
    town, months = true["village"] // VILLAGES, len(YEARS) * 12
    counts = np.bincount(town * months + month, minlength=TOWNSHIPS * months).reshape(TOWNSHIPS, months)
    yearly = counts.reshape(TOWNSHIPS, len(YEARS), 12).sum(axis=2)
    population = np.round(yearly.mean(axis=1, keepdims=True) / rng.uniform(0.0075, 0.0115, (TOWNSHIPS, 1))) * np.ones(len(YEARS))
    names = np.array(registers.towns()[:TOWNSHIPS])
    rates = pl.DataFrame(
        {
            "county": [name] * yearly.size,
            "township": np.repeat(names, len(YEARS)),
            "year": np.tile(np.array(YEARS), TOWNSHIPS),
            "population": population.ravel(),
            "birth_rate": (1000 * yearly / population).round(2).ravel(),
            "death_rate": rng.uniform(5.5, 7.5, yearly.size).round(2),
        }
    )
    periods = [f"{year}-{m:02d}" for year in YEARS for m in range(1, 13)]
    returned = rng.binomial(counts, REGISTERED)
    returns = pl.DataFrame(
        {
            "county": [name] * counts.size,
            "township": np.repeat(names, months),
            "period": np.tile(np.array(periods), TOWNSHIPS),
            "births": returned.ravel(),
        }
    )
    return rates, returns


def make(folder: Path, counties: int, rows: int, seed: int, largest: float) -> None:
    """Write a campaign.

    Args:
        folder: where to.
        counties: how many.
        rows: of the audited register, in an average county.
        seed: of everything.
        largest: share of all rows that the first county has; 0 for its usual one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 0.4, counties)
    if largest:
        size[0] = largest / (1 - largest) * size[1:].sum()
    births = (rows * counties / (REGISTERED * (1 + TWICE)) * size / size.sum()).astype(int)
    writers: dict[str, pq.ParquetWriter] = {}
    tables, done = [], 0
    for start in range(0, counties, BLOCK):
        block: dict[str, list[pl.DataFrame]] = {"registry": [], "household": [], "immunisation": []}
        for k in range(start, min(start + BLOCK, counties)):
            name, true = county_name(k), people(k, births[k], rng)
            book = audited(true, name, rng)
            block["registry"] += [book, moved(book, county_name((k + 1) % counties), rng)]
            for reference, share in KNOWN.items():
                block[reference].append(rows_of(true, np.flatnonzero(rng.random(births[k]) < share), name, rng))
            tables.append(figures(true, name, rng))
        for source, frames in block.items():
            frame = pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=seed)
            if source == "registry":
                ids = pl.int_range(done, done + frame.height, eager=True)
                done += frame.height
                frame = frame.with_columns(record_id=pl.concat_str(pl.lit("R"), ids.cast(pl.String).str.zfill(9)))
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            if source not in writers:
                writers[source] = pq.ParquetWriter(folder / f"{source}.parquet", table.schema, compression="zstd")
            writers[source].write_table(table, row_group_size=1 << 18)
        print(f"{min(start + BLOCK, counties)}/{counties} counties, {done:,} rows in the register", file=sys.stderr, flush=True)
    for writer in writers.values():
        writer.close()
    for file, frames in zip(("rates", "returns"), zip(*tables, strict=True), strict=True):
        pl.concat(frames).write_parquet(folder / f"{file}.parquet")
    towns = registers.towns()[:TOWNSHIPS]
    areas = [(f"{690_100 + k}{100 + t}000", towns[t], "乡镇", county_name(k)) for k in range(counties) for t in range(TOWNSHIPS)]
    pl.DataFrame(areas, schema=["代码", "名称", "级别", "上级"], orient="row").write_csv(folder / "areas.csv")
    names = ", ".join(f'"{county_name(k)}"' for k in range(counties))
    (folder / "campaign.toml").write_text(CAMPAIGN.format(names=names, first=YEARS[0], last=YEARS[-1]), encoding="utf-8")


CAMPAIGN = """[campaign]
name = "虚构省出生登记核查"
county = [{names}]
birth_years = [{first}, {last}]
areas = "areas.csv"
seed = 1

[sources.registry]
role = "audited"
path = "registry.parquet"

[sources.household]
role = "reference"
path = "household.parquet"

[sources.immunisation]
role = "reference"
path = "immunisation.parquet"

[tables.bureau]
kind = "vital_rates"
path = "rates.parquet"

[tables.returns]
kind = "returns"
path = "returns.parquet"
"""


def run(folder: Path, out: Path, quiet: bool) -> None:
    """One cold ``hecha run`` in a process of its own."""
    command = ["run", str(folder / "campaign.toml"), "--out", str(out), *(["--quiet"] if quiet else [])]
    sealed, seconds, usage = in_a_process(command, folder / "stdout.txt")
    record = json.loads((sealed / "record.json").read_text("utf-8"))
    for stage, taken in record["timings"].items():
        print(f"{stage:<12}{taken:>9.1f}")
    rows = {entry["name"]: entry["rows"] for entry in record["inputs"]}
    said = {
        "rows": rows,
        "counties": len(record["campaign"]["counties"]),
        "seconds": round(seconds, 1),
        "processor_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),
        "files_mb": round(sum(path.stat().st_size for path in sealed.rglob("*") if path.is_file()) / 2**20),
    }
    print(json.dumps(said))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser("make")
    maker.add_argument("folder", type=Path)
    maker.add_argument("--counties", type=int, default=10)
    maker.add_argument("--rows", type=int, default=100_000)
    maker.add_argument("--seed", type=int, default=1)
    maker.add_argument("--largest", type=float, default=0.0, help="share of all rows that the first county has")
    runner = commands.add_parser("run")
    runner.add_argument("folder", type=Path)
    runner.add_argument("--out", type=Path)
    runner.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    if given.command == "make":
        make(given.folder, given.counties, given.rows, given.seed, given.largest)
    else:
        run(given.folder, given.out or given.folder / "runs", given.quiet)


if __name__ == "__main__":
    main()
