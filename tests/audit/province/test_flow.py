"""Many counties: the same figures as when they are linked at once, whatever is killed, missing or small."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import audit.county as county_flow
from audit.campaign import run_campaign
from audit.config import load
from audit.county import audit_county
from audit.disclosure import Gate, ReleaseStore, opendp_sampler
from audit.ingest import ingest
from audit.linkage import link, same_birth
from audit.progress import Silent
from audit.province import flow, sweep
from audit.runs.write import seal
from expectations import beside
from expectations.errors import Problems
from expectations.run import Run
from tests.audit.province import world
from tests.privacy.running import hecha
from tests.privacy.search import contents

ARTEFACTS = ("findings", "evidence", "coverage", "timeliness", "outcomes", "figures")


def exact(counts: np.ndarray, sd: float) -> np.ndarray:
    """No noise at all: for comparing two ways to the same counts."""
    return counts.copy()


def audited(campaign: Path, sampler: Any = exact, runs: Path | None = None) -> Run:
    config = load(campaign)
    return run_campaign(config, Gate(sampler, ReleaseStore(config.folder / "releases"), config.year), Silent(), runs)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.write(tmp_path_factory.mktemp("province") / "in")


@pytest.fixture(scope="module")
def run(campaign: Path) -> Run:
    return audited(campaign)


def test_county_by_county_gives_the_figures_of_all_at_once(campaign: Path, run: Run) -> None:
    config = load(campaign)
    intakes = ingest(config, Silent())
    births = same_birth(intakes.audited.frame)
    gate = Gate(exact, ReleaseStore(config.folder / "at-once"), config.year)
    protected = link(intakes.sources, births, intakes.areas.frame, config.birth_years, gate)
    register = intakes.audited.frame.with_columns(birth=births)
    for county in world.COUNTIES[:2]:
        frames = audit_county(county, config, intakes, register.filter(county=county), protected)  # a county's own end of extract
        for name in ARTEFACTS:
            mine = getattr(run, name)
            mine = (
                mine.filter(pl.col("finding_id").is_in(frames["findings"]["finding_id"].implode()))
                if name == "evidence"
                else mine.filter(county=county)
            )
            drop = ["message"] if name == "findings" else []
            assert mine.drop(drop).equals(frames[name].drop(drop)), (county, name)


def test_a_second_process_changes_nothing(campaign: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs detectors while this one links."""
    monkeypatch.setattr(beside, "allowed", lambda: True)
    asked: list[bool] = []
    fetched = county_flow._fetched
    monkeypatch.setattr(county_flow, "_fetched", lambda begun: (asked.append(begun is not None), fetched(begun))[1])
    with beside.ready():
        again = audited(campaign)
    assert asked == [True] * 3
    for name in ARTEFACTS:
        assert getattr(again, name).equals(getattr(run, name)), name
    assert again.validation == run.validation


def test_every_county_has_its_outcomes_and_the_small_one_a_reason(run: Run) -> None:
    told = run.coverage.filter(level="county")
    assert told["county"].to_list() == list(world.COUNTIES)
    assert told["reason"].to_list() == [None, None, "county_too_small"]
    assert told["registered"].to_list()[2] == 1
    units = run.outcomes.drop_nulls("area_code").group_by("county").len()["len"].unique()
    assert units.len() == 1
    assert run.linkage["refused"] == {"小岭县": "county_too_small"}
    assert set(run.linkage["counties"]) == set(world.COUNTIES[:2])


def test_births_registered_in_two_counties_are_known_and_counted_once(run: Run) -> None:
    told = run.record["registered_twice"]
    assert (told["births"], told["counted_twice"]) == (3, 3)
    assert told["counties"] == [{"county": "临江县", "births": 3}, {"county": "云川县", "births": 3}]
    assert run.twice is not None
    assert run.twice.group_by("birth").agg(pl.col("county").n_unique())["county"].to_list() == [2, 2, 2]
    assert set(run.twice["record_id"]) >= {f"R90000@{line}" for line in run.twice.filter(county="临江县")["line"]}


def test_record_ids_that_come_back_in_another_step_are_told_apart(campaign: Path, run: Run) -> None:
    at_once = ingest(load(campaign), Silent()).audited.frame["record_id"]
    named = run.findings.explode("row_refs")["row_refs"].drop_nulls()
    assert set(named) <= set(at_once)


def test_a_county_missing_from_one_source_is_not_estimable_and_the_rest_is_finished(tmp_path: Path) -> None:
    run = audited(world.write(tmp_path / "in", without=("household", "临江县")))
    told = run.coverage.filter(level="county")
    assert told["reason"].to_list() == [None, "reference_too_small", "county_too_small"]
    assert told["completeness"].is_not_null().to_list() == [True, False, False]
    assert (run.findings["county"] == "临江县").any(), "its register is audited all the same"


def test_a_county_without_a_row_in_the_register_is_not_estimable(tmp_path: Path) -> None:
    run = audited(world.write(tmp_path / "in", sizes=(1300, 400, 1), without=("registry", "小岭县")))
    told = run.coverage.filter(level="county")
    assert told["registered"].to_list()[2] == 0
    assert told["reason"].to_list() == [None, "county_too_small", "county_too_small"]


def test_nothing_is_linked_when_no_county_can_be(tmp_path: Path) -> None:
    with pytest.raises(Problems) as raised:
        audited(world.write(tmp_path / "in", sizes=(300, 200, 1)))
    assert {problem.code for problem in raised.value.problems} == {"E-LINK-002"}


def test_a_county_too_large_for_the_machine_is_told_and_the_rest_is_finished(
    campaign: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "_too_large", lambda rows: rows > run.coverage["registered"].max())
    again = audited(campaign)
    assert again.coverage.filter(level="county")["county"].to_list() == list(world.COUNTIES[1:])
    left_out = again.outcomes.filter(county="云川县")
    assert set(left_out["outcome"]) == {"not_estimable"}
    assert set(left_out["reason"]) == {"county_too_large"}
    assert left_out.height == again.outcomes.filter(county="临江县")["detector"].n_unique() * len(world.TOWNS)


def test_an_interrupted_run_goes_on_where_it_was_without_drawing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, runs = world.write(tmp_path / "in"), tmp_path / "runs"
    runs.mkdir()
    seen: list[str] = []

    def stop_at_second(county: str, *rest: Any) -> Any:
        seen.append(county)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return audit_county(county, *rest)

    monkeypatch.setattr(flow, "audit_county", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        audited(campaign, opendp_sampler(), runs)
    drawn = {path: path.read_bytes() for path in (campaign.parent / "releases").glob("*/release.json")}
    assert len(drawn) == 2, "the second county was linked, and not yet audited"
    first = seal(audited(campaign, opendp_sampler(), runs), tmp_path / "sealed")
    assert seen == ["云川县", "临江县", "临江县", "小岭县"]
    assert {path: path.read_bytes() for path in drawn} == drawn
    sweep(runs, campaign)
    assert list(runs.iterdir()) == []
    second = seal(audited(campaign, opendp_sampler(), runs), tmp_path / "sealed")
    hashes = [json.loads((folder / "record.json").read_bytes())["artefacts"] for folder in (first, second)]
    assert hashes[0] == hashes[1]
    assert first.name == second.name.removesuffix("-2")
    assert len((campaign.parent / "releases" / "ledger.jsonl").read_text().splitlines()) == 2


def test_counties_are_counted_apart_in_the_ledger(run: Run) -> None:
    release = run.record["release"]
    assert (release["releases_so_far"], release["rho_so_far"]) == (1, release["rho_total"])


def test_killed_and_resumed_no_reference_row_is_ever_on_disk(tmp_path: Path) -> None:
    campaign = world.write(tmp_path / "in")
    killed = hecha("run", str(campaign), folder=campaign.parent, until="核查 2/3")
    assert killed.status == -signal.SIGKILL
    (kept,) = (campaign.parent / "runs").glob(".province-*")
    assert len(list(kept.iterdir())) == 1
    assert kept.stat().st_mode & 0o077 == 0
    ledger = (campaign.parent / "releases" / "ledger.jsonl").read_text()
    done = hecha("run", str(campaign), folder=campaign.parent)
    assert done.status == 0, done.err.decode()
    assert (campaign.parent / "releases" / "ledger.jsonl").read_text().startswith(ledger)
    assert not list((campaign.parent / "runs").glob(".*"))
    assert (campaign.parent / "registry.parquet").stat().st_size > 0
    files = [path for folder in (killed.seen, done.seen) for path in folder.iterdir()]
    assert any(path.name.endswith("part.json") for path in files)
    for text in (killed.out, killed.err, done.out, done.err, *(path.read_bytes() for path in files)):
        for where, data in contents(text, "-"):
            assert world.CANARY.encode() not in data, where
