"""Whether a run folder is still what was sealed: every artefact against its hash, and the record against its own id."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.runs.read import read_record
from audit.runs.write import hashes


@dataclass(frozen=True)
class Verdict:
    """What verifying found, by relative path.

    Attributes:
        checked: artefacts the record names.
        changed: those whose bytes are others now.
        missing: those that are gone.
        added: files the record knows nothing of.
        record_changed: the record's inputs, settings, versions or release do not make its id any more.
    """

    checked: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    record_changed: bool

    @property
    def whole(self) -> bool:
        """Whether nothing was touched."""
        return not (self.changed or self.missing or self.added or self.record_changed)


def verify(folder: Path) -> Verdict:
    """Compare a run folder with what its record sealed.

    Raises:
        ConfigError: it is no run folder, or its record cannot be read.
    """
    record = read_record(folder)
    sealed: dict[str, str] = record.get("artefacts", {})
    found = hashes(folder)
    return Verdict(
        checked=len(sealed),
        changed=tuple(name for name in sealed if name in found and found[name] != sealed[name]),
        missing=tuple(name for name in sealed if name not in found),
        added=tuple(name for name in found if name not in sealed),
        record_changed=_rewritten(record),
    )


def _rewritten(record: dict[str, Any]) -> bool:
    """Whether the record's id is no longer that of its content."""
    from audit.record import run_id

    try:
        return bool(run_id(record) != record["run_id"])
    except (KeyError, TypeError):
        return True
