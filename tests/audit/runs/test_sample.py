import json
from pathlib import Path

import polars as pl
import pytest
from scipy import stats

from audit.config import load
from audit.runs import sample as sampling
from audit.runs.sample import Terms, draw, judge
from audit.runs.write import seal, sha256
from expectations.errors import ConfigError
from tests.audit.runs.sample_run import record, small_run

CAMPAIGN = """[campaign]
county = "云川县"
birth_years = [2018, 2025]
areas = "areas.csv"
seed = 11

[sources.registry]
role = "audited"
path = "registry.csv"
"""
REFERENCE = """
[sources.household]
role = "reference"
path = "household.csv"
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A campaign with 400 rows and a run of it; its reference file is not there at all."""
    areas = ["代码,名称,级别,上级", "690101,云川县,县级,", "69010101,东华镇,乡级,690101", "69010102,西岭乡,乡级,690101"]
    (tmp_path / "areas.csv").write_text("\n".join(areas) + "\n", encoding="utf-8")
    lines = ["编号,乡镇,村,姓名,性别,出生日期"]
    lines += [f"D{n:04},{'东华镇' if n % 4 else '西岭乡'},一村,王{n},男,2021-05-{n % 28 + 1:02}" for n in range(400)]
    registry = tmp_path / "registry.csv"
    registry.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    entry = {"name": "registry", "role": "audited", "file": "registry.csv", "sha256": sha256(registry), "rows": 400}
    run = small_run()
    said = {**record(), "inputs": [entry]}
    said["campaign"]["seed"] = 11
    seal(type(run)(**{**{name: getattr(run, name) for name in run.__dataclass_fields__}, "record": said}), tmp_path / "runs")
    return tmp_path


def register(count: int) -> pl.DataFrame:
    rows = {"record_id": [f"D{n}" for n in range(count)], "line": list(range(2, count + 2))}
    return pl.DataFrame(rows).with_columns(
        county=pl.lit("云川县"), township=pl.lit("东华镇"), village=pl.lit(None, dtype=pl.String)
    )


def test_the_plan_of_the_design() -> None:
    told = Terms(tolerable=0.09, expected=0.02, confidence=0.95).plan(3653)
    assert (told.size, told.acceptable) == (68, 2)


def test_a_draw_is_seeded_without_repeats_and_blind_to_order() -> None:
    rows = register(500)
    one = draw(rows, 68, 11)
    assert one.equals(draw(rows.sample(fraction=1, shuffle=True, seed=1), 68, 11))
    assert not one.equals(draw(rows, 68, 12))
    assert one["line"].n_unique() == 68
    assert one["line"].is_sorted()
    assert one["number"].to_list() == list(range(1, 69))


def test_every_row_is_as_likely() -> None:
    rows, counts = register(20), dict.fromkeys(range(2, 22), 0)
    for seed in range(600):
        for line in draw(rows, 5, seed)["line"]:
            counts[line] += 1
    assert stats.chisquare(list(counts.values())).pvalue > 1e-4


def test_two_errors_are_accepted_and_three_are_not() -> None:
    terms = Terms()
    assert [judge(68, errors, 3653, terms).accepted for errors in (0, 1, 2, 3)] == [True, True, True, False]
    assert not judge(20, 0, 3653, terms).accepted  # too few checked to say so
    verdict = judge(68, 1, 3653, terms)
    assert verdict.factor == pytest.approx(67 / 68)
    assert verdict.factor_low < verdict.factor < verdict.factor_high < 1


@pytest.mark.parametrize(("checked", "errors"), [(5, 6), (0, 0), (5000, 1)])
def test_tallies_that_cannot_be(checked: int, errors: int) -> None:
    with pytest.raises(ConfigError, match="E-SMP-003"):
        judge(checked, errors, 3653, Terms())


def test_the_sample_is_the_same_with_and_without_references(hecha, county: Path) -> None:
    """DESIGN C2, byte for byte; the reference file is not even opened, for there is none."""
    without = hecha("sample", "--format", "csv")
    (county / "campaign.toml").write_text(CAMPAIGN + REFERENCE, encoding="utf-8")
    with_reference = hecha("sample", "--format", "csv")
    assert without.status == with_reference.status == 0
    assert without.out == with_reference.out
    assert without.out.splitlines()[0] == "number,record_id,line,county,township,village"


def test_plan_and_sheet_on_the_screen(hecha, county: Path) -> None:
    told = hecha("sample")
    assert "登记 400 行" in told.out
    size = json.loads(hecha("sample", "--plan", "--format", "json").out)["size"]
    assert len([line for line in told.out.splitlines() if line.rstrip().endswith("[ ]")]) == size
    assert not any(f"王{n}" in told.out for n in range(400))  # no names on the sheet


def test_one_township_only(hecha, county: Path) -> None:
    told = hecha("sample", "--township", "西岭乡", "--format", "json")
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert {row["township"] for row in rows} == {"西岭乡"}
    assert json.loads(hecha("sample", "--township", "西岭乡", "--plan", "--format", "json").out)["population"] == 100


def test_a_tally_is_judged_and_kept(hecha, county: Path) -> None:
    told = hecha("sample", "--record", "68/1")
    assert "接受" in told.out
    assert "核实系数 98.5%" in told.out
    said = json.loads((county / "runs" / sampling.FILE).read_text())
    assert (said["checked"], said["errors"], said["accepted"]) == (68, 1, True)
    assert "不接受" in hecha("sample", "--record", "68/9").out


def test_a_register_that_was_changed_since_is_refused(hecha, county: Path) -> None:
    with (county / "registry.csv").open("a", encoding="utf-8") as file:
        file.write("D9999,东华镇,一村,王某,男,2021-05-01\n")
    told = hecha("sample")
    assert (told.status, "E-SMP-002 registry.csv" in told.err) == (2, True)


def test_a_campaign_that_is_not_there(hecha, county: Path) -> None:
    (county / "campaign.toml").rename(county / "other.toml")
    assert "E-SMP-005" in hecha("sample").err
    assert hecha("sample", "--campaign", "other.toml", "--plan").status == 0


def kept_elsewhere(county: Path) -> Path:
    """The runs moved to a folder far from their campaign, whose name is then that of the run's record."""
    (county / "campaign.toml").rename(county / "years.toml")
    text = CAMPAIGN.replace("[campaign]", f'[campaign]\nname = "{record()["campaign"]["name"]}"')
    (county / "years.toml").write_text(text, encoding="utf-8")
    runs = county / "other" / "disk" / "runs"
    runs.parent.mkdir(parents=True)
    (county / "runs").rename(runs)
    return runs


def test_runs_kept_elsewhere_say_where_their_campaign_is(hecha, county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = kept_elsewhere(county)
    monkeypatch.setenv("HECHA_RUNS", str(runs))
    monkeypatch.chdir(runs)
    assert "E-SMP-005" in hecha("sample").err
    sampling.point_to(load(county / "years.toml"), runs)
    assert hecha("sample", "--plan").status == 0
    assert (runs / sampling.CAMPAIGN).read_text(encoding="utf-8") == "../../../years.toml\n"


def test_a_campaign_in_the_working_folder_is_found_if_it_is_the_runs(hecha, county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECHA_RUNS", str(kept_elsewhere(county)))
    assert hecha("sample", "--plan").status == 0
    text = (county / "years.toml").read_text(encoding="utf-8")
    (county / "years.toml").write_text(text.replace("2025", "2024"), encoding="utf-8")
    assert "E-SMP-005" in hecha("sample").err


def test_runs_beside_their_campaign_need_no_word_of_it(county: Path) -> None:
    sampling.point_to(load(county / "campaign.toml"), county / "runs")
    assert not (county / "runs" / sampling.CAMPAIGN).exists()


def test_terms_that_contradict_each_other(hecha, county: Path) -> None:
    assert "E-SMP-001" in hecha("sample", "--expected", "10").err
