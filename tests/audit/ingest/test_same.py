"""A register that is given a second time as its own witness, dressed up otherwise; and registers that are only much alike."""

import datetime as dt
import io

import numpy as np
import polars as pl
import pytest

from audit.config import load
from audit.ingest import ingest
from audit.ingest.same import Sketch
from audit.progress import Silent
from expectations.errors import Problems
from expectations.tables import BIRTHS
from tests.audit.ingest.world import births, text, write, xlsx


def frame(n=3_000, seed=1):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "area_code": [f"69012110{i}" for i in rng.integers(1, 5, n)],
            "sex": rng.choice(["male", "female"], n),
            "birth_date": [dt.date(2018, 1, 1) + dt.timedelta(days=int(d)) for d in rng.integers(0, 2_900, n)],
            "name": [f"王{a}{b}" for a, b in rng.integers(0, 40, (n, 2))],
            "mother_name": [f"李{a}{b}" for a, b in rng.integers(0, 40, (n, 2))],
            "village": [f"上河{a}村" for a in rng.integers(0, 9, n)],
        }
    ).select([pl.col(c) if c in ("area_code", "sex", "birth_date", "name", "mother_name", "village") else
              pl.lit(None, dtype=kind).alias(c) for c, kind in BIRTHS.items()])  # fmt: skip


def changed(rows, share, seed=2):
    """Another spelling of a share of the names."""
    odd = pl.Series(np.random.default_rng(seed).random(rows.height) < share)
    return rows.with_columns(name=pl.when(odd).then(pl.col("name") + "儿").otherwise("name"))


def sketch(rows, keys=4_096):
    return Sketch(keys).see(rows)


@pytest.mark.parametrize("keys", [150, 4_096])
def test_the_same_rows_in_any_order_are_the_same(keys):
    rows = frame()
    assert sketch(rows, keys).alike(sketch(rows.sample(fraction=1, shuffle=True, seed=3), keys))


def test_read_in_steps_they_are_the_same():
    rows, stepwise = frame(), Sketch(150)
    for step in rows.reverse().iter_slices(700):
        stepwise.see(step)
    assert stepwise.alike(sketch(rows, 150))


def test_one_row_in_a_thousand_may_differ():
    rows = frame(20_000)
    assert sketch(rows).alike(sketch(changed(rows, 0.0003)))
    assert sketch(rows).alike(sketch(rows[:-10]))


@pytest.mark.parametrize("share", [0.005, 0.05, 0.5])
def test_a_register_with_some_other_spellings_is_another_register(share):
    rows = frame(20_000)
    assert not sketch(rows).alike(sketch(changed(rows, share)))


@pytest.mark.parametrize("missing", [0.005, 0.05])
def test_a_register_that_knows_fewer_births_is_another_register(missing):
    rows = frame(20_000)
    fewer = rows[: int(rows.height * (1 - missing))]
    assert not sketch(rows).alike(sketch(fewer))
    assert not sketch(fewer).alike(sketch(rows))


def test_a_copy_without_some_columns_is_a_copy():
    rows = frame()
    assert sketch(rows).alike(sketch(rows.with_columns(village=pl.lit(None, dtype=pl.String))))


def test_rows_repeated_are_not_counted_twice():
    rows = frame()
    assert not sketch(rows).alike(sketch(pl.concat([rows, rows])))


def test_small_lists_are_not_judged():
    rows = frame(60)
    assert not sketch(rows).alike(sketch(rows))


def test_nothing_of_a_row_is_in_its_words():
    assert repr(sketch(frame())) == "Sketch()"


HEADER = ["乡镇名称", "出生日期", "性别", "姓名", "身份证号", "母亲姓名", "父亲姓名", "村"]


def dressed(rows):
    """The register's rows upside down, under other headers, without their ids, and one name misspelt."""
    body = [[row[1], row[5].replace("-", "/"), row[4], row[3], row[6], row[7], row[9], row[2]] for row in reversed(rows[1:])]
    body[3][3] += "儿"
    return [HEADER, *body]


def as_parquet(rows):
    out = io.BytesIO()
    pl.DataFrame(rows[1:], schema=rows[0], orient="row").write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "make", [lambda rows: text(rows).encode("gb18030"), lambda rows: text(rows, "\t").encode("utf-16"), xlsx, as_parquet],
    ids=["gb18030", "utf-16", "xlsx", "parquet"],
)  # fmt: skip
def test_a_register_dressed_up_as_its_own_witness_is_refused(tmp_path, make):
    rows = births(1_200)
    path = write(tmp_path / "campaign", registry__csv=text(rows), household__csv=make(dressed(rows)))
    with pytest.raises(Problems) as caught:
        ingest(load(path), Silent())
    (problem,) = caught.value.problems
    assert (problem.code, problem.params) == ("E-READ-019", {"one": "registry", "other": "household"})
    assert problem.line is None
