from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest.headers import find_header, not_found, settle
from audit.ingest.spec import FileSpec
from expectations.errors import Problems, RefusedError
from expectations.fields import AREA_FIELDS, BIRTH_FIELDS, TABLE_FIELDS, alias_table, header_keys
from expectations.scope import out_of_scope
from tests.audit.ingest.world import HEADER, few

ALL = {"births": BIRTH_FIELDS, "areas": AREA_FIELDS, **TABLE_FIELDS}


def spec(tmp_path, **how):
    return FileSpec("registry", tmp_path / "registry.csv", BIRTH_FIELDS, births=True, **how)


def settled(headers, tmp_path, **how):
    where = spec(tmp_path, **how)
    return settle(find_header([(1, headers)], where), where)


def codes(headers, tmp_path, **how):
    with pytest.raises(Problems) as caught:
        settled(headers, tmp_path, **how)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize("kind", ALL)
def test_no_alias_means_two_fields_and_none_is_out_of_scope(kind):
    seen = {}
    for field in ALL[kind]:
        for alias in (*field.aliases, field.name):
            assert seen.setdefault(header_keys(alias)[0], field.name) == field.name, alias
            assert not out_of_scope(alias), alias
    assert set(alias_table(ALL[kind])) == set(seen)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("所属乡镇", "township"),
        ("乡镇名称", "township"),
        ("街道", "township"),
        ("乡（镇、街道）", "township"),
        ("Town", "township"),
        ("村（社区）", "village"),
        ("村 居", "village"),
        ("新生儿姓名", "name"),
        ("婴儿姓名", "name"),
        ("Child's Name", "name"),
        ("出生年月日", "birth_date"),
        ("出生日期（YYYY-MM-DD）", "birth_date"),
        ("Date of Birth", "birth_date"),
        ("*出生日期：", "birth_date"),
        ("公民身份号码", "id_number"),
        ("证件号码", "id_number"),
        ("母亲证件号", "mother_id_number"),
        ("母亲公民身份号码", "mother_id_number"),
        ("登记时间", "registered_on"),
        ("申报日期", "registered_on"),
        ("ＳＥＸ", "sex"),
        ("性　别", "sex"),
        ("性别（1男2女）", "sex"),
        ("性別", "sex"),
        ("鄉鎮", "township"),
        ("母親姓名", "mother_name"),
    ],
)
def test_headers_that_offices_write(header, field, tmp_path):
    found = find_header([(1, [header, "父亲姓名" if field != "father_name" else "性别", "登记编号"])], spec(tmp_path))
    assert found.columns[header] == field


@pytest.mark.parametrize("header", ["身份证号（母亲）", "出生日期（农历）", "姓名（曾用）", "身份证号(父)"])
def test_brackets_that_change_the_meaning_are_no_note(header, tmp_path):
    found = find_header([(1, [header, "性别", "乡镇"])], spec(tmp_path))
    assert header not in found.columns


@few
@given(st.sampled_from(HEADER), st.sampled_from([" ", "　", "_", "\n", "*", "：", "（）"]), st.integers(0, 4), st.booleans())
def test_spaces_marks_and_width_never_matter(header, mark, at, wide):
    written = header[:at] + mark + header[at:]
    assert header_keys(written)[0] == header_keys(header)[0]


def test_required_columns_missing_are_said_with_lines_to_paste(tmp_path):
    with pytest.raises(Problems) as caught:
        settled(["乡镇", "性别", "娃娃名字", "出生的日子"], tmp_path)
    (problem,) = caught.value.problems
    assert problem.code == "E-READ-005"
    assert "birth_date" in problem.params["missing"]
    assert '"出生的日子" = "birth_date"' in problem.params["paste"]


def test_overrides(tmp_path):
    headers = ["乡镇", "性别", "娃娃名字", "出生日期", "姓名"]
    header = settled(headers, tmp_path, overrides={"娃娃 名字": "name"})
    assert header.columns["娃娃名字"] == "name"
    assert "姓名" in header.not_read
    assert codes(headers, tmp_path, overrides={"孩子名字": "name"}) == ["E-READ-007"]


def test_an_override_cannot_bring_in_what_is_out_of_scope(tmp_path):
    with pytest.raises(Problems) as caught:
        settled(["乡镇", "性别", "民族", "出生日期", "姓名"], tmp_path, overrides={"民族": "village"})
    assert isinstance(caught.value.problems[0], RefusedError)


def test_two_columns_for_one_field(tmp_path):
    assert codes(["乡镇", "性别", "出生日期", "姓名", "子女姓名"], tmp_path) == ["E-READ-006"]
    assert codes(["乡镇", "性别", "出生日期", "姓名", "姓名"], tmp_path) == ["E-READ-006"]
    assert codes(["乡镇", "乡镇", "性别", "出生日期", "姓名"], tmp_path) == ["E-READ-006"]
    header = settled(["乡镇代码", "乡镇", "性别", "出生日期", "姓名", "录入时间", "登记日期"], tmp_path)
    assert header.columns["乡镇"] == "township"
    assert header.columns["登记日期"] == "registered_on"
    assert header.not_read == ("乡镇代码", "录入时间")


def test_of_a_reference_without_a_header_no_cell_is_shown(tmp_path):
    where = FileSpec("household", tmp_path / "household.csv", BIRTH_FIELDS, reference=True, births=True)
    rows = [(1, ["王小明", "东华镇"]), (2, ["李红", "白石镇"])]
    assert find_header(rows, where) is None
    told = str(not_found(rows, where).params)
    assert not any(cell in told for _, cells in rows for cell in cells)


def test_of_the_audited_one_a_row_that_looks_like_data_is_not_shown_either(tmp_path):
    rows = [(1, ["王小明", "男", "2020-01-01"])]
    assert "王小明" not in str(not_found(rows, spec(tmp_path)).params)
    assert "甲, 乙" in str(not_found([(1, ["甲", "乙"])], spec(tmp_path)).params)


def test_every_header_is_documented():
    told = (Path(__file__).parents[3] / "docs" / "inputs.md").read_text(encoding="utf-8")
    for fields in ALL.values():
        for field in fields:
            assert f"| `{field.name}`{' (required)' if field.required else ''} | {'、'.join(field.aliases)} |" in told


@pytest.mark.parametrize("overrides", [{}, {"没有此列": "name"}])
def test_a_misplaced_header_row_of_a_reference_is_not_shown(tmp_path, overrides):
    """One cell that happens to be a word for a field makes a person's row a header; what else stands in it is not told."""
    row = ["犇鑫淼", "2021-05-22", "690121202105220014", "村", "鱻羴"]
    told = spec(tmp_path, reference=True, header_row=9, overrides=overrides)
    with pytest.raises(Problems) as caught:
        settle(find_header([(9, row)], told), told)
    said = repr([(problem.code, problem.column, problem.params) for problem in caught.value.problems])
    assert not any(cell in said for cell in row if cell != "村")
    audited = spec(tmp_path, header_row=9)
    with pytest.raises(Problems) as caught:
        settle(find_header([(9, row)], audited), audited)
    assert "犇鑫淼" in repr([problem.params for problem in caught.value.problems])
