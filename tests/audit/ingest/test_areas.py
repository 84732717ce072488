import datetime as dt

import pytest

from audit.config import load
from audit.ingest.areas import townships
from audit.ingest.read import read
from audit.ingest.spec import FileSpec
from expectations.errors import Problems
from expectations.fields import AREA_FIELDS
from expectations.tables import AREAS
from tests.audit.ingest.world import CAMPAIGN, text, write

HEAD = ["代码", "名称", "级别", "上级", "启用日期", "停用日期", "并入"]


def of(rows, tmp_path, campaign=CAMPAIGN, head=HEAD):
    path = write(tmp_path, campaign, areas__csv=text([head, *rows]))
    return townships(read(FileSpec("areas", tmp_path / "areas.csv", AREA_FIELDS)), load(path))


def codes(rows, tmp_path, campaign=CAMPAIGN):
    with pytest.raises(Problems) as caught:
        of(rows, tmp_path, campaign)
    return [problem.code for problem in caught.value.problems]


def test_townships_of_the_county_in_order_of_code(tmp_path):
    rows = [
        ["690121000", "云川县", "县", "江州市", "", "", ""],
        ["690121102", "白石镇", "乡镇", "690121000", "", "", ""],
        ["690121101", "东华 镇", "乡镇", "云川县", "2001-01-01", "9999-12-31", ""],
        ["690121101001", "上河村", "村", "东华镇", "", "", ""],
        ["690122101", "河口镇", "乡镇", "临江县", "", "", ""],
    ]
    frame, gazetteer, unreadable = of(rows, tmp_path)
    assert frame.schema == AREAS
    assert frame["township"].to_list() == ["东华镇", "白石镇"]
    assert frame["county"].to_list() == ["云川县"] * 2
    assert frame["valid_from"][0] == dt.date(2001, 1, 1)
    assert unreadable == {}
    assert gazetteer.find("河口镇") is None


def test_merged_and_renamed_townships_lead_to_those_of_today(tmp_path):
    rows = [
        ["690121101", "东华镇", "镇", "云川县", "", "", ""],
        ["690121109", "西屯乡", "乡", "云川县", "", "2019-05-01", "南屯乡"],  # merged into one that was merged later
        ["690121110", "南屯乡", "乡", "云川县", "", "2021-05-01", "690121101"],
        ["690121101", "老东华乡", "乡", "云川县", "", "2010-01-01", ""],  # renamed under the same code
    ]
    frame, gazetteer, _ = of(rows, tmp_path)
    assert frame["township"].to_list() == ["东华镇"]
    for text_ in ("西屯乡", "南屯", "老东华乡", "690121109", "690121110"):
        assert gazetteer.find(text_)[2] == "东华镇"


def test_problems_are_said_together(tmp_path):
    twice = [["1", "东华镇", "镇", "云川县", "", "", ""]] * 2 + [
        ["2", "东华镇", "镇", "云川县", "", "", ""],
        ["", "甲镇", "镇", "云川县", "", "", ""],
    ]
    assert codes(twice, tmp_path) == ["E-AREA-002", "E-AREA-003", "E-AREA-001"]


def test_a_successor_that_is_missing_or_goes_in_a_circle(tmp_path):
    rows = [
        ["1", "东华镇", "镇", "云川县", "", "", ""],
        ["2", "甲乡", "乡", "云川县", "", "2020-01-01", "乙乡"],
        ["3", "乙乡", "乡", "云川县", "", "2020-01-01", "甲乡"],
        ["4", "丙乡", "乡", "云川县", "", "2020-01-01", ""],
    ]
    assert codes(rows, tmp_path) == ["E-AREA-005"] * 3


def test_a_county_without_townships_names_what_there_is(tmp_path):
    assert codes([["1", "东华镇", "镇", "云州县", "", "", ""]], tmp_path) == ["E-AREA-004"]


def test_several_counties(tmp_path):
    campaign = CAMPAIGN.replace('county = "云川县"', 'county = ["云川县", "临江县"]')
    rows = [["1", "东华镇", "镇", "云川县", "", "", ""], ["2", "东华镇", "镇", "临江县", "", "", ""]]
    frame, gazetteer, _ = of(rows, tmp_path, campaign)
    assert frame["county"].to_list() == ["云川县", "临江县"]
    assert gazetteer.find("东华镇", "临江县") == ("临江县", "2", "东华镇")


def test_english_areas(tmp_path):
    campaign = CAMPAIGN.replace("云川县", "Cloud County")
    rows = [["1", "Donghua", "township", "Cloud County"], ["2", "Stone Town", "township", "Cloud County"]]
    frame, gazetteer, _ = of(rows, tmp_path, campaign, ["code", "name", "level", "parent"])
    assert frame["township"].to_list() == ["Donghua", "Stone Town"]
    assert gazetteer.find("DONGHUA")[1] == "1"
    assert gazetteer.find("stone")[1] == "2"
    assert gazetteer.find("Donghua Township")[1] == "1"
