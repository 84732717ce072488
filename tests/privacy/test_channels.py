"""Ways by which a row of a reference could slip out beside the artefacts: every file format, every error, every table of a run."""

import csv
import io
import pickle
import zipfile

import msoffcrypto.format.ooxml
import polars as pl
import pytest

import audit.campaign
import audit.ingest
from audit.cli import main
from audit.config import load
from audit.disclosure import Gate, ReleaseStore, opendp_sampler
from audit.progress import Silent
from audit.runs.query import by_weight
from detectors.registry import DETECTORS
from expectations import beside
from tests.audit.ingest.test_legacy import dbf
from tests.audit.ingest.world import ods, xls, xlsx
from tests.privacy.running import hecha, in_process
from tests.privacy.search import Canaries
from tests.privacy.test_without_references import MAY_READ_COUNTS
from tests.privacy.world import write

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PASSWORD = "rain in May"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return write(tmp_path_factory.mktemp("channels") / "campaign", births=1300, blank_lines=0)


@pytest.fixture(scope="module")
def canaries(world):
    return Canaries(world)


@pytest.fixture(scope="module")
def rows(world):
    """Header and rows of a reference, the first canary first."""
    text = (world.folder / "household.csv").read_bytes().decode("gb18030")
    head, *body = csv.reader(io.StringIO(text))
    names = {person["name"] for person in world.canaries}
    return [head, *sorted(body, key=lambda row: row[3] not in names)]


def packed(content, name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def locked(rows):
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(xlsx(rows))).encrypt(PASSWORD, out)
    return out.getvalue()


def statistics(rows, ending, folder):
    import pyreadstat

    path = folder / f"made.{ending}"
    frame = pl.DataFrame(rows[1:], schema=[f"v{i}" for i in range(len(rows[0]))], orient="row")
    {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}[ending](frame, str(path), column_labels=rows[0])
    return path.read_bytes()


def spreadsheet_error(rows):
    """Cells of the reference inside what libraries complain of: dates that are words, a number for a name."""
    return xlsx([rows[0], *([*row[:5], row[3], *row[6:]] for row in rows[1:])])


FORMS = {
    "xls": lambda rows, _: xls(rows),
    "ods": lambda rows, _: ods(rows),
    "dbf": lambda rows, _: dbf([[name[:5] for name in rows[0]], *rows[1:]]),
    "sav": lambda rows, folder: statistics(rows, "sav", folder),
    "dta": lambda rows, folder: statistics(rows, "dta", folder),
    "zip": lambda rows, _: packed(xlsx(rows), "登记.xlsx"),
    "locked": lambda rows, _: locked(rows),
    "names as dates": lambda rows, _: spreadsheet_error(rows),
    "tsv": lambda rows, _: "\n".join("\t".join(row) for row in rows).encode("utf-16"),
    "person as header": lambda rows, _: xlsx(rows[1:]),
    "person as title": lambda rows, _: xlsx([rows[1][:4], [], *rows]),
    "ragged": lambda rows, _: "\n".join(",".join(row[: 3 + i % 9]) for i, row in enumerate(rows)).encode("gb18030"),
}


CASES = [(form, damage, None) for form in FORMS for damage in ("whole", "changed")]
CASES += [("locked", "whole", PASSWORD), ("locked", "whole", "wrong"), ("xls", "cut", None), ("locked", "cut", PASSWORD)]


@pytest.mark.parametrize(("form", "damage", "password"), CASES)
def test_a_reference_of_any_form_is_never_quoted(world, rows, canaries, form, damage, password, tmp_path, monkeypatch):
    data = FORMS[form]([rows[0], *rows[1:41]], tmp_path)
    if damage == "cut":
        data = data[: len(data) * 2 // 3]
    elif damage == "changed":
        data = data[: len(data) // 2] + b"\xff\x00\xff" + data[len(data) // 2 + 3 :]
    folder = tmp_path / "campaign"
    folder.mkdir()
    for name in ("areas.csv", "registry.csv", "immunisation.csv", "campaign.toml"):
        (folder / name).write_bytes((world.folder / name).read_bytes())
    (folder / "household.csv").write_bytes(data)
    if password:
        monkeypatch.setenv("HECHA_PASSWORD", password)
    monkeypatch.setattr(audit.ingest, "validate", lambda intakes, progress: {"passed": True, "tables": []})
    log = tmp_path / "log.jsonl"
    said = in_process("check", str(folder / "campaign.toml"), "--debug", "-vv", "--log-file", str(log))
    said += in_process("check", str(folder / "campaign.toml"), "--format", "json", "--lang", "en")
    said += in_process("init", str(folder), "--force")
    said += (folder / "campaign.toml").read_text(encoding="utf-8") + log.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert canaries.found(said.encode(), form) == []


class Loud(Exception):
    """An exception that says a row, as those of libraries do."""


@pytest.mark.parametrize("stage", ["ingest", "validate", "same_birth", "begin", "link", "audit_county", "compose"])
@pytest.mark.parametrize("kind", [Loud, ValueError, OSError, RecursionError, KeyError])
def test_whatever_a_stage_dies_of_is_not_repeated(world, canaries, monkeypatch, tmp_path, stage, kind):
    person = world.canaries[3]

    def fails(*args, **options):
        try:
            raise Loud(f"could not parse {person['name']}")
        except Loud as error:
            raise kind(f"row of {person['id_number']}, {person['mother_name']}") from error

    monkeypatch.setattr(audit.campaign, "ingest", lambda campaign, progress: empty(campaign))
    monkeypatch.setattr(audit.campaign, "validate", lambda *args: {"passed": True, "tables": []})
    monkeypatch.setattr(audit.campaign, stage, fails)
    log = tmp_path / "log.jsonl"
    said = in_process(
        "run", str(world.campaign), "--out", str(tmp_path / "runs"), "--debug", "-vv", "--log-file", str(log)
    ) + log.read_text(encoding="utf-8")
    assert "E-" in said
    assert canaries.found(said.encode(), stage) == []
    assert not list((tmp_path / "runs").glob("*"))


def test_nothing_of_a_reference_is_handed_to_the_second_process(world, canaries, monkeypatch, tmp_path):
    """DESIGN C4: no process pool and no pickle gets a row of a reference."""
    handed = []
    give = beside.Beside.give
    monkeypatch.setattr(beside, "allowed", lambda: True)
    monkeypatch.setattr(
        beside.Beside, "give", lambda self, job, *args, **how: (handed.append((job, args)), give(self, job, *args, **how))[1]
    )
    in_process("run", str(world.campaign), "--out", str(tmp_path / "runs"))
    jobs = {job.__name__: pickle.dumps(args) for job, args in handed}
    assert {"without_counts", "carry_out"} <= set(jobs)
    for name, sent in jobs.items():
        assert canaries.found(sent, name) == []
    assert canaries.found(pickle.dumps(empty(load(world.campaign)).references[0].frame), "search") != []  # it does find them


READ = []


def empty(campaign):
    """What was read of the campaign, once for all."""
    if not READ:
        READ.append(audit.ingest.ingest(campaign, Silent()))
    return READ[0]


@pytest.fixture(scope="module")
def run(world):
    config = load(world.campaign)
    gate = Gate(opendp_sampler(), ReleaseStore(world.folder / "releases"), config.year)
    return audit.campaign.run_campaign(config, gate, Silent())


def test_findings_from_protected_counts_name_no_row(run):
    """Whoever reads them learns how many, never who."""
    found = run.findings.filter(pl.col("detector").is_in(sorted(MAY_READ_COUNTS)))
    assert {detector.detect.__module__.rpartition(".")[2] for detector in DETECTORS} >= MAY_READ_COUNTS
    assert found["row_refs"].list.len().sum() == found["row_lines"].list.len().sum() == 0
    assert set(found["subject"]) <= {"area"}
    assert run.evidence.filter(pl.col("finding_id").is_in(found["finding_id"].to_list())).is_empty()


def test_the_same_ids_whoever_is_only_in_references(run, world, tmp_path):
    """An id says detector, subject, area and period; not a birth that only others know."""
    other = write(tmp_path / "other", births=1300, salt=3, blank_lines=0)
    config = load(other.campaign)
    again = audit.campaign.run_campaign(
        config, Gate(opendp_sampler(), ReleaseStore(other.folder / "releases"), config.year), Silent()
    )
    rows = [r.findings.filter(pl.col("subject") == "row").sort("finding_id") for r in (run, again)]
    assert rows[0].equals(rows[1])
    shared = [set(by_weight(r.findings).filter(pl.col("subject") == "area")["finding_id"]) for r in (run, again)]
    areas = [
        r.findings.filter(pl.col("subject") == "area").select("finding_id", "detector", "area_code", "period") for r in (run, again)
    ]
    both = areas[0].join(areas[1], on=["detector", "area_code", "period"], nulls_equal=True)
    assert both.filter(pl.col("finding_id") != pl.col("finding_id_right")).is_empty()
    assert shared


def test_no_count_from_linking_under_ten_is_displayed(run):
    shown = run.coverage["unreported_at_least"].drop_nulls()
    assert shown.is_empty() or shown.min() >= 10
    assert run.coverage.filter(pl.col("withheld"))["unreported_at_least"].null_count() == run.coverage["withheld"].sum()


def test_a_campaign_of_two_counties_leaves_no_canary(tmp_path):
    """The flow for many counties holds rows otherwise; nothing of a reference may be on disk there either."""
    world = write(tmp_path / "campaign", births=5200, blank_lines=0)
    two_counties(world)
    ran = hecha("run", "campaign.toml", "-vv", "--debug", folder=world.folder, campaign=world.folder)
    assert ran.status == 0, ran.err.decode()[-2000:]
    canaries = Canaries(world)
    assert canaries.found(ran.out + ran.err, "said") == []
    assert canaries.found_in_folder(ran.seen) == []
    left = [path for path in world.folder.rglob("*") if path.is_file() and len(path.relative_to(world.folder).parts) > 1]
    assert len(left) > 15
    for path in left:
        assert canaries.found(path.read_bytes(), path.name) == []


def two_counties(world):
    """Every second township name goes to a second county; both have enough births for linking."""
    text = world.campaign.read_text(encoding="utf-8").replace('county = "云川县"', 'county = ["云川县", "河阳县"]')
    world.campaign.write_text(text, encoding="utf-8")
    areas = (world.folder / "areas.csv").read_text(encoding="utf-8").splitlines()
    areas[1:] = [line if i % 2 else line.replace("云川县", "河阳县") for i, line in enumerate(areas[1:])]
    (world.folder / "areas.csv").write_text("\n".join(areas) + "\n", encoding="utf-8")


def test_asking_for_a_person_is_refused_whoever_it_is(world, tmp_path, monkeypatch):
    """The same refusal for a child of the register, one only references know, and one nobody knows."""
    answers = set()
    for asked in (world.canaries[0]["name"], world.canaries[0]["id_number"], "王小明", "110101199003074610"):
        answers.add((main(["explain", asked]), in_process("explain", asked).replace(asked, "…")))
    assert len({status for status, _ in answers}) == 1
