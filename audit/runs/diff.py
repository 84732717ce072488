"""Two runs compared: findings by their stable ids, completeness by area with an interval, townships by what became of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from audit.runs import query
from audit.runs.answers import Answer
from expectations.run import Run

_Z: Final = 1.959964
_KEY: Final = ("county", "level", "area_code", "birth_year", "sex")
STATES: Final = ("new", "gone", "persisting")


@dataclass(frozen=True)
class Change:
    """Completeness of one area before and after, beyond what chance and noise explain.

    Attributes:
        before, after: shares of 1.
        change: after less before; ``low`` and ``high`` its 95 % interval.
    """

    county: str
    level: str
    area_code: str | None
    township: str | None
    birth_year: int | None
    sex: str | None
    before: float
    after: float
    change: float
    low: float
    high: float


@dataclass(frozen=True)
class AreaChange:
    """A township that is not in both runs as it was: ``merged`` into ``into``, ``renamed``, ``gone`` or ``new``."""

    kind: str
    area_code: str
    name: str
    into: str


@dataclass(frozen=True)
class Diff:
    """What is different in the later of two runs.

    Attributes:
        findings: findings of both runs with ``state`` (``STATES``) and ``answer`` (code or null), severest first.
        changes: changes of completeness that noise does not explain.
        compared: comparisons of completeness made, those that stay silent included.
        areas: what became of townships.
        same_release: both runs rest on one draw of noise, so that equal inputs show no change at all.
    """

    findings: pl.DataFrame
    changes: tuple[Change, ...]
    compared: int
    areas: tuple[AreaChange, ...]
    same_release: bool


def compare(before: Run, after: Run, answers: dict[str, Answer]) -> Diff:
    """Compare two runs.

    Townships that were merged or renamed are added up on the side where they are still apart, so that like is compared
    with like. Years and totals over the same years are compared; totals over different years are not.
    """
    successors = {**_former(before), **_former(after)}
    one, other = (_by_unit(run, successors, _names(after)) for run in (before, after))
    changes, compared = [], 0
    for key in one.keys() & other.keys():
        if key[3] is None and before.record["campaign"]["birth_years"] != after.record["campaign"]["birth_years"]:
            continue
        compared += 1
        change = _change(key, one[key], other[key])
        if change is not None:
            changes.append(change)
    return Diff(
        findings=_findings(before, after, answers, successors),
        changes=tuple(sorted(changes, key=lambda item: tuple(str(part or "") for part in _place(item)))),
        compared=compared,
        areas=tuple(_areas(before, after, successors)),
        same_release=_release(before) is not None and _release(before) == _release(after),
    )


def _findings(before: Run, after: Run, answers: dict[str, Answer], successors: dict[str, str]) -> pl.DataFrame:
    moved = _moved(before, after, successors)  # id of now -> id of before
    old, new = set(before.findings["finding_id"]), set(after.findings["finding_id"])
    gone = before.findings.filter(~pl.col("finding_id").is_in([*new, *moved.values()]))
    both = pl.concat([after.findings, gone])
    ids = both["finding_id"]
    states = ["gone" if key not in new else "persisting" if key in old or key in moved else "new" for key in ids]
    told = [answers.get(key) or answers.get(moved.get(key, "")) for key in ids]
    outcomes = pl.Series("answer", [answer.outcome if answer else None for answer in told], dtype=pl.String)
    both = both.with_columns(pl.Series("state", states, dtype=pl.String), outcomes)
    order = pl.col("state").replace_strict({state: rank for rank, state in enumerate(STATES)}, return_dtype=pl.Int64)
    return query.by_weight(both).sort(order, maintain_order=True)


def _moved(before: Run, after: Run, successors: dict[str, str]) -> dict[str, str]:
    """Ids of findings about rows whose township was merged in between, the id of now to that of before.

    The id holds the area, so the same rows have another one under the successor; they are the same fact all the same.
    """
    fact = ["county", "detector", "code", "area_code", "village", "period", "rows"]
    rows = pl.col("row_refs").list.sort().list.join("\n").alias("rows")
    about_rows = (pl.col("subject") == "row") & (pl.col("row_refs").list.len() > 0)
    one, other = (run.findings.filter(about_rows).with_columns(rows) for run in (before, after))
    one = one.filter(pl.col("area_code").is_in(list(successors))).with_columns(pl.col("area_code").replace(successors))
    met = other.join(one, on=fact, nulls_equal=True, suffix="_before").filter(pl.col("finding_id") != pl.col("finding_id_before"))
    return dict(met.select("finding_id", "finding_id_before").iter_rows())


@dataclass
class _Figure:
    """Registered births over estimated births of one unit, with the variance of the latter."""

    township: str | None
    registered: float = 0.0
    births: float = 0.0
    variance: float = 0.0
    whole: bool = True


def _by_unit(run: Run, successors: dict[str, str], names: dict[str, str]) -> dict[tuple[Any, ...], _Figure]:
    units: dict[tuple[Any, ...], _Figure] = {}
    for row in run.coverage.iter_rows(named=True):
        code = successors.get(row["area_code"], row["area_code"])
        key = (row["county"], row["level"], code, row["birth_year"], row["sex"])
        unit = units.setdefault(key, _Figure(names.get(code, row["township"])))
        if row["completeness"] is None or row["completeness_low"] is None or not row["completeness"]:
            unit.whole = False
            continue
        births = row["registered"] / row["completeness"]
        # relative half width of the share, carried over to the births it implies
        sd = (row["completeness_high"] - row["completeness_low"]) / (2 * _Z * row["completeness"]) * births
        unit.registered += row["registered"]
        unit.births += births
        unit.variance += sd**2
    return {key: unit for key, unit in units.items() if unit.whole and unit.births > 0}


def _change(key: tuple[Any, ...], one: _Figure, other: _Figure) -> Change | None:
    """The change, when its interval does not hold zero.

    The two estimates are taken as independent. They share births and references, so their errors go together and the true
    interval is narrower: this one is silent rather too often than not often enough.
    """
    shares = [unit.registered / unit.births for unit in (one, other)]
    sds = [share * math.sqrt(unit.variance) / unit.births for share, unit in zip(shares, (one, other), strict=True)]
    change, half = shares[1] - shares[0], _Z * math.hypot(*sds)
    if abs(change) <= half or abs(change) < 1e-12:
        return None
    county, level, code, year, sex = key
    return Change(county, level, code, other.township, year, sex, shares[0], shares[1], change, change - half, change + half)


def _areas(before: Run, after: Run, successors: dict[str, str]) -> Iterable[AreaChange]:
    old, new = _names(before), _names(after)
    for code, name in old.items():
        into = successors.get(code)
        if code not in new and into in new:
            yield AreaChange("merged", code, name, new[into])
        elif code not in new:
            yield AreaChange("gone", code, name, "")
        elif new[code] != name:
            yield AreaChange("renamed", code, name, new[code])
    for code, name in new.items():
        if code not in old:
            yield AreaChange("new", code, name, "")


def _names(run: Run) -> dict[str, str]:
    return dict(query.areas(run).select("area_code", "township").iter_rows())


def _former(run: Run) -> dict[str, str]:
    return dict(run.record.get("former_areas") or {})


def _release(run: Run) -> str | None:
    release = run.record.get("release")
    return release["id"] if release else None


def _place(change: Change) -> tuple[Any, ...]:
    return tuple(getattr(change, name) for name in _KEY)
