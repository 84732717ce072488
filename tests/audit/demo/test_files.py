"""Files are in the formats they claim, and the same seed gives the same bytes."""

import io
import json
import tomllib
from datetime import date
from pathlib import Path

import fastexcel
import numpy as np
import polars as pl
import pytest
from lunardate import LunarDate

from audit.demo import simulate, write
from audit.demo.lunar import as_if_solar

SMALL = {"townships": 5, "births": (150, 300), "references": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(simulate(4, **SMALL), tmp_path_factory.mktemp("county")).parent


def test_every_file_parses_in_its_format(folder: Path) -> None:
    campaign = tomllib.loads((folder / "campaign.toml").read_text("utf-8"))
    world = simulate(4, **SMALL)
    assert list(campaign["sources"]) == list(world.sources)
    registry = (folder / "registry.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        registry.decode("utf-8")
    assert (folder / "immunisation.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    read = {
        name: pl.read_csv(io.BytesIO((folder / file).read_bytes().decode(coding).encode()), separator=mark, infer_schema=False)
        for name, file, coding, mark in (
            ("registry", "registry.csv", "gb18030", ","),
            ("immunisation", "immunisation.csv", "utf-8-sig", ","),
            ("hospital", "hospital.txt", "utf-16", "\t"),
        )
    }
    book = fastexcel.read_excel(folder / "household.xlsx").load_sheet(0, dtypes="string").to_polars()
    read["household"] = book
    for name, frame in world.sources.items():
        assert read[name].fill_null("").equals(frame), name
    for name, frame in (world.tables | {"areas": world.areas}).items():
        assert pl.read_csv(folder / f"{name}.csv").height == frame.height


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(folder: Path, tmp_path: Path) -> None:
    again = write(simulate(4, **SMALL), tmp_path / "again").parent
    other = write(simulate(5, **SMALL), tmp_path / "other").parent
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
    assert (folder / "registry.csv").read_bytes() != (other / "registry.csv").read_bytes()


def test_plain_files_hold_the_same_rows(tmp_path: Path) -> None:
    world = simulate(4, **SMALL)
    folder = write(world, tmp_path, plain=True).parent
    for name, frame in world.sources.items():
        assert pl.read_parquet(folder / f"{name}.parquet").equals(frame)


def test_the_truth_can_be_written_as_json() -> None:
    truth = json.loads(json.dumps(simulate(4, **SMALL, frauds=()).truth.as_json()))
    assert len(truth["townships"]) == 5
    assert truth["invented"] == []
    assert all(left < right for left, right in truth["duplicate_pairs"])


def test_lunar_dates_agree_with_an_independent_calendar() -> None:
    days = np.arange(np.datetime64("2010-03-01"), np.datetime64("2031-12-31"), 7).astype("datetime64[D]")
    written = as_if_solar(days.astype(np.int64)).astype("datetime64[D]")
    for day, said in zip(days.tolist(), written.tolist(), strict=True):
        lunar = LunarDate.from_solar_date(day.year, day.month, day.day)
        try:
            expected = date(lunar.year, lunar.month, lunar.day)
        except ValueError:
            expected = day
        assert said == expected, day
