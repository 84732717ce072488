"""campaign.toml: read, checked as a whole, every problem said at once."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from audit.config_models import Campaign, Document, FileConfig, LinkQuality, SourceConfig, TableConfig, Targets
from audit.config_problems import absent, across, invalid, nearest, once, refusals
from expectations.errors import ConfigError, HechaError, Problems

__all__ = [
    "Campaign",
    "FileConfig",
    "LinkQuality",
    "SourceConfig",
    "TableConfig",
    "Targets",
    "language_of",
    "load",
    "nearest",
    "schema",
]

_LARGEST: Final = 1 << 20  # bytes; a campaign file of a province with every county in it stays far below
_DEEPEST: Final = 64  # brackets open at once: tomllib recurses


def load(path: Path) -> Campaign:
    """Read and check a campaign file.

    Raises:
        Problems: everything that is wrong with it, at once; a ``census`` role is refused (DESIGN C6).
    """
    path = Path(path)
    raw = _parse(path)
    problems: list[HechaError] = refusals(raw, path.name)
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        problems += invalid(error, raw, path.name)
        raise Problems([*once(problems), *absent(raw, path)]) from None
    problems += across(document, path.name)
    if problems:
        raise Problems([*once(problems), *absent(raw, path)])
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
    return Document.model_json_schema()


def _parse(path: Path) -> dict[str, Any]:
    def fail(code: str, line: int | None = None, **params: object) -> NoReturn:
        raise Problems([ConfigError(code, file=path.name, line=line, params=params)]) from None

    try:
        if path.is_fifo():  # opening one waits for a writer, perhaps for ever
            fail("E-CONFIG-002")
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


def _campaign(document: Document, path: Path) -> Campaign:
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


def _names(folder: Path, ending: str) -> list[str]:
    try:
        return sorted(item.name for item in folder.iterdir() if item.name.endswith(ending))
    except OSError:
        return []
