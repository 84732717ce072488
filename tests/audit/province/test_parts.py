"""The parts of a province's run: rows held in memory, what is known of the whole register, the working folder, the ledger."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from audit.config import load
from audit.disclosure import ReleaseStore
from audit.ingest import gradual, ingest
from audit.ingest.intakes import read_areas
from audit.progress import Silent
from audit.province.hold import Hold
from audit.province.register import Register, safe_keys, summary, told_apart
from audit.province.working import Part, Working, sweep, working
from expectations.errors import Problems
from expectations.tables import BIRTHS
from tests.audit.province import world

OF_LINKAGE = [
    *("county", "area_code", "township", "village", "name", "sex", "birth_date", "id_number", "id_valid"),
    *("mother_name", "mother_id_number", "father_name"),
]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.write(tmp_path_factory.mktemp("parts") / "in", sizes=(700, 600, 1))


def as_text(campaign: Path, folder: Path) -> Path:
    """The same campaign as CSV, with some rows that cannot be read."""
    shutil.copytree(campaign.parent, folder, ignore=shutil.ignore_patterns("releases"))
    for path in folder.glob("*.parquet"):
        text = pl.read_parquet(path).write_csv().splitlines()
        text[7] += ",one cell more"
        text[-3] += ",one cell more"
        path.with_suffix(".csv").write_text("\n".join(text) + "\n", encoding="utf-8")
        path.unlink()
    file = folder / campaign.name
    file.write_text(file.read_text(encoding="utf-8").replace(".parquet", ".csv"), encoding="utf-8")
    return file


@pytest.mark.parametrize("text", [False, True], ids=["parquet", "csv"])
@pytest.mark.parametrize("name", ["registry", "household"])
def test_read_in_steps_and_held_rows_are_those_read_at_once(
    campaign: Path, name: str, text: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gradual, "STEP", 97)
    monkeypatch.setattr(gradual, "LARGE", 0)
    monkeypatch.setattr(gradual.cut, "__defaults__", (9_000, 97))
    campaign = as_text(campaign, tmp_path / "text") if text else campaign
    config = load(campaign)
    at_once = next(source for source in ingest(config, Silent()).sources if source.name == name)
    areas, gazetteer = read_areas(config, Silent())
    audited, register = name == "registry", Register(config.counties)
    hold = Hold(audited, areas.frame)

    def take(frame: pl.DataFrame) -> None:
        if audited:
            register.see(frame)
        hold.put(frame, config.counties)

    source, _ = gradual.read_gradually(name, config.sources[name], config, gazetteer, Silent(), take)
    assert source.intake == at_once.intake
    for county in config.counties:
        whole = at_once.frame.filter(county=county)
        mine = hold.take(county)
        if audited:
            assert told_apart(mine, register_ids(at_once.frame)).equals(whole)
        else:
            assert mine.select(OF_LINKAGE).equals(whole.select(OF_LINKAGE))
            assert mine["line"].null_count() == mine.height, "lines of references are not kept"
        assert hold.take(county).is_empty(), "let go when taken"


def register_ids(frame: pl.DataFrame) -> pl.Series:
    register = Register(world.COUNTIES)
    register.see(frame)
    return register.repeated_ids()


def test_a_file_that_is_not_what_it_is_taken_for_is_refused_with_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = world.write(tmp_path / "in", sizes=(300, 200, 1))
    path = campaign.parent / "registry.parquet"
    pl.read_parquet(path).with_columns(township=pl.lit("别处镇")).write_parquet(path)
    monkeypatch.setattr(gradual, "STEP", 97)
    config = load(campaign)
    _, gazetteer = read_areas(config, Silent())
    told = []
    for read in (
        lambda: ingest(config, Silent()),
        lambda: gradual.read_gradually("registry", config.sources["registry"], config, gazetteer, Silent(), lambda frame: None),
    ):
        with pytest.raises(Problems) as raised:
            read()
        told.append([(problem.code, problem.line, problem.column, problem.params) for problem in raised.value.problems])
    assert told[0] == told[1]


def births(**columns: list[object]) -> pl.DataFrame:
    """Rows of schema ``BIRTHS`` with these columns."""
    height = len(next(iter(columns.values())))
    given = {"line": list(range(1, height + 1)), **columns}
    frame = pl.DataFrame({name: pl.Series(values, dtype=BIRTHS[name], strict=False) for name, values in given.items()})
    return frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in BIRTHS.items() if name not in given).select(
        list(BIRTHS)
    )


def in_two_counties(frame: pl.DataFrame) -> list[list[int]]:
    register = Register(("甲县", "乙县", "丙县"))
    for step in frame.iter_slices(2):
        register.see(step)
    found = register.in_two_counties()
    return sorted(group["line"].to_list() for _, group in found.group_by("birth"))


NUMBER, OTHER, MOTHER = "690101202001010014", "690101202001010022", "690101199001010022"


def test_births_in_two_counties_by_number_or_by_mother() -> None:
    frame = births(
        county=["甲县", "乙县", "丙县", "甲县", "乙县"],
        record_id=["1", "2", "3", "4", "5"],
        name=["王伟", "王伟", "王玮", "王芳", "王芳"],
        sex=["male", "male", "male", "female", "female"],
        birth_date=["2020-01-01"] * 5,
        id_number=[NUMBER, NUMBER, NUMBER, None, None],
        id_valid=[True, True, True, None, None],
        id_date=["2020-01-01", "2020-01-01", "2020-01-01", None, None],
        mother_name=["李英", None, "李英", None, None],
        mother_id_number=[None, None, None, MOTHER, MOTHER],
        mother_id_valid=[None, None, None, True, True],
    )
    assert in_two_counties(frame) == [[1, 2, 3], [4, 5]]


def test_twins_unnamed_newborns_and_one_county_are_no_births_in_two() -> None:
    frame = births(
        county=["甲县", "乙县", "甲县", "乙县", "甲县", "甲县"],
        record_id=list("123456"),
        name=["王伟", "王刚", "王宝宝", "王宝宝", "赵明", "赵明"],
        sex=["male"] * 6,
        birth_date=["2020-01-01"] * 6,
        id_number=[NUMBER, OTHER, None, None, NUMBER, NUMBER],
        id_valid=[True, True, None, None, True, True],
        id_date=["2020-01-01", "2020-01-01", None, None, "2020-01-01", "2020-01-01"],
        mother_id_number=[MOTHER] * 4 + [None] * 2,
        mother_id_valid=[True] * 4 + [None] * 2,
    )
    assert in_two_counties(frame) == []


def test_a_wrong_check_digit_or_another_date_is_no_safe_key() -> None:
    frame = births(
        name=["王伟", "王伟"],
        birth_date=["2020-01-01", "2020-01-02"],
        id_number=[NUMBER, NUMBER],
        id_valid=[False, True],
        id_date=["2020-01-01", "2020-01-01"],
    )
    assert [keys.tolist() for keys in safe_keys(frame)] == [[0, 0]] * 4


def test_what_is_counted_twice() -> None:
    twice = pl.DataFrame({"birth": [0, 0, 0, 1, 1], "county": ["甲", "乙", "丙", "甲", "乙"], "line": [1, 2, 3, 4, 5]})
    told = summary(twice)
    assert (told["births"], told["counted_twice"]) == (2, 3)


def test_ids_that_come_back_get_their_line() -> None:
    frame = births(record_id=["A", "B", "A@3", "line:4"], line=[1, 2, 3, 4])
    assert told_apart(frame, register_ids(frame))["record_id"].to_list() == ["A@1", "B", "A@3", "line:4"]


def test_a_finished_county_comes_back_as_it_was(tmp_path: Path) -> None:
    part = Part({"coverage": pl.DataFrame({"a": [1, 2]})}, {"counties": {"甲县": {}}}, None, {"id": "x"})
    with working(tmp_path, tmp_path / "campaign.toml", "a" * 64) as work:
        assert not work.finished("甲县")
        work.keep("甲县", part)
        (work.folder / ".new-torn").mkdir()  # type: ignore[operator]  # there is a folder
    with working(tmp_path, tmp_path / "campaign.toml", "a" * 64) as work:
        assert work.finished("甲县")
        assert work.linked("甲县")
        back = work.part("甲县")
        assert back.frames["coverage"].equals(part.frames["coverage"])
        assert (back.quality, back.refused, back.release) == (part.quality, part.refused, part.release)
        assert not (work.folder / ".new-torn").exists()  # type: ignore[operator]


def test_other_inputs_clear_the_folder_and_other_campaigns_do_not(tmp_path: Path) -> None:
    with working(tmp_path, tmp_path / "one.toml", "a" * 64) as work:
        first = work.folder
    with working(tmp_path, tmp_path / "other.toml", "b" * 64) as work:
        second = work.folder
    assert first is not None
    assert first.exists()
    with working(tmp_path, tmp_path / "one.toml", "c" * 64):
        assert not first.exists()
    sweep(tmp_path, tmp_path / "one.toml")
    assert list(tmp_path.iterdir()) == [second]


def test_a_second_process_at_the_same_work_has_a_folder_of_its_own(tmp_path: Path) -> None:
    with working(tmp_path, tmp_path / "one.toml", "a" * 64) as work, working(tmp_path, tmp_path / "one.toml", "a" * 64) as other:
        assert work.folder != other.folder
        other.keep("甲县", Part({}))
        assert not work.finished("甲县")


def test_without_a_folder_counties_are_kept_in_memory() -> None:
    work = Working()
    work.keep("甲县", Part({}))
    assert work.finished("甲县")
    assert not work.linked("甲县")


def test_releases_of_counties_add_up_within_each(tmp_path: Path) -> None:
    store = ReleaseStore(tmp_path)
    draws = [("a", None), ("b", "甲县"), ("c", "甲县"), ("d", "乙县")]
    said = [store.once(letter * 64, 2026, 0.5, False, lambda: {"levels": {}}, county) for letter, county in draws]
    assert [content["releases_so_far"] for content in said] == [1, 2, 3, 2]
    assert (store.spent(2026).releases, store.spent(2026).rho) == (3, 1.5), "those of the county with most, and those of all"
    assert store.spent(2026, county="乙县").releases == 2
    (tmp_path / "ledger.jsonl").unlink()
    assert store.spent(2026).releases == 3, "also without the ledger's lines"
