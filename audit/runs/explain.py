"""What lies behind a finding, a detector or an outcome: eight parts, from the run folder and the cards alone."""

import re
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from audit.nearest import suggest
from audit.runs import query
from audit.runs.answers import Answer
from audit.runs.wording import reworded
from expectations.cards import Card, cards
from expectations.catalogue import Catalogue
from expectations.codes import DOUBTFUL_METHODS
from expectations.errors import ConfigError, RefusedError
from expectations.run import Run

RELATED: Final = 5
_NUMBER: Final = re.compile(r"^\d{11}$|^\d{14}[\dXx*]$|^\d{17}[\dXx]$")
_PERSON: Final = re.compile(r"^[\u3400-\u9fff·]{2,5}$")
_PLACE: Final = re.compile(r"[镇乡村县区市场处]$|街道$|居委会$")


@dataclass(frozen=True)
class Method:
    """What a detector says of itself, from its card."""

    detector: str
    code: str
    family: str
    title: str
    finds: str
    method: tuple[str, ...]
    source: str
    innocent: tuple[str, ...]
    next_steps: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Laid:
    """One field of the rows of a finding, side by side, masked."""

    field: str
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True)
class Explanation:
    """A finding explained.

    Attributes:
        finding: its row of the table of findings.
        sentence: what, in the reader's language.
        rows: (record id, line) of the rows it names.
        laid: their fields side by side.
        method: the detector's card.
        answer: what became of it, if anything is known.
        related: rows of the findings nearest to it.
        doubt: for a finding of completeness, the assumption of its estimate that is in doubt, a code of ``REASONS`` or ``METHODS``.
    """

    finding: dict[str, Any]
    sentence: str
    rows: tuple[tuple[str, int], ...]
    laid: tuple[Laid, ...]
    method: Method
    answer: Answer | None
    related: tuple[dict[str, Any], ...]
    doubt: str | None = None


def finding_of(run: Run, asked: str) -> dict[str, Any] | list[dict[str, Any]] | None:
    """The finding with this id or unique beginning of one, several when it is ambiguous, none when there is none."""
    found = run.findings.filter(pl.col("finding_id").str.starts_with(asked.lower())) if asked else run.findings.clear()
    exact = found.filter(pl.col("finding_id") == asked.lower())
    rows = list((exact if exact.height else found).iter_rows(named=True))
    return rows[0] if len(rows) == 1 else rows or None


def refuse_persons(asked: str) -> None:
    """Findings are about offices and rows, never looked up by a person.

    Raises:
        RefusedError: what is asked for looks like an identity or telephone number (E-ASK-003) or like a name (E-ASK-004).
    """
    text = asked.strip().replace(" ", "")
    if _NUMBER.match(text):
        raise RefusedError("E-ASK-003")
    if _PERSON.match(text) and not _PLACE.search(text):
        raise RefusedError("E-ASK-004")


def unknown(run: Run, asked: str) -> ConfigError:
    """The error for what is neither finding, detector, township nor outcome; a mistyped township is not taken for a name."""
    known = [*run.findings["finding_id"], *query.detector_words(), *query.areas(run)["township"]]
    return ConfigError("E-ASK-005", params={"word": asked, "near": suggest(asked, known)})


def explain_finding(run: Run, finding: dict[str, Any], words: Catalogue, answer: Answer | None = None) -> Explanation:
    """All there is to say of one finding."""
    evidence = run.evidence.filter(pl.col("finding_id") == finding["finding_id"])
    pairs = list(zip(finding["row_refs"], finding["row_lines"], strict=True))
    return Explanation(
        finding=finding,
        sentence=reworded(words, finding),
        rows=tuple(pairs),
        laid=_laid(evidence, [line for _, line in pairs]),
        method=method_of(cards()[finding["detector"]], words) if finding["detector"] in cards() else _no_card(finding),
        answer=answer,
        related=tuple(_related(run, finding)),
        doubt=_doubt(run, finding) if finding["family"] == "completeness" else None,
    )


def method_of(card: Card, words: Catalogue) -> Method:
    """A detector's card in words."""

    def text(part: str) -> str:
        return words.text(f"card.{card.detector}.{part}")

    return Method(
        detector=card.detector,
        code=card.code,
        family=card.family,
        title=text("title"),
        finds=text("finds"),
        method=tuple(text("method").splitlines()),
        source=card.source,
        innocent=tuple(words.series(f"card.{card.detector}.innocent")),
        next_steps=tuple(words.series(f"card.{card.detector}.next")),
        limits=(text("limits"), words.text("cli.explain.not_persons")),
    )


def outcomes_of(run: Run, codes: list[str], detectors: list[str] | None = None) -> list[dict[str, Any]]:
    """Outcomes of townships, of some detectors or of all, in the order of the cards."""
    frame = run.outcomes.filter(pl.col("area_code").is_in(codes))
    if detectors is not None:
        frame = frame.filter(pl.col("detector").is_in(detectors))
    order = {name: rank for rank, name in enumerate(cards())}
    return sorted(frame.iter_rows(named=True), key=lambda row: (order.get(row["detector"], len(order)), row["area_code"]))


def _doubt(run: Run, finding: dict[str, Any]) -> str | None:
    level = "county" if finding["area_code"] is None else "township"
    here = pl.col("area_code").eq_missing(pl.lit(finding["area_code"], dtype=pl.String)) & (pl.col("county") == finding["county"])
    rows = run.coverage.filter(here & (pl.col("level") == level) & pl.col("completeness").is_not_null()).head(1)
    said = [(row["reason"], row["method"]) for row in rows.iter_rows(named=True)]
    return next((reason or (method if method in DOUBTFUL_METHODS else None) for reason, method in said), None)


def _laid(evidence: pl.DataFrame, lines: list[int]) -> tuple[Laid, ...]:
    rows = []
    for (field,), part in evidence.group_by("field", maintain_order=True):
        values = dict(zip(part["line"], part["masked"], strict=True))
        rows.append(Laid(str(field), tuple(values.get(line) or "" for line in lines), bool(part["differs"].any())))
    return tuple(rows)


def _related(run: Run, finding: dict[str, Any]) -> list[dict[str, Any]]:
    """Other findings that name the same rows, else of the same place; same family and period first."""
    others = run.findings.filter(pl.col("finding_id") != finding["finding_id"])
    same_rows = pl.col("row_refs").list.eval(pl.element().is_in(finding["row_refs"])).list.any()
    here = (pl.col("county") == finding["county"]) & pl.col("area_code").eq_missing(pl.lit(finding["area_code"], dtype=pl.String))
    if finding["subject"] == "row":
        near = others.filter(same_rows)
    else:
        near = others.filter(here & (pl.col("subject") != "row"))
        near = near.sort(pl.col("family") != finding["family"], pl.col("period") != finding["period"], "finding_id")
    return near.head(RELATED).to_dicts()


def _no_card(finding: dict[str, Any]) -> Method:
    """For a detector of another version of hecha, whose card is not here."""
    return Method(finding["detector"], finding["code"], finding["family"], finding["detector"], "", (), "", (), (), ())
