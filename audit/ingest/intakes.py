"""Everything a campaign names, read and normalised, all problems of the step said at once."""

import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from audit import memory
from audit.config import Campaign, FileConfig, SourceConfig, TableConfig
from audit.ingest.areas import townships
from audit.ingest.births import Normalised, normalise
from audit.ingest.database import read_database
from audit.ingest.headers import shown
from audit.ingest.limits import MOST_UNKNOWN, rounded, said
from audit.ingest.places import Gazetteer
from audit.ingest.read import read, usable
from audit.ingest.same import Sketch, nearly_twice
from audit.ingest.spec import FileSpec, Header, Raw
from audit.ingest.tables import normalise_table
from expectations.errors import HechaError, Problems, ReadError
from expectations.fields import AREA_FIELDS, BIRTH_FIELDS, TABLE_FIELDS, Field
from expectations.masks import mask_unknown
from expectations.tables import Areas, Intake, Source, Table

if TYPE_CHECKING:
    from audit.progress import Progress

# Linkage needs neither a reference's own ids nor when it wrote a birth down, so they are never loaded (DESIGN C5).
_AHEAD: Final = 2  # files held as text at once
REFERENCE_LEAVES_OUT = frozenset({"record_id", "registered_on"})


@dataclass(frozen=True)
class Intakes:
    """All that was read. ``sources`` has the audited register first, then the references in the order of the campaign."""

    sources: tuple[Source, ...]
    tables: tuple[Table, ...]
    areas: Areas

    @property
    def audited(self) -> Source:
        """The register under audit."""
        return self.sources[0]

    @property
    def references(self) -> tuple[Source, ...]:
        """The other registers that see the same births."""
        return self.sources[1:]

    def without_reference_rows(self) -> "Intakes":
        """The same without a row of a reference: how it was read stays, what was read is let go (DESIGN C4)."""
        kept = tuple(source if source.role == "audited" else replace(source, frame=source.frame.clear()) for source in self.sources)
        return replace(self, sources=kept)

    @property
    def rows(self) -> int:
        """Rows of all sources, of tables none."""
        return sum(source.frame.height for source in self.sources)

    @property
    def link_quality(self) -> dict[str, dict[str, float]]:
        """What custodians measured of the linking, by source."""
        return {source.name: source.link_quality for source in self.sources if source.link_quality}

    def figures(self, kind: str) -> pl.DataFrame | None:
        """All rows of the tables of one kind, or none when the campaign has no such table."""
        frames = [table.frame for table in self.tables if table.kind == kind]
        return pl.concat(frames) if frames else None


def ingest(campaign: Campaign, progress: "Progress") -> Intakes:
    """Read and normalise every file of a campaign.

    Raises:
        Problems: whatever is wrong with any of the files, together; nothing is returned then.
    """
    problems: list[HechaError] = []
    areas, gazetteer = read_areas(campaign, progress)
    warm_up()
    sources, tables = [], []
    births = sorted(campaign.sources.items(), key=lambda item: item[1].role != "audited")
    wanted: list[tuple[FileConfig, FileSpec]] = [(config, _births_spec(name, config, campaign)) for name, config in births]
    wanted += [(config, table_spec(name, config, campaign)) for name, config in campaign.tables.items()]
    for (config, spec), raw in zip(wanted, _ahead(wanted), strict=True):
        try:
            if isinstance(config, SourceConfig):
                sources.append(_source(config, spec, raw, gazetteer, progress))
            elif isinstance(config, TableConfig):
                tables.append(_table(config, spec, raw, gazetteer, progress))
        except Problems as error:
            problems += error.problems
        memory.give_back()
    again = same_twice([(source.intake, mark_of([source.frame])) for source in sources], tables)
    problems += again or nearly_twice([(source.intake, Sketch().see(source.frame)) for source in sources])
    if problems:
        raise Problems(problems)
    return Intakes(tuple(sources), tuple(tables), areas)


def validate(intakes: Intakes, progress: "Progress") -> dict[str, Any]:
    """Great Expectations on every input table, in memory; content of ``validation.json``: booleans only."""
    from expectations.suites import validate_frames

    frames = [(source.name, "births", source.frame) for source in intakes.sources]
    frames += [(table.name, table.kind, table.frame) for table in intakes.tables]
    frames.append(("areas", "areas", intakes.areas.frame))
    with progress.stage("validate", total=sum(frame.height for _, _, frame in frames)) as tick:
        told = validate_frames(frames, tick)
    memory.give_back()
    return told


def warm_up() -> None:
    """Start importing Great Expectations, which takes seconds, while files are read.

    Not where warnings have been made errors: the library's own are silenced by a filter, and filters are shared by all threads.
    """
    from expectations.suites import load_library

    if "great_expectations" not in sys.modules and not any(rule[0] == "error" for rule in warnings.filters):
        threading.Thread(target=load_library, daemon=True).start()


def read_areas(campaign: Campaign, progress: "Progress") -> tuple[Areas, Gazetteer]:
    """The campaign's townships, and what finds them in texts."""
    spec = FileSpec("areas", campaign.areas, AREA_FIELDS)
    with progress.stage("read", file=spec.file) as tick:
        raw = read(spec)
        frame, gazetteer, unreadable = townships(raw, campaign)
        tick(raw.rows)
    return Areas(frame, intake_of(spec, raw, Normalised(frame, unreadable, {}, 0)), gazetteer.former), gazetteer


def _ahead(wanted: Sequence[tuple[FileConfig, FileSpec]]) -> Iterator[Callable[[], Raw]]:
    """For each file what gives its text cells, or raises what is wrong with it; the next ones are read meanwhile.

    In threads, for readers let go of the interpreter; no more than ``_AHEAD`` files are held as text.
    """
    pool = ThreadPoolExecutor(_AHEAD)
    begun: deque[Future[Raw]] = deque()
    try:
        for at in range(len(wanted)):
            while len(begun) < _AHEAD and at + len(begun) < len(wanted):
                begun.append(pool.submit(read_any, *wanted[at + len(begun)]))
            yield begun.popleft().result
    finally:
        pool.shutdown(cancel_futures=True)


def _births_spec(name: str, config: SourceConfig, campaign: Campaign) -> FileSpec:
    audited = config.role == "audited"
    fields = tuple(field for field in BIRTH_FIELDS if audited or field.name not in REFERENCE_LEAVES_OUT)
    return file_spec(name, config, campaign, fields, reference=not audited, births=True)


def _source(config: SourceConfig, spec: FileSpec, cells: Callable[[], Raw], gazetteer: Gazetteer, progress: "Progress") -> Source:
    with progress.stage("read", file=spec.file) as tick:
        raw = cells()
        made = normalise(raw, gazetteer, not spec.reference)
        tick(raw.rows)
    check_shares(amiss(made, raw, spec, ("birth_date", "sex")), made.frame.height, raw.header, spec)
    quality = config.link_quality.model_dump() if config.link_quality else None
    return Source(spec.name, config.role, made.frame, intake_of(spec, raw, made), quality)


def read_table(name: str, config: TableConfig, campaign: Campaign, gazetteer: Gazetteer, progress: "Progress") -> Table:
    """One table of figures."""
    spec = table_spec(name, config, campaign)
    return _table(config, spec, lambda: read_any(config, spec), gazetteer, progress)


def table_spec(name: str, config: TableConfig, campaign: Campaign) -> FileSpec:
    """What is asked of a table of figures."""
    return file_spec(name, config, campaign, TABLE_FIELDS[config.kind])


def _table(config: TableConfig, spec: FileSpec, cells: Callable[[], Raw], gazetteer: Gazetteer, progress: "Progress") -> Table:
    with progress.stage("read", file=spec.file) as tick:
        raw = cells()
        made = normalise_table(raw, config.kind, spec, gazetteer)
        tick(raw.rows)
    required = tuple(field.name for field in spec.fields if field.required)
    check_shares(amiss(made, raw, spec, required), made.frame.height, raw.header, spec)
    return Table(spec.name, config.kind, made.frame, intake_of(spec, raw, made))


def read_any(config: FileConfig, spec: FileSpec) -> Raw:
    """Text cells of a file or of a table of a database."""
    if config.odbc is None or config.table is None:
        return read(spec)
    return usable(read_database(config.odbc.removeprefix("env:"), config.table, spec), spec)


def file_spec(
    name: str, config: FileConfig, campaign: Campaign, fields: tuple[Field, ...], reference: bool = False, births: bool = False
) -> FileSpec:
    """What is asked of one file."""
    return FileSpec(
        name=name,
        path=campaign.folder / (config.path or config.table or ""),
        fields=fields,
        reference=reference,
        births=births,
        overrides=campaign.columns.get(name, {}),
        encoding=config.encoding,
        sheet=config.sheet,
        header_row=config.header_row,
    )


@dataclass(frozen=True)
class Amiss:
    """Cells of one column that tell nothing: how many, and the line and the masked value of the first, unless it is a reference."""

    count: int
    line: int | None = None
    sample: str = "–"

    def __add__(self, other: "Amiss") -> "Amiss":
        first = self if self.line is not None else other
        return Amiss(self.count + other.count, first.line, first.sample)


def amiss(made: Normalised, raw: Raw, spec: FileSpec, required: tuple[str, ...]) -> dict[str, Amiss]:
    """What tells nothing in the township and in required columns, by field."""
    blank = made.frame["township"].is_null()
    unknown = blank & raw.frame["township"].is_not_null()
    first = (unknown if unknown.any() else blank).arg_max() if made.unknown_townships else None
    counts = {
        "township": (made.unknown_townships, first),
        **{name: (made.unreadable.get(name, 0), made.first.get(name)) for name in required},
    }
    found = {}
    for name, (count, at) in counts.items():
        if spec.reference or at is None:
            found[name] = Amiss(count)
        else:
            found[name] = Amiss(count, raw.frame["line"][at], mask_unknown(raw.frame[name][at]) or "–")
    return found


def check_shares(found: dict[str, Amiss], rows: int, header: Header, spec: FileSpec) -> None:
    """Over half of the townships unknown, or of a required column unreadable: then the file is not what it is taken for."""
    places = {wanted.name: at for at, wanted in header.fields.items()}
    problems: list[HechaError] = []
    for name, what in found.items():
        if what.count > MOST_UNKNOWN * rows:
            params: dict[str, object] = {
                "field": name,
                "column_number": places[name] + 1,
                "n": said(what.count, spec.reference),
                "rows": said(rows, spec.reference),
                "sample": what.sample,
            }
            code = "E-READ-012" if name == "township" else "E-READ-020"
            column = shown(header.names[places[name]])
            problems.append(ReadError(code, file=spec.file, line=what.line, column=column, params=params))
    if problems:
        raise Problems(problems)


def intake_of(spec: FileSpec, raw: Raw, made: Normalised) -> Intake:
    """How a file was read, as the record tells it."""

    def shy(counts: Mapping[str, int]) -> dict[str, int]:
        return {key: rounded(count, spec.reference) for key, count in counts.items()}

    return Intake(
        name=spec.name,
        file=spec.file,
        sha256=raw.sha256,
        rows=raw.rows,
        encoding=raw.encoding,
        sheet=raw.sheet,
        header_row=raw.header.line or None,
        columns=raw.header.columns,
        columns_not_read=raw.header.not_read,
        out_of_scope=raw.header.out_of_scope,
        put_aside=rounded(len(raw.put_aside), spec.reference),
        put_aside_lines=() if spec.reference else raw.put_aside[:3],
        unreadable=shy(made.unreadable),
        repairs=shy(made.repairs),
        unknown_townships=rounded(made.unknown_townships, spec.reference),
    )


def same_twice(sources: list[tuple[Intake, str]], tables: list[Table]) -> list[HechaError]:
    """The same rows twice under two names: an audit of a register against itself would find it complete.

    Args:
        sources: how each was read, with a mark of its rows (``mark_of``).
        tables: the campaign's tables.
    """
    problems: list[HechaError] = []
    seen: dict[str, str] = {}
    marks = [(intake, (intake.sha256, mark)) for intake, mark in sources]
    marks += [(table.intake, (table.intake.sha256, table.intake.sha256)) for table in tables]
    for intake, both in marks:
        first = next((seen[mark] for mark in both if mark in seen), None)
        if first is not None:
            problems.append(ReadError("E-READ-019", file=intake.file, params={"one": first, "other": intake.name}))
        for mark in both:
            seen.setdefault(mark, intake.name)
    return problems


def mark_of(frames: Iterable[pl.DataFrame]) -> str:
    """A mark of a source's rows, whatever their order, format, headers, and the steps they were read in."""
    rows, total = 0, 0
    for frame in frames:
        told = frame.select("name", "sex", "birth_date", "id_number", "mother_name", "area_code")
        rows += frame.height
        total = (total + int(told.hash_rows(seed=0).hash(seed=0).sum())) % 2**64
    return f"rows:{rows}:{total}"
