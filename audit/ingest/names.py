"""Personal names and sexes."""

from functools import cache, lru_cache
from typing import Any, Final

import polars as pl

_HAN: Final = r"[\u3400-\u9fff\u3007\uf900-\ufaff]|[\U00020000-\U000323af]"
_DOTS: Final = r"[•‧∙⋅・᛫●。.．]"  # each written for the · of a minority name
_EDGES: Final = ",，;；:：、'\"“”‘’`*_"
_MALE: Final = (
    "男",
    "男性",
    "男孩",
    "男婴",
    "男童",
    "儿子",
    "m",
    "male",
    "boy",
    "man",
    "1",
    "01",
    "1.0",
    "1-男",
    "1男",
    "1.男",
    "1 男",
    "1、男",
    "男1",
    "男(1)",
)
_FEMALE: Final = (
    "女",
    "女性",
    "女孩",
    "女婴",
    "女童",
    "女儿",
    "f",
    "female",
    "girl",
    "woman",
    "2",
    "02",
    "2.0",
    "2-女",
    "2女",
    "2.女",
    "2 女",
    "2、女",
    "女2",
    "女(2)",
)


def name(text: pl.Expr) -> pl.Expr:
    """A name from cleaned text: no spaces between Han characters, single ones elsewhere, one kind of middle dot.

    >>> pl.select(name(pl.lit("阿卜杜•买 买提"))).item(), pl.select(name(pl.lit("Anna  Maria"))).item()
    ('阿卜杜·买买提', 'Anna Maria')
    """
    text = text.str.strip_chars(_EDGES).str.replace_all(r"\s+", " ").str.strip_chars()
    han = text.str.replace_all(" ", "", literal=True).str.replace_all(_DOTS, "·").str.replace_all("·+", "·").str.strip_chars("·")
    # Composed anew: where a space went, an accent after it now stands on the letter before.
    text = pl.when(text.str.contains(_HAN)).then(han).otherwise(text).str.normalize("NFC")
    return pl.when(text.str.len_bytes() > 0).then(text)


def sex(text: pl.Expr) -> pl.Expr:
    """``male`` or ``female`` from cleaned text: 男/女, M/F, 1/2 (GB/T 2261.1); null for anything else."""
    plain = text.str.to_lowercase()
    return pl.when(plain.is_in(_MALE)).then(pl.lit("male")).when(plain.is_in(_FEMALE)).then(pl.lit("female"))


@cache
def simplified_class() -> str:
    """The 6,763 Chinese characters of GB 2312, all of them simplified, as ranges of a regular expression."""
    codes = sorted(
        ord(bytes((high, low)).decode("gb2312"))
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
        if high < 0xD7 or low < 0xFA or high > 0xD7
    )
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(low) if low == high else f"{chr(low)}-{chr(high)}" for low, high in ranges)


def simplified(odd: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Names (column ``value``, ``n`` times each) with traditional characters simplified, and how many cells changed.

    Only characters outside GB 2312 are looked at (陳, 劉): its own are simplified already, and one of them (乾) must not be
    changed in a name. Each such character goes through OpenCC once.
    """
    wanted = odd["value"].filter(odd["value"].str.contains(rf"[^{simplified_class()}\x00-\x7f·]").fill_null(False)).unique()
    table = {ord(ch): new for ch in set("".join(wanted)) if not _plain(ch) and (new := str(_converter().convert(ch))) != ch}
    swap = {old: new for old in wanted if (new := old.translate(table)) != old} if table else {}
    if not swap:
        return odd, 0
    changed = int(odd.filter(pl.col("value").is_in(list(swap)))["n"].sum())
    return odd.with_columns(pl.col("value").replace(swap)), changed


def _plain(text: str) -> bool:
    try:
        text.replace("·", "").encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
