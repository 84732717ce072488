import datetime as dt

import polars as pl
import pytest

from audit.ingest.places import Gazetteer, Township
from audit.ingest.spec import FileSpec, Header, Raw
from audit.ingest.tables import normalise_table
from expectations.errors import Problems, RefusedError
from expectations.fields import TABLE_FIELDS
from expectations.tables import TABLE_SCHEMAS

EAST = ("云川县", "690121101", "东华镇")
PLACES = Gazetteer.of(("云川县",), [Township("东华镇", EAST)], {EAST[1]: EAST})


def of(kind, columns, tmp_path):
    n = len(next(iter(columns.values())))
    frame = pl.DataFrame({"line": range(2, n + 2), **columns}, schema={"line": pl.Int64, **dict.fromkeys(columns, pl.String)})
    fields = {field.name: field for field in TABLE_FIELDS[kind]}
    header = Header(1, tuple(columns), {at: fields[name] for at, name in enumerate(columns)})
    made = normalise_table(Raw(frame, header, ""), kind, FileSpec(kind, tmp_path / "t.csv", TABLE_FIELDS[kind]), PLACES)
    assert made.frame.schema == TABLE_SCHEMAS[kind]
    return made


def test_rates(tmp_path):
    made = of(
        "vital_rates",
        {"township": ["东华", "全县"], "year": ["2018年", "2018"], "population": ["7,985", "80000"], "birth_rate": ["9.97‰", "-"]},
        tmp_path,
    )
    assert made.frame.select("area_code", "township", "year", "population", "birth_rate").rows() == [
        ("690121101", "东华镇", 2018, 7985.0, 9.97),
        (None, "云川县", 2018, 80000.0, None),
    ]
    assert made.unknown_townships == 0


def test_returns_where_zero_is_data(tmp_path):
    made = of(
        "returns",
        {
            "township": ["东华镇"] * 5,
            "period": ["2018-01", "201802", "2018年3月", "x", "2018-05"],
            "births": ["0", "/", "3", "4", "五"],
            "submitted_on": ["2018-02-03"] * 5,
        },
        tmp_path,
    )
    assert made.frame.select("year", "month", "births").rows() == [
        (2018, 1, 0),
        (2018, 2, None),
        (2018, 3, 3),
        (None, None, 4),
        (2018, 5, None),
    ]
    assert made.frame["submitted_on"][0] == dt.date(2018, 2, 3)
    assert made.unreadable == {"period": 1, "births": 1}


def test_a_month_beside_its_year(tmp_path):
    made = of(
        "returns",
        {"township": ["东华镇"] * 4, "period": ["1", "12月", "13", "2019-03"], "year": ["2018"] * 4, "births": ["1"] * 4},
        tmp_path,
    )
    assert made.frame.select("year", "month").rows() == [(2018, 1), (2018, 12), (None, None), (2019, 3)]
    assert made.unreadable == {"period": 1}


@pytest.mark.parametrize(("kind", "column"), [("indicators", "indicator"), ("totals", "series")])
@pytest.mark.parametrize(
    "name",
    ["节育措施落实率", "孕检到位率", "政策内生育率", "社会抚养费征收率", "少数民族人口", "Contraceptive prevalance", "避  孕率"],
)
def test_indicators_out_of_scope_are_refused_by_name(kind, column, name, tmp_path):
    with pytest.raises(Problems) as caught:
        of(kind, {"township": ["东华镇"] * 2, "year": ["2018"] * 2, column: ["信息录入率", name]}, tmp_path)
    (problem,) = caught.value.problems
    assert isinstance(problem, RefusedError)
    assert problem.exit_code == 2
    assert " ".join(name.split()) in problem.params["indicator"]
