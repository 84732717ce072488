"""campaign.toml: read, checked as a whole, every problem said at once."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from expectations.codes import ROLES, TABLE_KINDS
from expectations.errors import ConfigError, HechaError, Problems, RefusedError
from expectations.fields import BIRTH_FIELDS, TABLE_FIELDS

_LARGEST: Final = 1 << 20  # bytes; a campaign file of a province with every county in it stays far below
_DEEPEST: Final = 64  # brackets open at once: tomllib recurses
_STRICT: Final = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Share = Annotated[float, Field(gt=0, le=1)]


class LinkQuality(BaseModel):
    """Precision and recall of linking to a reference, measured by its custodian on ``n`` pairs."""

    model_config = _STRICT
    precision: _Share
    recall: _Share
    n: Annotated[int, Field(ge=1)]


class FileConfig(BaseModel):
    """Where a source or a table comes from: a file beside the campaign, or a table of a database."""

    model_config = _STRICT
    path: _Text | None = None
    encoding: _Text | None = None
    sheet: _Text | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    odbc: Annotated[str, Field(pattern=r"^env:[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    table: Annotated[str, Field(pattern=r"^[\w$\u0080-\U0010ffff]+(\.[\w$\u0080-\U0010ffff]+){0,2}$")] | None = None


class SourceConfig(FileConfig):
    """A births source."""

    role: Literal["audited", "reference"]
    link_quality: LinkQuality | None = None


class TableConfig(FileConfig):
    """A table of figures."""

    kind: Literal["vital_rates", "returns", "indicators", "totals"]


class Targets(BaseModel):
    """What the campaign holds the register to."""

    model_config = _STRICT
    completeness: _Share = 0.90
    timely_days: Annotated[int, Field(ge=1, le=3660)] = 60


class _Head(BaseModel):
    model_config = _STRICT
    name: _Text | None = None
    county: _Text | Annotated[list[_Text], Field(min_length=1)]
    year: Annotated[int, Field(ge=1950, le=2200)] | None = None
    birth_years: Annotated[list[Annotated[int, Field(ge=1950, le=2200)]], Field(min_length=2, max_length=2)]
    areas: _Text
    language: Literal["zh", "en"] = "zh"
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    office: _Text | None = None
    contact: _Text | None = None


class _Disclosure(BaseModel):
    model_config = _STRICT
    minimum_cell: Annotated[int, Field(ge=10, le=1000)] = 10


class _Document(BaseModel):
    model_config = _STRICT
    campaign: _Head
    sources: dict[str, SourceConfig]
    tables: dict[str, TableConfig] = {}
    disclosure: _Disclosure = _Disclosure()
    targets: Targets = Targets()
    columns: dict[str, dict[str, str]] = {}


class Campaign(BaseModel):
    """A campaign, checked; paths are absolute and not yet opened.

    Attributes:
        file, folder: the campaign file and the folder that its paths are relative to.
        counties: one or more names, as the areas file has them.
        year: the campaign's year; by default the one after the last birth year.
        birth_years: first and last.
        sources, tables: by section name, in the order of the file.
        columns: section name -> header -> field.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    file: Path
    folder: Path
    name: str
    counties: tuple[str, ...]
    year: int
    birth_years: tuple[int, int]
    areas: Path
    language: Literal["zh", "en"]
    seed: int
    office: str | None
    contact: str | None
    sources: dict[str, SourceConfig]
    tables: dict[str, TableConfig]
    minimum_cell: int
    targets: Targets
    columns: dict[str, dict[str, str]]


def load(path: Path) -> Campaign:
    """Read and check a campaign file.

    Raises:
        Problems: everything that is wrong with it, at once; a ``census`` role is refused (DESIGN C6).
    """
    path = Path(path)
    raw = _parse(path)
    problems: list[HechaError] = _refusals(raw, path.name)
    try:
        document = _Document.model_validate(raw)
    except ValidationError as error:
        problems += [_worded(item, raw, path.name) for item in error.errors(include_url=False, include_input=False)]
        raise Problems(_once(problems)) from None
    problems += _across(document, path.name)
    if problems:
        raise Problems(_once(problems))
    return _campaign(document, path)


def language_of(path: Path) -> str | None:
    """The language a campaign file asks for, if it can be read at all; for words said before it is checked."""
    try:
        language = _parse(Path(path)).get("campaign", {}).get("language")
    except (Problems, AttributeError):
        return None
    return language if isinstance(language, str) else None


def schema() -> dict[str, Any]:
    """JSON Schema of a campaign file, for ``hecha schema campaign``."""
    return _Document.model_json_schema()


def _parse(path: Path) -> dict[str, Any]:
    def fail(code: str, line: int | None = None, **params: object) -> NoReturn:
        raise Problems([ConfigError(code, file=path.name, line=line, params=params)]) from None

    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        fail("E-CONFIG-001", near=", ".join(nearest(path.name, _names(path.parent, ".toml"))) or "–")
    except (OSError, ValueError):
        fail("E-CONFIG-002")
    if len(content) > _LARGEST:
        fail("E-CONFIG-003")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail("E-CONFIG-004")
    if _depth(text) > _DEEPEST:
        fail("E-CONFIG-003")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        fail("E-CONFIG-005", line=int(at[1]) if at else text.count("\n") + 1)
    except (RecursionError, ValueError):  # dotted keys nest too; a date or a number may be out of Python's range
        fail("E-CONFIG-003")


def _depth(text: str) -> int:
    """How deep brackets and dotted keys nest at most, strings and comments not told apart."""
    depth = 0
    deepest = max((line.count(".") // 8 for line in text.splitlines() if not line.startswith("#")), default=0)
    for ch in text:
        depth += (ch in "[{") - (ch in "]}")
        deepest = max(deepest, depth)
    return deepest


def _refusals(raw: dict[str, Any], file: str) -> list[HechaError]:
    """Roles that do not exist because of what they would be: record-level census data (DESIGN C6)."""
    sources = raw.get("sources")
    found: list[HechaError] = []
    for name, source in sources.items() if isinstance(sources, dict) else ():
        if isinstance(source, dict) and re.search("census|普查", str(source.get("role", "")).casefold()):
            found.append(RefusedError("E-SCOPE-001", file=file, column=f"sources.{_short(name)}.role"))
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
    if location[-1] == "role" or location[-1] == "kind":
        value = raw.get(location[0], {}).get(location[1], {}).get(location[-1])
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


def _across(document: _Document, file: str) -> list[HechaError]:
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


def _overrides(document: _Document, sections: dict[str, FileConfig], file: str) -> list[HechaError]:
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


def _campaign(document: _Document, path: Path) -> Campaign:
    head, folder = document.campaign, path.parent.resolve()
    counties = (head.county,) if isinstance(head.county, str) else tuple(head.county)
    counties = tuple(county.strip() for county in counties)
    return Campaign(
        file=path,
        folder=folder,
        name=head.name or path.stem,
        counties=counties,
        year=head.year if head.year is not None else head.birth_years[1] + 1,
        birth_years=(head.birth_years[0], head.birth_years[1]),
        areas=folder / head.areas,
        language=head.language,
        seed=head.seed,
        office=head.office,
        contact=head.contact,
        sources=document.sources,
        tables=document.tables,
        minimum_cell=document.disclosure.minimum_cell,
        targets=document.targets,
        columns=document.columns,
    )


def _allowed(location: list[str]) -> tuple[str, ...]:
    models: dict[str, type[BaseModel]] = {
        "campaign": _Head,
        "sources": SourceConfig,
        "tables": TableConfig,
        "disclosure": _Disclosure,
        "targets": Targets,
        "link_quality": LinkQuality,
    }
    if not location:
        return tuple(_Document.model_fields)
    model = models.get(location[-1]) if location[-1] == "link_quality" or len(location) == 1 else models.get(location[0])
    return tuple(model.model_fields) if model else ()


def nearest(word: str, known: tuple[str, ...] | list[str], n: int = 3) -> list[str]:
    """The known words most like this one, best first; those too unlike are left out."""
    from rapidfuzz import fuzz, process

    return [match for match, _, _ in process.extract(word, known, scorer=fuzz.WRatio, limit=n, score_cutoff=60)]


def _names(folder: Path, ending: str) -> list[str]:
    try:
        return sorted(item.name for item in folder.iterdir() if item.name.endswith(ending))
    except OSError:
        return []


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _once(problems: list[HechaError]) -> list[HechaError]:
    seen: dict[tuple[str, str | None], HechaError] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.column), problem)
    return list(seen.values())
