"""One file from disk to text cells: bytes, what they are, and the reader for that."""

import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from audit import memory
from audit.config import nearest
from audit.ingest.columnar import peek_parquet, read_parquet
from audit.ingest.delimited import peek_delimited, read_delimited
from audit.ingest.legacy import read_dbf, read_statistics
from audit.ingest.limits import BYTES_A_BYTE, BYTES_A_LINE, LARGEST_FILE, MOST_UNREADABLE, said
from audit.ingest.locked import only_member, unlock
from audit.ingest.sniff import Kind, sniff
from audit.ingest.spec import FileSpec, Header, Raw
from audit.ingest.workbook import check_zip, is_workbook, peek_workbook, read_workbook
from expectations.errors import Problems, ReadError, StageError

_REFUSED: Final[dict[Kind, str]] = {"pdf": "PDF", "image": "image", "rtf": "RTF", "gzip": "gzip", "rar": "RAR / 7z"}


def read(spec: FileSpec) -> Raw:
    """Read one file.

    Raises:
        Problems: with one or more of the errors E-READ-001 to E-READ-029.
    """
    data = _bytes(spec)
    check_memory(len(data), spec, data.count(b"\n"))
    return usable(parse(data, spec, hashlib.sha256(data).hexdigest()), spec)


def parse(data: bytes, spec: FileSpec, sha256: str) -> Raw:
    """Bytes of a file, by what they are."""
    kind, data = _kind(data, spec)
    if kind == "parquet":
        return read_parquet(data, sha256, spec)
    if kind in ("ole", "zip"):
        return read_workbook(data, sha256, spec)
    if kind == "dbf":
        return read_dbf(sha256, spec)
    if kind in ("sav", "dta"):
        return read_statistics(data, sha256, spec, kind)
    return read_delimited(data, sha256, spec)


def peek(spec: FileSpec) -> Header | None:
    """The header of a file, for a first look; none when nothing is recognised.

    Raises:
        Problems: it cannot be opened, or is no table.
    """
    kind, data = _kind(_bytes(spec), spec)
    if kind == "parquet":
        return peek_parquet(data, spec)
    if kind in ("dbf", "sav", "dta"):
        return parse(data, spec, "").header
    return peek_workbook(data, spec) if kind in ("ole", "zip") else peek_delimited(data, spec)


def _kind(data: bytes, spec: FileSpec, inside: bool = False) -> tuple[Kind, bytes]:
    """What the file is, when it is something that can be read, and its bytes: unlocked, and taken out of a zip."""
    kind = sniff(data, "" if inside else spec.path.suffix.lower())
    if kind == "empty":
        _fail("E-READ-013", spec)
    if kind in _REFUSED:
        _fail("E-READ-016", spec, kind=_REFUSED[kind])
    if kind == "markup":
        _fail("E-READ-010", spec)
    if kind == "ole":
        unlocked = unlock(data, spec)
        return ("ole", data) if unlocked is data else _kind(unlocked, spec, inside)
    if kind == "zip" and not is_workbook(archive := check_zip(data, spec)):
        if inside:
            _fail("E-READ-016", spec, kind="zip")
        _, data = only_member(archive, spec)
        return _kind(data, spec, inside=True)
    return kind, data


def check_memory(size: int, spec: FileSpec, lines: int = 0, free: int | None = None) -> None:
    """Refuse a file that the machine cannot hold.

    Args:
        size: of its bytes.
        spec: names it.
        lines: of it, if it is a text.
        free: bytes to be had; by default what the system says.

    Raises:
        Problems: with the StageError E-READ-028, whose exit status is 3.
    """
    free = memory.available() if free is None else free
    needed = max(size * BYTES_A_BYTE, lines * BYTES_A_LINE)
    if free is not None and needed > free:
        params: dict[str, object] = {"needed_mb": needed >> 20, "available_mb": free >> 20}
        raise Problems([StageError("E-READ-028", file=spec.file, params=params)])


def usable(raw: Raw, spec: FileSpec) -> Raw:
    """What was read, if there are rows and not too many of them put aside.

    Raises:
        Problems: E-READ-014 or E-READ-008.
    """
    check_usable(raw.rows, raw.put_aside, spec)
    return raw


def check_usable(rows: int, put_aside: Sequence[int], spec: FileSpec) -> None:
    """Refuse a file without rows, or with too many that had to be put aside.

    Args:
        rows: all of them, those put aside included.
        put_aside: their physical lines.
        spec: names the file.

    Raises:
        Problems: E-READ-014 or E-READ-008.
    """
    if rows == 0:
        _fail("E-READ-014", spec)
    aside = len(put_aside)
    if aside > MOST_UNREADABLE * rows:
        lines = "–" if spec.reference else ", ".join(str(line) for line in put_aside[:3])
        _fail("E-READ-008", spec, n=said(aside, spec.reference), rows=said(rows, spec.reference), lines=lines)


def _bytes(spec: FileSpec) -> bytes:
    try:
        about = spec.path.stat()
        if stat.S_ISDIR(about.st_mode) or not stat.S_ISREG(about.st_mode):  # a pipe or a device never ends
            _fail("E-READ-002", spec)
        if about.st_size > LARGEST_FILE:
            _fail("E-READ-017", spec)
        return spec.path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        _fail("E-READ-001", spec, near=_near(spec.path))
    except (OSError, ValueError):  # no permission, a name too long, a loop of links, a null byte in the name
        _fail("E-READ-002", spec)
    except MemoryError:
        _fail("E-READ-017", spec)


def _near(path: Path) -> str:
    try:
        names = sorted(item.name for item in path.parent.iterdir() if item.is_file())
    except (OSError, ValueError):
        return "–"
    return ", ".join(nearest(path.name, names[:10_000])) or "–"


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
