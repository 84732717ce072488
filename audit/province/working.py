"""Counties that are finished, kept until the run is sealed: whoever kills a run of a province loses the county under way, no more.

A private folder beside the runs holds what the run will publish anyway: findings, outcomes and evidence of the audited register,
estimates from protected counts, and what is said of the release. Never a reference row, a pair or an exact count (DESIGN C4).
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit.config import Campaign
from audit.ingest import Intakes
from audit.record import program_version
from audit.runs.write import disk_faults

PREFIX: Final = ".province-"
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Part:
    """One county, audited.

    Attributes:
        frames: artefacts by name, as ``audit.county`` makes them.
        quality: rates of its linking, or none when it was not linked.
        refused: why it was not linked, or none.
        release: what is said of its release, or none.
    """

    frames: Frames
    quality: dict[str, Any] | None = None
    refused: str | None = None
    release: dict[str, Any] | None = None


@dataclass
class Working:
    """Finished counties of one input set, in a folder or, without one, in memory."""

    folder: Path | None = None
    _held: dict[str, Part] = field(default_factory=dict)

    def finished(self, county: str) -> bool:
        """Whether a county is finished."""
        return county in self._held or (self.folder is not None and (self._place(county) / "part.json").is_file())

    def keep(self, county: str, part: Part) -> None:
        """Keep a county: whole or not at all.

        Raises:
            StageError: the disk is full or cannot be written to.
        """
        if self.folder is None:
            self._held[county] = part
            return
        with disk_faults(self.folder.parent):
            aside = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
            for name, frame in part.frames.items():
                frame.write_parquet(aside / f"{name}.parquet", compression="zstd", compression_level=1)
            told = {"county": county, "quality": part.quality, "refused": part.refused, "release": part.release}
            (aside / "part.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
            for path in (*aside.iterdir(), aside):
                _flush(path)
            aside.rename(self._place(county))
            _flush(self.folder)

    def part(self, county: str) -> Part:
        """A finished county."""
        if county in self._held:
            return self._held[county]
        place, told = self._place(county), self._told(county)
        frames = {path.stem: pl.read_parquet(path, memory_map=False) for path in sorted(place.glob("*.parquet"))}
        return Part(frames, told["quality"], told["refused"], told["release"])

    def linked(self, county: str) -> bool:
        """Whether a finished county has a release."""
        return (self._held[county].release if county in self._held else self._told(county)["release"]) is not None

    def _told(self, county: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self._place(county) / "part.json").read_text(encoding="utf-8"))
        return told

    def _place(self, county: str) -> Path:
        assert self.folder is not None
        return self.folder / county.encode().hex()[:120]


@contextmanager
def working(runs: Path | None, campaign: Path, inputs: str) -> Iterator[Working]:
    """The finished counties of these inputs, from an earlier try too. They stay there until ``sweep``.

    Args:
        runs: the folder of runs; none keeps everything in memory.
        campaign: the campaign file; folders of other inputs of the same campaign are cleared away.
        inputs: mark of all that a county's results depend on.
    """
    if runs is None:
        yield Working()
        return
    with disk_faults(runs):
        folder = runs / f"{_prefix(campaign)}{inputs[:24]}"
        for old in runs.glob(f"{_prefix(campaign)}*"):
            if old != folder:
                _clear(old)
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = _lock(folder)
        if lock is None:  # another process is at the same work: this one makes no use of its parts
            folder = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=runs))
            lock = _lock(folder)
        for torn in folder.glob(".new-*"):
            shutil.rmtree(torn, ignore_errors=True)
    try:
        yield Working(folder)
    finally:
        if lock is not None:
            os.close(lock)


def inputs_mark(campaign: Campaign, intakes: Intakes, linkage_version: str, seeded: bool) -> str:
    """A mark of everything that a county's results depend on; the engine is not of it, since all give the same.

    Args:
        campaign: the campaign.
        intakes: how each file was read.
        linkage_version: of linkage.
        seeded: whether noise is drawn from a seed.
    """
    said: dict[str, Any] = campaign.model_dump(
        mode="json", exclude={"file", "folder", "name", "language", "office", "contact", "areas"}
    )
    files = [intakes.areas.intake, *(source.intake for source in intakes.sources), *(table.intake for table in intakes.tables)]
    said |= {
        "files": [intake.sha256 for intake in files],
        "version": program_version(),
        "linkage": linkage_version,
        "seeded": seeded,
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def sweep(runs: Path, campaign: Path) -> None:
    """Take away what is kept of a campaign, when its run is sealed or cannot be; folders that another process is at stay."""
    for folder in runs.glob(f"{_prefix(campaign)}*"):
        _clear(folder)


def _prefix(campaign: Path) -> str:
    return f"{PREFIX}{hashlib.sha256(str(campaign.resolve()).encode()).hexdigest()[:12]}-"


def _clear(folder: Path) -> None:
    lock = _lock(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder for this process; none when another has it."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        return os.open(folder, os.O_RDONLY)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
            os.close(descriptor)
            return None
    return descriptor


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    with suppress(OSError):
        os.fsync(descriptor)
    os.close(descriptor)
