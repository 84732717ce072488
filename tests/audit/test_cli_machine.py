import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from audit.commands.machine import NAMES
from audit.runs.schema import DRAFT, SCHEMAS
from expectations.artefacts import TABLES

ROOT = Path(__file__).parents[2]


def complete(line: str, cwd: Path) -> list[str]:
    """What the shell would offer for a command line, asked in a process of its own."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "_HECHA_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "PYTHONPATH": str(ROOT),
    }
    code = "import sys; from audit.cli import main; main(); assert not {'polars', 'great_expectations'} & set(sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=True)
    return [item.partition(",")[2] for item in result.stdout.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_valid_schemas(hecha, name: str) -> None:
    told = hecha("schema", name)
    schema = json.loads(told.out)
    assert schema["$schema"] == DRAFT
    Draft202012Validator.check_schema(schema)


def test_every_schema_has_a_name_on_the_command_line() -> None:
    assert set(NAMES) == set(SCHEMAS)


def test_record_and_tables_of_a_run_follow_their_schemas(sealed: Path) -> None:
    import polars as pl

    record = json.loads((sealed / "record.json").read_bytes())
    assert not list(Draft202012Validator(SCHEMAS["record"]()).iter_errors(record))
    for name in (*TABLES, "figures"):
        validator = Draft202012Validator(SCHEMAS[name]())
        rows = pl.read_parquet(sealed / f"{name}.parquet").to_dicts()
        assert not [error for row in rows for error in validator.iter_errors(row)]


def test_errors_follow_their_schema(hecha, sealed: Path) -> None:
    validator = Draft202012Validator(SCHEMAS["errors"]())
    err = hecha("findings", "--format", "json", "--township", "无此镇", "--year", "x").err
    assert err
    assert not [error for line in err.splitlines() for error in validator.iter_errors(json.loads(line))]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(hecha, shell: str) -> None:
    told = hecha("completion", shell)
    assert told.status == 0
    assert "_HECHA_COMPLETE" in told.out


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("hecha fin", ["findings"]),
        ("hecha findings --format ", ["table", "json", "csv"]),
        ("hecha findings --severity me", ["medium"]),
        ("hecha findings 20", ["2026-aaaa1111"]),
        ("hecha findings --township 东", ["东华镇"]),
        ("hecha explain 1a2b9", ["1a2b99990000"]),
        ("hecha findings --detector low", ["low_completeness"]),
        ("hecha completion z", ["zsh"]),
    ],
)
def test_values_complete_from_record_and_tables_only(sealed: Path, line: str, offered: list[str]) -> None:
    (sealed / "reports" / "outcomes.csv").write_text("\ufeffcounty,township\n云川县,东华镇\n云川县,西岭乡\n", encoding="utf-8")
    (sealed / "reports" / "findings.csv").write_text("\ufefffinding_id,county\n1a2b99990000,云川县\n", encoding="utf-8")
    record = json.loads((sealed / "record.json").read_bytes())
    record["detectors"] = [{"detector": "low_completeness"}, {"detector": "rate_gap"}]
    (sealed / "record.json").write_text(json.dumps(record), encoding="utf-8")
    assert complete(line, sealed.parent.parent) == offered
