"""Two large invented Chinese registers of the same births, with a column that says which birth each row is.

    python benchmarks/registers.py FOLDER [--rows 1000000] [--hard] [--seed 1]

writes ``left.parquet`` and ``right.parquet``: fields as text as offices write them, and ``truth``. Families with siblings and
twins, homophones, slips of the pen, lunar dates, newborns without a name, 15 % of rows wrong and 15 % of numbers missing.
``--hard``: 45 % of rows wrong, 45 % without a number. Every million rows live in a region of their own; ``--crowded`` puts all of
them into the first one's villages and numbers. Every identity number begins with 69, which no real area has.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN_MALE = (
    "伟强磊洋勇军杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢建文博晨轩泽睿涵豪宸昊然俊熙铭航嘉诚志国庆东海峰山川毅成立"
    "新民永祥德福贵财生荣光宏伦良栋梁安康乐天佑子墨一诺"
)
GIVEN_FEMALE = (
    "芳娜敏静丽艳娟霞燕玲桂英秀兰玉红梅莉婷雪慧琳颖佳怡欣悦妍诗涵雨萱梓晴馨月若彤思语嫣然可心瑶璇琪菲洁倩蕾薇岚露莹晶珍珠翠萍"
    "云凤香春花秋菊爱青美惠淑贞巧凡依诺一冰"
)
PLACEHOLDERS = ("宝宝", "毛毛", "某", "婴", "某某")
VILLAGE_A, VILLAGE_B, VILLAGE_C = "东西南北上下前后大小新老", "庄河坪湾沟岭塬寨坡口塘桥溪山", "头里口边上下"
TOWN_A, TOWN_B = "青白云柳东南大桃松砚新北龙虎凤石金银玉梅", "禾石岭湾川坪河源林山城关塘溪桥泉井坡田洼"
FIRST_DAY, DAYS = np.datetime64("2014-01-01"), 3652
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
BLOCK = 1_000_000
VILLAGES = 7200  # of a million rows: about fourteen births a village and year
REGIONS = ("", *"东西南北中上下前后")
Text = NDArray[np.object_]


@dataclass(frozen=True)
class Kind:
    """How bad the registers are: shares of rows with a slip, of numbers missing, of mothers' names missing, of unnamed newborns."""

    wrong: float = 0.15
    no_number: float = 0.15
    no_mother: float = 0.04
    no_mother_number: float = 0.30
    unnamed: float = 0.02


CLEAN = Kind()
HARD = Kind(wrong=0.45, no_number=0.45, no_mother=0.08, no_mother_number=0.45, unnamed=0.05)


def frequent(characters: str, size: int, rng: np.random.Generator, power: float = 0.9) -> NDArray[np.uint32]:
    """Characters drawn by a Zipf law."""
    codes = np.array([ord(c) for c in dict.fromkeys(characters)], dtype=np.uint32)
    weight = 1 / np.arange(1, codes.size + 1) ** power
    return codes[rng.choice(codes.size, size, p=weight / weight.sum())]


def names(surname: NDArray[np.uint32], male: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.uint32]:
    """Names as three code points, the last 0 for names of two characters."""
    n = surname.size
    given = [np.where(male, frequent(GIVEN_MALE, n, rng, 0.6), frequent(GIVEN_FEMALE, n, rng, 0.6)) for _ in range(2)]
    return np.stack([surname, given[0], np.where(rng.random(n) < 0.22, 0, given[1])], axis=1).astype(np.uint32)


def numbers(
    area: NDArray[np.int64], day: NDArray[np.int64], male: NDArray[np.bool_], serial: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Identity numbers as 18 characters each."""
    date = FIRST_DAY + day
    month = date.astype("datetime64[M]")
    year = month.astype(np.int64) // 12 + 1970
    packed = year * 10_000 + (month.astype(np.int64) % 12 + 1) * 100 + (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    whole = (area * 10**8 + packed) * 1000 + serial // 2 * 2 + male
    digits = np.stack([whole // 10**k % 10 for k in range(16, -1, -1)], axis=1).astype(np.uint8)
    check = CHECKS[(digits.astype(np.int64) @ WEIGHTS) % 11]
    return np.concatenate([digits + ord("0"), check[:, None]], axis=1).astype(np.uint8)


def births(n: int, rng: np.random.Generator, region: int = 0) -> dict[str, NDArray]:
    """True births of one region of 7,200 villages: families of one county each, twins of one day."""
    n_family = int(n / 1.25)
    family = np.sort(np.concatenate([np.arange(n_family), rng.integers(0, n_family, n - n_family)]))
    village_of = rng.integers(0, VILLAGES, n_family)
    town_of = village_of // 12
    surname = frequent(SURNAMES, n_family, rng)
    female = np.zeros(n_family, dtype=bool)
    mother = names(frequent(SURNAMES, n_family, rng), female, rng)
    father = names(surname, ~female, rng)
    area = 690000 + 300 * region + town_of // 15 * 7 + 101
    age = rng.normal(27, 4.5, n_family)
    day = rng.integers(0, DAYS, n)
    first = np.concatenate([[True], family[1:] != family[:-1]])
    base = day[np.maximum.accumulate(np.where(first, np.arange(n), 0))]
    twin = ~first & (rng.random(n) < 0.09)
    day = np.where(twin, base, np.where(first, day, (base + rng.integers(330, 2500, n)) % DAYS))
    male = rng.random(n) < 0.515
    serial = rng.integers(0, 1000, n)
    serial = np.where(twin, np.roll(serial, 1) + rng.integers(1, 12, n), serial) % 1000
    mother_day = (base_day := (day[first] - (age * 365.25).astype(np.int64)))
    return {
        "village": VILLAGES * region + village_of[family],
        "name": names(surname[family], male, rng),
        "male": male,
        "day": day,
        "number": numbers(area[family], day, male, serial),
        "mother": mother[family],
        "mother_number": numbers(area, mother_day, female, rng.integers(0, 1000, n_family))[family] if base_day.size else mother,
        "father": father[family],
    }


def homophones() -> dict[int, list[int]]:
    """For each character the others that sound alike."""
    from pypinyin import lazy_pinyin

    groups: dict[str, list[int]] = {}
    for character in dict.fromkeys(SURNAMES + GIVEN_MALE + GIVEN_FEMALE):
        groups.setdefault(lazy_pinyin(character)[0], []).append(ord(character))
    return {code: [other for other in group if other != code] for group in groups.values() for code in group}


def register(true: dict[str, NDArray], of: NDArray[np.int64], kind: Kind, rng: np.random.Generator) -> pl.DataFrame:
    """Rows of one register, in random order."""
    of = rng.permutation(of)
    n = of.size
    row = {name: values[of].copy() for name, values in true.items()}
    alike = homophones()

    def struck(share: float) -> NDArray[np.int64]:
        return np.flatnonzero(bad & (rng.random(n) < share))

    bad = rng.random(n) < kind.wrong
    for field, share in (("name", 0.30), ("mother", 0.22), ("father", 0.12)):
        miswrite(row[field], struck(share), alike, rng)
    misdate(row["day"], struck(0.22), rng)
    for field, share in (("number", 0.20), ("mother_number", 0.15)):
        mistype(row[field], struck(share), rng)
    swap = struck(0.04)
    row["male"][swap] = ~row["male"][swap]
    moved = struck(0.06)
    row["village"][moved] = np.where(
        rng.random(moved.size) < 0.5,
        row["village"][moved] // 12 * 12 + rng.integers(0, 12, moved.size),
        row["village"][moved] // VILLAGES * VILLAGES + rng.integers(0, VILLAGES, moved.size),
    )
    unnamed = np.flatnonzero(rng.random(n) < kind.unnamed)
    name = text_of(row["name"])
    name[unnamed] = [chr(row["name"][k, 0]) + PLACEHOLDERS[rng.integers(0, len(PLACEHOLDERS))] for k in unnamed]
    date = (FIRST_DAY + row["day"]).astype("datetime64[D]")
    frame = pl.DataFrame(
        {
            "township": pl.Series(towns()).gather(row["village"] // 12),
            "village": pl.Series(villages()).gather(row["village"]),
            "name": pl.Series(name, dtype=pl.String),
            "sex": pl.Series(np.where(row["male"], "男", "女")),
            "birth_date": pl.Series(date).cast(pl.String),
            "id_number": as_text(row["number"], rng.random(n) < kind.no_number),
            "mother_name": pl.Series(text_of(row["mother"]), dtype=pl.String),
            "mother_id_number": as_text(row["mother_number"], rng.random(n) < kind.no_mother_number),
            "father_name": pl.Series(text_of(row["father"]), dtype=pl.String),
            "truth": pl.Series(of, dtype=pl.Int64),
        }
    )
    gone = pl.Series(rng.random(n) < kind.no_mother)
    return frame.with_columns(mother_name=pl.when(~gone).then("mother_name"))


def miswrite(names: NDArray[np.uint32], at: NDArray[np.int64], alike: dict[int, list[int]], rng: np.random.Generator) -> None:
    """A homophone, another character, one character dropped or one more."""
    every = np.array(sorted(alike), dtype=np.uint32)
    how, place = rng.random(at.size), rng.integers(1, 3, at.size)
    for k, h, p in zip(at.tolist(), how.tolist(), place.tolist(), strict=True):  # each row is spoilt in its own way
        p = 1 if names[k, 2] == 0 else p
        if h < 0.45 and (others := alike[int(names[k, p])]):
            names[k, p] = others[int(rng.integers(len(others)))]
        elif h < 0.75:
            names[k, p] = every[int(rng.integers(every.size))]
        elif h < 0.85:
            names[k, 0] = every[int(rng.integers(every.size))]
        elif names[k, 2]:
            names[k, 1], names[k, 2] = names[k, p], 0
        else:
            names[k, 2] = every[int(rng.integers(every.size))]


def misdate(day: NDArray[np.int64], at: NDArray[np.int64], rng: np.random.Generator) -> None:
    """A day or a few off, day and month swapped, or the lunar date written as a solar one (20 to 48 days earlier)."""
    how = rng.random(at.size)
    date = (FIRST_DAY + day[at]).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    of_month, number = (date - month.astype("datetime64[D]")).astype(np.int64), month.astype(np.int64) % 12
    swapped = ((month - number) + np.minimum(of_month, 11)).astype("datetime64[D]") + number
    off = day[at] + rng.choice(np.array([-10, -2, -1, 1, 2, 10]), at.size)
    swap = np.where(of_month < 12, (swapped - FIRST_DAY).astype(np.int64), off)
    day[at] = np.where(how < 0.4, off, np.where(how < 0.65, swap, day[at] - rng.integers(20, 49, at.size)))


def mistype(numbers: NDArray[np.uint8], at: NDArray[np.int64], rng: np.random.Generator) -> None:
    """A wrong digit, or two neighbours swapped."""
    place, swap = rng.integers(2, 16, at.size), rng.random(at.size) < 0.4
    one, two = at[~swap], at[swap]
    p, q = place[~swap], place[swap]
    numbers[one, p] = (numbers[one, p] - 48 + rng.integers(1, 10, one.size)) % 10 + 48
    numbers[two, q], numbers[two, q + 1] = numbers[two, q + 1].copy(), numbers[two, q].copy()


def text_of(points: NDArray[np.uint32]) -> Text:
    """Names as strings."""
    out: Text = np.ascontiguousarray(points.astype("<u4")).view("<U3").ravel().astype(object)
    return out


def as_text(numbers: NDArray[np.uint8], gone: NDArray[np.bool_]) -> pl.Series:
    """Numbers as strings, some missing."""
    text = np.ascontiguousarray(numbers).view("S18").ravel().astype("U18")
    return pl.select(pl.when(pl.Series(~gone)).then(pl.Series(text, dtype=pl.String))).to_series()


def towns() -> list[str]:
    """Names of the townships, those of one region after those of the other."""
    kinds = range(VILLAGES // 12)
    return [
        TOWN_A[k % 20] + TOWN_B[k // 20 % 20] + ("" if k < 400 else "新") + region + "镇乡"[k % 2]
        for region in REGIONS
        for k in kinds
    ]


def villages() -> list[str]:
    names = [VILLAGE_A[k % 12] + VILLAGE_B[k // 12 % 14] + VILLAGE_C[k // 168 % 6] + "村" for k in range(VILLAGES)]
    return names * len(REGIONS)


def make(rows: int, kind: Kind, seed: int, region: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two registers of this many rows of one region; nine births of ten in one are in the other."""
    rng = np.random.default_rng(seed)
    n = int(rows / 0.9)
    true = births(n, rng, region)
    left, right = (np.sort(rng.choice(n, rows, replace=False)) for _ in range(2))
    return register(true, left, kind, rng), register(true, right, kind, rng)


def write(folder: Path, rows: int, kind: Kind, seed: int, crowded: bool = False) -> None:
    """Write both registers, made a million rows at a time: each million has villages and numbers of its own unless ``crowded``."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [min(BLOCK, rows - start) for start in range(0, rows, BLOCK)]
    for k, size in enumerate(parts):
        for name, frame in zip(
            ("left", "right"), make(size, kind, seed + 1000 * k, 0 if crowded else k % len(REGIONS)), strict=True
        ):
            frame.with_columns(truth=pl.col("truth") + 2 * BLOCK * k).write_parquet(folder / f"{name}.{k}.parquet")
    for name in ("left", "right"):
        files = [folder / f"{name}.{k}.parquet" for k in range(len(parts))]
        pl.scan_parquet(files).sink_parquet(folder / f"{name}.parquet")
        for file in files:
            file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--crowded", action="store_true", help="all rows in the villages of the first million")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.folder, given.rows, HARD if given.hard else CLEAN, given.seed, given.crowded)


if __name__ == "__main__":
    main()
