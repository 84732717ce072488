import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest import names
from audit.ingest.columns import read_column
from tests.audit.ingest.world import few


def read(kind, *cells):
    return read_column(pl.Series("x", cells, dtype=pl.String), kind)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("王小明", "王小明"),
        ("王 小 明", "王小明"),
        ("王　小明", "王小明"),
        (" 王小明\t", "王小明"),
        ("王\u200b小明", "王小明"),
        ("\u202e王小明", "王小明"),
        ("“王小明”", "王小明"),
        ("阿卜杜·买买提", "阿卜杜·买买提"),
        ("阿卜杜•买买提", "阿卜杜·买买提"),
        ("阿卜杜・买买提", "阿卜杜·买买提"),
        ("阿卜杜．买买提", "阿卜杜·买买提"),
        ("阿卜杜 · 买买提", "阿卜杜·买买提"),
        ("Ａｎｎａ  Maria", "Anna Maria"),
        ("陳小明", "陈小明"),
        ("張乾", "张乾"),  # 乾 is a name's own character in simplified writing too
        ("王喆", "王喆"),  # outside GB 2312 and not traditional
        ("无", None),
        ("不详", None),
        ("/", None),
        ("——", None),
        ("0", None),
        ("000", None),
        ("未取名", None),
        ("", None),
        ("　", None),
        (None, None),
    ],
)
def test_names_as_they_are_written(written, meant):
    assert read("name", written).values.to_list() == [meant]


@pytest.mark.parametrize("text", ["男", "男性", "M", "Ｍ", "m", "male", "1", "１", "1.0", "1-男", " 男 ", "男\u200b"])
def test_male(text):
    assert read("sex", text).values.to_list() == ["male"]


@pytest.mark.parametrize("text", ["女", "女性", "F", "f", "Female", "2", "2 ", "女 "])
def test_female(text):
    assert read("sex", text).values.to_list() == ["female"]


def test_unknown_sex_is_empty_and_nonsense_is_unreadable():
    column = read("sex", "0", "9", "不详", "男女", "x", None)
    assert column.values.to_list() == [None] * 6
    assert column.unreadable == 2
    assert column.repairs["empty_looking"] == 3


def test_repairs_are_counted_by_cell():
    column = read("name", "王 明", " 王明", " 王明", "Ｗａｎｇ", "陳明", "陳明", "王\u200b明", "无")
    assert column.repairs == {"spaces": 2, "full_width": 1, "traditional": 2, "hidden_characters": 1, "empty_looking": 1}


@few
@given(st.text(max_size=12))
def test_reading_a_name_twice_changes_nothing(text):
    once = read("name", text).values
    assert read("name", *once.to_list()).values.to_list() == once.to_list()


@few
@given(st.text(alphabet="王李张陈小明红军建国·", min_size=1, max_size=4), st.sampled_from([" ", "　", "\t", "\u200b", "\u3000 "]))
def test_spaces_never_matter_between_han_characters(text, space):
    assert read("name", space.join(text)).values.to_list() == read("name", text).values.to_list()


def test_letters_of_a_name_are_no_edges():
    assert read("name", "Xavi Alonso", "＊王明＊", "_李红,").values.to_list() == ["Xavi Alonso", "王明", "李红"]


def test_every_word_for_a_sex_is_known():
    words = {"male": "男 男性 男孩 男婴 男童 儿子 M male BOY man 1 01 1.0 1-男 1男 1.男 1、男 男1 男(1)",
             "female": "女 女性 女孩 女婴 女童 女儿 F female GIRL woman 2 02 2.0 2-女 2女 2.女 2、女 女2 女(2)"}  # fmt: skip
    for sex, told in words.items():
        assert set(read("sex", *told.split(), f"{1 + (sex == 'female')} {'男女'[sex == 'female']}").values) == {sex}


def test_the_simplified_characters_are_those_of_the_standard():
    """GB 2312 has 6,763 of them."""
    import re

    found = re.compile(f"[{names.simplified_class()}]")
    assert sum(bool(found.match(chr(code))) for code in range(0x4E00, 0xA000)) == 6_763
    assert all(found.match(ch) for ch in "啊座齄")
