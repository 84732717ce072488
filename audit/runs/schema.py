"""JSON Schema 2020-12 of what hecha writes and reads, from the definitions that it is written and read by."""

from collections.abc import Callable
from typing import Any, Final

from expectations.artefacts import FORMAT_VERSION, TABLES, Column
from expectations.catalogue import LANGUAGES
from expectations.codes import ANSWERS, OUTCOMES, ROLES, STATUSES, TABLE_KINDS

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {"str": "string", "i64": "integer", "f64": "number", "bool": "boolean"}
_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def table(name: str) -> dict[str, Any]:
    """One row of a table of a run, as ``--format json`` prints it and the Parquet file holds it."""
    columns = TABLES[name]
    return _object(name, {column.name: _column(column) for column in columns}, [column.name for column in columns])


def figures() -> dict[str, Any]:
    """One row of the figures behind the charts."""
    import polars as pl

    from expectations.run import FIGURES

    kinds = {pl.String(): "string", pl.Float64(): "number", pl.Boolean(): "boolean"}
    return _object("figures", {name: {"type": [kinds[kind], "null"]} for name, kind in FIGURES.items()}, list(FIGURES))


def twice() -> dict[str, Any]:
    """One row of a birth that is registered in two counties; of campaigns of many counties."""
    import polars as pl

    from expectations.run import TWICE

    kinds = {pl.String(): "string", pl.Int64(): "integer"}
    free = {name: [kinds[kind], "null"] if name in ("area_code", "township") else kinds[kind] for name, kind in TWICE.items()}
    return _object("registered_twice", {name: {"type": kind} for name, kind in free.items()}, list(TWICE))


def record() -> dict[str, Any]:
    """``record.json``."""
    entry = _plain({"name": _TEXT, "file": _TEXT, "sha256": _TEXT, "rows": _COUNT}, ["name", "file", "sha256", "rows"])
    entry["properties"] |= {"role": {"enum": ["areas", *ROLES]}, "kind": {"enum": list(TABLE_KINDS)}}
    counts = dict.fromkeys(("findings", *OUTCOMES), _COUNT)
    detector = _plain({"detector": _TEXT, "code": _TEXT, "family": _TEXT, **counts}, ["detector", "code", "family", *counts])
    campaign = _plain(
        {
            "name": _TEXT,
            "county": _TEXT,
            "counties": {"type": "array", "items": _TEXT},
            "year": {"type": "integer"},
            "birth_years": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            "language": {"enum": list(LANGUAGES)},
            "seed": {"type": "integer"},
            "office": {"type": ["string", "null"]},
            "contact": {"type": ["string", "null"]},
            "targets": {"type": "object", "additionalProperties": {"type": "number"}},
            "minimum_cell": {"type": "integer", "minimum": 10},
        },
        ["name", "county", "counties", "year", "birth_years", "language", "seed", "targets", "minimum_cell"],
    )
    release = {
        "id": _TEXT,
        "mechanism": _TEXT,
        "sd": {"type": "object", "additionalProperties": {"type": "number"}},
        "rho": {"type": "object", "additionalProperties": {"type": "number"}},
        **{name: {"type": "number"} for name in ("rho_total", "epsilon", "delta", "rho_so_far", "rho_all_years")},
        "releases_so_far": _COUNT,
        "releases_all_years": _COUNT,
        "seeded": {"type": "boolean"},
    }
    several = _plain({"county": _TEXT, "births": _COUNT}, ["county", "births"])
    both = _plain({"births": _COUNT, "counted_twice": _COUNT, "counties": {"type": "array", "items": several}}, ["births"])
    properties = {
        "format_version": {"type": "string", "pattern": f"^{FORMAT_VERSION.partition('.')[0]}\\."},
        "run_id": _TEXT,
        "hecha_version": _TEXT,
        "versions": {"type": "object", "additionalProperties": _TEXT},
        "status": {"enum": list(STATUSES)},
        "date": {"type": "string", "format": "date"},
        "campaign": campaign,
        "inputs": {"type": "array", "items": entry},
        "validation_passed": {"type": "boolean"},
        "detectors": {"type": "array", "items": detector},
        "release": {"anyOf": [_plain(release, [name for name in release if not name.endswith("_all_years")]), {"type": "null"}]},
        "timings": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "artefacts": {"type": "object", "additionalProperties": _HASH},
    }
    required = list(properties)
    return _object("record", {**properties, "registered_twice": both}, required)  # of a campaign of many counties


def campaign() -> dict[str, Any]:
    """``campaign.toml``, from the models that check it."""
    from audit.config import schema

    return {"$schema": DRAFT, **schema(), "title": "campaign"}


def answers() -> dict[str, Any]:
    """One line of ``answers.jsonl``."""
    from audit.runs.answers import Answer

    properties: dict[str, Any] = dict.fromkeys(Answer.__dataclass_fields__, _TEXT)
    return _object("answers", {**properties, "outcome": {"enum": list(ANSWERS)}}, ["finding_id", "outcome"])


def errors() -> dict[str, Any]:
    """One line of what ``--format json`` prints on stderr when something is wrong."""
    properties = {
        "code": {"type": "string", "pattern": "^E-[A-Z]+-[0-9]{3}$"},
        "file": {"type": ["string", "null"]},
        "line": {"type": ["integer", "null"]},
        "column": {"type": ["string", "integer", "null"]},
        "field": {"type": ["string", "null"]},
        "message": _TEXT,
        "remedy": _TEXT,
    }
    return _object("errors", properties, list(properties))


def linkage() -> dict[str, Any]:
    """``linkage.json``: rates and rounded probabilities by county and pair of sources; empty without references."""
    rate = {"type": ["number", "null"]}
    level = _plain({"m": {"type": "number"}, "u": {"type": "number"}}, ["m", "u"])
    fields = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": level}}
    measured = [f"{name}{end}" for name in ("recall", "false_link_rate") for end in ("", "_low", "_high")]
    pair = _plain({"left": _TEXT, "right": _TEXT, **dict.fromkeys(measured, rate), "fields": fields}, ["left", "right", "fields"])
    county = _plain(
        {"pairs": {"type": "array", "items": pair}, "closure": {"type": "object", "additionalProperties": rate}}, ["pairs"]
    )
    properties = {
        "linkage_version": _TEXT,
        "counties": {"type": "object", "additionalProperties": county},
        "refused": {"type": "object", "additionalProperties": _TEXT},
    }
    return _object("linkage", properties, [])


def validation() -> dict[str, Any]:
    """``validation.json``: whether each expectation of each table passed."""
    passed = {"type": "boolean"}
    rule = _plain(
        {"expectation": _TEXT, "column": {"type": ["string", "null"]}, "passed": passed}, ["expectation", "column", "passed"]
    )
    said = {"name": _TEXT, "kind": _TEXT, "passed": passed, "expectations": {"type": "array", "items": rule}}
    tables = {"type": "array", "items": _plain(said, list(said))}
    return _object("validation", {"passed": passed, "tables": tables}, ["passed", "tables"])


def _table(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: table(name)


SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    **{name: _table(name) for name in TABLES},
    "figures": figures,
    "registered_twice": twice,
    "record": record,
    "linkage": linkage,
    "validation": validation,
    "campaign": campaign,
    "answers": answers,
    "errors": errors,
}


def _column(column: Column) -> dict[str, Any]:
    if column.kind.startswith("list["):
        inner = _TYPES[column.kind[5:-1]]
        return {"type": "array", "items": {"type": [inner, "null"] if inner == "number" else inner}}
    kind: Any = _TYPES[column.kind]
    if column.values:
        return {"enum": [*column.values, *([None] if column.optional else [])]}
    return {"type": [kind, "null"] if column.optional else kind}


def _plain(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    # Other properties are allowed: later versions of the same major may add some.
    return {"type": "object", "properties": dict(properties), "required": required}


def _object(title: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"$schema": DRAFT, "title": title, "x-format-version": FORMAT_VERSION, **_plain(properties, required)}
