"""A small county with known truth, as frames of schema ``BIRTHS``: families, twins, siblings, duplicates, slips of every kind."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from expectations.tables import BIRTHS, Intake, Source

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WINDOW = (2018, 2025)
AREAS = pl.DataFrame(
    {
        "county": ["云川县"] * 4,
        "area_code": [f"69012110{k}" for k in range(4)],
        "township": ["青禾镇", "白石镇", "云岭镇", "柳湾乡"],
    }
)
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙", "伟强磊洋勇军杰涛超明刚平辉鹏华飞鑫波斌宇浩凯芳娜敏静丽艳娟霞燕玲桂英秀兰玉红梅"
HOMOPHONES = {"玲": "林", "英": "鹰", "华": "桦", "平": "萍", "伟": "玮", "明": "铭", "波": "博", "军": "君"}


def number(area: str, day: dt.date, serial: int) -> str:
    """An identity number with a right check digit."""
    body = f"{area}{day:%Y%m%d}{serial:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def right(text: str) -> bool:
    """Whether a number's check digit is right."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(text[:17], WEIGHTS, strict=True)) % 11] == text[17]


@dataclass(frozen=True)
class County:
    """Frames of the sources, the audited one first, and the birth of each row (negative: nobody's)."""

    frames: list[pl.DataFrame]
    truth: list[NDArray[np.int64]]
    areas: pl.DataFrame
    window: tuple[int, int]

    def sources(self) -> tuple[Source, ...]:
        """The frames as sources."""
        return sources(self.frames)


def sources(frames: list[pl.DataFrame]) -> tuple[Source, ...]:
    return tuple(
        Source(f"s{k}", "reference" if k else "audited", frame, Intake(f"s{k}", f"s{k}.csv", "", frame.height))
        for k, frame in enumerate(frames)
    )


def births(n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """True births; one in forty is a twin of the one before, one in six a younger sibling."""
    found: list[dict[str, Any]] = []

    def name(surname: str) -> str:
        return surname + "".join(rng.choice(list(GIVEN), int(rng.integers(1, 3))))

    for _ in range(n):
        kin, day = float(rng.random()), dt.date(2018, 1, 1) + dt.timedelta(int(rng.integers(0, 2900)))
        if kin < 1 / 40 and found:
            child = {**found[-1], "serial": found[-1]["serial"] + 2}
        elif kin < 0.19 and found:
            child = {**found[-1], "birth_date": day, "serial": int(rng.integers(0, 900))}
        else:
            town, mother_day = int(rng.integers(0, 4)), dt.date(1990, 1, 1) + dt.timedelta(int(rng.integers(0, 3000)))
            surname = str(rng.choice(list(SURNAMES)))
            child = {
                "township": town,
                "village": f"{rng.choice(list('东西南北'))}{rng.choice(list('庄河坪湾'))}村",
                "birth_date": day,
                "serial": int(rng.integers(0, 900)),
                "surname": surname,
                "mother_name": name(str(rng.choice(list(SURNAMES)))),
                "mother_id_number": number("690121", mother_day, int(rng.integers(0, 900))),
                "father_name": name(surname),
            }
        child["male"] = bool(rng.random() < 0.5)
        child["name"] = name(child["surname"])
        child["id_number"] = number("690121", child["birth_date"], child["serial"] // 2 * 2 + child["male"])
        found.append(child)
    return found


def write(child: dict[str, Any], slips: float, gaps: float, unnamed: float, rng: np.random.Generator) -> dict[str, Any]:
    """One row of a source about a birth."""
    row = dict(child)

    def strikes(share: float) -> bool:
        return bool(rng.random() < share)

    for field in ("name", "mother_name", "father_name"):
        if strikes(slips):
            place = int(rng.integers(1, len(row[field])))
            old = row[field][place]
            row[field] = row[field][:place] + HOMOPHONES.get(old, str(rng.choice(list(GIVEN)))) + row[field][place + 1 :]
    if strikes(unnamed):
        row["name"] = row["surname"] + str(rng.choice(["宝宝", "毛毛", "某"]))
    if strikes(slips):
        row["birth_date"] += dt.timedelta(int(rng.choice([-1, 1, 30, -29])))
    for field in ("id_number", "mother_id_number"):
        if strikes(slips):
            at = int(rng.integers(6, 16))
            row[field] = row[field][:at] + str((int(row[field][at]) + 3) % 10) + row[field][at + 1 :]
        if strikes(gaps):
            row[field] = None
    if strikes(0.04):
        row["mother_name"] = None
    row["sex"] = "male" if row["male"] != strikes(slips / 3) else "female"
    return row


def frame(rows: list[dict[str, Any]], reference: bool) -> pl.DataFrame:
    """Rows as ingest hands them on."""
    columns: dict[str, list[Any]] = {name: [] for name in BIRTHS}
    for line, row in enumerate(rows, start=2):
        area = AREAS.row(row["township"], named=True) if row["township"] is not None else {}
        whole = {**row, **area, "line": line, "township": area.get("township")}
        whole["record_id"] = None if reference else f"R{line:05d}"
        for own, valid in (("id_number", "id_valid"), ("mother_id_number", "mother_id_valid")):
            whole[valid] = None if whole[own] is None else right(whole[own])
        for name in BIRTHS:
            columns[name].append(whole.get(name))
    return pl.DataFrame(columns, schema=BIRTHS)


def make_county(n: int = 1400, seed: int = 7, slips: float = 0.05, references: int = 2) -> County:
    rng = np.random.default_rng(seed)
    true = births(n, rng)
    frames, truth = [], []
    plans = ((0.87, 0.35, 0.04), (0.94, 0.06, 0.01), (0.93, 0.45, 0.2))[: references + 1]
    for k, (share, gaps, unnamed) in enumerate(plans):
        here = np.flatnonzero(rng.random(n) < share)
        of = np.concatenate([here, here[rng.random(here.size) < 0.02]])
        of = rng.permutation(of)
        rows = [write(true[b], slips, gaps, unnamed, rng) for b in of]
        strangers = 8
        for _ in range(strangers):
            other = write(births(1, rng)[0], slips, gaps, unnamed, rng)
            rows.append({**other, "township": None if k else other["township"], "village": "红旗村"})
        frames.append(frame(rows, reference=k > 0))
        truth.append(np.concatenate([of, -1 - np.arange(strangers) - 1000 * k]))
    return County(frames, truth, AREAS, WINDOW)


@pytest.fixture(scope="session")
def county() -> County:
    """The county most tests share; they must not change it."""
    return make_county()


@pytest.fixture(scope="session")
def new_county() -> Callable[..., County]:
    """Makes another county."""
    return make_county


@pytest.fixture(scope="session")
def as_sources() -> Callable[[list[pl.DataFrame]], tuple[Source, ...]]:
    """Frames as sources."""
    return sources


class Caught:
    """A gate that keeps the exact counts, for tests only."""

    def __init__(self) -> None:
        self.exact: dict[str, Any] = {}
        self.quality: dict[str, Any] = {}
        self.key = ""

    def recall(self, key: str) -> None:
        return None

    def release(self, key: str, names: tuple[str, ...], exact: Any, quality: Any) -> Any:
        self.key, self.exact, self.quality = key, exact, quality
        return names


@pytest.fixture
def gate() -> Caught:
    return Caught()


@pytest.fixture(scope="session")
def new_gate() -> Callable[[], Caught]:
    return Caught
