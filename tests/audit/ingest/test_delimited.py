import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest.limits import LARGEST_LINE
from audit.ingest.read import parse
from audit.ingest.spec import FileSpec
from expectations.errors import Problems
from expectations.fields import BIRTH_FIELDS, TABLE_FIELDS
from tests.audit.ingest.world import HEADER, births, few, text


def read(data, tmp_path, **how):
    return parse(data, FileSpec("registry", tmp_path / "registry.csv", BIRTH_FIELDS, births=True, **how), "")


def code(data, tmp_path, **how):
    with pytest.raises(Problems) as caught:
        read(data, tmp_path, **how)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_every_encoding_and_separator(encoding, separator, tmp_path):
    rows = births(30)
    if encoding == "big5hkscs":  # traditional headers, and characters that Big5 has
        rows = [
            ["編號", "township", "village", "姓名", "性別", "birth_date"],
            ["1", "東華鎮", "上河村", "王明", "男", "2020-01-01"],
        ]
        how = {"overrides": {"性別": "sex", "姓名": "name"}}
    else:
        how = {}
    raw = read(text(rows, separator).encode(encoding), tmp_path, **how)
    assert raw.frame.height == len(rows) - 1
    assert raw.frame["line"].to_list() == list(range(2, len(rows) + 1))
    assert raw.frame["name"].to_list() == [row[3] for row in rows[1:]]
    assert raw.frame["sex"].to_list() == [row[4] for row in rows[1:]]


def test_a_rare_surname_does_not_break_gbk(tmp_path):
    rows = births(3)
    rows[1][3] = "㛃䶮"  # in GB18030 only
    raw = read(text(rows).encode("gb18030"), tmp_path, encoding="gbk")
    assert raw.frame["name"][0] == "㛃䶮"


def test_title_rows_and_blank_lines_above(tmp_path):
    data = "云川县出生登记表\r\n,,,,\r\n\r\n制表人：,张三\r\n" + text(births(3))
    raw = read(data.encode(), tmp_path)
    assert raw.header.line == 5
    assert raw.frame["line"].to_list() == [6, 7, 8]


def test_a_header_of_two_rows(tmp_path):
    rows = [
        ["乡镇", "出生日期", "性别", "姓名", "母亲", "", "父亲"],
        ["", "", "", "", "姓名", "身份证号", "姓名"],
        ["东华镇", "2020-01-01", "男", "王明", "李红", "", "王强"],
    ]
    raw = read(text(rows).encode(), tmp_path)
    assert raw.header.line == 2
    assert set(raw.frame.columns) == {
        "line",
        "township",
        "birth_date",
        "sex",
        "name",
        "mother_name",
        "mother_id_number",
        "father_name",
    }
    assert raw.frame.row(0, named=True) == {
        "line": 3,
        "township": "东华镇",
        "birth_date": "2020-01-01",
        "sex": "男",
        "name": "王明",
        "mother_name": "李红",
        "mother_id_number": None,
        "father_name": "王强",
    }


def test_header_row_given(tmp_path):
    data = text([["乡镇", "性别", "出生日期", "说明"], ["x", "", "", ""]]) + text(births(2))
    assert read(data.encode(), tmp_path, header_row=3).header.line == 3


def test_quoted_line_breaks_are_one_record_and_lines_stay_physical(tmp_path):
    data = (
        text(births(1)).encode()
        + b'R1,\xe4\xb8\x9c\xe5\x8d\x8e\xe9\x95\x87,"a\nb\n""c""",n,m,2020-01-01,,,,,\r\n'
        + text(births(1)[1:]).encode()
    )
    raw = read(data, tmp_path)
    assert raw.frame["line"].to_list() == [2, 3, 6]
    assert raw.frame["village"][1] == 'a\nb\n"c"'
    assert raw.put_aside == ()


def test_ragged_and_quote_broken_rows_are_put_aside_with_their_lines(tmp_path):
    good = text(births(60)[1:]).splitlines()
    lines = [",".join(HEADER), *good]
    lines[4] += ",extra"  # line 5: a cell too many
    lines[9] = lines[9].rsplit(",", 1)[0]  # line 10: one too few
    lines[14] = lines[14].replace("村", '村"', 1)  # line 15: a quote in the middle of a cell
    lines[19] = '"' + lines[19]  # line 20: opened and never closed
    raw = read("\n".join(lines).encode(), tmp_path)
    assert raw.put_aside == (5, 10, 15, 20)
    assert raw.rows == 60
    assert raw.frame["line"].to_list() == [line for line in range(2, 62) if line not in raw.put_aside]


def test_an_open_quote_swallows_no_other_row(tmp_path):
    lines = text(births(10)).splitlines()
    lines[3] = lines[3].replace("R00002", '"R00002')
    lines[7] = lines[7].replace("R00006", '"R00006')
    raw = read("\r\n".join(lines).encode(), tmp_path)
    assert raw.put_aside == (4, 8)
    assert raw.frame.height == 8


def test_old_line_ends(tmp_path):
    raw = read(text(births(5), end="\r").encode(), tmp_path)
    assert raw.frame["line"].to_list() == [2, 3, 4, 5, 6]


def test_blank_lines_are_no_rows(tmp_path):
    data = text(births(2)) + "\r\n,,,,,,,,,,\r\n   \r\n\x1a"
    assert read(data.encode(), tmp_path).rows == 2


def test_only_needed_columns_are_loaded(tmp_path):
    rows = [[*row, extra] for row, extra in zip(births(3), ["民族", "汉", "汉", "汉"], strict=True)]
    raw = read(text(rows).encode(), tmp_path)
    assert raw.header.not_read == ("民族",)
    assert raw.header.out_of_scope == ("民族",)
    assert "汉" not in str(raw.frame.to_dict(as_series=False))


def test_a_line_of_two_megabytes_is_refused_before_it_is_read(tmp_path):
    assert code(text(births(1)).encode() + b"x" * (2 * LARGEST_LINE), tmp_path) == ["E-READ-017"]


def test_a_million_columns(tmp_path):
    assert code(b"a," * 400_000 + b"\n1\n", tmp_path) == ["E-READ-017"]
    assert code(b"a," * 1_000_000, tmp_path) == ["E-READ-017"]


def test_no_encoding_fits(tmp_path):
    assert code(b"\x80\xff\x81" * 11, tmp_path) == ["E-READ-003"]
    assert code(text(births(2)).encode("gb18030"), tmp_path, encoding="utf-8") == ["E-READ-003"]
    assert code(text(births(2)).encode(), tmp_path, encoding="gb2313") == ["E-READ-021"]
    assert code(text(births(2)).encode(), tmp_path, encoding="zlib") == ["E-READ-021"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("given", [True, False])
def test_a_few_rows_with_bytes_that_are_no_characters_are_put_aside(encoding, given, tmp_path):
    lines = text(births(60)).encode(encoding).split(b"\r\n")
    lines[7] = lines[7].replace("村".encode(encoding), "村".encode(encoding)[:-1])  # cut to so many bytes by an old system
    raw = read(b"\r\n".join(lines), tmp_path, **({"encoding": encoding} if given else {}))
    assert raw.put_aside == (8,)
    assert raw.frame.height == 59
    assert raw.frame["name"].to_list() == [row[3] for at, row in enumerate(births(60)[1:]) if at != 6]


def test_many_such_rows_are_another_encoding(tmp_path):
    lines = [line[:-12] + b"\xff" + line[-12:] for line in text(births(60)).encode().split(b"\r\n")]
    assert code(b"\r\n".join(lines), tmp_path) == ["E-READ-003"]


def test_a_table_whose_headers_are_all_ascii(tmp_path):
    data = "township,period,births\n东华镇,2020-01,3\n".encode("gb18030")
    raw = parse(data, FileSpec("returns", tmp_path / "r.csv", TABLE_FIELDS["returns"]), "")
    assert raw.encoding == "gb18030"
    assert raw.frame["township"].to_list() == ["东华镇"]


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters=' ",;\t'), max_size=8)


@few
@given(
    st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=8),
    st.sampled_from([",", "\t", ";"]),
    st.booleans(),
    st.data(),
)
def test_whatever_stands_in_the_cells_comes_back(tmp_path_factory, rows, separator, all_quoted, data):
    rows = [[f"n{at}", *row[1:]] for at, row in enumerate(rows)]
    if data.draw(st.booleans()):
        rows[0][1] = rows[0][1] + "\n" + rows[0][1]
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    content = text([["姓名", "乡镇", "性别", "出生日期"], *rows], separator, quoting)
    raw = read(content.encode(), tmp_path_factory.getbasetemp())
    want = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))[1:]
    got = raw.frame.select("name", "township", "sex", "birth_date").fill_null("").rows()
    assert [list(row) for row in got] == want
    assert raw.put_aside == ()
