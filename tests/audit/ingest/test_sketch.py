import tomllib

import pytest

from audit.config import load
from audit.ingest import ingest, sketch
from audit.progress import Silent
from tests.audit.ingest.world import births, text, write, xlsx


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sketch_of_a_whole_folder_can_be_run(language, tmp_path):
    write(tmp_path, household__csv=xlsx([row[1:10] for row in births(40, start=7)]))
    draft = sketch(tmp_path, language)
    parsed = tomllib.loads(draft)
    assert parsed["campaign"]["county"] == "云川县"
    assert parsed["campaign"]["birth_years"] == [2018, 2018]
    assert {name: source["role"] for name, source in parsed["sources"].items()} == {"registry": "audited", "household": "reference"}
    assert {name: table["kind"] for name, table in parsed["tables"].items()} == {
        "bureau": "vital_rates",
        "indicators": "indicators",
        "returns": "returns",
    }
    (tmp_path / "campaign.toml").write_text(draft, encoding="utf-8")
    assert ingest(load(tmp_path / "campaign.toml"), Silent()).audited.name == "registry"


def test_no_cell_of_a_register_is_in_a_sketch(tmp_path):
    write(tmp_path, registry__csv=text(births(40)[1:]), household__csv=text([["a", "b"], *births(40)[1:]]))
    draft = sketch(tmp_path, "zh")
    assert not [cell for row in births(40)[1:] for cell in row if len(cell) > 1 and cell in draft and cell not in ("东华镇",)]
    assert "registry.csv" in draft


def test_what_is_not_recognised_is_said(tmp_path):
    write(
        tmp_path,
        registry__csv=text(
            [
                ["编号", "乡镇", "娃娃名字", "性别", "出生的日子", "民族", "备注"],
                ["1", "东华镇", "王明", "男", "2020-01-01", "汉", ""],
            ]
        ),
    )
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "普查.csv").write_text(text(births(5)), encoding="utf-8")
    (tmp_path / "其他.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    draft = sketch(tmp_path, "zh")
    tomllib.loads(draft)
    assert "# registry.csv 中没有认出、不读的列：娃娃名字" in draft
    for told in ("a.pdf", "普查.csv", "其他.csv", '"出生的日子" = "birth_date"', "民族", "备注"):
        assert told in draft


def test_an_empty_folder(tmp_path):
    assert tomllib.loads(sketch(tmp_path, "en"))["campaign"]["areas"] == "areas.csv"


def test_names_cannot_break_out_of_a_comment(tmp_path):
    write(tmp_path, registry__csv=text([["乡镇", "性别", "姓名", 'x\n[evil]\n"y', "\u202e"], ["东华镇", "男", "王明", "", ""]]))
    for name in ("a\nseed = 2.csv", 'b"\u202e.csv', "c'=.csv"):
        (tmp_path / name).write_text(text(births(3)), encoding="utf-8")
    (tmp_path / "d\n[evil].csv").write_text("x", encoding="utf-8")
    parsed = tomllib.loads(sketch(tmp_path, "zh"))
    assert "evil" not in parsed
    assert parsed["campaign"]["seed"] == 1
    assert "a\nseed = 2.csv" in {source["path"] for source in parsed["sources"].values()}
