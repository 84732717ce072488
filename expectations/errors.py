"""Every error a user can meet. A constructor takes data and the catalogue words it: what, where, how to mend it.

The wording of an error with code ``E-READ-012`` is ``error.E-READ-012.what`` and ``error.E-READ-012.remedy``.
"""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass
class HechaError(Exception):
    """A problem with what the user gave us; a broken set-up, never a broken row.

    Attributes:
        code: stable code, ``E-<AREA>-<three digits>``.
        file: base name of the file meant, if any.
        line: 1-based physical line or sheet row; never given for a reference file (C1).
        column: header or field meant, if any.
        params: what the catalogue's sentence needs; values from cells only masked, never from references.
    """

    code: str
    file: str | None = None
    line: int | None = None
    column: str | None = None
    params: dict[str, object] = field(default_factory=dict)
    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        return self.code


class ConfigError(HechaError):
    """campaign.toml or the command line cannot be used."""


class ReadError(HechaError):
    """A file cannot be read, or is not what it is said to be."""


class RefusedError(HechaError):
    """What is asked lies beyond the line of DESIGN C1-C6."""


class StageError(HechaError):
    """A stage failed after the start: disk full, memory too small, a bug."""

    exit_code: ClassVar[int] = 3


class Problems(Exception):
    """Several problems at once; ``exit_code`` is the largest of theirs."""

    def __init__(self, problems: list[HechaError]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems
        self.exit_code = max(problem.exit_code for problem in problems)
