import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from audit.ingest.identity import check_digit, date_inside, is_short, is_valid, number18, sex_inside
from audit.ingest.text import clean
from tests.audit.ingest.world import few


def one(expression, *values):
    return pl.DataFrame({"x": values}, schema={"x": pl.String}).select(y=expression(pl.col("x")))["y"].to_list()


def test_check_digits_worked_by_hand():
    # 11010519491231002X is the example of GB 11643-1999: the weighted sum of its 17 digits is 167, 167 mod 11 = 2, which asks for X
    assert one(check_digit, "11010519491231002", "44052418800101001") == ["X", "4"]  # the second: sum 239, remainder 8, digit 4
    assert one(check_digit, "1101051949123100", "1101051949123100A", None) == [None, None, None]


@few
@given(st.integers(10**16, 10**17 - 1))
def test_check_digit_equals_the_oracle(seventeen):
    text = str(seventeen)
    assert one(check_digit, text) == [ric.calc_check_digit(text + "0")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("110105-19491231-002X", "11010519491231002X"),
        ("'11010519491231002X", "11010519491231002X"),
        ('="11010519491231002X"', "11010519491231002X"),
        ("11010519491231002×", "11010519491231002X"),
        ("\u202a11010519491231002X\u202c", "11010519491231002X"),
        ("110105491231002", "11010519491231002X"),  # 15 digits, of 1949
        ("110105491231002.0", "11010519491231002X"),
        ("1101054912310021", None),  # 16 digits
        ("11010519491231002Y", None),
        ("X1010519491231002X", None),
        ("1.10105194912310e17", None),  # a spreadsheet's number, the rest lost
        ("٦٩٠١٢١٢٠٢٥٠٧١١٠٤٠٣", None),  # digits, but no ASCII digits
    ],
)
def test_numbers_as_they_are_written(written, meant):
    assert one(lambda x: number18(clean(x)), written) == [meant]


def test_what_a_number_says():
    number = ["690121202507110403", "690121202513110403", "690121292507110403", None]
    assert one(date_inside, *number) == [dt.date(2025, 7, 11), None, None, None]
    assert one(sex_inside, "690121202507110403", "690121202507110411") == ["female", "male"]
    assert one(is_valid, "11010519491231002X", "110105194912310021", None) == [True, False, None]
    assert one(is_valid, "123", None, "11010519491231002X", "11010519491231002x") == [None, None, True, None]
    assert one(is_valid, None) == [None]
    assert one(is_short, "110105491231002", "11010519491231002X") == [True, False]


@few
@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True))
def test_a_right_number_is_valid_and_stays_as_it_is(seventeen):
    (digit,) = one(check_digit, seventeen)
    number = seventeen + digit
    assert one(is_valid, number) == [True]
    assert one(lambda x: number18(clean(x)), number.lower()) == [number]


@few
@given(st.from_regex(r"[1-9][0-9]{14}", fullmatch=True))
def test_a_lengthened_number_is_valid_and_keeps_its_digits(fifteen):
    (number,) = one(number18, fifteen)
    assert number[:6] + number[8:17] == fifteen
    assert one(is_valid, number) == [True]


@few
@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True), st.integers(0, 16), st.integers(1, 9))
def test_every_single_slip_is_caught(seventeen, at, shift):
    (digit,) = one(check_digit, seventeen)
    slipped = seventeen[:at] + str((int(seventeen[at]) + shift) % 10) + seventeen[at + 1 :] + digit
    assert one(is_valid, slipped) == [False]
