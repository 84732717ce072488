"""A small finished run made by hand, for tests of all that comes after an audit."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl

from audit.record import run_id
from expectations.cards import cards
from expectations.frames import polars_schema
from expectations.run import FIGURES, Run

TOWNSHIPS = (("69010101", "东华镇"), ("69010102", "西岭乡"), ("69010103", "南河镇"))


def frame(artefact: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = polars_schema(artefact)
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def finding(finding_id: str, **said: Any) -> dict[str, Any]:
    base = {
        "finding_id": finding_id,
        "county": "云川县",
        "area_code": "69010101",
        "township": "东华镇",
        "detector": "low_completeness",
        "code": "CMP-LOW",
        "family": "completeness",
        "severity": "medium",
        "period": "2018-2025",
        "subject": "area",
        "row_refs": [],
        "row_lines": [],
        "params": "{}",
        "message": "2018–2025年登记完整率约 82.1%，低于 90% 的目标。",
    }
    return {**base, **said}


def findings() -> list[dict[str, Any]]:
    pair = {"detector": "duplicate_births", "code": "DUP-EXACT", "family": "duplicates", "subject": "row", "severity": "high"}
    return [
        finding("1a2b3c4d5e6f", observed=0.821, expected=0.9, low=0.801, high=0.842, p_value=1e-7, q_value=2e-6, events=1520),
        finding(
            "77aa00112233",
            detector="rate_gap",
            code="CMP-RATE",
            severity="low",
            observed=8.2,
            expected=9.4,
            message="登记折算的出生率低于公布的出生率。",
        ),
        finding(
            "1a2b99990000",
            **pair,
            period="2021",
            row_refs=["D0001", "D0417"],
            row_lines=[12, 428],
            village="一村",
            message="第 12 行与第 428 行登记的是同一出生。",
        ),
        finding(
            "ffee00112233",
            detector="rounded_returns",
            code="FAB-ROUND",
            family="fabrication",
            subject="return",
            area_code="69010102",
            township="西岭乡",
            severity="low",
            period="2019-2024",
            observed=0.55,
            expected=0.2,
            q_value=0.004,
            message="55% 的月报数是 5 的倍数，预期约 20%。",
        ),
    ]


def coverage() -> list[dict[str, Any]]:
    def row(
        level: str, code: str | None, name: str | None, year: int | None, registered: int, share: float | None
    ) -> dict[str, Any]:
        said: dict[str, Any] = {
            "county": "云川县",
            "level": level,
            "area_code": code,
            "township": name,
            "birth_year": year,
            "registered": registered,
            "method": "two_references",
            "withheld": share is None,
            "reason": "noise" if share is None else None,
        }
        if share is not None:
            births = registered / share
            said |= {"completeness": share, "completeness_low": share - 0.02, "completeness_high": share + 0.02}
            said |= {"births": births, "births_low": births * 0.98, "births_high": births * 1.02}
            said |= {
                "unreported_at_least": round(births - registered),
                "dependence_low": share - 0.03,
                "dependence_high": share + 0.01,
            }
        return said

    return [
        row("county", None, None, None, 5520, 0.931),
        row("county_year", None, None, 2021, 690, 0.925),
        row("township", "69010101", "东华镇", None, 1248, 0.821),
        row("township", "69010102", "西岭乡", None, 2310, 0.962),
        row("township", "69010103", "南河镇", None, 40, None),
        row("township_year", "69010101", "东华镇", 2021, 155, 0.8),
    ]


def outcomes(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    flagged = {(item["detector"], item["area_code"]) for item in found}
    names = list(cards()) or ["low_completeness", "duplicate_births", "rounded_returns"]
    rows = []
    for detector in names:
        for code, township in TOWNSHIPS:
            small = township == "南河镇" and detector == "low_completeness"
            outcome = "flag" if (detector, code) in flagged else "not_estimable" if small else "no_flag"
            reason = "noise" if outcome == "not_estimable" else None
            rows.append(
                {
                    "county": "云川县",
                    "area_code": code,
                    "township": township,
                    "detector": detector,
                    "outcome": outcome,
                    "reason": reason,
                }
            )
    return rows


def evidence() -> list[dict[str, Any]]:
    def cell(line: int, ref: str, field: str, masked: str, differs: bool) -> dict[str, Any]:
        return {"finding_id": "1a2b99990000", "record_id": ref, "line": line, "field": field, "masked": masked, "differs": differs}

    return [
        cell(12, "D0001", "name", "王**", False),
        cell(428, "D0417", "name", "王**", False),
        cell(12, "D0001", "birth_date", "2021-05-**", True),
        cell(428, "D0417", "birth_date", "2021-06-**", True),
        cell(12, "D0001", "id_number", "690101***********3", False),
        cell(428, "D0417", "id_number", "690101***********3", False),
    ]


def record(name: str = "2026-aaaa1111", **said: Any) -> dict[str, Any]:
    base = {
        "format_version": "1.0",
        "run_id": name,
        "hecha_version": "0.1.0",
        "versions": {"python": "3.11.2"},
        "status": "complete",
        "date": dt.date(2026, 11, 24).isoformat(),
        "campaign": {
            "name": "云川县2026年度人口数据质量核查",
            "county": "云川县",
            "counties": ["云川县"],
            "year": 2026,
            "birth_years": [2018, 2025],
            "language": "zh",
            "seed": 20260101,
            "office": None,
            "contact": None,
            "targets": {"completeness": 0.9, "timely_days": 60},
            "minimum_cell": 10,
        },
        "inputs": [
            {"name": "registry", "role": "audited", "file": "registry.csv", "sha256": "00", "rows": 3653},
            {"name": "household", "role": "reference", "file": "household.xlsx", "sha256": "11", "rows": 4100},
        ],
        "validation_passed": True,
        "detectors": [],
        "release": None,
        "timings": {"read": 0.5},
        "artefacts": {},
    }
    return {**base, **said}


def small_run(name: str = "2026-aaaa1111", found: list[dict[str, Any]] | None = None, **said: Any) -> Run:
    """Three townships, four findings (two of an area, a pair of rows, a return), one township not estimable."""
    found = findings() if found is None else found
    timeliness = {
        "county": "云川县",
        "area_code": "69010101",
        "township": "东华镇",
        "birth_year": 2021,
        "registered": 155,
        "within_30": 0.7,
        "within_target": 0.8,
        "delay_days": [0, 30],
        "cdf": [0.1, 0.7],
    }
    return Run(
        record=record(name, **said),
        findings=frame("findings", sorted(found, key=lambda item: str(item["finding_id"]))),
        evidence=frame("evidence", evidence()),
        coverage=frame("coverage", coverage()),
        timeliness=frame("timeliness", [timeliness]),
        outcomes=frame("outcomes", outcomes(found)),
        figures=pl.DataFrame(schema=FIGURES),
        linkage={"pairs": []},
        validation={"passed": True},
    )


def true_run() -> Run:
    """The small run under the id that its record makes."""
    return small_run(run_id(record()))


def write_a_report(run: Run, folder: Path, language: str) -> list[Path]:
    """Stands in for the reports: one file, same bytes for the same run."""
    path = folder / "云川县.csv"
    path.write_text(json.dumps([run.record["run_id"], language]), encoding="utf-8")
    return [path]
