"""A births source read in steps of some hundred thousand rows, so that a province's files never stand in memory whole.

Parquet and large text files are read a step at a time; all else is read as a whole, as ever, and normalised in steps. What is found
in a file (counts, first lines, refusals) is the same as when it is read at once.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from audit.config import Campaign, SourceConfig
from audit.ingest.births import Normalised, normalise
from audit.ingest.columnar import as_text, header_of
from audit.ingest.intakes import REFERENCE_LEAVES_OUT, Amiss, amiss, check_shares, file_spec, intake_of, mark_of, read_any
from audit.ingest.pieces import cut, read_piece
from audit.ingest.places import Gazetteer
from audit.ingest.read import check_usable
from audit.ingest.spec import FileSpec, Header, Raw
from expectations.errors import Problems, ReadError
from expectations.fields import BIRTH_FIELDS
from expectations.tables import BIRTHS, Source

if TYPE_CHECKING:
    from audit.progress import Progress

STEP: Final = 1 << 18  # rows
LARGE: Final = 1 << 26  # bytes from which a text is cut into pieces
Take = Callable[[pl.DataFrame], None]


@dataclass
class _Sums:
    """What is known of a file from the steps read so far."""

    rows: int = 0
    unknown: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    amiss: dict[str, Amiss] = field(default_factory=dict)

    def add(self, made: Normalised, found: dict[str, Amiss]) -> None:
        self.rows += made.frame.height
        self.unknown += made.unknown_townships
        self.unreadable.update(made.unreadable)
        self.repairs.update(made.repairs)
        for name, what in found.items():
            self.amiss[name] = self.amiss[name] + what if name in self.amiss else what


def read_gradually(
    name: str, config: SourceConfig, campaign: Campaign, gazetteer: Gazetteer, progress: "Progress", take: Take
) -> tuple[Source, str]:
    """Read a births source.

    Args:
        name: its section in campaign.toml.
        config: the section.
        campaign: the campaign.
        gazetteer: the campaign's townships.
        progress: told of rows read.
        take: given the rows of each step (schema ``BIRTHS``, ``<field>_raw`` when audited). Record ids that come back in another
            step are not told apart by their line yet.

    Returns:
        The source without a row, and the mark of its rows (``intakes.mark_of``).

    Raises:
        Problems: as ``audit.ingest.ingest``; some steps have been given away by then.
    """
    audited = config.role == "audited"
    fields = tuple(wanted for wanted in BIRTH_FIELDS if audited or wanted.name not in REFERENCE_LEAVES_OUT)
    spec = file_spec(name, config, campaign, fields, reference=not audited, births=True)
    sums, marks = _Sums(), []
    with progress.stage("read", file=spec.file, total=rows_of(spec)) as tick:
        about, steps = _steps(config, spec)
        aside = list(about.put_aside)
        for raw in steps:
            aside += raw.put_aside
            made = normalise(raw, gazetteer, audited)
            sums.add(made, amiss(made, raw, spec, ("birth_date", "sex")))
            marks.append(mark_of([made.frame]))
            rows = raw.rows
            del raw
            take(made.frame)
            tick(rows)
    check_usable(sums.rows + len(aside), aside, spec)
    check_shares(sums.amiss, sums.rows, about.header, spec)
    whole = Normalised(pl.DataFrame(schema=BIRTHS), dict(sums.unreadable), dict(sorted(sums.repairs.items())), sums.unknown)
    intake = replace(intake_of(spec, replace(about, put_aside=tuple(aside)), whole), rows=sums.rows + len(aside))
    quality = config.link_quality.model_dump() if config.link_quality else None
    return Source(name, config.role, whole.frame, intake, quality), together(marks)


def rows_of(spec: FileSpec) -> int | None:
    """Rows of a Parquet file by its own account; none for other formats, which must be read to be counted."""
    if not is_parquet(spec):
        return None
    try:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(spec.path).num_rows)
    except Exception:  # whatever is wrong with the file is said when it is read
        return None


def is_parquet(spec: FileSpec) -> bool:
    """Whether a file begins as Parquet does."""
    try:
        if not spec.path.is_file():  # a pipe would be waited for
            return False
        with spec.path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except (OSError, ValueError):
        return False


def _steps(config: SourceConfig, spec: FileSpec) -> tuple[Raw, Iterator[Raw]]:
    """What is known of the file before its rows, and its rows."""
    if config.odbc is None and is_parquet(spec):
        with spec.path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        header = header_of(spec)
        return Raw(pl.DataFrame(), header, sha256), _of_parquet(spec, header, sha256)
    whole = cut(spec) if config.odbc is None and _size(spec) >= LARGE else None
    if whole is not None:
        return whole.about, (read_piece(whole, piece) for piece in whole.pieces)
    raw = read_any(config, spec)
    step = raw.rows if raw.workbook else STEP  # what a spreadsheet rounded shows in the whole column only
    about = replace(raw, frame=raw.frame.clear())
    return about, (replace(about, frame=raw.frame.slice(start, step), put_aside=()) for start in range(0, raw.frame.height, step))


def _size(spec: FileSpec) -> int:
    try:
        return spec.path.stat().st_size
    except (OSError, ValueError):
        return 0


def _of_parquet(spec: FileSpec, header: Header, sha256: str) -> Iterator[Raw]:
    import pyarrow.parquet as pq

    wanted = {header.names[at]: wanted.name for at, wanted in header.fields.items()}
    start = 1
    try:
        with spec.path.open("rb") as handle:
            file = pq.ParquetFile(handle, memory_map=False, pre_buffer=False)
            for batch in file.iter_batches(STEP, columns=list(wanted)):
                frame = pl.DataFrame(pl.from_arrow(batch))
                frame = frame.select(as_text(frame.schema[name], name).alias(field) for name, field in wanted.items())
                line = pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias("line")
                start += frame.height
                del batch
                yield Raw(frame.insert_column(0, line), header, sha256)
    except (Problems, MemoryError):
        raise
    except Exception:
        raise Problems([ReadError("E-READ-015", file=spec.file)]) from None


def together(marks: list[str]) -> str:
    """One mark from the marks of steps."""
    parts = [mark.split(":") for mark in marks]
    return f"rows:{sum(int(part[1]) for part in parts)}:{sum(int(part[2]) for part in parts) % 2**64}"
