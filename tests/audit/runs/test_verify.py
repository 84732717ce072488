import json
from pathlib import Path

import pytest

from audit.runs.write import seal
from tests.audit.runs.sample_run import true_run, write_a_report


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return seal(true_run(), tmp_path / "runs", write_a_report)


def test_an_untouched_run_is_whole(hecha, whole: Path) -> None:
    told = hecha("verify")
    assert (told.status, told.err) == (0, "")
    assert f"{whole.name}：9 个文件与封存时一致" in told.out


@pytest.mark.parametrize("name", ["findings.parquet", "coverage.parquet", "linkage.json", "reports/云川县.csv"])
def test_a_changed_artefact_is_named(hecha, whole: Path, name: str) -> None:
    with (whole / name).open("ab") as file:
        file.write(b" ")
    told = hecha("verify")
    assert told.status == 3
    assert f"E-RUN-021 {name}" in told.err


def test_a_missing_and_an_added_file_are_named(hecha, whole: Path) -> None:
    (whole / "outcomes.parquet").unlink()
    (whole / "reports" / "note.txt").write_text("x")
    told = hecha("verify", "--format", "json")
    assert told.status == 3
    said = json.loads(told.out)
    assert (said["whole"], said["missing"], said["added"]) == (False, ["outcomes.parquet"], ["reports/note.txt"])
    assert [json.loads(line)["code"] for line in told.err.splitlines()] == ["E-RUN-022", "E-RUN-023"]


@pytest.mark.parametrize("key", ["campaign", "inputs", "release", "hecha_version"])
def test_a_rewritten_record_is_told(hecha, whole: Path, key: str) -> None:
    path = whole / "record.json"
    record = json.loads(path.read_bytes())
    record[key] = {"campaign": {**record["campaign"], "seed": 7}, "inputs": [], "release": {"id": "x"}, "hecha_version": "9"}[key]
    path.write_text(json.dumps(record))
    told = hecha("verify")
    assert (told.status, "E-RUN-024 record.json" in told.err) == (3, True)


def test_a_record_that_cannot_be_read(hecha, whole: Path) -> None:
    (whole / "record.json").write_text("{")
    assert hecha("verify", whole).status == 2


def test_reports_again_beside_the_run(hecha, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.write_reports", write_a_report)
    first, second = hecha("report"), hecha("report", "--lang", "en")
    assert first.last_line == f"runs/{whole.name}-reports"
    assert second.last_line == f"runs/{whole.name}-reports-2"
    assert json.loads(Path(second.last_line, "云川县.csv").read_text())[1] == "en"
    assert hecha("verify").status == 0
    assert len(hecha("runs", "--format", "json").out.splitlines()) == 1


def test_reports_to_a_folder_of_ones_own(hecha, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.write_reports", write_a_report)
    assert hecha("report", "--out", "mine").last_line == "mine"
    assert Path("mine", "云川县.csv").is_file()
    told = hecha("report", "--out", "mine")
    assert (told.status, "E-RUN-017" in told.err) == (2, True)
