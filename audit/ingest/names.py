"""Personal names and sexes."""

from functools import lru_cache
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
    text = pl.when(text.str.contains(_HAN)).then(han).otherwise(text)
    return pl.when(text.str.len_bytes() > 0).then(text)


def sex(text: pl.Expr) -> pl.Expr:
    """``male`` or ``female`` from cleaned text: 男/女, M/F, 1/2 (GB/T 2261.1); null for anything else."""
    plain = text.str.to_lowercase()
    return pl.when(plain.is_in(_MALE)).then(pl.lit("male")).when(plain.is_in(_FEMALE)).then(pl.lit("female"))


def simplified(frame: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, int]:
    """The frame with traditional characters in names simplified, and how many cells changed.

    Only names with a character outside GB 2312 are looked at (陳, 劉): its 6,763 characters are simplified already, and one
    of them (乾) must not be changed in a name. Those few go through OpenCC one by one.
    """
    changed = 0
    for column in columns:
        distinct = frame[column].drop_nulls().unique()
        swap = {old: new for old in distinct.to_list() if not _plain(old) and (new := _simplify(old)) != old}
        if swap:
            changed += frame[column].is_in(list(swap)).sum()
            frame = frame.with_columns(pl.col(column).replace(swap))
    return frame, changed


def _plain(text: str) -> bool:
    try:
        text.replace("·", "").encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _simplify(text: str) -> str:
    """Characters that GB 2312 has stay as they are; only the others are converted."""
    return "".join(ch if _plain(ch) else str(_converter().convert(ch)) for ch in text)


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
