"""Columns of every table a run leaves, in order. Kinds: str, i64, f64, bool, list[str], list[i64], list[f64]."""

from dataclasses import dataclass
from typing import Final

FORMAT_VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an artefact.

    Attributes:
        name: the column's name, English and stable in every language.
        kind: ``str``, ``i64``, ``f64``, ``bool`` or ``list[...]`` of the first three.
        values: the code list the column draws on, empty when it is free.
        optional: whether a null may stand in it.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    optional: bool = True


def _c(name: str, kind: str = "str", values: tuple[str, ...] = (), optional: bool = True) -> Column:
    return Column(name, kind, values, optional)


_FAMILY = ("validity", "duplicates", "completeness", "timeliness", "rates", "fabrication")

FINDINGS: Final = (
    _c("finding_id", optional=False),
    _c("county", optional=False),
    _c("area_code"),
    _c("township"),
    _c("village"),
    _c("detector", optional=False),
    _c("code", optional=False),
    _c("family", "str", _FAMILY, optional=False),
    _c("severity", "str", ("low", "medium", "high"), optional=False),
    _c("period"),
    _c("subject", "str", ("row", "area", "return", "indicator"), optional=False),
    _c("row_refs", "list[str]", optional=False),
    _c("row_lines", "list[i64]", optional=False),
    _c("observed", "f64"),
    _c("expected", "f64"),
    _c("low", "f64"),
    _c("high", "f64"),
    _c("p_value", "f64"),
    _c("q_value", "f64"),
    _c("events", "i64"),
    _c("params", optional=False),
    _c("message", optional=False),
)

EVIDENCE: Final = (
    _c("finding_id", optional=False),
    _c("record_id", optional=False),
    _c("line", "i64", optional=False),
    _c("field", optional=False),
    _c("masked"),
    _c("differs", "bool", optional=False),
)

COVERAGE: Final = (
    _c("county", optional=False),
    _c("area_code"),
    _c("level", "str", ("county", "county_year", "county_sex", "township", "township_year"), optional=False),
    _c("township"),
    _c("birth_year", "i64"),
    _c("sex", "str", ("male", "female")),
    _c("registered", "i64", optional=False),
    _c("unreported_at_least", "i64"),
    _c("births", "f64"),
    _c("births_low", "f64"),
    _c("births_high", "f64"),
    _c("completeness", "f64"),
    _c("completeness_low", "f64"),
    _c("completeness_high", "f64"),
    _c("dependence_low", "f64"),
    _c("dependence_high", "f64"),
    _c("over_coverage", "f64"),
    _c("over_coverage_low", "f64"),
    _c("over_coverage_high", "f64"),
    _c("implied_birth_rate", "f64"),
    _c("corrected_birth_rate", "f64"),
    _c("published_birth_rate", "f64"),
    _c("method", optional=False),
    _c("reason"),
    _c("withheld", "bool", optional=False),
)

TIMELINESS: Final = (
    _c("county", optional=False),
    _c("area_code"),
    _c("township"),
    _c("birth_year", "i64", optional=False),
    _c("registered", "i64", optional=False),
    _c("within_30", "f64"),
    _c("within_target", "f64"),
    _c("within_1y", "f64"),
    _c("within_5y", "f64"),
    _c("ultimate", "f64"),
    _c("ultimate_low", "f64"),
    _c("ultimate_high", "f64"),
    _c("delay_days", "list[i64]", optional=False),
    _c("cdf", "list[f64]", optional=False),
)

OUTCOMES: Final = (
    _c("county", optional=False),
    _c("area_code"),
    _c("township"),
    _c("detector", optional=False),
    _c("outcome", "str", ("flag", "no_flag", "not_estimable", "not_applicable"), optional=False),
    _c("reason"),
    _c("q_value", "f64"),
)

TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "findings": FINDINGS,
    "evidence": EVIDENCE,
    "coverage": COVERAGE,
    "timeliness": TIMELINESS,
    "outcomes": OUTCOMES,
}
