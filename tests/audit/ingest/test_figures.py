import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.ingest.columns import read_column, ways
from audit.ingest.text import clean
from tests.audit.ingest.world import few


def read(kind, *cells):
    return read_column(pl.Series("x", cells, dtype=pl.String), kind)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("0", 0),
        ("1,234", 1234),
        ("１２", 12),
        ("12.0", 12),
        ("12.", 12),
        ("35人", 35),
        ("-1", -1),
        (" 7 ", 7),
        ("3.5", None),
        ("12,34", None),
        ("十二", None),
    ],
)
def test_whole_numbers(text, value):
    assert read("int", text).values.to_list() == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("98.5%", 98.5),
        ("9.97‰", 9.97),
        ("1,234.5", 1234.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("−2.1", -2.1),
        ("1.2.3", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_real_numbers(text, value):
    assert read("float", text).values.to_list() == [value]


def test_a_return_of_zero_is_data_and_a_dash_is_not():
    column = read("int", "0", "-", "/", "无", "", "x")
    assert column.values.to_list() == [0, None, None, None, None, None]
    assert column.unreadable == 1


@few
@given(st.integers(-(10**9), 10**9))
def test_whole_numbers_round_trip(value):
    assert read("int", str(value), f"{value:,}").values.to_list() == [value, value]


@pytest.mark.parametrize("kind", ["name", "date", "id", "text", "int", "float", "year"])
@few
@given(data=st.data())
def test_the_quick_way_and_the_long_way_agree(kind, data):
    """Plain cells skip the long way; it must not matter."""
    way = ways()[kind]
    cell = data.draw(
        st.from_regex(way.plain.replace("[A-Za-z]", "[A-Z]"), fullmatch=True)
        if kind != "name"
        else st.text("王小明建国", min_size=2, max_size=4)
    )
    long = pl.DataFrame({"x": [cell]}).select(y=way.full(clean("x")))["y"].to_list()
    quick = read(kind, cell).values.to_list()
    assert quick == long or (kind == "id" and set(cell) == {"0"})


@pytest.mark.parametrize(
    "text", ["a12.0", "12abc", "1234567890123456", "1,234,5", "12.0x", "5人3", "1,234x", "x1,234", "+-5", "1 人 2"]
)
def test_text_around_a_whole_number_is_not_passed_over(text):
    assert read("int", text).values.to_list() == [None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x5.5", None),
        ("5.5x", None),
        ("1234567890123456.5", None),
        (".55", 0.55),
        ("5.", 5.0),
        ("1.5e-3", 0.0015),
        ("1e9999", None),
        ("5%3", None),
        ("−2.5", -2.5),
    ],
)
def test_text_around_a_number_is_not_passed_over(text, value):
    assert read("float", text).values.to_list() == [value]
