"""What a campaign file may hold, as pydantic models."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class Head(BaseModel):
    """The section ``[campaign]``."""

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


class Disclosure(BaseModel):
    """The section ``[disclosure]``."""

    model_config = _STRICT
    minimum_cell: Annotated[int, Field(ge=10, le=1000)] = 10


class Document(BaseModel):
    """The whole file."""

    model_config = _STRICT
    campaign: Head
    sources: dict[str, SourceConfig]
    tables: dict[str, TableConfig] = {}
    disclosure: Disclosure = Disclosure()
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
