"""Rows as each office's file shows them: its headers, its ways of writing a date, a township, an empty cell."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.demo.pens import Rows
from audit.demo.places import FOREIGN, Places
from audit.demo.references import Listed
from audit.demo.register import Register

_REGISTRY: Final = {
    "township": "乡镇街道", "village": "村居", "name": "子女姓名", "sex": "性别", "birth_date": "出生日期",
    "id_number": "公民身份号码", "mother_name": "母亲姓名",
    "mother_id_number": "母亲身份证号", "father_name": "父亲姓名", "registered_on": "登记日期",
}  # fmt: skip
_REFERENCE: Final[dict[str, dict[str, str]]] = {
    "household": {
        "own": "户号", "name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "公民身份号码",
        "township": "乡镇", "village": "村",
        "mother_name": "母亲姓名", "mother_id_number": "母亲公民身份号码", "father_name": "父亲姓名",
    },
    "immunisation": {
        "own": "接种编码", "name": "儿童姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "身份证号",
        "township": "乡镇", "village": "村",
        "mother_name": "母亲姓名", "mother_id_number": "母亲身份证号",
    },
    "hospital": {
        "own": "证明编号", "name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "身份证号", "township": "乡镇",
        "mother_name": "母亲姓名", "mother_id_number": "母亲身份证号", "father_name": "父亲姓名",
    },
}  # fmt: skip
_DATES: Final = ("%Y-%m-%d", "%Y%m%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y年%-m月%-d日")
_NOTHING: Final = np.array(["", "", "", "", "", "", "无", "不详", "/", "-"], dtype=object)


def record_ids(count: int) -> list[str]:
    """The register's own ids, in the order of its rows."""
    return [f"R{at:07d}" for at in range(1, count + 1)]


def registry(register: Register, places: Places, order: NDArray[np.int64], rng: np.random.Generator) -> pl.DataFrame:
    """The register's file: five ways of writing a date, short township names, gaps written in words."""
    rows = {field: values[order] for field, values in register.rows.items()}
    mix = rng.choice(len(_DATES), size=order.size, p=(0.56, 0.18, 0.08, 0.09, 0.09))
    columns = {
        "township": _township_texts(places, register.township[order], rng),
        "village": _filled(rows["village"], rng),
        "name": _spaced(rows["name"], rng),
        "sex": rows["sex"].tolist(),
        "birth_date": _date_texts(rows["day"], mix),
        "id_number": _numbers(rows["id_number"], rng),
        "mother_name": _filled(rows["mother_name"], rng),
        "mother_id_number": _numbers(rows["mother_id_number"], rng),
        "father_name": _filled(rows["father_name"], rng),
        "registered_on": _date_texts(rows["registered_on"], np.zeros(order.size, dtype=np.int64)),
    }
    return pl.DataFrame({"登记编号": record_ids(order.size), **{_REGISTRY[field]: values for field, values in columns.items()}})


def reference(name: str, listed: Listed, places: Places, order: NDArray[np.int64], rng: np.random.Generator) -> pl.DataFrame:
    """A reference's file; each writes dates in its own way."""
    rows = {field: values[order] for field, values in listed.rows.items()}
    own = [f"{name[:1].upper()}{number:08d}" for number in rng.permutation(order.size) + 10_000_000]
    style = {"household": 0, "immunisation": 1, "hospital": 2}[name]
    columns: dict[str, list[str | None]] = {
        "own": list(own),
        "township": _township_texts(places, listed.township[order], rng),
        "birth_date": _date_texts(rows["day"], np.full(order.size, style)),
        **{
            field: rows[field].tolist()
            for field in ("village", "name", "sex", "id_number", "mother_name", "mother_id_number", "father_name")
        },
    }
    return pl.DataFrame({header: columns[field] for field, header in _REFERENCE[name].items()}).with_columns(pl.all().fill_null(""))


def _township_texts(places: Places, township: NDArray[np.int64], rng: np.random.Generator) -> list[str | None]:
    full = places.township[np.maximum(township, 0)]
    draw = rng.random(township.size)
    short = np.array([name.removesuffix("街道").rstrip("镇乡") for name in places.township], dtype=object)
    office = np.array([name + ("办事处" if name.endswith("街道") else "政府") for name in places.township], dtype=object)
    texts = np.where(draw < 0.02, short[np.maximum(township, 0)], np.where(draw < 0.035, office[np.maximum(township, 0)], full))
    texts = np.where(township < 0, rng.choice(np.array(FOREIGN, dtype=object), size=township.size), texts)
    result: list[str | None] = texts.tolist()
    return result


def _date_texts(day: NDArray[np.int64], style: NDArray[np.int64]) -> list[str | None]:
    dates = pl.Series("day", day.astype("datetime64[D]"))
    frame = pl.DataFrame({"day": dates, "style": style})
    written = pl.coalesce(pl.when(pl.col("style") == at).then(pl.col("day").dt.strftime(form)) for at, form in enumerate(_DATES))
    result: list[str | None] = frame.select(written)["day"].to_list()
    return result


def _filled(values: NDArray[Any], rng: np.random.Generator) -> list[str | None]:
    """Gaps as clerks leave them: mostly blank, sometimes a word or a stroke."""
    values = values.copy()
    gaps = np.flatnonzero(values == None)  # noqa: E711 - elementwise
    values[gaps] = rng.choice(_NOTHING, size=gaps.size)
    result: list[str | None] = values.tolist()
    return result


def _spaced(values: NDArray[Any], rng: np.random.Generator) -> list[str | None]:
    """Some two-character names are padded to the width of three."""
    values = values.copy()
    for at in np.flatnonzero(rng.random(values.size) < 0.03):
        if len(values[at]) == 2:
            values[at] = f"{values[at][0]}　{values[at][1]}"
    return _filled(values, rng)


def _numbers(values: NDArray[Any], rng: np.random.Generator) -> list[str | None]:
    """A few numbers in full-width digits, with a stray space, or with a small x."""
    values = values.copy()
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    for at in np.flatnonzero(rng.random(values.size) < 0.01):
        if values[at] is not None:
            way = rng.integers(3)
            values[at] = values[at].translate(wide) if way == 0 else f"{values[at]} " if way == 1 else values[at].lower()
    return _filled(values, rng)


__all__ = ["Rows", "record_ids", "reference", "registry"]
