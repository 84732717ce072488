"""From the files of a campaign to rows held by county, every file read and checked once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from audit import memory
from audit.clock import Stopwatch
from audit.config import Campaign
from audit.ingest import Intakes, gradual
from audit.ingest.intakes import file_spec, read_areas, read_table, same_twice, warm_up
from audit.ingest.same import Sketch, nearly_twice
from audit.province.checked import Checked
from audit.province.hold import Hold
from audit.province.register import Register
from expectations.errors import HechaError, Problems, StageError
from expectations.fields import BIRTH_FIELDS
from expectations.tables import Source, Table

if TYPE_CHECKING:
    from audit.progress import Progress

BYTES_A_ROW: Final = 75  # held compressed, and the keys of the audited register while it is read
BASE_BYTES: Final = 1_200 << 20  # libraries, a step of reading, a county under audit


@dataclass(frozen=True)
class Province:
    """What was read.

    Attributes:
        intakes: how each file was read, tables and areas whole, sources without a row.
        holds: rows by county, of each source, the audited one first.
        validation: content of ``validation.json``.
        repeated: hashes of record ids that stand in the register more than once.
        twice: rows of births registered in two counties.
    """

    intakes: Intakes
    holds: tuple[Hold, ...]
    validation: dict[str, Any]
    repeated: pl.Series
    twice: pl.DataFrame


def take_in(campaign: Campaign, progress: "Progress", clock: Stopwatch, keep: bool = True) -> Province:
    """Read every file of a campaign of many counties.

    Args:
        campaign: the campaign.
        progress: told of files and rows read.
        clock: told of seconds.
        keep: whether rows are held; to look at the files only, they need not be.

    Raises:
        Problems: whatever is wrong with any of the files, together; or more rows than the machine can hold (E-LINK-003).
    """
    check_memory(campaign)
    problems: list[HechaError] = []
    areas, gazetteer = read_areas(campaign, progress)
    warm_up()
    register, checks = Register(campaign.counties), []
    sources: list[Source] = []
    marks: list[str] = []
    sketches: list[Sketch] = []
    holds, tables = [], []
    repeated, twice = pl.Series(dtype=pl.UInt64), pl.DataFrame()
    for name, config in sorted(campaign.sources.items(), key=lambda item: item[1].role != "audited"):
        audited = config.role == "audited"
        hold, check, sketch = Hold(audited, areas.frame), Checked(name), Sketch()

        def take(
            frame: pl.DataFrame, hold: Hold = hold, check: Checked = check, sketch: Sketch = sketch, whole: bool = audited
        ) -> None:
            with clock("validate"):
                check.see(frame)
            sketch.see(frame)
            if whole:
                register.see(frame)
            if keep:
                hold.put(frame, campaign.counties)

        try:
            with clock("read"):
                source, mark = gradual.read_gradually(name, config, campaign, gazetteer, progress, take)
        except Problems as error:
            problems += error.problems
            continue
        if audited:
            with clock("duplicates"):
                repeated, twice = register.repeated_ids(), register.in_two_counties()
        sources.append(source)
        marks.append(mark)
        sketches.append(sketch)
        holds.append(hold)
        checks.append(check)
    for name, table in campaign.tables.items():
        try:
            with clock("read"):
                tables.append(read_table(name, table, campaign, gazetteer, progress))
        except Problems as error:
            problems += error.problems
    again = same_twice([(source.intake, mark) for source, mark in zip(sources, marks, strict=True)], tables)
    problems += again or nearly_twice([(source.intake, sketch) for source, sketch in zip(sources, sketches, strict=True)])
    if problems:
        raise Problems(problems)
    with clock("validate"):
        validation = _validation(checks, tables, areas.frame, progress)
    return Province(Intakes(tuple(sources), tuple(tables), areas), tuple(holds), validation, repeated, twice)


def check_memory(campaign: Campaign, available: int | None = None) -> None:
    """Refuse what the machine cannot hold, before anything is read; Parquet files say themselves how many rows they have.

    Raises:
        Problems: with the StageError E-LINK-003, whose exit status is 3.
    """
    available = memory.available() if available is None else available
    specs = [file_spec(name, config, campaign, BIRTH_FIELDS) for name, config in campaign.sources.items() if config.odbc is None]
    rows = sum(gradual.rows_of(spec) or 0 for spec in specs)
    needed = BASE_BYTES + rows * BYTES_A_ROW if rows else 0
    if available is not None and needed > available:
        raise Problems([StageError("E-LINK-003", params={"needed_mb": needed >> 20, "available_mb": available >> 20})])


def look(campaign: Campaign, progress: "Progress") -> tuple[Intakes, dict[str, Any]]:
    """How every file was read and whether it passed validation; rows are held nowhere.

    Raises:
        Problems: as ``take_in``.
    """
    seen = take_in(campaign, progress, Stopwatch(), keep=False)
    return seen.intakes, seen.validation


def _validation(checks: list[Checked], tables: list[Table], areas: pl.DataFrame, progress: "Progress") -> dict[str, Any]:
    from expectations.suites import validate_frames

    frames = [(table.name, table.kind, table.frame) for table in tables]
    frames.append(("areas", "areas", areas))
    with progress.stage("validate", total=sum(frame.height for _, _, frame in frames)) as tick:
        others: Mapping[str, Any] = validate_frames(frames, tick)
    told = [*(check.table() for check in checks), *others["tables"]]
    return {"passed": all(table["passed"] for table in told), "tables": told}
