import pytest

from audit.config import load, schema
from expectations.catalogue import catalogue
from expectations.errors import Problems, RefusedError
from tests.audit.ingest.world import CAMPAIGN


def codes(text, tmp_path):
    path = tmp_path / "campaign.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Problems) as caught:
        load(path)
    assert caught.value.exit_code == 2
    for problem in caught.value.problems:
        for language in ("zh", "en"):
            for part in ("what", "remedy"):
                assert catalogue(language).text(f"error.{problem.code}.{part}", **problem.params)
    # None of the files is there, which is told besides.
    return [problem.code for problem in caught.value.problems if problem.code != "E-READ-001"]


def with_change(old, new):
    assert old in CAMPAIGN
    return CAMPAIGN.replace(old, new)


def test_a_campaign(tmp_path):
    path = tmp_path / "campaign.toml"
    path.write_text(CAMPAIGN, encoding="utf-8")
    campaign = load(path)
    assert campaign.counties == ("云川县",)
    assert campaign.year == 2026
    assert campaign.birth_years == (2018, 2025)
    assert campaign.areas == tmp_path.resolve() / "areas.csv"
    assert list(campaign.sources) == ["registry", "household"]
    assert campaign.minimum_cell == 10
    assert campaign.targets.completeness == 0.9
    assert campaign.targets.timely_days == 60


def test_what_may_be_given_besides(tmp_path):
    path = tmp_path / "campaign.toml"
    head = 'county = ["云川县", "临江县"]\noffice = "统计局"\ncontact = "某某"\nyear = 2027'
    more = 'encoding = "gb18030"\nsheet = "一"\nheader_row = 3\nlink_quality = { precision = 0.998, recall = 0.97, n = 400 }'
    text = CAMPAIGN.replace('county = "云川县"', head).replace('path = "household.csv"', f'path = "household.csv"\n{more}')
    text += "[disclosure]\nminimum_cell = 20\n[targets]\ncompleteness = 0.95\ntimely_days = 30\n"
    text += '[columns.registry]\n"娃娃名字" = "name"\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    campaign = load(path)
    assert campaign.counties == ("云川县", "临江县")
    assert (campaign.year, campaign.office, campaign.minimum_cell) == (2027, "统计局", 20)
    assert campaign.sources["household"].link_quality.recall == 0.97
    assert campaign.columns == {"registry": {"娃娃名字": "name"}}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("seed = 1", "seeed = 1", "E-CONFIG-006"),
        ('county = "云川县"', "", "E-CONFIG-007"),
        ('role = "audited"', 'role = "auditd"', "E-CONFIG-008"),
        ('kind = "returns"', 'kind = "return"', "E-CONFIG-008"),
        ("seed = 1", "seed = -1", "E-CONFIG-010"),
        ("seed = 1", 'seed = "1"', "E-CONFIG-010"),
        ('language = "zh"', 'language = "fr"', "E-CONFIG-010"),
        ("birth_years = [2018, 2025]", "birth_years = [2018]", "E-CONFIG-010"),
        ("birth_years = [2018, 2025]", "birth_years = [2025, 2018]", "E-CONFIG-012"),
        ("birth_years = [2018, 2025]", "birth_years = [2018, 2025]\nyear = 2020", "E-CONFIG-012"),
        ('role = "reference"', 'role = "audited"', "E-CONFIG-011"),
        ('county = "云川县"', 'county = ["云川县", "云川县"]', "E-CONFIG-013"),
        ("[tables.returns]", "[tables.registry]", "E-CONFIG-014"),
        ('path = "household.csv"', "", "E-CONFIG-015"),
        ('path = "household.csv"', 'odbc = "env:HECHA_DSN"', "E-CONFIG-015"),
        ('path = "household.csv"', 'odbc = "DSN=x;PWD=secret"\ntable = "births"', "E-CONFIG-010"),
        ('path = "household.csv"', 'odbc = "env:HECHA_DSN"\ntable = "births; DROP TABLE x"', "E-CONFIG-010"),
        ("seed = 1", "seed = 1\n[columns.registri]\na = 'name'", "E-CONFIG-006"),
        ("seed = 1", "seed = 1\n[columns.registry]\na = 'nam'", "E-CONFIG-016"),
        ("seed = 1", "seed = 1\n[columns.registry]\na = 'name'\nb = 'name'", "E-CONFIG-017"),
        ("seed = 1", "seed = 1\n[disclosure]\nminimum_cell = 5", "E-CONFIG-009"),
        ("seed = 1", "seed = 1\n[targets]\ncompleteness = 90", "E-CONFIG-010"),
        ("seed = 1", "seed = ", "E-CONFIG-005"),
    ],
)
def test_each_problem_by_its_code(old, new, code, tmp_path):
    assert codes(with_change(old, new), tmp_path) == [code]


@pytest.mark.parametrize(("old", "new"), [("[tables.returns]", "[tables]"), ("[sources.household]", "[sources]")])
def test_keys_where_a_section_belongs(old, new, tmp_path):
    """``kind`` and ``role`` are read as names of sections then."""
    assert codes(with_change(old, new), tmp_path) == ["E-CONFIG-010"] * 2


def test_an_override_called_kind_is_no_kind(tmp_path):
    assert codes(with_change("seed = 1", "seed = 1\n[columns.registry]\nkind = 3"), tmp_path) == ["E-CONFIG-010"]


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "campaign.toml"
    path.write_text("[campaign]\nname = 核查\n", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load(path)
    assert caught.value.problems[0].line == 2


def test_all_problems_at_once(tmp_path):
    text = (
        CAMPAIGN.replace("seed = 1", "sead = 1").replace('role = "reference"', 'role = "refrence"')
        + "[disclosure]\nminimum_cell = 3\n"
    )
    assert codes(text, tmp_path) == ["E-CONFIG-006", "E-CONFIG-008", "E-CONFIG-009"]


@pytest.mark.parametrize("role", ["census", "Census", "普查", "census2020"])
def test_record_level_census_data_is_refused(role, tmp_path):
    path = tmp_path / "campaign.toml"
    path.write_text(with_change('role = "reference"', f'role = "{role}"'), encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load(path)
    problem, *_ = caught.value.problems
    assert isinstance(problem, RefusedError)
    assert problem.code == "E-SCOPE-001"


def test_files_that_are_no_campaign(tmp_path):
    assert codes(b"\xff\xfe\x00", tmp_path) == ["E-CONFIG-004"]
    assert codes("a = " + "[" * 5000 + "]" * 5000, tmp_path) == ["E-CONFIG-003"]
    assert codes(b"#" * (2 << 20), tmp_path) == ["E-CONFIG-003"]
    assert codes("", tmp_path) == ["E-CONFIG-007"] * 2
    assert codes("x = " + "9" * 5000, tmp_path)[0] in ("E-CONFIG-003", "E-CONFIG-006")


def test_a_missing_campaign_names_the_nearest(tmp_path):
    (tmp_path / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load(tmp_path / "campain.toml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.params["near"]) == ("E-CONFIG-001", "campaign.toml")
    with pytest.raises(Problems) as caught:
        load(tmp_path)
    assert caught.value.problems[0].code == "E-CONFIG-002"


def test_the_schema_says_what_the_file_may_hold():
    assert set(schema()["properties"]) == {"campaign", "sources", "tables", "disclosure", "targets", "columns"}


def test_files_that_are_not_there_are_told_with_what_is_wrong_in_the_campaign(tmp_path):
    path = tmp_path / "campaign.toml"
    (tmp_path / "areas.csv").write_text("", encoding="utf-8")
    (tmp_path / "registry1.csv").write_text("", encoding="utf-8")
    path.write_text(with_change("seed = 1", "seeed = 1"), encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load(path)
    told = {(problem.code, problem.file): problem.params for problem in caught.value.problems}
    assert ("E-CONFIG-006", "campaign.toml") in told
    assert told["E-READ-001", "registry.csv"]["near"].startswith("registry1.csv")
    assert ("E-READ-001", "areas.csv") not in told
