"""What became of findings: one line a decision in ``answers.jsonl`` beside the runs, found again by the stable id."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from expectations.codes import ANSWERS
from expectations.errors import ConfigError, StageError
from expectations.run import Run

FILE: Final = "answers.jsonl"


@dataclass(frozen=True)
class Answer:
    """One decision.

    Attributes:
        finding_id: the finding, of this or an earlier run.
        outcome: one of ``ANSWERS``.
        note: what whoever answered wrote.
        corrected: what the record should say, as filled in.
        by: who checked, as filled in.
        checked_on: when, ISO, as filled in.
        recorded_on: when it was taken in, ISO.
        source: where it came from, as ``云川县-东华镇-2026-核查.xlsx 核实单!I4``; blank from the command line.
    """

    finding_id: str
    outcome: str
    note: str = ""
    corrected: str = ""
    by: str = ""
    checked_on: str = ""
    recorded_on: str = ""
    source: str = ""


def beside(run: Run) -> Path:
    """The answers that go with a run."""
    assert run.folder is not None
    return run.folder.resolve().parent / FILE


def load(path: Path) -> list[Answer]:
    """All decisions of a file, oldest first; empty when there is none.

    Raises:
        ConfigError: a line is no answer (E-ANS-001).
    """
    if not path.exists():
        return []
    answers = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            answer = Answer(**{name: str(said.get(name) or "") for name in Answer.__dataclass_fields__})
            if answer.outcome not in ANSWERS or not answer.finding_id:
                raise ValueError
        except (ValueError, AttributeError):
            raise ConfigError("E-ANS-001", file=path.name, line=number) from None
        answers.append(answer)
    return answers


def latest(path: Path) -> dict[str, Answer]:
    """The last decision on every finding."""
    return {answer.finding_id: answer for answer in load(path)}


def append(path: Path, answers: list[Answer]) -> list[Answer]:
    """Add decisions; what is already the last word on a finding is not said twice.

    Returns:
        Those that were new.

    Raises:
        StageError: the file cannot be written (E-RUN-001, E-RUN-002); then nothing was added.
    """
    known = latest(path)
    new = [answer for answer in answers if not _same(known.get(answer.finding_id), answer)]
    if not new:
        return []
    lines = "".join(json.dumps(asdict(answer), ensure_ascii=False) + "\n" for answer in new)
    try:
        append_whole(path, lines.encode())
    except OSError as error:
        code = "E-RUN-001" if error.errno == 28 else "E-RUN-002"
        raise StageError(code, params={"path": str(path), "why": error.strerror or ""}) from error
    return new


def append_whole(path: Path, content: bytes) -> None:
    """All of it or nothing: a partial write is cut off again. Only the owner may read corrections."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        before = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(content):
                written += os.write(descriptor, content[written:])
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def _same(known: Answer | None, answer: Answer) -> bool:
    if known is None:
        return False
    return all(getattr(known, name) == getattr(answer, name) for name in ("outcome", "note", "corrected", "by", "checked_on"))
