"""Releases kept beside the campaign file: noise is drawn once per input set, and what was spent on others is remembered.

``releases/<key>/release.json`` holds noisy counts with their standard deviations, never exact ones. ``releases/ledger.jsonl`` has
one line per draw. The line is written before the release: a crash between the two counts a draw too many, never one too few.
Draws are counted for the campaign year and over all years, since a year is only what the campaign file says; a release that is
there without its line is counted as well.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from expectations.errors import StageError

_FORMAT: Final = 1
_KEY_LENGTH: Final = 64

Content = dict[str, Any]


@dataclass(frozen=True)
class Spent:
    """What was spent so far, in one campaign year or in all: number of releases and the sum of their rho."""

    releases: int
    rho: float


class ReleaseStore:
    """The folder of releases of one campaign."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: ``releases`` beside the campaign file; made at the first draw."""
        self._folder = folder

    def once(
        self, key: str, year: int, rho: float, seeded: bool, draw: Callable[[], Content], county: str | None = None
    ) -> Content:
        """The release with this key; drawn now if there is none yet. Whoever comes first wins, also among processes.

        Args:
            key: SHA-256 of the input set, in hex.
            year: the campaign year the ledger counts it under.
            rho: what a draw costs.
            seeded: kept apart: noise from a known seed protects nobody and is never taken for a real release.
            draw: makes the noisy counts.
            county: the county whose births alone the release is about, in a campaign of many; none for all of the campaign.

        Returns:
            The content that ``draw`` gave, now or in an earlier run, with ``releases_so_far`` and ``rho_so_far`` of the year and
            ``releases_all_years`` and ``rho_all_years``, all of its time.

        Raises:
            StageError: the folder cannot be written (``E-DISC-001``), or a release in it is damaged (``E-DISC-002``).
        """
        if len(key) != _KEY_LENGTH or set(key) - set("0123456789abcdef"):
            raise ValueError("a release key is a SHA-256 in hex")
        name = f"seeded-{key}" if seeded else key
        if (kept := self._read(name)) is not None:
            return kept
        try:
            with self._locked():
                if (kept := self._read(name)) is not None:
                    return kept
                before, ever = self.spent(year, seeded, county), self.spent(None, seeded, county)
                about = {"county": county} if county is not None else {}
                content = {
                    "format": _FORMAT,
                    "key": key,
                    **draw(),
                    **about,
                    "year": year,
                    "releases_so_far": before.releases + 1,
                    "rho_so_far": round(before.rho + rho, 6),
                    "releases_all_years": ever.releases + 1,
                    "rho_all_years": round(ever.rho + rho, 6),
                }
                self._note({"key": key, "year": year, "rho": round(rho, 6), "seeded": seeded, **about})
                self._write(name, content)
                return content
        except OSError as why:
            raise StageError("E-DISC-001", file=self._folder.name, params={"why": why.strerror or type(why).__name__}) from None

    def find(self, key: str, seeded: bool = False) -> Content | None:
        """The release with this key if it was drawn before."""
        return self._read(f"seeded-{key}" if seeded else key)

    def spent(self, year: int | None = None, seeded: bool = False, county: str | None = None) -> Spent:
        """Releases and their rho over different input sets; a key drawn twice counts twice.

        Counties have no birth in common, so what was released of one costs nothing in another (parallel composition): releases of
        counties add up within each county, to those about the whole campaign.

        Args:
            year: the campaign year; all of them by default.
            seeded: those with noise from a known seed, or those without.
            county: as its births have seen it; by default as those of the county with most releases have.
        """
        try:
            lines = (self._folder / "ledger.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            lines = []
        noted = [entry for entry in map(_entry, lines) if entry.get("seeded") == seeded]
        noted += self._without_line({entry.get("key") for entry in noted}, seeded)
        own = [entry for entry in noted if year is None or entry.get("year") == year]
        rhos: dict[str | None, list[float]] = {None: []}
        for entry in own:
            rhos.setdefault(entry.get("county"), []).append(float(entry["rho"]))
        of_all = rhos.pop(None)
        most = rhos.get(county, []) if county is not None else max(rhos.values(), key=sum, default=[])
        return Spent(len(of_all) + len(most), sum(of_all) + sum(most))

    def _without_line(self, keys: set[Any], seeded: bool) -> list[Content]:
        """Releases that lie in the folder and are not in the ledger: someone took its lines away."""
        prefix, found = "seeded-" if seeded else "", []
        for folder in sorted(self._folder.glob(f"{prefix}{'[0-9a-f]' * _KEY_LENGTH}")):
            if folder.name.removeprefix(prefix) not in keys and (content := self._read(folder.name)) is not None:
                rho = sum(float(level["rho"]) for level in content.get("levels", {}).values())
                found.append({"year": content.get("year"), "rho": rho, "county": content.get("county")})
        return found

    def _read(self, name: str) -> Content | None:
        try:
            content = json.loads((self._folder / name / "release.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise StageError("E-DISC-001", file=self._folder.name, params={"why": "ENOTDIR"}) from None
        except (OSError, ValueError):
            raise StageError("E-DISC-002", file=name[:19]) from None
        if not isinstance(content, dict) or content.get("format") != _FORMAT or content.get("key") != name.removeprefix("seeded-"):
            raise StageError("E-DISC-002", file=name[:19])
        return content

    def _write(self, name: str, content: Content) -> None:
        """Whole or not at all: written aside, flushed, renamed."""
        aside = self._folder / f".new-{os.getpid()}-{name[:12]}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            with (aside / "release.json").open("x", encoding="utf-8") as file:
                json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self._folder / name)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _sync(self._folder)

    def _note(self, entry: Content) -> None:
        path = self._folder / "ledger.jsonl"
        with path.open("ab") as file:
            if file.tell() and not path.read_bytes().endswith(b"\n"):
                file.write(b"\n")  # a line torn by a crash must not swallow this one
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("ab") as file:
            _lock(file.fileno())  # let go when the file is closed, also by a killed process
            for left in self._folder.glob(".new-*"):  # of a process killed while it held the lock
                shutil.rmtree(left, ignore_errors=True)
            yield


def _entry(line: str) -> Content:
    """A line of the ledger; a torn one stands for a draw that was never kept, since the line comes first."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) and "rho" in entry else {}


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # no such locks on this system: a rename onto an existing release fails and says so
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
