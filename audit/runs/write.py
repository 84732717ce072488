"""A run goes to disk under a temporary name, is flushed and renamed: it exists whole or not at all (DESIGN §3)."""

import errno
import hashlib
import io
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import polars as pl

from expectations.artefacts import TABLES
from expectations.errors import ConfigError, HechaError, Problems, StageError
from expectations.frames import conform
from expectations.run import FIGURES, Run

WriteReports = Callable[[Run, Path, str], list[Path]]

TEMPORARY: Final = ".hecha-"


def seal(run: Run, out: Path, write_reports: WriteReports | None = None) -> Path:
    """Write a run folder.

    Args:
        run: a finished run; ``record["run_id"]`` names the folder, with -2, -3 … where that name is taken.
        out: the folder that holds runs; made when missing.
        write_reports: as ``reports.write_reports(run, folder, language)``; none writes no reports.

    Returns:
        The run folder.

    Raises:
        StageError: disk full (E-RUN-001), folder not writable (E-RUN-002) or another fault of the disk (E-RUN-003).
            Nothing is left behind.
    """
    prepare(out)
    with disk_faults(out), _temporary(out) as folder:
        _write_tables(run, folder)
        record = {**run.record, "timings": dict(run.record.get("timings", {}))}
        if write_reports is not None:
            start = time.perf_counter()
            (folder / "reports").mkdir()
            write_reports(run, folder / "reports", str(record["campaign"]["language"]))
            record["timings"]["report"] = round(time.perf_counter() - start, 3)
        record["artefacts"] = hashes(folder)
        _write(folder / "record.json", dump_json(record))
        _flush(folder)
        sealed = _rename(folder, out, str(record["run_id"]))
        _flush_folder(out)
    return sealed


def write_anew(run: Run, out: Path | None, folder: Path, write_reports: WriteReports, language: str) -> Path:
    """Write the reports of a run again; the run itself is never changed.

    Args:
        run: the run, read back.
        out: where to; must not exist or be empty. By default a new folder beside the run.
        folder: the run folder.
        write_reports, language: as for ``seal``.

    Returns:
        The folder of reports: whole, or not there at all.

    Raises:
        ConfigError: ``out`` holds something (E-RUN-017).
        StageError: the disk failed.
    """
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError("E-RUN-017", params={"path": str(out)})
    parent = (out or folder.resolve()).parent
    with disk_faults(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with _temporary(parent) as temporary:
            write_reports(run, temporary, language)
            _flush(temporary)
            if out is None:
                return _rename(temporary, parent, f"{folder.resolve().name}-reports")
            temporary.chmod(0o755)
            return temporary.rename(out)


def prepare(out: Path) -> list[Path]:
    """Make the folder of runs, see that it can be written to, and clear away what killed runs left in it.

    Returns:
        The folders that were made for it, innermost first; ``unmake`` takes them away when nothing came of the run.

    Raises:
        StageError: it cannot be written to (E-RUN-001 to E-RUN-003). Better told before an audit than after it.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    with disk_faults(out):
        out.mkdir(parents=True, exist_ok=True)
        sweep(out)
        with _temporary(out):
            pass
    return made


def unmake(made: list[Path]) -> None:
    """Take away folders that ``prepare`` made, as far as they are empty."""
    with suppress(OSError):
        for folder in made:
            folder.rmdir()


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a run folder but the record, by relative path, in order of path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / "record.json")
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dump_json(content: Any, indent: int | None = 2) -> bytes:
    """JSON in UTF-8 with null for NaN and infinities, and a line end."""
    return (json.dumps(_finite(content), ensure_ascii=False, indent=indent, allow_nan=False) + "\n").encode()


def sweep(out: Path) -> None:
    """Remove what killed runs left in a folder; the temporary folders of runs still under way are locked and stay."""
    with _locked(out):
        for path in out.glob(f"{TEMPORARY}*"):
            with suppress(OSError), _locked(path, wait=False):
                shutil.rmtree(path, ignore_errors=True)


def _write_tables(run: Run, folder: Path) -> None:
    for name in TABLES:
        _write_parquet(conform(getattr(run, name), name), folder / f"{name}.parquet")
    figures = run.figures.select(pl.col(name).cast(kind) for name, kind in FIGURES.items())
    _write_parquet(figures, folder / "figures.parquet")
    if run.twice is not None:
        _write_parquet(run.twice, folder / "registered_twice.parquet")
    _write(folder / "linkage.json", dump_json(run.linkage))
    _write(folder / "validation.json", dump_json(run.validation))


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    # Through memory, so that a full disk is Python's OSError and not a message of a library with values in it.
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", compression_level=3, row_group_size=1 << 17)
    _write(path, buffer.getvalue())


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename(folder: Path, out: Path, run_id: str) -> Path:
    """Give the finished folder its name: the first that is free, also when another run takes one at the same moment."""
    folder.chmod(0o755)
    number = 1
    while True:
        target = out / (run_id if number == 1 else f"{run_id}-{number}")
        if not target.exists() and not target.is_symlink():
            try:
                return folder.rename(target)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise
        number += 1


@contextmanager
def _temporary(out: Path) -> Iterator[Path]:
    """A locked temporary folder, removed again unless it was renamed."""
    with _locked(out):  # no sweep between making the folder and locking it
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=out))
        descriptor = _lock(folder, wait=True)
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def _locked(folder: Path, wait: bool = True) -> Iterator[None]:
    descriptor = _lock(folder, wait)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _lock(folder: Path, wait: bool) -> int | None:
    """Lock a folder; the lock goes with the process. None where the file system knows no locks.

    Raises:
        BlockingIOError: another process holds it and ``wait`` is false.
    """
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        if not wait:
            raise
        return None
    return descriptor


@contextmanager
def disk_faults(out: Path) -> Iterator[None]:
    """Turn the disk's faults, also those a library wrapped, into errors with a remedy."""
    try:
        yield
    except (HechaError, Problems):
        raise
    except Exception as error:
        cause = _os_error(error)
        if cause is None:
            raise
        code = {errno.ENOSPC: "E-RUN-001", errno.EDQUOT: "E-RUN-001", errno.EFBIG: "E-RUN-001"}.get(cause.errno or 0)
        if code is None:
            denied = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)
            code = "E-RUN-002" if cause.errno in denied else "E-RUN-003"
        raise StageError(code, params={"path": str(out), "why": os.strerror(cause.errno or 0)}) from error


def _os_error(error: BaseException | None) -> OSError | None:
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error
        error = error.__cause__ or error.__context__
    return None


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
