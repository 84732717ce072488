"""The search itself: a canary planted in every kind of file is found, and a clean file is clean."""

import base64
import gzip
import hashlib
import io
import json
import zipfile

import polars as pl
import pytest
import xlsxwriter

from tests.privacy.search import Canaries
from tests.privacy.world import write


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return write(tmp_path_factory.mktemp("world"), births=200, blank_lines=10**6)


@pytest.fixture(scope="module")
def canaries(world):
    return Canaries(world)


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", data)
    return out.getvalue()


def parquet(value):
    out = io.BytesIO()
    pl.DataFrame({"a": ["x", value]}).write_parquet(out)
    return out.getvalue()


def ipc(value):
    out = io.BytesIO()
    pl.DataFrame({"a": ["x", value]}).write_ipc(out, compression="zstd")
    return out.getvalue()


def workbook(value):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write_string(3, 3, value)
    return out.getvalue()


FORMS = {
    "utf-8": lambda v: f"a {v} b".encode(),
    "gb18030": lambda v: f"乡镇 {v}".encode("gb18030"),
    "utf-16": lambda v: f"a {v} b".encode("utf-16"),
    "json": lambda v: json.dumps({"a": v}).encode(),
    "html": lambda v: "".join(f"&#{ord(c)};" for c in v).encode(),
    "gzip": lambda v: gzip.compress(v.encode()),
    "zip in gzip": lambda v: gzip.compress(zipped(v.encode())),
    "torn zip": lambda v: zipped(v.encode() * 3)[:-30],
    "parquet": parquet,
    "ipc": ipc,
    "xlsx": workbook,
    "base64": lambda v: base64.b64encode(b"xy" + v.encode() + b"z"),
    "sha256": lambda v: hashlib.sha256(v.encode()).hexdigest().encode(),
    "md5 cut": lambda v: b"id=" + hashlib.md5(v.encode()).hexdigest()[:16].encode(),
    "inside binary": lambda v: b"\xff\xfe\x00\x01\xff" * 3 + v.encode() + b"\x00\xff",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", ["name", "mother_name", "village", "id_number"])
def test_a_planted_canary_is_found(world, canaries, form, field):
    assert canaries.found(FORMS[form](world.canaries[3][field]))


def test_record_ids_and_lines_are_found(world, canaries):
    assert len(str(world.lines[0])) == 7
    assert canaries.found(f"row W{world.canaries[0]['number']},".encode())
    assert canaries.found(f"line {world.lines[5]}".encode())
    assert canaries.found(json.dumps([world.lines[5]]).encode())
    assert canaries.found(str(int(world.canaries[0]["id_number"][2:17], 16)).encode())


def test_file_names_are_searched(world, canaries, tmp_path):
    (tmp_path / f"{world.canaries[0]['name']}.txt").write_text("")
    assert canaries.found_in_folder(tmp_path)


def test_clean_files_are_clean(world, canaries, tmp_path):
    for name in ("registry.csv", "areas.csv", "campaign.toml"):
        (tmp_path / name).write_bytes((world.folder / name).read_bytes())
    (tmp_path / "a.xlsx").write_bytes(workbook("东华镇 1204 0.8712345"))
    assert canaries.found_in_folder(tmp_path) == []


def test_the_reference_files_themselves_are_full_of_them(world, canaries):
    assert canaries.found((world.folder / "household.csv").read_bytes())
