"""A file read in pieces gives rows, lines and counts of the whole, wherever quotes stand open; what cannot be cut is left whole."""

import os
import random
from pathlib import Path

import polars as pl
import pytest

from audit.ingest import pieces
from audit.ingest.pieces import cut, read_piece
from audit.ingest.read import read
from audit.ingest.spec import FileSpec
from expectations.errors import Problems
from expectations.fields import BIRTH_FIELDS

HEADER = "编号,姓名,性别,出生日期,乡镇"
ODD = ('"王,小"', '"王\n小"', '"王""小"', '"王', '王"小', '"王\n\n小"', "王小,多")


def spec(path: Path, encoding: str | None = None) -> FileSpec:
    return FileSpec("registry", path, BIRTH_FIELDS, births=True, encoding=encoding)


def text(rng: random.Random, rows: int, odd: float) -> str:
    lines = ["某县出生登记表,,,,", "", HEADER]
    for k in range(rows):
        if rng.random() < 0.01:
            lines.append(rng.choice(['""', "  ", ",,,,", '"']) if odd else ",,,,")
        name = rng.choice(ODD) if rng.random() < odd else "王小明"
        lines.append(f"R{k},{name},男,2020-01-{k % 28 + 1:02d},东华镇")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(24))
def test_text_in_pieces_is_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    written = text(rng, rng.choice([50, 700, 2500]), rng.choice([0, 0, 0.0005, 0.002, 0.01]))
    path = tmp_path / "registry.csv"
    ends = written.replace("\n", "\r\n") if rng.random() < 0.3 else written
    path.write_bytes(ends.encode(rng.choice(["utf-8", "utf-8-sig", "gb18030"])))
    monkeypatch.setattr(pieces, "_BLOCK", rng.choice([1 << 10, 1 << 13, 1 << 22]))
    monkeypatch.setattr(pieces, "_STEP", 256)
    made, whole = cut(spec(path), rng.choice([2_000, 5_000, 1 << 20])), read(spec(path))
    assert made is not None
    parts = [read_piece(made, piece) for piece in made.pieces]
    assert pl.concat([part.frame for part in parts]).equals(whole.frame)
    assert [line for part in parts for line in part.put_aside] == list(whole.put_aside)
    assert (made.about.sha256, made.about.encoding, made.header) == (whole.sha256, whole.encoding, whole.header)


def test_there_are_many_pieces_where_no_quote_stands_open(tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    path.write_text(text(random.Random(1), 2_500, 0), encoding="utf-8")
    made = cut(spec(path), 5_000)
    assert made is not None
    assert len(made.pieces) > 10


def test_parquet_in_pieces_is_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "registry.parquet"
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2022, 1, 1), eager=True)
    frame = pl.DataFrame({"编号": range(len(days)), "姓名": "王小明", "性别": "男", "出生日期": days, "乡镇": "东华镇", "备注": 1})
    frame.write_parquet(path, row_group_size=100)
    made, whole = cut(spec(path), rows=77), read(spec(path))
    assert made is not None
    assert len(made.pieces) == 10
    assert pl.concat([read_piece(made, piece).frame for piece in made.pieces]).equals(whole.frame)
    assert (made.about.sha256, made.header) == (whole.sha256, whole.header)


@pytest.mark.parametrize("encoding", ["utf-16", "cp037"])
def test_what_cannot_be_cut_is_left_whole(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "registry.csv"
    path.write_bytes(text(random.Random(1), 300, 0).encode(encoding, "replace"))
    assert cut(spec(path)) is None


def test_what_is_no_file_is_left_to_the_reader_of_whole_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "registry.csv")
    assert cut(spec(tmp_path / "registry.csv")) is None
    assert cut(spec(tmp_path)) is None
    assert cut(spec(tmp_path / "nothing.csv")) is None


def test_a_byte_that_is_no_character_leaves_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    data = text(random.Random(1), 300, 0).encode()
    path.write_bytes(data[:-40] + b"\xff" + data[-40:])
    assert cut(spec(path)) is None


def test_a_file_that_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    path.write_text(text(random.Random(1), 300, 0), encoding="utf-8")
    made = cut(spec(path))
    assert made is not None
    path.write_text(text(random.Random(2), 300, 0).replace("小明", "小红"), encoding="utf-8")
    with pytest.raises(Problems) as told:
        read_piece(made, made.pieces[0])
    assert told.value.problems[0].code == "E-READ-015"
    path.unlink()
    with pytest.raises(OSError, match="registry"):
        read_piece(made, made.pieces[0])
