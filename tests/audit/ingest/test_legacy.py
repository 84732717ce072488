import datetime as dt
import struct

import polars as pl
import pytest

from audit.ingest.read import read
from audit.ingest.spec import FileSpec
from expectations.errors import Problems
from expectations.fields import BIRTH_FIELDS
from tests.audit.ingest.world import births

pyreadstat = pytest.importorskip("pyreadstat")


DAYS = [dt.date(2021, 5, 22), dt.date(2021, 5, 23)]


def dbf(rows, encoding="gb18030"):
    """A dBASE III table, by the format's published layout."""
    body = b"".join(b" " + b"".join(cell.encode(encoding).ljust(24)[:24] for cell in row) for row in rows[1:])
    fields = b"".join(name.encode(encoding)[:10].ljust(11, b"\0") + b"C" + bytes(4) + bytes([24]) + bytes(15) for name in rows[0])
    size = 32 + len(fields) + 1
    head = (
        bytes([0x03, 121, 5, 22])
        + struct.pack("<IHH", len(rows) - 1, size, 1 + 24 * len(rows[0]))
        + bytes(17)
        + bytes([0x4D])
        + bytes(2)
    )
    return head + fields + b"\r" + body + b"\x1a"


def spec(path):
    return FileSpec("old", path, BIRTH_FIELDS, births=True)


def test_a_dbf_in_gbk(tmp_path):
    rows = [["乡镇", "姓名", "性别", "出生日期"], ["东华镇", "王小明", "男", "20210522"], ["白石镇", "李红", "女", "20210523"]]
    (tmp_path / "old.dbf").write_bytes(dbf(rows))
    raw = read(spec(tmp_path / "old.dbf"))
    assert raw.frame.select("township", "name", "sex", "birth_date").rows() == [tuple(row) for row in rows[1:]]
    assert raw.frame["line"].to_list() == [1, 2]


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_statistical_files_keep_labels(kind, tmp_path):
    frame = pl.DataFrame(
        {
            "xz": ["东华镇", "白石镇"],
            "xm": ["王小明", "李红"],
            "xb": [1.0, 2.0],
            "csrq": [dt.date(2021, 5, 22), dt.date(2021, 5, 23)],
        }
    )
    how = {"column_labels": ["乡镇", "姓名", "性别", "出生日期"], "variable_value_labels": {"xb": {1: "男", 2: "女"}}}
    writer = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
    writer(frame.to_pandas().assign(csrq=list(frame["csrq"])), tmp_path / f"old.{kind}", **how)
    raw = read(spec(tmp_path / f"old.{kind}"))
    assert raw.frame["sex"].to_list() == ["男", "女"]
    assert [text[:10] for text in raw.frame["birth_date"]] == ["2021-05-22", "2021-05-23"]
    assert raw.frame["township"].to_list() == ["东华镇", "白石镇"]


@pytest.mark.parametrize("ending", ["dbf", "sav", "dta"])
def test_damaged_ones_are_said(ending, tmp_path):
    data = dbf(births(2))[:40] if ending == "dbf" else (b"$FL2" if ending == "sav" else b"<stata_dta>") + b"\x00\xff" * 50
    (tmp_path / f"old.{ending}").write_bytes(data)
    with pytest.raises(Problems) as caught:
        read(spec(tmp_path / f"old.{ending}"))
    assert caught.value.problems[0].code in ("E-READ-015", "E-READ-004")
