import polars as pl
import pytest

from audit.ingest.text import clean, hidden_marks, looks_empty


def cleaned(text):
    return pl.select(clean(pl.lit(text, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('="690121"', "690121"),
        ('"王明"', "王明"),
        ("'690121", "690121"),
        ("'690121'", "690121'"),
        ('="" ', None),
        ('x="a"', 'x="a"'),
        ('"a" b', '"a" b'),
        ("a'b", "a'b"),
        ("'a\nb", "'a\nb"),
        ("'", "'"),
        ("　王　明　", "王 明"),
        ("ＡＢ１２", "AB12"),
        ("王\u200b\ufeff\x00明\u202e", "王明"),
        (" \u3000\t", None),
        ("\x00", None),
        ("", None),
        (None, None),
    ],
)
def test_text_of_cells(text, meant):
    assert cleaned(text) == meant


@pytest.mark.parametrize(
    ("text", "kind", "empty"),
    [
        ("无", "name", True),
        ("不  详", "name", False),
        ("n/a", "text", True),
        ("N/A", "name", True),
        ("/", "text", True),
        ("- -", "text", True),
        ("-1", "text", False),
        ("0", "int", False),
        ("0", "name", True),
        ("000.0", "id", True),
        ("100", "id", False),
        ("00x", "id", False),
        ("0", "text", False),
        ("0", "sex", True),
        ("9", "sex", True),
        ("1", "sex", False),
    ],
)
def test_what_only_looks_like_a_value(text, kind, empty):
    assert pl.select(looks_empty(pl.lit(text), kind)).item() is empty


def test_words_for_nothing_are_known_with_any_spaces_between():
    from expectations.fields import EMPTY_WORDS

    spaced = next(word for word in EMPTY_WORDS if " " in word)
    assert pl.select(looks_empty(pl.lit(spaced.replace(" ", "   ").upper()), "text")).item()


def test_hidden_marks_of_a_raw_cell():
    cells = pl.DataFrame({"x": ["ａ", " a", "a\u3000b", "a\u200b", "a"]})
    found = cells.select(mark.alias(name) for name, mark in hidden_marks("x").items())
    assert found["full_width"].to_list() == [True, False, False, False, False]
    assert found["spaces"].to_list() == [False, True, True, False, False]
    assert found["hidden_characters"].to_list() == [False, False, False, True, False]
