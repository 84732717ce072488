"""(b) What is said of rows rests on the register alone: byte for byte the same with two references, one, and none."""

import re

import polars as pl
import pytest

from audit.campaign import run_campaign
from audit.config import load
from audit.disclosure import Gate, ReleaseStore, opendp_sampler
from audit.progress import Silent
from audit.runs.sample import draw, register
from tests.privacy.world import write

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Detectors that may read protected counts; every other one must not notice whether there are references.
MAY_READ_COUNTS = {
    "assumptions",
    "low_completeness",
    "girls_below_boys",
    "over_coverage",
    "rate_gap",
    "estimates_disagree",
    "totals_gap",
    "invented_rows",
    "screening",
}
ROW_FAMILIES = ("validity", "duplicates", "timeliness")


def spoil(folder):
    """Faults for row detectors to find: copies, wrong digits, impossible dates, blanks."""
    path = folder / "registry.csv"
    head, *rows = path.read_bytes().decode("gb18030").splitlines()
    for i in range(0, 60, 3):
        cells = rows[i].split(",")
        rows.append(",".join([f"R8{i:06d}", *cells[1:]]))
    for i in range(100, 130):
        cells = rows[i].split(",")
        if i % 3 == 0:
            cells[6] = cells[6][:-1] + ("1" if cells[6][-1] != "1" else "2")
        elif i % 3 == 1:
            cells[5] = "2029-01-01"
        else:
            cells[3] = ""
        rows[i] = ",".join(cells)
    path.write_bytes("\r\n".join([head, *rows]).encode("gb18030"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same register with 2, 1 and 0 references."""
    out = {}
    for references in (2, 1, 0):
        folder = tmp_path_factory.mktemp(f"with{references}") / "campaign"
        world = write(folder, references=references, blank_lines=0)
        spoil(folder)
        config = load(world.campaign)
        gate = Gate(opendp_sampler(), ReleaseStore(folder / "releases"), config.year)
        out[references] = (config, run_campaign(config, gate, Silent()))
    return out


def row_part(run):
    """Everything said of rows, as bytes: findings with severity and wording, their evidence, registered counts, outcomes."""
    findings = run.findings.filter(pl.col("subject") == "row")
    evidence = run.evidence.filter(pl.col("finding_id").is_in(findings["finding_id"].to_list()))
    registered = run.coverage.select("level", "area_code", "birth_year", "sex", "registered", "implied_birth_rate")
    outcomes = run.outcomes.filter(~pl.col("detector").is_in(sorted(MAY_READ_COUNTS)))
    delays = run.timeliness
    return {n: f.write_json() for n, f in zip(("findings", "evidence", "registered", "outcomes", "timeliness"),
                                              (findings, evidence, registered, outcomes, delays), strict=True)}  # fmt: skip


@pytest.mark.parametrize("references", [1, 0])
def test_row_findings_are_byte_for_byte_the_same(runs, references):
    with_two, other = row_part(runs[2][1]), row_part(runs[references][1])
    for name, said in with_two.items():
        assert said == other[name], name
    assert with_two["findings"].count("finding_id") > 30


def test_area_findings_of_the_other_detectors_differ_in_severity_at_most(runs):
    """Severity of area findings may rise when families of evidence meet, and one of them may rest on protected counts."""
    parts = [run.findings.filter(~pl.col("detector").is_in(sorted(MAY_READ_COUNTS))).drop("severity") for _, run in runs.values()]
    assert all(part.equals(parts[0]) for part in parts)


def test_the_sample_is_the_same(runs):
    samples = [draw(register(run, config, Silent()), 40, 5).write_json() for config, run in runs.values()]
    assert len(set(samples)) == 1


def test_registered_births_do_not_depend_on_references_but_completeness_does(runs):
    with_two, without = runs[2][1].coverage, runs[0][1].coverage
    assert with_two["registered"].to_list() == without["registered"].to_list()
    assert with_two["completeness"].null_count() < without["completeness"].null_count() == without.height
    assert set(without["reason"]) == {"no_reference"}


def test_no_column_says_of_a_row_whether_others_know_it(runs):
    """Row findings and their evidence of a run with references carry no word of linking."""
    run = runs[2][1]
    rows = run.findings.filter(pl.col("subject") == "row")
    assert set(rows["family"]) <= set(ROW_FAMILIES) | {"fabrication"}
    said = " ".join([*rows["message"], *rows["params"]])
    assert not re.search(r"household|immunisation|对照|比对|其他登记", said)
