"""What is wrong with a campaign file, in our words: pydantic's own messages and the values it was given never pass on."""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from audit.config_models import Disclosure, Document, FileConfig, Head, LinkQuality, SourceConfig, TableConfig, Targets
from expectations.codes import ROLES, TABLE_KINDS
from expectations.errors import ConfigError, HechaError, ReadError, RefusedError
from expectations.fields import BIRTH_FIELDS, TABLE_FIELDS

_IN_SECTION = 3  # [part.name] key; a key of that name may also stand where a section belongs


def invalid(error: ValidationError, raw: dict[str, Any], file: str) -> list[HechaError]:
    """Every problem of a file that does not fit the models."""
    return [_worded(item, raw, file) for item in error.errors(include_url=False, include_input=False)]


def refusals(raw: dict[str, Any], file: str) -> list[HechaError]:
    """Roles that do not exist because of what they would be: record-level census data (DESIGN C6)."""
    sources = raw.get("sources")
    found: list[HechaError] = []
    for name, source in sources.items() if isinstance(sources, dict) else ():
        if isinstance(source, dict) and re.search("census|普查", str(source.get("role", "")).casefold()):
            found.append(RefusedError("E-SCOPE-001", file=file, column=f"sources.{_short(name)}.role"))
    return found


def absent(raw: dict[str, Any], campaign: Path) -> list[HechaError]:
    """Files that a campaign names and that are not there; told beside what is wrong with the campaign itself."""
    head = raw.get("campaign")
    named = [head.get("areas") if isinstance(head, dict) else None]
    for part in ("sources", "tables"):
        sections = raw.get(part)
        named += (
            [section.get("path") for section in sections.values() if isinstance(section, dict)]
            if isinstance(sections, dict)
            else []
        )
    found: list[HechaError] = []
    for path in (campaign.parent / name for name in named if isinstance(name, str)):
        try:
            if not path.exists():
                near = nearest(path.name, sorted(item.name for item in path.parent.iterdir() if item.is_file()))
                found.append(ReadError("E-READ-001", file=path.name, params={"near": ", ".join(near) or "–"}))
        except (OSError, ValueError):  # no such folder, or no name that a file could have
            found.append(ReadError("E-READ-001", file=_short(path.name), params={"near": "–"}))
    return found


def _worded(item: Any, raw: dict[str, Any], file: str) -> HechaError:
    """One of pydantic's errors in our words; its own message and input never pass on."""
    location = [str(part) for part in item["loc"] if not str(part).startswith(("constrained-", "list[", "function-"))]
    location = [part for part in location if part not in ("str",)]
    where, kind, context = ".".join(_short(part) for part in location), item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        near = nearest(location[-1], _allowed(location[:-1]))
        return ConfigError("E-CONFIG-006", file=file, column=where, params={"near": ", ".join(near) or "–"})
    if kind == "missing":
        return ConfigError("E-CONFIG-007", file=file, column=where)
    if len(location) == _IN_SECTION and (location[0], location[-1]) in (("sources", "role"), ("tables", "kind")):
        value = raw[location[0]][location[1]].get(location[-1])
        if location[-1] == "role" and re.search("census|普查", str(value).casefold()):
            return RefusedError("E-SCOPE-001", file=file, column=where)
        allowed = ROLES if location[-1] == "role" else TABLE_KINDS
        near = nearest(str(value), allowed)
        params: dict[str, object] = {"allowed": ", ".join(allowed), "near": near[0] if near else allowed[0]}
        return ConfigError("E-CONFIG-008", file=file, column=where, params=params)
    if location[-1] == "minimum_cell":
        return ConfigError("E-CONFIG-009", file=file, column=where)
    expected = next((str(context[key]) for key in ("expected", "ge", "gt", "le", "lt", "pattern") if key in context), "")
    return ConfigError(
        "E-CONFIG-010", file=file, column=where, params={"expected": f"{_sort(kind)}{' ' + expected if expected else ''}"}
    )


def _sort(kind: str) -> str:
    """What a value should be, in TOML's own words (the same in every language)."""
    words = {"greater_than_equal": "≥", "less_than_equal": "≤", "greater_than": ">", "less_than": "<", "literal_error": "="}
    shapes = {"model_type": "[table]", "dict_type": "[table]", "string_too_short": '"…"', "string_too_long": '"…" (≤ 200)'}
    types = {
        "string_type": '"…"',
        "int_type": "123",
        "float_type": "0.9",
        "list_type": "[…, …]",
        "too_short": "[…, …]",
        "too_long": "[…, …]",
    }
    return {**words, **shapes, **types}.get(kind, "")


def across(document: Document, file: str) -> list[HechaError]:
    """What no single key shows: roles, paths, years, overrides."""
    found: list[HechaError] = []
    audited = [name for name, source in document.sources.items() if source.role == "audited"]
    if len(audited) != 1:
        found.append(ConfigError("E-CONFIG-011", file=file, column="sources", params={"n": len(audited)}))
    first, last = document.campaign.birth_years
    if first > last or last - first > 60 or (document.campaign.year is not None and document.campaign.year < last):
        found.append(ConfigError("E-CONFIG-012", file=file, column="campaign.birth_years"))
    counties = [document.campaign.county] if isinstance(document.campaign.county, str) else document.campaign.county
    if len({county.strip() for county in counties}) < len(counties) or not all(county.strip() for county in counties):
        found.append(ConfigError("E-CONFIG-013", file=file, column="campaign.county"))
    sections: dict[str, FileConfig] = {**document.sources, **document.tables}
    twice = [name for name in document.tables if name in document.sources]
    found += [ConfigError("E-CONFIG-014", file=file, column=f"tables.{_short(name)}") for name in twice]
    for name, section in sections.items():
        if (section.path is None) == (section.odbc is None) or (section.odbc is None) != (section.table is None):
            found.append(ConfigError("E-CONFIG-015", file=file, column=_short(name)))
    return found + _overrides(document, sections, file)


def _overrides(document: Document, sections: dict[str, FileConfig], file: str) -> list[HechaError]:
    found: list[HechaError] = []
    for name, headers in document.columns.items():
        if name not in sections:
            near = ", ".join(nearest(name, tuple(sections))) or "–"
            found.append(ConfigError("E-CONFIG-006", file=file, column=f"columns.{_short(name)}", params={"near": near}))
            continue
        section = sections[name]
        fields = TABLE_FIELDS[section.kind] if isinstance(section, TableConfig) else BIRTH_FIELDS
        names = tuple(field.name for field in fields)
        for header, field in headers.items():
            if field not in names:
                params: dict[str, object] = {"near": ", ".join(nearest(field, names)) or "–", "allowed": ", ".join(names)}
                found.append(
                    ConfigError("E-CONFIG-016", file=file, column=f"columns.{_short(name)}.{_short(header)}", params=params)
                )
        if len(set(headers.values())) < len(headers):
            found.append(ConfigError("E-CONFIG-017", file=file, column=f"columns.{_short(name)}"))
    return found


def _allowed(location: list[str]) -> tuple[str, ...]:
    models: dict[str, type[BaseModel]] = {
        "campaign": Head,
        "sources": SourceConfig,
        "tables": TableConfig,
        "disclosure": Disclosure,
        "targets": Targets,
        "link_quality": LinkQuality,
    }
    if not location:
        return tuple(Document.model_fields)
    model = models.get(location[-1]) if location[-1] == "link_quality" or len(location) == 1 else models.get(location[0])
    return tuple(model.model_fields) if model else ()


def nearest(word: str, known: tuple[str, ...] | list[str], n: int = 3) -> list[str]:
    """The known words most like this one, best first; those too unlike are left out."""
    from rapidfuzz import fuzz, process

    return [match for match, _, _ in process.extract(word, known, scorer=fuzz.WRatio, limit=n, score_cutoff=60)]


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def once(problems: list[HechaError]) -> list[HechaError]:
    """Each problem of each key once."""
    seen: dict[tuple[str, str | None], HechaError] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.column), problem)
    return list(seen.values())
