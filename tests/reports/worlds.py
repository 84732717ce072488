"""Invented finished runs for the tests of reports: a plain county, and the states that are easy to forget."""

import calendar
import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from expectations.catalogue import catalogue
from expectations.frames import conform
from expectations.run import FIGURES, Run

COUNTY = "云川县"
NAMES = ("青禾镇", "白石镇", "云岭镇", "柳湾镇", "东川镇", "南坪乡", "大河乡", "桃源乡", "松林乡", "砚山乡", "新城街道", "北关街道")
YEARS = range(2018, 2026)
LONG_NAME = (
    "云川县东南山区国家级生态保护与乡村振兴综合示范先行试验区管理委员会代管的"
    "松林瑶族侗族仡佬族自治民族联合乡人民政府驻地街道办事处所辖镇"
)
INDICATORS = (("信息录入率", 90.0), ("身份证录入率", 85.0), ("随访率", 70.0))
# Detector, code, family, subject; sentences are worded here, as the run words them.
ROW_KINDS = (
    (
        "identity_number",
        "VAL-ID-CHECK",
        "validity",
        "high",
        "身份证号校验位不对（第 18 位）。",
        "The check digit of the identity number is wrong (18th place).",
    ),
    (
        "duplicates",
        "DUP-ROW-EXACT",
        "duplicates",
        "medium",
        "两行登记像是同一次出生：姓名、母亲、出生日期相同。",
        "Two rows look like the same birth: name, mother and date of birth agree.",
    ),
    ("impossible_dates", "VAL-DATE-BEFORE", "validity", "low", "登记日期早于出生日期。", "Registered before the date of birth."),
)
AREA_KINDS = (
    (
        "low_completeness",
        "CMP-LOW",
        "completeness",
        "medium",
        "area",
        "登记完整率上限低于目标 90%。",
        "The upper limit of completeness lies below the target of 90%.",
    ),
    (
        "rounded",
        "FAB-ROUND-BIRTHS",
        "fabrication",
        "high",
        "return",
        "月报出生数是 5 的倍数的有 41 个，预期 17 个。",
        "41 monthly returns of births are multiples of 5; 17 would be expected.",
    ),
    (
        "bunched",
        "FAB-BUNCH",
        "fabrication",
        "medium",
        "indicator",
        "指标值过多地恰好高于目标。",
        "Too many indicator values lie just above the target.",
    ),
)


def county(townships: int = 12, language: str = "zh", seed: int = 7, findings_each: int = 6) -> Run:
    """A county as a run leaves it, with two references and all tables."""
    rng = np.random.default_rng(seed)
    names = [NAMES[index] if index < len(NAMES) else f"{NAMES[index % len(NAMES)][:2]}{index}乡" for index in range(townships)]
    areas = [(f"6901211{index + 1:02d}", name) for index, name in enumerate(names)]
    coverage, shares = _coverage(rng, areas)
    findings, evidence = _findings(rng, areas, language, findings_each)
    return Run(
        record=_record(language, findings),
        findings=findings,
        evidence=evidence,
        coverage=coverage,
        timeliness=_timeliness(rng, areas),
        outcomes=_outcomes(areas, findings),
        figures=_figures(rng, areas, shares),
        linkage=LINKAGE,
        validation={"passed": True, "results": []},
    )


def province(counties: int = 3, language: str = "zh") -> Run:
    """Several counties in one run; the last can estimate nothing."""
    names = [f"{COUNTY[:-1]}{'甲乙丙丁戊己庚辛'[index]}县" for index in range(counties)]
    parts = [county(3, language, seed=index) for index in range(counties)]
    parts[-1] = not_estimable(parts[-1], "county_too_small")
    frames = {
        name: pl.concat([getattr(part, name).with_columns(county=pl.lit(place)) for part, place in zip(parts, names, strict=True)])
        for name in ("findings", "coverage", "timeliness", "outcomes", "figures")
    }
    record = {**parts[0].record, "campaign": {**parts[0].record["campaign"], "counties": names, "county": "、".join(names)}}
    return replace(parts[0], record=record, **frames)


def nothing_found(run: Run) -> Run:
    """The same county without a single finding."""
    outcomes = run.outcomes.with_columns(outcome=pl.lit("no_flag"), reason=pl.lit(None, dtype=pl.String))
    return replace(run, findings=run.findings.clear(), evidence=run.evidence.clear(), outcomes=outcomes)


def not_estimable(run: Run, reason: str = "noise", method: str = "two_references") -> Run:
    """The same county where no completeness can be estimated."""
    keep = {
        "county",
        "area_code",
        "level",
        "township",
        "birth_year",
        "sex",
        "registered",
        "published_birth_rate",
        "implied_birth_rate",
    }
    none = [pl.lit(None).cast(kind).alias(name) for name, kind in run.coverage.schema.items() if name not in keep]
    coverage = run.coverage.with_columns(none).with_columns(method=pl.lit(method), reason=pl.lit(reason), withheld=pl.lit(False))
    outcomes = run.outcomes.with_columns(outcome=pl.lit("not_estimable"), reason=pl.lit(reason))
    return replace(run, coverage=conform(coverage, "coverage"), outcomes=outcomes)


def no_reference(run: Run) -> Run:
    """The same county audited without references and without tables."""
    run = not_estimable(run, "no_reference", "none")
    record = {**run.record, "release": None, "inputs": run.record["inputs"][:2]}
    return replace(run, record=record, linkage={}, figures=run.figures.clear())


def withheld(run: Run) -> Run:
    """The same county where every count of unreported births is too small to show."""
    coverage = run.coverage.with_columns(unreported_at_least=pl.lit(None, dtype=pl.Int64), withheld=pl.lit(True))
    return replace(run, coverage=coverage)


def renamed(run: Run, name: str) -> Run:
    """The same county with another name for its first township."""
    old = run.coverage.filter(pl.col("level") == "township")["township"][0]
    frames = {}
    for frame in ("findings", "coverage", "timeliness", "outcomes", "figures"):
        frames[frame] = getattr(run, frame).with_columns(township=pl.col("township").replace(old, name))
    return replace(run, **frames)


STATES = {
    "nothing found": nothing_found,
    "not estimable": not_estimable,
    "withheld": withheld,
    "no reference": no_reference,
    "long name": lambda run: renamed(run, LONG_NAME[:60]),
    "long name, not estimable": lambda run: renamed(not_estimable(run, "reference_too_small"), LONG_NAME[:60]),
}


def _measured(**rates: tuple[float, float, float]) -> dict[str, Any]:
    return {f"{name}{end}": value for name, held in rates.items() for end, value in zip(("", "_low", "_high"), held, strict=True)}


LINKAGE: dict[str, Any] = {
    "linkage_version": "1",
    "counties": {
        COUNTY: {
            "pairs": [
                {"left": "registry", "right": "household"}
                | _measured(recall=(0.991, 0.985, 0.995), false_link_rate=(0.0012, 0.0004, 0.0028)),
                {"left": "household", "right": "immunisation"} | _measured(recall=(0.986, 0.979, 0.991)),
            ],
            "closure": _measured(recall=(0.998, 0.995, 0.999), false_link_rate=(0.0017, 0.0007, 0.0035)),
        }
    },
    "refused": {},
}


def _coverage(rng: Generator, areas: list[tuple[str, str]]) -> tuple[pl.DataFrame, dict[str, float]]:
    rows: list[dict[str, Any]] = []
    shares: dict[str, float] = {}
    for index, (code, name) in enumerate(areas):
        share = float(rng.choice([0.62, 0.76, 0.87, 0.92, 0.97])) + float(rng.normal(0, 0.012))
        births = float(rng.integers(420, 1800))
        if index == len(areas) - 2 and len(areas) > 2:
            births = 96.0
        shares[code] = share
        rows.append(_row("township", births, share, area_code=code, township=name))
        for year in YEARS:
            part = births / len(YEARS) * float(rng.uniform(0.8, 1.2))
            rows.append(
                _row(
                    "township_year",
                    part,
                    min(share + float(rng.normal(0, 0.03)), 1.0),
                    area_code=code,
                    township=name,
                    birth_year=year,
                )
            )
    total = sum(row["births"] for row in rows if row["level"] == "township" and row["births"])
    rows += [_row("county_year", total / len(YEARS), 0.86 + 0.004 * (year - 2018), birth_year=year) for year in YEARS]
    rows += [_row("county_sex", total * 0.515, 0.872, sex="male"), _row("county_sex", total * 0.485, 0.861, sex="female")]
    rows.append(_row("county", total, 0.867))
    return conform(pl.DataFrame(rows, infer_schema_length=None), "coverage"), shares


def _row(level: str, births: float, share: float, **where: Any) -> dict[str, Any]:
    half = 1.96 * float(np.sqrt(share * (1 - share) / births)) + 0.004
    low, high = max(share - half, 0.0), min(share + half, 1.0)
    registered = round(births * share)
    unreported = round(births * (1 - share))
    too_small = births < 30
    row = {
        "county": COUNTY,
        "area_code": None,
        "level": level,
        "township": None,
        "birth_year": None,
        "sex": None,
        "registered": registered,
        "unreported_at_least": None if unreported < 10 else unreported,
        "births": births,
        "births_low": registered / high,
        "births_high": registered / low,
        "completeness": share,
        "completeness_low": low,
        "completeness_high": high,
        "dependence_low": share - 0.03,
        "dependence_high": share + 0.01,
        "over_coverage": 0.012,
        "over_coverage_low": 0.006,
        "over_coverage_high": 0.019,
        "implied_birth_rate": 8.1 * share,
        "corrected_birth_rate": 8.1,
        "published_birth_rate": 8.4 if level.startswith("township") or level == "county" else None,
        "method": "two_references",
        "reason": "noise" if too_small else None,
        "withheld": unreported < 10,
        **where,
    }
    if too_small:
        for name in ("births", "completeness", "dependence", "over_coverage"):
            row |= {key: None for key in row if key.startswith(name)}
    return row


def _timeliness(rng: Generator, areas: list[tuple[str, str]]) -> pl.DataFrame:
    rows = []
    for code, name in areas:
        for year in YEARS:
            month = float(rng.uniform(0.45, 0.8))
            late = year == YEARS[-1]
            rows.append(
                {
                    "county": COUNTY,
                    "area_code": code,
                    "township": name,
                    "birth_year": year,
                    "registered": int(rng.integers(50, 200)),
                    "within_30": month,
                    "within_target": None if late else month + 0.08,
                    "within_1y": None if late else month + 0.15,
                    "within_5y": None if year > 2020 else month + 0.19,
                    "ultimate": None if late else month + 0.2,
                    "ultimate_low": None if late else month + 0.17,
                    "ultimate_high": None if late else month + 0.22,
                    "delay_days": [7, 30, 60, 90, 365],
                    "cdf": [month / 2, month, month + 0.08, month + 0.1, month + 0.15],
                }
            )
    return conform(pl.DataFrame(rows), "timeliness")


def _findings(rng: Generator, areas: list[tuple[str, str]], language: str, each: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    findings: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    line = 100
    for index, (code, name) in enumerate(areas):
        for number in range(each):
            detector, card, family, severity, zh, en = ROW_KINDS[number % len(ROW_KINDS)]
            lines = [line, line + 3] if family == "duplicates" else [line]
            line += 7
            finding = _finding(len(findings), code, name, detector, card, family, severity, "row", zh if language == "zh" else en)
            finding |= {"row_lines": lines, "row_refs": [f"00{value:07d}" for value in lines], "period": "2021"}
            findings.append(finding)
            for field, left, right in (
                ("name", "王**", "王**"),
                ("birth_date", "2021-05-**", "2021-06-**"),
                ("id_number", "690121***********3", None),
            ):
                for value, masked in zip(lines, (left, right), strict=False):
                    evidence.append(
                        {"finding_id": finding["finding_id"], "record_id": f"00{value:07d}", "line": value, "field": field}
                        | {"masked": masked, "differs": len(lines) > 1 and left != right}
                    )
        kind = AREA_KINDS[index % (len(AREA_KINDS) + 2)] if index % (len(AREA_KINDS) + 2) < len(AREA_KINDS) else None
        if kind:
            detector, card, family, severity, subject, zh, en = kind
            finding = _finding(len(findings), code, name, detector, card, family, severity, subject, zh if language == "zh" else en)
            findings.append(finding | {"period": "2018-2025", "observed": 41.0, "expected": 17.2, "q_value": 0.003, "events": 512})
    return conform(pl.DataFrame(findings, infer_schema_length=None), "findings"), conform(pl.DataFrame(evidence), "evidence")


def _finding(
    number: int, code: str, name: str, detector: str, card: str, family: str, severity: str, subject: str, message: str
) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(
        ("village", "period", "observed", "expected", "low", "high", "p_value", "q_value", "events")
    )
    return blank | {
        "finding_id": f"{number + 0xA0000000:012x}",
        "county": COUNTY,
        "area_code": code,
        "township": name,
        "detector": detector,
        "code": card,
        "family": family,
        "severity": severity,
        "subject": subject,
        "row_refs": [],
        "row_lines": [],
        "params": "{}",
        "message": message,
    }


def _outcomes(areas: list[tuple[str, str]], findings: pl.DataFrame) -> pl.DataFrame:
    flagged = set(findings.select("area_code", "detector").iter_rows())
    rows = []
    for detector in [kind[0] for kind in (*ROW_KINDS, *AREA_KINDS)]:
        for index, (code, name) in enumerate(areas):
            outcome, reason = ("flag", None) if (code, detector) in flagged else ("no_flag", None)
            if outcome == "no_flag" and detector == "bunched" and index % 4 == 1:
                outcome, reason = "not_estimable", "too_few_figures"
            rows.append(
                {
                    "county": COUNTY,
                    "area_code": code,
                    "township": name,
                    "detector": detector,
                    "outcome": outcome,
                    "reason": reason,
                    "q_value": None,
                }
            )
    return conform(pl.DataFrame(rows, infer_schema_length=None), "outcomes")


def _figures(rng: Generator, areas: list[tuple[str, str]], shares: dict[str, float]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []

    def add(figure: str, **more: Any) -> None:
        rows.append({"county": COUNTY, "figure": figure, **more})

    for index, (code, name) in enumerate(areas):
        base = float(rng.uniform(4, 12))
        where = {"area_code": code, "township": name}
        for year in YEARS:
            for month in range(1, 13):
                count: float | None = float(rng.poisson(base))
                if index % 5 == 3 and count:
                    count = 5.0 * round(count / 5)
                missing = index == 2 and year == 2020 and month in (3, 4)
                low, high = max(base - 2 * base**0.5, 0), base + 2 * base**0.5
                value = None if missing else count
                out = value is not None and (value < low - 1 or value > high + 1)
                add(
                    "monthly_returns",
                    **where,
                    series="births",
                    period=f"{year}-{month:02d}",
                    y=value,
                    low=low,
                    high=high,
                    flagged=out,
                )
            for indicator, target in INDICATORS:
                for _ in range(3):
                    value = round(float(np.clip(rng.normal(target + 2, 6), 30, 100)), 1)
                    if index % 5 == 2 and target - 3 <= value < target:
                        value = target + round(float(rng.uniform(0, 0.9)), 1)
                    add("indicator_values", **where, series=indicator, period=str(year), x=value, target=target, flagged=False)
        expected = float(rng.uniform(60, 900))
        ratio = shares[code] / 0.9
        half = 3.1 * ((1 / expected) + 0.006) ** 0.5
        add(
            "birth_rate_funnel",
            **where,
            series="births",
            period="2018-2025",
            x=expected,
            y=ratio,
            low=1 - half,
            high=1 + half,
            target=1.0,
            flagged=abs(ratio - 1) > half,
        )
    for expected in np.geomspace(50, 1000, 30):
        for series, z, spread in (
            ("exact_95", 1.96, 0.0),
            ("exact_998", 3.09, 0.0),
            ("adjusted_95", 1.96, 0.006),
            ("adjusted_998", 3.09, 0.006),
        ):
            half = z * (1 / expected + spread) ** 0.5
            add(
                "birth_rate_funnel",
                area_code=None,
                township=None,
                series=series,
                period="2018-2025",
                x=float(expected),
                low=max(1 - half, 0),
                high=1 + half,
                target=1.0,
            )
    return pl.DataFrame(rows, infer_schema_length=None).select(
        (pl.col(name) if name in rows[0] or any(name in row for row in rows) else pl.lit(None)).cast(kind).alias(name)
        for name, kind in FIGURES.items()
    )


def _record(language: str, findings: pl.DataFrame) -> dict[str, Any]:
    words = catalogue(language)
    assert words.language == language
    sha = "3f5a" * 16
    inputs = [
        {"name": "areas", "role": "areas", "file": "areas.csv", "rows": 12},
        {
            "name": "registry",
            "role": "audited",
            "file": "registry.csv",
            "rows": 10904,
            "encoding": "gb18030",
            "put_aside": 2,
            "put_aside_lines": [17, 204],
            "columns_not_read": ["备注", "民族"],
            "out_of_scope": ["民族"],
            "unreadable": {"birth_date": 4},
            "repairs": {"full_width": 31},
        },
        {
            "name": "household",
            "role": "reference",
            "file": "household.xlsx",
            "rows": 12108,
            "sheet": "Sheet1",
            "columns_not_read": ["户编号"],
        },
        {"name": "immunisation", "role": "reference", "file": "immunisation.csv", "rows": 12526, "columns_not_read": ["接种编码"]},
        {"name": "bureau", "kind": "vital_rates", "file": "bureau.csv", "rows": 96},
        {"name": "returns", "kind": "returns", "file": "returns.csv", "rows": 11808},
        {"name": "indicators", "kind": "indicators", "file": "indicators.csv", "rows": 2952},
    ]
    blank = {
        "encoding": None,
        "sheet": None,
        "header_row": 1,
        "columns": {},
        "columns_not_read": [],
        "out_of_scope": [],
        "put_aside": 0,
        "put_aside_lines": [],
        "unreadable": {},
        "repairs": {},
        "unknown_townships": 0,
    }
    kinds = [(kind[0], kind[1], kind[2]) for kind in (*ROW_KINDS, *AREA_KINDS)]
    return {
        "format_version": "1.0",
        "run_id": "2026-5e0f19aa",
        "hecha_version": "0.1.0",
        "versions": {"python": "3.11.2", "polars": "2.1.0", "opendp": "0.16.0"},
        "status": "complete",
        "date": "2026-03-02",
        "campaign": {
            "name": "云川县2026年度人口数据质量核查" if language == "zh" else "Yunchuan county population data audit 2026",
            "county": COUNTY,
            "counties": [COUNTY],
            "year": 2026,
            "birth_years": [2018, 2025],
            "language": language,
            "seed": 20260101,
            "office": "云川县统计局" if language == "zh" else "Yunchuan bureau of statistics",
            "contact": None,
            "targets": {"completeness": 0.9, "timely_days": 60},
            "minimum_cell": 10,
        },
        "inputs": [{**blank, **entry, "sha256": sha} for entry in inputs],
        "validation_passed": True,
        "detectors": [
            {"detector": name, "code": code, "family": family, "flag": 1, "no_flag": 10, "not_estimable": 1, "not_applicable": 0}
            | {"findings": findings.filter(pl.col("detector") == name).height}
            for name, code, family in kinds
        ],
        "release": {
            "id": "9c1b7e02",
            "mechanism": "discrete Gaussian (OpenDP)",
            "sd": {"township": 2.0, "township_year": 3.2, "county": 7.1, "county_year": 7.1, "county_sex": 7.1},
            "rho": {
                "township": 0.24,
                "township_year": 0.1,
                "county": 0.02,
                "county_year": 0.02,
                "county_sex": 0.02,
                "patterns": 0.05,
                "linkage": 0.05,
            },
            "rho_total": 0.5,
            "epsilon": 5.6,
            "delta": 1e-6,
            "releases_so_far": 1,
            "rho_so_far": 0.5,
            "seeded": False,
        },
        "timings": {},
        "artefacts": {},
    }


def hostile(run: Run) -> Run:
    """The same county with names and ids that try to be a formula, a link, a script, a control character."""
    nasty = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "http://example.invalid/x", "a\x07b\u202egnp", "000000000123456789"]
    refs = [[nasty[index % len(nasty)] for _ in held] for index, held in enumerate(run.findings["row_refs"].to_list())]
    messages = [nasty[index % len(nasty)] for index in range(run.findings.height)]
    findings = run.findings.with_columns(pl.Series("row_refs", refs, dtype=pl.List(pl.String)), pl.Series("message", messages))
    record = {
        **run.record,
        "campaign": {
            **run.record["campaign"],
            "name": "<b onclick=alert(1)>& =1+1",
            "office": '=HYPERLINK("http://example.invalid")',
        },
    }
    return replace(run, findings=findings, record=json.loads(json.dumps(record)))


def months() -> int:
    """Months of the window."""
    return sum(len(calendar.month_name) - 1 for _ in YEARS)
