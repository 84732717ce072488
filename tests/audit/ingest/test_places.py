import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest.places import Gazetteer, Township, resolve
from tests.audit.ingest.world import few

EAST = ("云川县", "690121101", "东华镇")
PINE = ("云川县", "690121102", "松林回族乡")
NEW = ("云川县", "690121103", "新城街道")
FAR = ("临江县", "690122101", "东华镇")
TWIN = ("临江县", "690122102", "河口镇")
TWIN_TOO = ("临江县", "690122103", "河口乡")


def gazetteer(*places, former=()):
    counties = tuple(dict.fromkeys(place[0] for place in places))
    return Gazetteer.of(
        counties, [*(Township(place[2], place) for place in places), *former], {place[1]: place for place in places}
    )


ONE = gazetteer(EAST, PINE, NEW, former=[Township("西屯乡", EAST)])
TWO = gazetteer(EAST, PINE, NEW, FAR, TWIN, TWIN_TOO)


@pytest.mark.parametrize(
    "text",
    [
        "东华镇",
        "东华",
        "东华镇政府",
        "东华镇人民政府",
        "云川县东华镇",
        "云川东华镇",
        "某省某市云川县东华镇人民政府",
        " 东 华 镇 ",
        "东华镇卫生院",
        "东华镇派出所",
        "690121101",
        "690121101000",
        "690121101.0",
        "西屯乡",
        "西屯",
    ],
)
def test_one_township_in_many_ways(text):
    assert ONE.find(text) == EAST


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("松林回族乡", PINE),
        ("松林乡", PINE),
        ("松林", PINE),
        ("新城街道办事处", NEW),
        ("新城", NEW),
        ("外县", None),
        ("", None),
        (None, None),
    ],
)
def test_other_kinds_of_township(text, place):
    assert ONE.find(text) == place


def test_where_two_could_be_meant_none_is_found():
    assert TWO.find("东华镇") is None
    assert TWO.find("临江县东华镇") == FAR
    assert TWO.find("东华镇", "临江县") == FAR
    assert TWO.find("东华镇", "云川") == EAST
    assert TWO.find("东华镇", "690122") == FAR
    assert TWO.find("东华镇", "690122000000") == FAR
    assert ONE.find("东华镇", "别县") is None  # a township of the same name elsewhere
    assert ONE.find("东华镇", "江州市云川县") == EAST
    assert TWO.find("河口") is None
    assert TWO.find("河口乡") == TWIN_TOO
    assert TWO.find("河口镇") == TWIN


def test_rows_about_a_whole_county():
    frame = pl.DataFrame({"township": ["东华镇", "云川县", "合计", "外县", None]})
    places, _ = resolve(frame, ONE, totals=True)
    assert places.rows() == [
        EAST,
        ("云川县", None, "云川县"),
        ("云川县", None, "云川县"),
        ("云川县", None, None),
        ("云川县", None, None),
    ]
    places, _ = resolve(frame, ONE)
    assert places["township"].to_list() == ["东华镇", None, None, None, None]


def test_forms_are_counted():
    frame = pl.DataFrame({"township": ["东华镇", "东华", "东华", "　东华镇", "无", "外县"]})
    _, repairs = resolve(frame, ONE)
    assert repairs == {"township_form": 2, "spaces": 1, "empty_looking": 1}


@few
@given(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(["东华", "东华镇", "新城", None])), max_size=20))
def test_every_row_keeps_its_place(texts):
    frame = pl.DataFrame({"township": texts}, schema={"township": pl.String})
    places, _ = resolve(frame, ONE)
    assert places.height == len(texts)
    for text, code in zip(texts, places["area_code"], strict=True):
        alone, _ = resolve(pl.DataFrame({"township": [text]}, schema={"township": pl.String}), ONE)
        assert alone["area_code"].item() == code


@pytest.mark.parametrize(
    "word", ["合计", "总计", "全县", "全区", "全市", "县合计", "小计", "Total", "all", "county", "county total"]
)
def test_every_word_for_the_whole(word):
    assert ONE.is_whole_county(word) == "云川县"
    assert TWO.is_whole_county(word) is None


def test_a_number_of_five_digits_is_no_code():
    assert gazetteer(("云川县", "12345", "东华镇")).county("12345") is None
    assert ONE.county("690121") == "云川县"


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("松林回族乡", ["松林乡", "松林", "松林回族"]),
        ("松林土家族苗族乡", ["松林乡", "松林", "松林土家族乡"]),
        ("松林维吾尔族乡", ["松林"]),
    ],
)
def test_a_township_of_a_minority_is_found_without_its_name(name, others):
    place = ("云川县", "690121109", name)
    found = gazetteer(place)
    assert [found.find(other) for other in others] == [place] * len(others)
