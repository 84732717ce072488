"""A province of three small counties as Parquet: two that can be linked and one with a single birth.

People whom only references know have names with a character that nobody else has, and numbers that begin with 690999.
"""

from pathlib import Path

import numpy as np
import polars as pl

COUNTIES = ("云川县", "临江县", "小岭县")
TOWNS = ("东华镇", "西岭乡", "南塘镇")
CANARY = "犇"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


def numbers(area: np.ndarray, day: pl.Series, serial: np.ndarray) -> pl.Series:
    """Identity numbers with a right check digit."""
    whole = (area * 10**8 + day.dt.strftime("%Y%m%d").cast(pl.Int64).to_numpy()) * 1000 + serial
    digits = np.stack([whole // 10**k % 10 for k in range(16, -1, -1)], axis=1)
    check = np.array(list("10X98765432"))[(digits @ _WEIGHTS) % 11]
    return pl.Series([f"{number}{digit}" for number, digit in zip(whole, check, strict=True)])


def people(county: int, births: int, rng: np.random.Generator) -> pl.DataFrame:
    day = pl.Series(np.datetime64("2020-01-01") + rng.integers(0, 1461, births)).cast(pl.Date)
    mother_day = pl.Series(np.datetime64("1990-01-01") + rng.integers(0, 3000, births)).cast(pl.Date)
    registered = rng.random(births) < 0.85
    names = [
        "".join(rng.choice(list("王李张刘陈杨黄赵周吴"), 1)) + "".join(rng.choice(list("伟强磊洋勇军杰涛超明刚平辉鹏华飞"), 2))
        for _ in range(2 * births)
    ]
    unique = np.arange(births)
    marked = [
        name if known else f"{name[0]}{CANARY}{chr(0x5E00 + k)}"
        for k, (name, known) in enumerate(zip(names[:births], registered, strict=True))
    ]
    area = np.where(registered, 690_101 + county, 690_999)
    return pl.DataFrame(
        {
            "county": COUNTIES[county],
            "township": rng.choice(TOWNS, births),
            "village": [f"村{k}" for k in rng.integers(0, 4, births)],
            "name": marked,
            "sex": rng.choice(["男", "女"], births),
            "birth_date": day.cast(pl.String),
            "id_number": numbers(area, day, unique % 1000),
            "mother_name": names[births:],
            "mother_id_number": numbers(np.full(births, 690_201), mother_day, unique % 1000),
            "father_name": names[::2],
            "registered_on": pl.Series(day.to_numpy() + rng.integers(1, 200, births)).cast(pl.Date).cast(pl.String),
            "registered": registered,
            "household": rng.random(births) < 0.9,
            "immunisation": rng.random(births) < 0.92,
        }
    )


def write(folder: Path, sizes: tuple[int, ...] = (1500, 1400, 1), seed: int = 1, without: tuple[str, str] | None = None) -> Path:
    """Write a campaign.

    Args:
        folder: where to.
        sizes: births by county.
        seed: of everything.
        without: a source and a county that is missing from it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    everybody = pl.concat([people(k, size, rng) for k, size in enumerate(sizes)]).with_columns(
        registered=pl.col("registered") | (pl.col("county") == COUNTIES[-1])
    )
    flags = ("registered", "household", "immunisation")
    everybody = everybody.sample(fraction=1.0, shuffle=True, seed=seed)
    book = everybody.filter("registered").drop(flags).with_row_index("record_id")
    elsewhere = book.filter(pl.col("county") == COUNTIES[0])[5:8].with_columns(
        county=pl.lit(COUNTIES[1]), record_id=pl.lit(90_000, pl.UInt32)
    )
    twice = book.filter(pl.col("county") == COUNTIES[0])[20:40].with_columns(record_id=pl.col("record_id") + 50_000)
    book = pl.concat([book, twice, elsewhere])
    if without and without[0] == "registry":
        book = book.filter(pl.col("county") != without[1])
    book.with_columns(pl.concat_str(pl.lit("R"), "record_id").alias("record_id")).write_parquet(
        folder / "registry.parquet", row_group_size=500
    )
    for name in flags[1:]:
        frame = everybody.filter(name).drop(*flags, "registered_on")
        if without and without[0] == name:
            frame = frame.filter(pl.col("county") != without[1])
        frame.write_parquet(folder / f"{name}.parquet")
    areas = [(f"69010{k + 1}10{t}", town, "乡镇", county) for k, county in enumerate(COUNTIES) for t, town in enumerate(TOWNS)]
    pl.DataFrame(areas, schema=["代码", "名称", "级别", "上级"], orient="row").write_csv(folder / "areas.csv")
    (folder / "campaign.toml").write_text(_CAMPAIGN.format(names=", ".join(f'"{name}"' for name in COUNTIES)), encoding="utf-8")
    return folder / "campaign.toml"


_CAMPAIGN = """[campaign]
name = "三县核查"
county = [{names}]
birth_years = [2020, 2023]
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
"""
